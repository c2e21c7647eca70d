"""Several cameras with one time base: opened together, read side by side."""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any, Self

from hw_drivers.config import Config
from hw_drivers.device import Device
from hw_drivers.errors import ConfigError, DeviceDisconnected, HardwareError
from hw_drivers.opening.uris import open_device
from hw_drivers.sync.edges import SyncReport
from hw_drivers.sync.start import Start
from hw_drivers.sync.windows import AlignedPackets, Aligner

__all__ = ["SynchronizedCameras", "open_synchronized"]


class SynchronizedCameras:
    """Cameras that send with one time base; leave the `with` block or call `close` to let them go.

    Made by `open_synchronized`.

    Args:
        start: the open devices, and how they are started.
    """

    def __init__(self, start: Start) -> None:
        self._start = start
        self._streams, self._report = start.first()

    @property
    def devices(self) -> tuple[Device[Any], ...]:
        """The cameras, in the order in which they were named."""
        return self._start.devices

    @property
    def primary(self) -> Device[Any]:
        """The camera that gives its time base to the others."""
        return self.devices[self._start.primary]

    @property
    def report(self) -> SyncReport:
        """What the last check of the time bases found."""
        return self._report

    def packets(
        self, *, window_us: int = 10_000, reconnect: bool | float = False
    ) -> Iterator[AlignedPackets]:
        """Walk through the streams side by side, window by window of the common time.

        Ends when the streams of all cameras have ended.

        Args:
            window_us: length of a window in microseconds.
            reconnect: what to do when a camera leaves: False: raise; True: wait until it is back,
                start all cameras anew in the order that they need and check their edges again; a
                number: wait so many seconds at most. The common time then begins anew: the gaps of
                the first window after it say `disconnected`, for every camera.

        Raises:
            DeviceDisconnected: one of the cameras left.
            SynchronizationError: the cameras have no common time base after one was back.

        Example:
            >>> import hw_drivers
            >>> uri = "emulated:evk4?clock=doc&rate=1e6&trigger_hz=1000&duration=20ms"
            >>> with hw_drivers.open_synchronized([uri, uri]) as cameras:
            ...     for both in cameras.packets(window_us=5000):
            ...         assert len(both.events) == 2
            ...         assert all((e.t < both.stop_us).all() for e in both.events)
        """
        if window_us < 1:
            raise ConfigError(f"packets: expected a window from 1 us, got {window_us}")
        while True:
            try:
                yield from Aligner(self._streams, window_us).windows()
                return
            except DeviceDisconnected:
                if reconnect is False:
                    raise
            self._streams, self._report = self._start.again(self._streams, reconnect)

    def close(self) -> None:
        """Stop the primary camera first, and let all of them go."""
        order = [self.primary, *(d for d in self.devices if d is not self.primary)]
        with contextlib.ExitStack() as stack:
            for device in reversed(order):
                stack.callback(device.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_synchronized(
    uris: Iterable[str],
    configs: Sequence[Config | None] | Config | None = None,
    *,
    primary: int = 0,
    verify: bool | None = None,
    timeout_s: float = 5.0,
    tolerance_us: int = 1,
) -> SynchronizedCameras:
    """Open cameras that share a time base, and start them in the order that they need.

    The secondary cameras are started first: they send nothing until the primary one gives the
    time. Then the primary camera is started, every secondary one has to send, and the edges of a
    signal on all trigger inputs are compared.

    Args:
        uris: the cameras, at least two; as of `open`.
        configs: one configuration for all, or one each; their `clock` is set here.
        primary: place of the camera whose synchronisation output feeds the others.
        verify: whether the trigger edges must agree. None: they are compared where all cameras
            see a signal, and `report.verified` tells whether that was so.
        timeout_s: seconds to wait for each step.
        tolerance_us: how far the time of an edge may differ between cameras.

    Returns:
        The cameras, streaming.

    Raises:
        SynchronizationError: a camera gets no time base, or the edges do not agree; the message
            says what to change.
        HardwareError: a camera cannot be opened.

    Example:
        >>> uris = [f"emulated:evk4?clock=pair&serial={s}&trigger_hz=500" for s in (1, 2)]
        >>> with open_synchronized(uris, verify=True) as cameras:
        ...     cameras.report.verified, cameras.report.cameras[1].max_offset_us
        (True, 0)
    """
    names = list(uris)
    if len(names) < 2 or not 0 <= primary < len(names):
        raise ConfigError(
            f"open_synchronized: expected at least two cameras and a primary one among them, got "
            f"{len(names)} and primary={primary}"
        )
    chosen = _configs(configs, len(names))
    with contextlib.ExitStack() as stack:
        devices = []
        for place, (uri, config) in enumerate(zip(names, chosen, strict=True)):
            device = stack.enter_context(open_device(uri, config))
            _set_clock(device, "primary" if place == primary else "secondary")
            devices.append(device)
        start = Start(tuple(devices), primary, verify, timeout_s, tolerance_us)
        cameras = SynchronizedCameras(start)
        stack.pop_all()
    return cameras


def _configs(
    configs: Sequence[Config | None] | Config | None, count: int
) -> Sequence[Config | None]:
    if configs is None or isinstance(configs, Config):
        return [configs] * count
    if len(configs) != count:
        raise ConfigError(
            f"open_synchronized: expected one configuration for each of {count} cameras, got "
            f"{len(configs)}"
        )
    return configs


def _set_clock(device: Device[Any], clock: str) -> None:
    if not hasattr(device.config, "clock"):
        raise HardwareError(
            f"{device.info.uri}: this kind of camera has no setting of its time base; cameras of "
            "Prophesee's evaluation kits have"
        )
    device.config = device.config.replace(clock=clock)

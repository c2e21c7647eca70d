"""Several cameras with one time base: started in the right order, checked on trigger edges."""

import contextlib
import time
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any, Self

import numpy as np

from hw_drivers.config import Config
from hw_drivers.device import Device
from hw_drivers.errors import ConfigError, HardwareError, SynchronizationError
from hw_drivers.opening import open_device
from hw_drivers.packet import Packet
from hw_drivers.sync_check import SyncReport, compare_edges
from hw_drivers.sync_windows import AlignedPackets, Aligner

__all__ = ["SynchronizedCameras", "open_synchronized"]

_MAX_LATENCY_S = 2e-3
_TICK_S = 20e-3  # a camera in the dark does not hold the others back
_EDGES = 4  # compared before the cameras are handed out


class SynchronizedCameras:
    """Cameras that send with one time base; leave the `with` block or call `close` to let them go.

    Made by `open_synchronized`.

    Args:
        devices: the open devices, streaming.
        primary: place of the one that gives the time base.
        streams: their packets from now on, those that were looked at included.
        report: what the check found.
    """

    def __init__(
        self,
        devices: Sequence[Device[Any]],
        primary: int,
        streams: Sequence[Iterator[Packet]],
        report: SyncReport,
    ) -> None:
        self._devices = tuple(devices)
        self._primary = primary
        self._streams = streams
        self._report = report

    @property
    def devices(self) -> tuple[Device[Any], ...]:
        """The cameras, in the order in which they were named."""
        return self._devices

    @property
    def primary(self) -> Device[Any]:
        """The camera that gives its time base to the others."""
        return self._devices[self._primary]

    @property
    def report(self) -> SyncReport:
        """What the check of the time bases found."""
        return self._report

    def packets(self, *, window_us: int = 10_000) -> Iterator[AlignedPackets]:
        """Walk through the streams side by side, window by window of the common time.

        Ends when the streams of all cameras have ended.

        Args:
            window_us: length of a window in microseconds.

        Raises:
            DeviceDisconnected: one of the cameras left.

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
        yield from Aligner(self._streams, window_us).windows()

    def close(self) -> None:
        """Stop the primary camera first, and let all of them go."""
        order = [self.primary, *(d for d in self._devices if d is not self.primary)]
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
        for place, device in enumerate(devices):
            if place != primary:
                device.start()
        devices[primary].start()
        streams = [_Looked(device) for device in devices]
        _await_time_base(streams, primary, timeout_s)
        report = _check(streams, primary, verify, timeout_s, tolerance_us)
        stack.pop_all()
    return SynchronizedCameras(devices, primary, streams, report)


class _Looked:
    """The packets of a device, of which the first ones were looked at and are given again.

    Args:
        device: a device that streams.
    """

    def __init__(self, device: Device[Any]) -> None:
        self.device = device
        self._packets = device.packets(max_latency=_MAX_LATENCY_S, tick=_TICK_S)
        self.seen: list[Packet] = []

    def look(self) -> bool:
        """Keep a packet that comes within a quarter of a second; whether one came."""
        packet = self.device._poll()
        if packet is not None:
            self.seen.append(packet)
        return packet is not None

    def __iter__(self) -> Iterator[Packet]:
        return self

    def __next__(self) -> Packet:
        return self.seen.pop(0) if self.seen else next(self._packets)


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


def _await_time_base(streams: Sequence[_Looked], primary: int, timeout_s: float) -> None:
    """Wait until every camera has sent something."""
    deadline = time.monotonic() + timeout_s
    giver = streams[primary].device
    for stream in sorted(streams, key=lambda s: s is not streams[primary]):
        device = stream.device
        while not stream.seen and not stream.look():
            if time.monotonic() > deadline:
                raise SynchronizationError(
                    f"{device.info.uri} sends nothing {timeout_s:g} s after {giver.info.uri} was "
                    "started: it gets no time base; connect the synchronisation output of the "
                    "primary camera to its synchronisation input, or name another primary camera"
                    if device is not giver
                    else f"{device.info.uri}, the primary camera, sends nothing; open it alone, "
                    "and look at its cable"
                )
            time.sleep(1e-3)


def _check(
    streams: Sequence[_Looked],
    primary: int,
    verify: bool | None,
    timeout_s: float,
    tolerance_us: int,
) -> SyncReport:
    """Compare the edges that all cameras saw."""
    deadline = time.monotonic() + (timeout_s if verify else min(timeout_s, 0.2))
    if verify is not False:
        for stream in streams:
            while _edge_count(stream.seen) < _EDGES and time.monotonic() < deadline:
                if not stream.look() and stream.device.finished:
                    break
    edges = [_edges(stream.seen) for stream in streams]
    giver = streams[primary].device.info.uri
    found = [
        compare_edges(stream.device.info.uri, edges[primary], own)
        for stream, own in zip(streams, edges, strict=True)
    ]
    compared = min((camera.edges for camera in found), default=0)
    for camera in found:
        if verify is not False and camera.edges and camera.max_offset_us > tolerance_us:
            raise SynchronizationError(
                f"{camera.uri} tells trigger edges up to {camera.max_offset_us} us away from "
                f"{giver}: the cameras do not share a time base; check that the synchronisation "
                "cable goes from the output of the primary camera to the input of each other one"
            )
    if verify and not compared:
        blind = [camera.uri for camera in found if not camera.edges]
        raise SynchronizationError(
            f"{', '.join(blind)} saw no edge that the others saw in {timeout_s:g} s; feed one "
            "signal to the trigger inputs of all cameras, or open them with verify=None"
        )
    return SyncReport(giver, bool(compared), tuple(found))


def _edge_count(packets: Sequence[Packet]) -> int:
    return sum(0 if p.triggers is None else len(p.triggers) for p in packets)


def _edges(packets: Sequence[Packet]) -> np.ndarray:
    """Times and levels of edges, (n, 2) int64."""
    parts = [
        np.stack([np.asarray(p.triggers.t), np.asarray(p.triggers.value, np.int64)], axis=1)
        for p in packets
        if p.triggers is not None and len(p.triggers)
    ]
    return np.concatenate(parts) if parts else np.empty((0, 2), np.int64)

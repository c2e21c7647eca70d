"""The stream of an open device: start and stop, packets, a device that leaves and comes back."""

import contextlib
import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any

from hw_drivers.discovery import DeviceInfo
from hw_drivers.errors import ConfigError, DeviceDisconnected, HardwareError
from hw_drivers.packet import Packet
from hw_drivers.recording.files import Recording
from hw_drivers.streaming.reader import StreamDecoder, StreamReader
from hw_drivers.transport.interface import Transport

__all__ = ["Streaming"]

_RECONNECT_S = 0.25  # between attempts to find a device that has left
_POLL_S = 0.25  # how often a silent stream is looked at, so that Ctrl-C works everywhere


class Streaming(ABC):
    """What of a device has to do with its stream.

    Args:
        transport: the way to it.
        info: what is known of it.
        emulator: the model behind the transport, or None for a real device.
    """

    def __init__(self, transport: Transport, info: DeviceInfo, emulator: Any) -> None:
        self._transport = transport
        self._info = info
        self._emulator = emulator
        self._reader: StreamReader | None = None
        self._connect: Callable[[], tuple[Transport, Any]] | None = None
        self._reconnections = 0
        self._recording: Recording | None = None
        self._running = False
        self._closed = False

    def start(self) -> None:
        """Start the stream, if it does not run; `packets` does it by itself."""
        self._check_open()
        if self._running:
            return
        self._begin(disconnected=False)

    def stop(self) -> None:
        """Stop the stream and drop what was not read; `packets` starts it again."""
        if not self._running:
            return
        self._running = False
        with self._counting():
            self._stop()

    def packets(
        self,
        *,
        max_latency: float | None = None,
        tick: float | None = None,
        reconnect: bool | float = False,
    ) -> Iterator[Packet]:
        """Walk through the stream, packet by packet, until the device ends it.

        Args:
            max_latency: seconds that transfers may be held back to come as one packet; None gives
                each transfer as its own packet.
            tick: seconds of silence after which a packet without events tells the time; None:
                never.
            reconnect: what to do when the device leaves: False: raise; True: wait until the same
                device is back, give it the configuration in effect and go on, with a gap in the
                first packet; a number: wait so many seconds at most. A recording ends where the
                device left, as its clock begins anew; start another one when it is back.

        Raises:
            DeviceDisconnected: the device left; what had arrived was delivered before.
            ConfigError: a time below 0.

        Example:
            >>> import hw_drivers
            >>> with hw_drivers.open("emulated:evk4?realtime=0&duration=5ms&rate=1e6") as device:
            ...     sum(len(packet.events) > 0 for packet in device.packets())
            5
        """
        _check_seconds("packets", max_latency=max_latency, tick=tick)
        return self._walk(tick, reconnect, max_latency=max_latency)

    def latest(
        self,
        *,
        budget: float = 20e-3,
        tick: float | None = None,
        reconnect: bool | float = False,
    ) -> Iterator[Packet]:
        """Walk along the newest end of the stream: for displays and controllers.

        Each packet holds all that waits and is not older than the budget. What is older is dropped
        unread: the packet's `gap` and `health().outdated_packets` tell of it. Recordings are whole.

        Args:
            budget: seconds that a transfer may have waited.
            tick: as for `packets`.
            reconnect: as for `packets`.

        Example:
            >>> import hw_drivers
            >>> with hw_drivers.open("emulated:evk4?realtime=0&duration=5ms&rate=1e6") as device:
            ...     sum(len(packet.events) > 0 for packet in device.latest())
            5
        """
        _check_seconds("latest", budget=budget, tick=tick)
        return self._walk(tick, reconnect, budget=budget)

    @property
    def finished(self) -> bool:
        """Whether the stream has come to its end and everything was read."""
        return self._running and self._reader is not None and self._reader.finished

    def reconnect_by(self, connect: Callable[[], tuple[Transport, Any]]) -> None:
        """Tell how to reach the same device again after it has left.

        Args:
            connect: returns a transport and, of an emulated device, its model; raises
                `HardwareError` while the device is not there.
        """
        self._connect = connect

    @abstractmethod
    def _set_up(self) -> None:
        """Identify and initialise the device."""

    @abstractmethod
    def _start(self) -> None:
        """Start the transfers and the sensor."""

    @abstractmethod
    def _stop(self) -> None:
        """Stop the sensor and the transfers."""

    @abstractmethod
    def _new_decoder(self) -> StreamDecoder:
        """Return a decoder for a stream that begins."""

    def _poll(self) -> Packet | None:
        """Take one transfer as a packet; None when none comes in a quarter of a second."""
        assert self._reader is not None
        with self._counting():
            return self._reader.take(_POLL_S)

    def _walk(
        self,
        tick: float | None,
        reconnect: bool | float,
        *,
        max_latency: float | None = None,
        budget: float | None = None,
    ) -> Iterator[Packet]:
        wait_s = _POLL_S if tick is None else tick
        self.start()
        while True:
            self._check_open()
            reader = self._reader
            if not self._running or reader is None:
                return
            try:
                with self._counting():
                    packet = reader.take(wait_s, max_latency=max_latency, budget=budget)
            except DeviceDisconnected as lost:
                self._reconnect(reconnect, lost)
                continue
            if packet is not None:
                yield packet
            elif reader.finished:
                return
            elif tick is not None:
                yield reader.idle()

    def _begin(self, *, disconnected: bool) -> None:
        self._reader = StreamReader(self._transport, self._new_decoder(), disconnected=disconnected)
        with self._counting():
            self._start()
        self._running = True

    def _reconnect(self, limit: bool | float, lost: DeviceDisconnected) -> None:
        """Wait for the same device, set it up as it was and start its stream.

        Args:
            limit: as `reconnect` of `packets`.
            lost: raised when the device is not back in time.
        """
        self._come_back(limit, lost, lambda: self._begin(disconnected=True))

    def _come_back(
        self,
        limit: bool | float,
        lost: DeviceDisconnected,
        then: Callable[[], None] = lambda: None,
    ) -> None:
        """Wait for the same device and set it up as it was; begin anew when `then` fails."""
        if limit is False or self._connect is None:
            raise lost
        end_s = math.inf if limit is True else time.monotonic() + limit
        if self._recording is not None:
            self._recording.stop(disconnected=True)
        self._running = False
        self._transport.close()
        while not self._closed:
            try:
                self._transport, self._emulator = self._connect()
                self._set_up()
                then()
            except HardwareError:
                self._running = False
                self._transport.close()
                if time.monotonic() >= end_s:
                    raise lost from None
                time.sleep(_RECONNECT_S)
                continue
            self._reconnections += 1
            return

    def _check_open(self) -> None:
        if self._closed:
            raise HardwareError(f"{self._info.uri} is closed; open it again")

    @contextlib.contextmanager
    def _counting(self) -> Iterator[None]:
        """Give a disconnection the counts of this device."""
        try:
            yield
        except DeviceDisconnected:
            raise self._disconnected() from None

    def _disconnected(self) -> DeviceDisconnected:
        reader = self._reader
        packets, events = (reader.packets, reader.events) if reader else (0, 0)
        last_t_us = reader.last_t_us if reader else None
        last = "" if last_t_us is None else f", the last at {last_t_us} us"
        return DeviceDisconnected(
            f"{self._info.uri} was disconnected: {events} events in {packets} packets "
            f"were delivered{last}; plug it in and open it again",
            packets=packets,
            events=events,
            last_t_us=last_t_us,
        )


def _check_seconds(method: str, **values: float | None) -> None:
    for name, value in values.items():
        if value is not None and not value >= 0:
            raise ConfigError(f"{method}: {name}: expected seconds from 0, or None, got {value}")

"""An open device: packets, configuration, health, recording."""

import contextlib
import dataclasses
import datetime
import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from hw_drivers.config import Config
from hw_drivers.discovery import DeviceInfo
from hw_drivers.errors import ConfigError, DeviceDisconnected, HardwareError
from hw_drivers.packet import Health, Packet
from hw_drivers.recording import Recording
from hw_drivers.recording_quality import QualityWatch
from hw_drivers.stream_reader import StreamDecoder, StreamReader
from hw_drivers.transport.interface import Transport
from hw_drivers.transport.tracing import traced

__all__ = ["Device", "StreamDecoder"]

_RECONNECT_S = 0.25  # between attempts to find a device that has left
_POLL_S = 0.25  # how often a silent stream is looked at, so that Ctrl-C works everywhere

ConfigT = TypeVar("ConfigT", bound=Config)


class Device(ABC, Generic[ConfigT]):
    """A device that is open. Use it in a `with` block, or call `close`.

    Made by `hw_drivers.open` and `hw_drivers.emulate`.

    Args:
        transport: the way to it.
        info: what is known of it.
        config: its first configuration.
        emulator: the model behind the transport, or None for a real device.
    """

    config_type: type[ConfigT]

    def __init__(
        self, transport: Transport, info: DeviceInfo, config: ConfigT, *, emulator: Any = None
    ) -> None:
        transport = traced(
            transport, {"name": info.name, "kind": info.kind, "config": config.to_dict()}
        )
        self._transport = transport
        self._emulator = emulator
        self._config = config
        self._info = info
        self._reader: StreamReader | None = None
        self._connect: Callable[[], tuple[Transport, Any]] | None = None
        self._reconnections = 0
        self._recording: Recording | None = None
        self._executor: ThreadPoolExecutor | None = None
        self._running = False
        self._closed = False
        try:
            self._set_up()
        except BaseException:
            transport.close()
            raise

    @property
    def info(self) -> DeviceInfo:
        """Identity of the device."""
        return self._info

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the sensor in pixels."""
        assert self._info.size is not None
        return self._info.size

    @property
    def emulator(self) -> Any:
        """The model of an emulated device.

        Raises:
            HardwareError: the device is real.
        """
        if self._emulator is None:
            raise HardwareError(f"{self._info.uri} is a real device: it has no emulator")
        return self._emulator

    @property
    def config(self) -> ConfigT:
        """The configuration in effect; setting it waits until it is."""
        return self._config

    @config.setter
    def config(self, config: ConfigT) -> None:
        self.update(config).result()

    def update(self, config: ConfigT, *, verify: bool = False) -> "Future[ConfigT]":
        """Bring the device from its configuration to another one, writing only differences.

        Args:
            config: the new configuration.
            verify: read back what was written and compare.

        Returns:
            A future of the configuration in effect; its exception is a `HardwareError`.

        Raises:
            ConfigError: not a configuration of this device.
        """
        if not isinstance(config, self.config_type):
            raise ConfigError(
                f"{self._info.name}: expected {self.config_type.__name__}, got {config!r}"
            )
        self._check_open()
        if self._executor is None:
            self._executor = ThreadPoolExecutor(1, thread_name_prefix="hw_drivers-update")
        return self._executor.submit(self._update, config, verify)

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
                first packet; a number: wait so many seconds at most.

        Raises:
            DeviceDisconnected: the device left; what had arrived was delivered before.

        Example:
            >>> import hw_drivers
            >>> with hw_drivers.open("emulated:evk4?realtime=0&duration=5ms&rate=1e6") as device:
            ...     sum(len(packet.events) > 0 for packet in device.packets())
            5
        """
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
        return self._walk(tick, reconnect, budget=budget)

    def health(self) -> Health:
        """Return counts and backlog of the stream."""
        stats, reader = self._transport.stats(), self._reader
        now_ns = self._transport.clock.monotonic_ns()
        return Health(
            packets=stats.packets,
            bytes=stats.bytes,
            events=reader.events if reader else 0,
            lost_packets=stats.lost_packets,
            lost_bytes=stats.lost_bytes,
            gaps=stats.gaps,
            skipped_bytes=reader.decoder.skipped_bytes if reader else 0,
            backlog_packets=stats.queued_packets,
            backlog_s=0.0 if stats.oldest_ns is None else (now_ns - stats.oldest_ns) / 1e9,
            high_water=stats.high_water,
            capacity=stats.capacity,
            control_requests=stats.control_requests,
            decode=reader.decoder.report if reader else None,
            outdated_packets=reader.outdated_packets if reader else 0,
            drift_ppm=reader.drift.ppm() if reader else None,
            reconnections=self._reconnections,
        )

    def record(self, path: str | Path, *, report: bool = True) -> Recording:
        """Start to write what arrives to a raw file, until the recording is stopped.

        Args:
            path: the file; it replaces one of that name, once it is whole.
            report: also write what the recording holds and how the stream was, beside it as
                `<name>.json`.

        Returns:
            The recording, to use in a `with` block around the loop over `packets`.

        Raises:
            HardwareError: the folder cannot be written to, or a recording is running.
        """
        self._check_open()
        if self._recording is not None:
            raise HardwareError(f"{self._info.uri} is being recorded; stop that recording first")
        wall = datetime.datetime.fromtimestamp(self._transport.clock.wall_ns() / 1e9, datetime.UTC)
        self._recording = Recording(
            Path(path),
            self._raw_header(wall.strftime("%Y-%m-%d %H:%M:%S")),
            self._config.to_dict(),
            self._transport.start_log,
            self._forget_recording,
            QualityWatch(self._info, self.health, getattr(self, "temperature", None)),
            write_report=report,
        )
        return self._recording

    def close(self) -> None:
        """Stop the stream, finish recordings, switch the sensor off and let the device go."""
        if self._closed:
            return
        try:
            # A device that is gone, or that refuses, is let go all the same.
            with contextlib.suppress(HardwareError):
                self.stop()
            if self._recording is not None:
                self._recording.stop()
            with contextlib.suppress(HardwareError):
                self._shut_down()
        finally:
            self._closed = True
            if self._executor is not None:
                self._executor.shutdown()
            self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @classmethod
    def serial_of(cls, transport: Transport, info: DeviceInfo) -> str | None:
        """Return the serial number of a device that is about to be opened."""
        return info.serial

    @classmethod
    def misfit(cls, transport: Transport) -> str | None:
        """Return why a device that is about to be opened is not one of this driver, or None."""
        return None

    @abstractmethod
    def _open(self) -> DeviceInfo:
        """Identify and initialise the device, apply the configuration."""

    @abstractmethod
    def _start(self) -> None:
        """Start the transfers and the sensor."""

    @abstractmethod
    def _stop(self) -> None:
        """Stop the sensor and the transfers."""

    @abstractmethod
    def _shut_down(self) -> None:
        """Switch the sensor off."""

    @abstractmethod
    def _apply(self, before: ConfigT, after: ConfigT, *, verify: bool) -> None:
        """Write the difference of two configurations."""

    @abstractmethod
    def _new_decoder(self) -> StreamDecoder:
        """Return a decoder for a stream that begins."""

    @abstractmethod
    def _raw_header(self, date: str) -> bytes:
        """Return the header of a raw file."""

    def _update(self, config: ConfigT, verify: bool) -> ConfigT:
        with self._counting():
            self._apply(self._config, config, verify=verify)
        self._config = config
        return config

    @property
    def finished(self) -> bool:
        """Whether the stream has come to its end and everything was read."""
        return self._running and self._reader is not None and self._reader.finished

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

    def _set_up(self) -> None:
        """Identify and initialise the device."""
        with self._counting():
            found = self._open()
        # A trace keeps the name by which it was opened.
        kept = dataclasses.replace(found, uri=self._info.uri)
        self._info = kept if self._info.kind == "trace" else found

    def _begin(self, *, disconnected: bool) -> None:
        self._reader = StreamReader(self._transport, self._new_decoder(), disconnected=disconnected)
        with self._counting():
            self._start()
        self._running = True

    def reconnect_by(self, connect: Callable[[], tuple[Transport, Any]]) -> None:
        """Tell how to reach the same device again after it has left.

        Args:
            connect: returns a transport and, of an emulated device, its model; raises
                `HardwareError` while the device is not there.
        """
        self._connect = connect

    def _reconnect(self, limit: bool | float, lost: DeviceDisconnected) -> None:
        """Wait for the same device, set it up as it was and start its stream."""
        if limit is False or self._connect is None:
            raise lost
        end_s = math.inf if limit is True else time.monotonic() + limit
        if self._recording is not None:
            self._recording.stop()
        self._running = False
        self._transport.close()
        while not self._closed:
            try:
                self._transport, self._emulator = self._connect()
                self._set_up()
                self._begin(disconnected=True)
            except HardwareError:
                self._running = False
                self._transport.close()
                if time.monotonic() >= end_s:
                    raise lost from None
                time.sleep(_RECONNECT_S)
                continue
            self._reconnections += 1
            return

    def _forget_recording(self) -> None:
        self._recording = None

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

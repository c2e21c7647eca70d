"""An open device: packets, configuration, health, recording."""

import contextlib
import dataclasses
import datetime
from abc import ABC, abstractmethod
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Protocol, Self, TypeVar

from hw_drivers.config import Config
from hw_drivers.discovery import DeviceInfo
from hw_drivers.errors import ConfigError, DeviceDisconnected, HardwareError
from hw_drivers.packet import Decoded, Gap, Health, HostTime, Packet
from hw_drivers.recording import Recording
from hw_drivers.transport.interface import Buffer, Transport
from hw_drivers.transport.tracing import traced
from neuro_kernels.codecs import DecodeCounts

__all__ = ["Device", "StreamDecoder"]

_POLL_S = 0.25  # how often a silent stream is looked at, so that Ctrl-C works everywhere
_MAX_MERGED_BYTES = 1 << 22

ConfigT = TypeVar("ConfigT", bound=Config)


class StreamDecoder(Protocol):
    """Turns the bytes of one stream into events."""

    skipped_bytes: int

    @property
    def report(self) -> DecodeCounts:
        """Counts of the decoder."""
        ...

    def feed(self, data: bytes, *, after_gap: bool = False) -> Decoded:
        """Decode one transfer; `after_gap` says that transfers are missing before it."""
        ...


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
        self._decoder: StreamDecoder | None = None
        self._recording: Recording | None = None
        self._executor: ThreadPoolExecutor | None = None
        self._held: Buffer | None = None
        self._running = False
        self._closed = False
        self._packets = self._events = 0
        self._last_t_us: int | None = None
        try:
            with self._counting():
                found = self._open()
                # A trace keeps the name by which it was opened.
                named = dataclasses.replace(found, uri=info.uri)
                self._info = named if info.kind == "trace" else found
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
        self._decoder = self._new_decoder()
        self._packets = self._events = 0
        self._last_t_us = None
        with self._counting():
            self._start()
        self._running = True

    def stop(self) -> None:
        """Stop the stream and drop what was not read; `packets` starts it again."""
        if not self._running:
            return
        self._running = False
        self._held = None
        with self._counting():
            self._stop()

    def packets(self, *, max_latency: float | None = None) -> Iterator[Packet]:
        """Walk through the stream, packet by packet, until the device ends it.

        Args:
            max_latency: seconds that transfers may be held back to come as one packet; None gives
                each transfer as its own packet.

        Raises:
            DeviceDisconnected: the device left; what had arrived was delivered before.

        Example:
            >>> import hw_drivers
            >>> with hw_drivers.open("emulated:evk4?realtime=0&duration=5ms&rate=1e6") as device:
            ...     sum(len(packet.events) > 0 for packet in device.packets())
            5
        """
        self.start()
        while True:
            self._check_open()
            if not self._running:
                return
            buffers = self._collect(max_latency)
            if buffers:
                yield self._packet(buffers)
            elif self._transport.finished:
                return

    def health(self) -> Health:
        """Return counts and backlog of the stream."""
        stats = self._transport.stats()
        now_ns = self._transport.clock.monotonic_ns()
        return Health(
            packets=stats.packets,
            bytes=stats.bytes,
            events=self._events,
            lost_packets=stats.lost_packets,
            lost_bytes=stats.lost_bytes,
            gaps=stats.gaps,
            skipped_bytes=self._decoder.skipped_bytes if self._decoder else 0,
            backlog_packets=stats.queued_packets,
            backlog_s=0.0 if stats.oldest_ns is None else (now_ns - stats.oldest_ns) / 1e9,
            high_water=stats.high_water,
            capacity=stats.capacity,
            control_requests=stats.control_requests,
            decode=self._decoder.report if self._decoder else None,
        )

    def record(self, path: str | Path) -> Recording:
        """Start to write what arrives to a raw file, until the recording is stopped.

        Args:
            path: the file; it replaces one of that name, once it is whole.

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

    def _collect(self, max_latency: float | None) -> list[Buffer]:
        """Take transfers until the first of them is `max_latency` old; [] when none came."""
        first, self._held = self._held, None
        if first is None:
            with self._counting():
                first = self._transport.next_buffer(_POLL_S)
        if first is None or not max_latency:
            return [] if first is None else [first]
        buffers, size = [first], len(first.data)
        deadline_ns = first.monotonic_ns + round(max_latency * 1e9)
        while size < _MAX_MERGED_BYTES:
            left_ns = deadline_ns - self._transport.clock.monotonic_ns()
            if left_ns <= 0 and self._transport.stats().queued_packets == 0:
                break
            try:
                buffer = self._transport.next_buffer(max(left_ns, 0) / 1e9)
            except DeviceDisconnected:
                break  # raised again by the next call, after these were delivered
            if buffer is None:
                break
            if buffer.lost_packets:
                self._held = buffer  # a gap is always at the start of a packet
                break
            buffers.append(buffer)
            size += len(buffer.data)
        return buffers

    @property
    def finished(self) -> bool:
        """Whether the stream has come to its end and everything was read."""
        return self._running and self._held is None and self._transport.finished

    def _poll(self) -> Packet | None:
        """Take one transfer as a packet; None when none comes in a quarter of a second."""
        buffers = self._collect(None)
        return self._packet(buffers) if buffers else None

    def _packet(self, buffers: list[Buffer]) -> Packet:
        assert self._decoder is not None
        first, last = buffers[0], buffers[-1]
        data = first.data if len(buffers) == 1 else b"".join(b.data for b in buffers)
        decoded = self._decoder.feed(data, after_gap=first.lost_packets > 0)
        events = decoded.events
        gap = Gap(first.lost_packets, first.lost_bytes) if first.lost_packets else None
        self._packets += 1
        self._events += len(events)
        if len(events):
            self._last_t_us = int(events.t[-1])
        host_time = HostTime(last.monotonic_ns, last.wall_ns)
        return Packet(
            events,
            decoded.triggers,
            decoded.frames,
            decoded.imu,
            host_time,
            gap,
            last.sequence,
        )

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
        last = "" if self._last_t_us is None else f", the last at {self._last_t_us} us"
        return DeviceDisconnected(
            f"{self._info.uri} was disconnected: {self._events} events in {self._packets} packets "
            f"were delivered{last}; plug it in and open it again",
            packets=self._packets,
            events=self._events,
            last_t_us=self._last_t_us,
        )

"""An open device: configuration, health, recording, life and end."""

import contextlib
import dataclasses
import datetime
from abc import abstractmethod
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from hw_drivers.config import Config
from hw_drivers.discovery import DeviceInfo
from hw_drivers.errors import ConfigError, HardwareError
from hw_drivers.packet import Health
from hw_drivers.recording.files import Recording
from hw_drivers.recording.quality import QualityWatch
from hw_drivers.streaming.reader import StreamDecoder
from hw_drivers.streaming.stream import Streaming
from hw_drivers.transport.interface import Transport
from hw_drivers.transport.tracing import traced

__all__ = ["Device", "StreamDecoder"]

ConfigT = TypeVar("ConfigT", bound=Config)


class Device(Streaming, Generic[ConfigT]):
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
        super().__init__(transport, info, emulator)
        self._config = config
        self._executor: ThreadPoolExecutor | None = None
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
                f"{self._info.name}: expected {self.config_type.__name__}, got "
                f"{type(config).__name__}"
            )
        self._check_open()
        if self._executor is None:
            self._executor = ThreadPoolExecutor(1, thread_name_prefix="hw_drivers-update")
        return self._executor.submit(self._update, config, verify)

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
    def _shut_down(self) -> None:
        """Switch the sensor off."""

    @abstractmethod
    def _apply(self, before: ConfigT, after: ConfigT, *, verify: bool) -> None:
        """Write the difference of two configurations."""

    @abstractmethod
    def _raw_header(self, date: str) -> bytes:
        """Return the header of a raw file."""

    def _update(self, config: ConfigT, verify: bool) -> ConfigT:
        with self._counting():
            self._apply(self._config, config, verify=verify)
        self._config = config
        return config

    def _set_up(self) -> None:
        """Identify and initialise the device."""
        with self._counting():
            found = self._open()
        # A trace keeps the name by which it was opened.
        kept = dataclasses.replace(found, uri=self._info.uri)
        self._info = kept if self._info.kind == "trace" else found

    def _forget_recording(self) -> None:
        self._recording = None

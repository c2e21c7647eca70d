"""Raw recordings of a device: what arrived, byte for byte, under a text header."""

import contextlib
import os
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from hw_drivers.errors import HardwareError
from hw_drivers.transport.interface import Buffer

__all__ = ["Recording", "RecordingReport"]


@dataclass(frozen=True)
class RecordingReport:
    """What a finished recording holds.

    Args:
        path: the file.
        bytes: bytes of the stream in it, without the header.
        packets: transfers in it.
        missing_packets: transfers that the device sent and that are not in it.
        duration_s: from the first to the last transfer.
        wall_ns: arrival of the first transfer since 1970, or None without any.
        config: the device's configuration when the recording was started.
    """

    path: Path
    bytes: int
    packets: int
    missing_packets: int
    duration_s: float
    wall_ns: int | None
    config: dict[str, Any]


class Recording:
    """A recording in progress; leave the `with` block or call `stop` to finish the file.

    Transfers are written as they arrive, whether or not the program reads their events in time.
    The file appears under its name only when it is whole; until then it is a hidden neighbour.
    """

    def __init__(
        self,
        path: Path,
        header: bytes,
        config: dict[str, Any],
        finish: Callable[["Recording"], None],
    ) -> None:
        self._path = path
        self._config = config
        self._finish = finish
        self._lock = threading.Lock()
        self._error: OSError | None = None
        self._report: RecordingReport | None = None
        self._bytes = self._packets = self._missing = 0
        self._first: Buffer | None = None
        self._last_ns = 0
        self._next_sequence: int | None = None
        try:
            handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        except OSError as error:
            raise HardwareError(f"record: cannot write to {path}: {error.strerror}") from None
        self._temporary = Path(name)
        self._file: BinaryIO | None = os.fdopen(handle, "wb")
        self._file.write(header)

    def take(self, buffer: Buffer) -> None:
        """Write one transfer; called by the transport."""
        with self._lock:
            if self._file is None or self._error is not None:
                return
            try:
                self._file.write(buffer.data)
            except OSError as error:  # for example a full disk: told by stop()
                self._error = error
                return
            self._bytes += len(buffer.data)
            self._packets += 1
            if self._next_sequence is not None:
                self._missing += max(0, buffer.sequence - self._next_sequence)
            self._next_sequence = buffer.sequence + 1
            self._first = self._first or buffer
            self._last_ns = buffer.monotonic_ns

    def stop(self) -> RecordingReport:
        """Finish the file and give it its name.

        Returns:
            What it holds; a second call returns the same.

        Raises:
            HardwareError: the file could not be written; nothing is left of it.
        """
        if self._report is not None:
            return self._report
        self._finish(self)
        with self._lock:
            file, self._file = self._file, None
            try:
                if file is not None:
                    file.close()
                if self._error is not None:
                    raise self._error
                os.chmod(self._temporary, 0o666 & ~_umask())
                os.replace(self._temporary, self._path)
            except OSError as error:
                with contextlib.suppress(OSError):
                    self._temporary.unlink()
                raise HardwareError(
                    f"record: {self._path} could not be written after {self._bytes} bytes: "
                    f"{error.strerror}"
                ) from None
            span_ns = self._last_ns - self._first.monotonic_ns if self._first else 0
            self._report = RecordingReport(
                self._path,
                self._bytes,
                self._packets,
                self._missing,
                span_ns / 1e9,
                self._first.wall_ns if self._first else None,
                self._config,
            )
            return self._report

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current

"""A log of transfers that is written by the thread that receives them."""

import os
from collections.abc import Callable

from hw_drivers.transport.interface import Buffer, LogCounts

__all__ = ["FileLog"]


class FileLog:
    """Writes transfers to an open file.

    Args:
        descriptor: the file; closed by `finish`.
        finished: called once when no transfer may come any more.
    """

    def __init__(self, descriptor: int, finished: Callable[[], None]) -> None:
        self._file = os.fdopen(descriptor, "wb")
        self._finished = finished
        self._counts: LogCounts | None = None
        self._packets = self._bytes = self._missing = self._errno = 0
        self._first: Buffer | None = None
        self._last_ns = 0

    def append(self, buffer: Buffer) -> None:
        """Write one transfer."""
        if self._errno:
            self._missing += 1
            return
        try:
            self._file.write(buffer.data)
        except OSError as error:  # for example a full disk: told by finish()
            self._errno = error.errno or 1
            self._missing += 1
            return
        self._packets += 1
        self._bytes += len(buffer.data)
        self._first = self._first or buffer
        self._last_ns = buffer.monotonic_ns

    def finish(self) -> LogCounts:
        """Close the file; a second call returns the same counts."""
        if self._counts is None:
            self._finished()
            try:
                self._file.close()
            except OSError as error:
                self._errno = self._errno or error.errno or 1
            first = self._first
            self._counts = LogCounts(
                packets=self._packets,
                bytes=self._bytes,
                missing_packets=self._missing,
                first_wall_ns=first.wall_ns if first else None,
                duration_s=(self._last_ns - first.monotonic_ns) / 1e9 if first else 0.0,
                errno=self._errno,
            )
        return self._counts

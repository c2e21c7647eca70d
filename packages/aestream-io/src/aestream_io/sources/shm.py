"""Events from another process of this machine through shared memory: `shm:NAME?timeout=5s`.

The writer may be started later: opening waits for it. The stream ends when the writer ends it, or
dies. Options:

- `timeout`: how long to wait for the writer, and then for its next events; for ever unless given
"""

import time
from collections.abc import Iterator

from aestream_io._shm import Ring, ring_path
from aestream_io.sources._messages import MessageSource
from aestream_io.uri import parse_uri
from neuro_kernels import Events
from neuro_kernels.stream import MessageDecoder, StreamError

__all__ = ["ShmSource", "from_uri"]

STEP_S = 2e-4


class ShmSource(MessageSource):
    """Events that another process writes into shared memory.

    Args:
        name: what the writer calls it.
        timeout_s: how long to wait for the writer and for its next events, None for ever.

    Raises:
        StreamError: no writer has come within the timeout.
        EventError: a name that cannot be.
    """

    _advice = "the writer has ended without an event; start it again"

    def __init__(self, name: str, *, timeout_s: float | None = None) -> None:
        self._prepare(MessageDecoder(format="frame"), timeout_s=timeout_s)
        self._ring = self._attached(name)
        self._open(f"shm:{name}")

    def _attached(self, name: str) -> Ring:
        path = ring_path(name)
        begin_s = time.monotonic()
        while (ring := Ring.attach(path)) is None:
            if self._timeout_s is not None and time.monotonic() - begin_s >= self._timeout_s:
                raise StreamError(
                    f"shm:{name}: no writer without a reader has come within {self._timeout_s:g} "
                    f"s; start one with the output shm:{name}"
                )
            time.sleep(STEP_S * 10)
        return ring

    def _received(self) -> Iterator[Events]:
        silent_since_s = idle_since_s = time.monotonic()
        while not self._stopped:
            message = self._ring.pop()
            now_s = time.monotonic()
            if message is not None:
                silent_since_s = idle_since_s = now_s
                yield self._decode(message, now_s)
                continue
            if self._ring.ended and self._ring.drained:
                return
            if self._is_over(silent_since_s):
                return
            if self._idle_s is not None and now_s - idle_since_s >= self._idle_s:
                idle_since_s = now_s
                yield Events.empty(self.size)
            time.sleep(STEP_S)

    def _close(self) -> None:
        # Another thread may be in the middle of a message: the memory goes with the object.
        self._stopped = True


def from_uri(uri: str) -> ShmSource:
    """Open `shm:NAME?timeout=…`.

    Args:
        uri: the address.

    Raises:
        UriError: an option that does not exist or makes no sense.
        StreamError: see `ShmSource`.
    """
    parsed = parse_uri(uri)
    options = parsed.options
    timeout_us = options.duration_us("timeout")
    options.done()
    return ShmSource(parsed.target, timeout_s=None if timeout_us is None else timeout_us / 1e6)

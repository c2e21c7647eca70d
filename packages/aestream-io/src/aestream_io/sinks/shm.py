"""Events to another process of this machine through shared memory: `shm:NAME?buffer=64MiB`.

One process reads what one process writes. Options:

- `buffer`: memory for messages that wait for the reader, 64 MiB unless given
- `drop`: no (the default) waits for a slow reader; yes leaves messages out, which their numbers
  tell the reader
- `timeout`: how long to wait for a reader that does not read, 5 s unless given
"""

import time

from aestream_io._errors import OutputError
from aestream_io._shm import Ring, ring_path
from aestream_io.sinks.base import Sink, SinkReport
from aestream_io.uri import Uri
from neuro_kernels import Events
from neuro_kernels.stream import MessageEncoder

__all__ = ["ShmSink", "from_uri"]

WAIT_S = 5.0
STEP_S = 2e-4
DEFAULT_BUFFER = 64 << 20
MESSAGE_EVENTS = 1 << 14


class ShmSink(Sink):
    """Hands events to another process through shared memory.

    Args:
        name: what the reader calls it.
        buffer: bytes for messages that wait.
        drop: leave messages out for a slow reader instead of waiting.
        timeout_s: how long to wait for a reader that does not read.

    Raises:
        EventError: a name that cannot be.
    """

    def __init__(
        self,
        name: str,
        *,
        buffer: int = DEFAULT_BUFFER,
        drop: bool = False,
        timeout_s: float = WAIT_S,
    ) -> None:
        super().__init__(name=f"shm:{name}")
        self._ring: Ring | None = Ring.create(ring_path(name), buffer)
        # Messages are at most an eighth of the ring, so that the reader never waits for the writer.
        self._message_events = max(1, min(MESSAGE_EVENTS, (self._ring.largest // 4 - 64) // 13))
        self._drop = drop
        self._timeout_s = timeout_s
        self._events = self._bytes = self._lost = 0

    def start(self, size: tuple[int, int], t0: int | None) -> None:
        """Take note of the sensor."""
        self._encoder = MessageEncoder(size, format="frame", t0=t0)

    def write(self, events: Events) -> None:
        """Write events; waits for the reader where nothing may be dropped."""
        assert self._ring is not None, "write comes before finish"
        for part in events.chunks(self._message_events):
            message = self._encoder.encode(part)
            end = time.monotonic() + self._timeout_s
            while not self._ring.push(message):
                if self._drop:
                    self._lost += len(part)
                    break
                if time.monotonic() > end:
                    raise OutputError(
                        f"{self.name}: nobody has read for {self._timeout_s:g} s; start a reader, "
                        "give a longer timeout, or drop=yes"
                    )
                time.sleep(STEP_S)
            else:
                self._events += len(part)
                self._bytes += len(message)

    def finish(self) -> SinkReport:
        """Let the reader take what waits and return the counts."""
        assert self._ring is not None, "finish comes once"
        self._ring.end()
        end = time.monotonic() + self._timeout_s
        while not self._ring.drained and time.monotonic() < end:
            time.sleep(STEP_S)
        notes = () if self._ring.drained else ("the reader has not taken everything",)
        self.abort()
        return SinkReport(
            name=self.name,
            events=self._events,
            bytes=self._bytes,
            lost_events=self._lost,
            notes=notes,
        )

    def abort(self) -> None:
        """End the stream for the reader and take the name away."""
        if self._ring is not None:
            self._ring.end()
            self._ring.remove()
            self._ring.close()
            self._ring = None


def from_uri(uri: Uri) -> ShmSink:
    """Open `shm:NAME?buffer=…&drop=…&timeout=…`."""
    options = uri.options
    timeout_us = options.duration_us("timeout")
    buffer = options.bytes("buffer", DEFAULT_BUFFER)
    drop = options.flag("drop", False)
    options.done()
    timeout_s = WAIT_S if timeout_us is None else timeout_us / 1e6
    return ShmSink(uri.target, buffer=buffer, drop=drop, timeout_s=timeout_s)

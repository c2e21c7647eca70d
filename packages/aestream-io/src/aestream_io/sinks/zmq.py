"""Events out over ZeroMQ: `zmq:tcp://HOST:PORT?pattern=pub&format=frame&wait=1`.

The address defaults to tcp://0.0.0.0:40001, where AEStream expects a Speck. Options:

- `pattern`: `pub` (the default) gives every reader everything, `push` deals messages out
- `bind`: yes (the default) listens on the address; no connects to it
- `format`: layout of the messages, see `neuro_kernels.stream`; `frame` unless given
- `wait`: readers of a `pub` to wait for before the first event, none unless given
- `timeout`: how long to wait for readers, and for a slow one, 5 s unless given
- `queue`: messages that wait for a slow reader. Then `pub` drops (`drop=no` waits instead), which
  readers of `frame` see in its numbers; `push` waits
"""

import time
from typing import Any

from aestream_io._errors import OutputError
from aestream_io._zmq import SPECK_HEADER, STEP_MS, address_of, library, open_socket
from aestream_io.sinks.base import Sink, SinkReport
from aestream_io.uri import Uri
from neuro_kernels import Events
from neuro_kernels.stream import FORMATS, MessageEncoder

__all__ = ["ZmqSink", "from_uri"]

PATTERNS = {"pub": "XPUB", "push": "PUSH"}
WAIT_S = 5.0
MESSAGE_EVENTS = 1 << 15
LINGER_MS = 5000  # how long the last messages may take to leave


class ZmqSink(Sink):
    """Sends events as ZeroMQ messages.

    Args:
        address: such as tcp://127.0.0.1:40001 or ipc:///tmp/events.
        pattern: "pub" or "push".
        bind: listen on the address instead of connecting to it.
        format: layout of the messages, see `neuro_kernels.stream`.
        wait: readers to wait for before the first event ("pub" alone).
        timeout_s: how long to wait for readers.
        queue: messages that wait for a slow reader.
        drop: let a publisher drop messages for a reader whose queue is full, instead of waiting.

    Raises:
        StreamError: the address cannot be used.
        EventError: pyzmq is not installed.
    """

    def __init__(
        self,
        address: str,
        *,
        pattern: str = "pub",
        bind: bool = True,
        format: str = "frame",
        wait: int = 0,
        timeout_s: float = WAIT_S,
        queue: int = 1000,
        drop: bool = True,
    ) -> None:
        self._format = format
        self._pattern = pattern
        self._wait = wait
        self._timeout_s = timeout_s
        self._socket, self.address = open_socket(PATTERNS[pattern], address, bind=bind, queue=queue)
        if pattern == "pub":
            zmq = library()
            # Every subscription is told, so that readers can be counted.
            self._socket.setsockopt(zmq.XPUB_VERBOSER, 1)
            self._socket.setsockopt(zmq.XPUB_NODROP, 0 if drop else 1)
        super().__init__(name=f"zmq:{self.address}")
        self._events = self._bytes = self._readers = 0

    def start(self, size: tuple[int, int], t0: int | None) -> None:
        """Wait for the readers that were asked for."""
        self._encoder = MessageEncoder(size, format=self._format, t0=t0)
        end = time.monotonic() + self._timeout_s
        while self._pattern == "pub" and self._readers < self._wait:
            if self._socket.poll(STEP_MS):
                joined = self._socket.recv()[:1] == b"\x01"
                self._readers += 1 if joined else -1
            elif time.monotonic() > end:
                raise OutputError(
                    f"{self.name}: {self._readers} of {self._wait} readers came within "
                    f"{self._timeout_s:g} s; start them, or give a longer timeout"
                )

    def write(self, events: Events) -> None:
        """Send events; waits where nothing may be dropped."""
        for part in events.chunks(MESSAGE_EVENTS):
            message = self._encoder.encode(part)
            parts = [SPECK_HEADER, message] if self._format == "speck" else [message]
            self._send(parts)
            self._events += len(part)
            self._bytes += len(message)

    def _send(self, parts: list[bytes]) -> None:
        zmq = library()
        end = time.monotonic() + self._timeout_s
        while True:
            try:
                self._socket.send_multipart(parts, zmq.DONTWAIT)
                return
            except zmq.Again:
                if self._socket.poll(STEP_MS, zmq.POLLOUT):
                    end = time.monotonic() + self._timeout_s
                elif time.monotonic() > end:
                    raise OutputError(
                        f"{self.name}: no reader has taken a message for {self._timeout_s:g} s; "
                        "start one, or give a longer timeout"
                    ) from None

    def finish(self) -> SinkReport:
        """Let the last messages leave and return the counts."""
        self._end(LINGER_MS)
        return SinkReport(name=self.name, events=self._events, bytes=self._bytes)

    def abort(self) -> None:
        """Close the socket at once."""
        self._end(0)

    def _end(self, linger_ms: int) -> None:
        self._socket.close(linger_ms)


def from_uri(uri: Uri) -> ZmqSink:
    """Open `zmq:ADDRESS?pattern=…&bind=…&format=…&wait=…&timeout=…&queue=…&drop=…`."""
    options = uri.options
    timeout_us = options.duration_us("timeout")
    values: dict[str, Any] = {
        "pattern": options.choice("pattern", list(PATTERNS), "pub"),
        "bind": options.flag("bind", True),
        "format": options.choice("format", list(FORMATS), "frame"),
        "wait": options.count("wait", 0),
        "timeout_s": WAIT_S if timeout_us is None else timeout_us / 1e6,
        "queue": options.count("queue", 1000),
        "drop": options.flag("drop", True),
    }
    options.done()
    library()
    return ZmqSink(address_of(uri), **values)

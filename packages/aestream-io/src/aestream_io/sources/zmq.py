"""Events from ZeroMQ: `zmq:tcp://HOST:PORT?pattern=sub&format=frame&size=640x480&timeout=5s`.

The address defaults to tcp://0.0.0.0:40001, where AEStream expects a Speck. Options:

- `pattern`: `sub` (the default) hears a publisher, `pull` shares the messages of a pusher
- `bind`: yes listens on the address; no (the default) connects to it, and again whenever the
  connection breaks
- `format`: layout of the messages, see `neuro_kernels.stream`; `frame` unless given. Of a message
  in parts the last one holds the events; with `speck` the first one must be `V`
- `size`: the sensor; may be left out for `frame`, which tells it
- `timeout`: end the stream after this long without a message; never unless given
- `queue`: messages that wait for a slow reader. A publisher drops what comes then, which the
  numbers of `frame` tell; a pusher waits
"""

import threading
import time
from collections.abc import Iterator

from aestream_io._zmq import SPECK_HEADER, STEP_MS, address_of, library, open_socket
from aestream_io.sources._messages import MessageSource
from aestream_io.uri import parse_uri
from neuro_kernels import Events
from neuro_kernels.stream import FORMATS, MessageDecoder

__all__ = ["ZmqSource", "from_uri"]

PATTERNS = {"sub": "SUB", "pull": "PULL"}


class ZmqSource(MessageSource):
    """Events from ZeroMQ messages.

    Args:
        address: such as tcp://127.0.0.1:40001 or ipc:///tmp/events.
        pattern: "sub" or "pull".
        bind: listen on the address instead of connecting to it.
        format: layout of the messages, see `neuro_kernels.stream`.
        size: (width, height) of the sensor; None takes what the first frame says ("frame" alone),
            for which the opening waits.
        timeout_s: end after this long without a message, None for never.
        queue: messages that wait for a slow reader.

    Raises:
        StreamError: the address cannot be used, or no frame has told the size.
        EventError: pyzmq is not installed.
    """

    def __init__(
        self,
        address: str,
        *,
        pattern: str = "sub",
        bind: bool = False,
        format: str = "frame",
        size: tuple[int, int] | None = None,
        timeout_s: float | None = None,
        queue: int = 1000,
    ) -> None:
        self._prepare(MessageDecoder(size, format=format), timeout_s=timeout_s)
        self._format = format
        self._foreign = 0
        # A socket of ZeroMQ belongs to one thread at a time.
        self._turn = threading.Lock()
        self._socket, self.address = open_socket(PATTERNS[pattern], address, bind=bind, queue=queue)
        self._open(f"zmq:{self.address}")

    def _received(self) -> Iterator[Events]:
        silent_since_s = time.monotonic()
        while not self._stopped:
            parts = self._next_message()
            if parts is None:
                if self._is_over(silent_since_s):
                    return
                if self._idle_s is not None:
                    yield Events.empty(self.size)
                continue
            silent_since_s = time.monotonic()
            if self._format == "speck" and len(parts) > 1 and bytes(parts[0]) != SPECK_HEADER:
                self._foreign += 1
                continue
            yield self._decode(parts[-1], silent_since_s)

    def _next_message(self) -> list[memoryview] | None:
        with self._turn:
            wait_ms = STEP_MS if self._idle_s is None else int(self._idle_s * 1e3)
            if self._stopped or not self._socket.poll(wait_ms):
                return None
            return [part.buffer for part in self._socket.recv_multipart(copy=False)]

    def _details(self) -> dict[str, int]:
        return {"foreign": self._foreign}

    def _close(self) -> None:
        self._stopped = True
        with self._turn:
            self._socket.close(0)


def from_uri(uri: str) -> ZmqSource:
    """Open `zmq:ADDRESS?pattern=…&bind=…&format=…&size=…&timeout=…&queue=…`.

    Args:
        uri: the address.

    Raises:
        UriError: an option that does not exist or makes no sense.
        StreamError: see `ZmqSource`.
        EventError: pyzmq is not installed.
    """
    parsed = parse_uri(uri)
    options = parsed.options
    timeout_us = options.duration_us("timeout")
    values = {
        "pattern": options.choice("pattern", list(PATTERNS), "sub"),
        "bind": options.flag("bind", False),
        "format": options.choice("format", list(FORMATS), "frame"),
        "size": options.size("size"),
        "timeout_s": None if timeout_us is None else timeout_us / 1e6,
        "queue": options.count("queue", 1000),
    }
    options.done()
    library()
    return ZmqSource(address_of(parsed), **values)

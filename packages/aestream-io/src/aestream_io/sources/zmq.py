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
from collections.abc import Iterator, Mapping
from typing import Any

from aestream_io._zmq import SPECK_HEADER, STEP_MS, address_of, library, open_socket
from aestream_io.sources.base import Source
from aestream_io.uri import parse_uri
from neuro_kernels import Events
from neuro_kernels.stream import FORMATS, MessageDecoder, StreamError

__all__ = ["ZmqSource", "from_uri"]

PATTERNS = {"sub": "SUB", "pull": "PULL"}


class ZmqSource(Source):
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
        self._decoder = MessageDecoder(size, format=format)
        self._format = format
        self._timeout_s = timeout_s
        self._begin_s = time.monotonic()
        self._messages = self._bytes = self._foreign = 0
        self._stopped = False
        # A socket of ZeroMQ belongs to one thread at a time.
        self._turn = threading.Lock()
        self._socket, self.address = open_socket(PATTERNS[pattern], address, bind=bind, queue=queue)
        self._held: list[Events] = []
        self._idle_s: float | None = None
        self._stream = self._received()
        name = f"zmq:{self.address}"
        try:
            if self._decoder.size is None:
                self._await_size(name)
        except BaseException:
            self._close()
            raise
        super().__init__(
            size=self._decoder.size or (1, 1), t0=self._decoder.t0, name=name, live=True
        )

    def _await_size(self, name: str) -> None:
        for events in self._stream:
            if self._decoder.size is not None:
                self._held.append(events)
                return
        raise StreamError(
            f"{name}: no frame has told the sensor's size; start the sender, or give "
            "size=WIDTHxHEIGHT"
        )

    def _received(self) -> Iterator[Events]:
        silent_since_s = time.monotonic()
        while not self._stopped:
            parts = self._next_message()
            now_s = time.monotonic()
            if parts is None:
                if self._timeout_s is not None and now_s - silent_since_s >= self._timeout_s:
                    return
                if self._idle_s is not None:
                    yield Events.empty(self.size)
                continue
            silent_since_s = now_s
            self._messages += 1
            self._bytes += sum(part.nbytes for part in parts)
            if self._format == "speck" and len(parts) > 1 and bytes(parts[0]) != SPECK_HEADER:
                self._foreign += 1
                continue
            arrival_us = int((now_s - self._begin_s) * 1e6)
            yield self._decoder.decode(parts[-1], arrival_us=arrival_us)

    def _next_message(self) -> list[memoryview] | None:
        with self._turn:
            wait_ms = STEP_MS if self._idle_s is None else int(self._idle_s * 1e3)
            if self._stopped or not self._socket.poll(wait_ms):
                return None
            return [part.buffer for part in self._socket.recv_multipart(copy=False)]

    def _packets(self) -> Iterator[Events]:
        yield from self._held
        self._held = []
        yield from self._stream

    def _counts(self) -> Mapping[str, Any]:
        return {
            "packets": self._messages,
            "bytes": self._bytes,
            "lost_packets": self._decoder.lost_messages,
            "lost_events": self._decoder.lost_events,
            "out_of_range": self._decoder.out_of_range,
            "malformed": self._decoder.malformed,
            "details": {"foreign": self._foreign},
        }

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

"""Events from WebSocket: `ws://HOST:PORT/PATH?format=frame&size=640x480&timeout=5s`.

Host, port and path default to localhost, 3336 and `/events`, where the sink `ws:` serves. The
sender drops messages for a reader that is too slow, and the numbers of `frame` tell it. Options:

- `format`: layout of the messages, see `neuro_kernels.stream`; `frame` unless given
- `size`: the sensor; may be left out for `frame`, which tells it
- `timeout`: how long to wait for the next message, and for the server at first; for ever unless
  given (a connection is tried for 5 s)
- `reconnect`: yes connects again when a connection ends; the stream ends otherwise
"""

import time
from collections.abc import Iterator

from aestream_io._tcp import STEP_S
from aestream_io._tcp import connect as tcp_connect
from aestream_io._websocket import WebSocket, connect
from aestream_io.sources._messages import MessageSource
from aestream_io.uri import parse_uri
from neuro_kernels import Events
from neuro_kernels.stream import FORMATS, MessageDecoder

__all__ = ["WsSource", "from_uri"]

CONNECT_S = 5.0
DEFAULT_PORT = 3336
DEFAULT_PATH = "/events"


class WsSource(MessageSource):
    """Events from a WebSocket server.

    Args:
        host: name or address of the server.
        port: its TCP port.
        path: path of the stream there.
        format: layout of the messages, see `neuro_kernels.stream`.
        size: (width, height) of the sensor; None takes what the first frame says ("frame" alone),
            for which the opening waits.
        timeout_s: end after this long without a message, None for never.
        reconnect: connect again when a connection ends.

    Raises:
        StreamError: nobody listens there, or speaks WebSocket.
    """

    def __init__(
        self,
        host: str = "localhost",
        port: int = DEFAULT_PORT,
        *,
        path: str = DEFAULT_PATH,
        format: str = "frame",
        size: tuple[int, int] | None = None,
        timeout_s: float | None = None,
        reconnect: bool = False,
    ) -> None:
        self._prepare(MessageDecoder(size, format=format), timeout_s=timeout_s)
        self._address = (host, port)
        self._path = path
        self._reconnect = reconnect
        self._connections = 0
        self._end = self._connected()
        self._open(f"ws://{host}:{port}{path}")

    def _connected(self) -> WebSocket | None:
        patience_s = CONNECT_S if self._timeout_s is None else self._timeout_s
        link = tcp_connect(*self._address, lambda: self._stopped, patience_s)
        if link is None:
            return None
        self._connections += 1
        host = f"{self._address[0]}:{self._address[1]}"
        try:
            return connect(link, host, self._path, lambda: self._stopped)
        except BaseException:
            link.close()
            raise

    def _received(self) -> Iterator[Events]:
        silent_since_s = time.monotonic()
        while self._end is not None and not self._stopped:
            message = self._end.receive(self._idle_s or STEP_S)
            now_s = time.monotonic()
            if message:
                silent_since_s = now_s
                yield self._decode(message, now_s)
            elif message is None:
                self._end.close()
                if self._stopped or not self._reconnect:
                    return
                self._end = self._connected()
            elif self._is_over(silent_since_s):
                return
            elif self._idle_s is not None:
                yield Events.empty(self.size)

    def _details(self) -> dict[str, int]:
        return {"connections": self._connections}

    def _close(self) -> None:
        self._stopped = True
        if self._end is not None:
            self._end.close()


def from_uri(uri: str) -> WsSource:
    """Open `ws://HOST:PORT/PATH?format=…&size=…&timeout=…&reconnect=…`.

    Args:
        uri: the address.

    Raises:
        UriError: an option that does not exist or makes no sense.
        StreamError: see `WsSource`.
    """
    parsed = parse_uri(uri)
    options = parsed.options
    timeout_us = options.duration_us("timeout")
    values = {
        "format": options.choice("format", list(FORMATS), "frame"),
        "size": options.size("size"),
        "timeout_s": None if timeout_us is None else timeout_us / 1e6,
        "reconnect": options.flag("reconnect", False),
    }
    options.done()
    authority, slash, path = parsed.target.removeprefix("//").partition("/")
    place = parse_uri(f"ws:{authority}")
    host, port = place.host_port(host="localhost", port=DEFAULT_PORT)
    return WsSource(host, port, path=f"/{path}" if slash else DEFAULT_PATH, **values)

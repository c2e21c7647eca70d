"""Events from TCP: `tcp:HOST:PORT?format=frame&size=640x480&listen=yes&timeout=5s`.

Host and port default to 0.0.0.0 and 3335. Nothing is lost: a slow reader slows the sender down.
Options:

- `listen`: yes (the default) waits for a sender to connect; no connects to one that listens
- `format`: layout of the bytes, see `neuro_kernels.stream`; `frame` unless given
- `size`: the sensor; may be left out for `frame`, which tells it
- `timeout`: how long to wait for a sender and for its next bytes; for ever unless given (a
  connection is tried for 5 s)
- `reconnect`: yes goes on with the next connection when one ends; the stream ends otherwise
"""

import socket
import time
from collections.abc import Iterator
from contextlib import suppress

from aestream_io._tcp import DEFAULT_PORT, STEP_S, Listener, connect
from aestream_io.sources._messages import MessageSource
from aestream_io.uri import parse_uri
from neuro_kernels import Events
from neuro_kernels.stream import STREAM_FORMATS, MessageDecoder

__all__ = ["TcpSource", "from_uri"]

CONNECT_S = 5.0
CHUNK = 1 << 20  # bytes asked for at once


class TcpSource(MessageSource):
    """Events from a TCP connection.

    Args:
        host: address to listen on, or to connect to.
        port: TCP port; 0 listens on a free one (see the attribute `port`).
        listen: wait for a sender to connect, instead of connecting to one.
        format: layout of the bytes, see `neuro_kernels.stream`.
        size: (width, height) of the sensor; None takes what the first frame says ("frame" alone),
            for which the opening waits.
        timeout_s: end after this long without a sender or bytes, None for never.
        reconnect: go on with the next connection when one ends.

    Raises:
        StreamError: the port is in use, nobody listens, or an unknown host.

    Example:
        >>> import threading, aestream_io
        >>> events = Events([5, 9], [1, 2], [3, 4], [1, 0], size=(640, 480))
        >>> with TcpSource("127.0.0.1", 0, size=(640, 480), timeout_s=10) as source:
        ...     target = f"tcp:127.0.0.1:{source.port}"
        ...     sender = threading.Thread(target=aestream_io.route, args=(events, target))
        ...     sender.start()
        ...     list(source) == [events]
        True
        >>> sender.join()
    """

    def __init__(
        self,
        host: str = "0.0.0.0",
        port: int = DEFAULT_PORT,
        *,
        listen: bool = True,
        format: str = "frame",
        size: tuple[int, int] | None = None,
        timeout_s: float | None = None,
        reconnect: bool = False,
    ) -> None:
        decoder = MessageDecoder(size, format=format)
        self._prepare(decoder, timeout_s=timeout_s, counts_messages=False)
        self._address = (host, port)
        self._reconnect = reconnect
        self._connections = 0
        self._link: socket.socket | None = None
        self._listener = Listener(host, port) if listen else None
        self.port = self._listener.port if self._listener else port
        self._open(f"tcp:{host}:{self.port}")

    def _next_link(self) -> socket.socket | None:
        if self._listener is not None:
            return self._listener.accept(lambda: self._stopped, self._timeout_s)
        patience_s = CONNECT_S if self._timeout_s is None else self._timeout_s
        return connect(*self._address, lambda: self._stopped, patience_s)

    def _received(self) -> Iterator[Events]:
        while (link := self._next_link()) is not None:
            self._link = link
            self._connections += 1
            with link:
                yield from self._read(link)
            yield self._decoder.finish()
            if not self._reconnect:
                return

    def _read(self, link: socket.socket) -> Iterator[Events]:
        buffer = bytearray(CHUNK)
        silent_since_s = time.monotonic()
        while not self._stopped:
            link.settimeout(STEP_S if self._idle_s is None else self._idle_s)
            try:
                n = link.recv_into(buffer)
            except TimeoutError:
                if self._is_over(silent_since_s):
                    return
                if self._idle_s is not None:
                    yield Events.empty(self.size)
                continue
            except OSError:
                return  # the other end went away, or we were closed
            if n == 0:
                return
            silent_since_s = time.monotonic()
            self._bytes += n
            arrival_us = int((silent_since_s - self._begin_s) * 1e6)
            yield self._decoder.feed(memoryview(buffer)[:n], arrival_us=arrival_us)

    def _details(self) -> dict[str, int]:
        return {"connections": self._connections}

    def _release(self) -> None:
        if self._listener is not None:
            self._listener.close()
        if self._link is not None:
            with suppress(OSError):
                self._link.shutdown(socket.SHUT_RDWR)
            self._link.close()

    def _close(self) -> None:
        self._stopped = True
        self._release()


def from_uri(uri: str) -> TcpSource:
    """Open `tcp:HOST:PORT?listen=…&format=…&size=…&timeout=…&reconnect=…`.

    Args:
        uri: the address.

    Raises:
        UriError: an option that does not exist or makes no sense.
        StreamError: see `TcpSource`.
    """
    parsed = parse_uri(uri)
    options = parsed.options
    listen = options.flag("listen", True)
    timeout_us = options.duration_us("timeout")
    values = {
        "listen": listen,
        "format": options.choice("format", list(STREAM_FORMATS), "frame"),
        "size": options.size("size"),
        "timeout_s": None if timeout_us is None else timeout_us / 1e6,
        "reconnect": options.flag("reconnect", False),
    }
    options.done()
    host, port = parsed.host_port(host="0.0.0.0" if listen else "localhost", port=DEFAULT_PORT)
    return TcpSource(host, port, **values)

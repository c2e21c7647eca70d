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
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from aestream_io._tcp import DEFAULT_PORT, STEP_S, Listener, connect
from aestream_io.sources.base import Source
from aestream_io.uri import parse_uri
from neuro_kernels import Events
from neuro_kernels.stream import STREAM_FORMATS, MessageDecoder, StreamError

__all__ = ["TcpSource", "from_uri"]

CONNECT_S = 5.0
CHUNK = 1 << 20  # bytes asked for at once


class TcpSource(Source):
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
        self._decoder = MessageDecoder(size, format=format)
        self._address = (host, port)
        self._timeout_s = timeout_s
        self._reconnect = reconnect
        self._begin_s = time.monotonic()
        self._bytes = 0
        self._connections = 0
        self._link: socket.socket | None = None
        self._stopped = False
        self._listener = Listener(host, port) if listen else None
        self.port = self._listener.port if self._listener else port
        self._held: list[Events] = []
        self._idle_s: float | None = None
        self._stream = self._received()
        name = f"tcp:{host}:{self.port}"
        try:
            if self._decoder.size is None:
                self._await_size(name)
        except BaseException:
            self._stopped = True
            self._release()
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
                silent_s = time.monotonic() - silent_since_s
                if self._timeout_s is not None and silent_s >= self._timeout_s:
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

    def _packets(self) -> Iterator[Events]:
        yield from self._held
        self._held = []
        yield from self._stream

    def _counts(self) -> Mapping[str, Any]:
        return {
            "bytes": self._bytes,
            "lost_packets": self._decoder.lost_messages,
            "lost_events": self._decoder.lost_events,
            "out_of_range": self._decoder.out_of_range,
            "malformed": self._decoder.malformed,
            "details": {"connections": self._connections},
        }

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

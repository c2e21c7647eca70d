"""Events out over WebSocket: `ws:HOST:PORT?format=frame&wait=1&drop=yes`, and a page to see them.

Host and port default to 127.0.0.1 and 3336. Any number of readers may connect and go; a browser
that opens http://HOST:PORT/ gets a page that shows the events. Options:

- `format`: layout of the messages, see `neuro_kernels.stream`; `frame` unless given (the page needs
  it)
- `wait`: readers to wait for before the first event, none unless given
- `timeout`: how long to wait for them; for ever unless given
- `queue`: messages that wait for a slow reader. `drop=yes` (the default) then leaves messages out
  for this reader, which the numbers of `frame` tell it; `drop=no` waits
- `origins`: web pages of others that may read, separated by blanks, or `*`; none unless given
"""

import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from importlib.resources import files
from typing import Any

from aestream_io._errors import OutputError
from aestream_io._tcp import Listener
from aestream_io._websocket import WebSocket, read_request
from aestream_io.sinks.base import Sink, SinkReport
from aestream_io.uri import Uri
from neuro_kernels import Events
from neuro_kernels.stream import FORMATS, MessageEncoder

__all__ = ["DEFAULT_PORT", "WsSink", "from_uri", "view_from_uri"]

DEFAULT_PORT = 3336
STEP_S = 0.05
MAX_SAID = 1 << 16  # bytes of a message from a reader
LINGER_S = 5.0  # how long the last messages may take to leave
MESSAGE_EVENTS = 1 << 15


class WsSink(Sink):
    """Serves events to any number of WebSocket readers.

    Args:
        host: address to listen on.
        port: TCP port; 0 takes a free one (see the attribute `port`).
        format: layout of the messages, see `neuro_kernels.stream`.
        wait: readers to wait for before the first event.
        timeout_s: how long to wait for them, None for ever.
        queue: messages that wait for a slow reader.
        drop: leave messages out for a slow reader instead of waiting for it.
        announce: say on standard error where the page is.
        origins: web pages of others that may read the events, such as "http://localhost:8000"; "*"
            for all. Programs, and the page of this sink, always may.

    Raises:
        StreamError: the port is in use, or the host is no address of this machine.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = DEFAULT_PORT,
        *,
        format: str = "frame",
        wait: int = 0,
        timeout_s: float | None = None,
        queue: int = 64,
        drop: bool = True,
        announce: bool = False,
        origins: Sequence[str] = (),
    ) -> None:
        self._listener = Listener(host, port)
        self.port = self._listener.port
        super().__init__(name=f"ws:{host}:{self.port}")
        self._format, self._wait, self._timeout_s = format, wait, timeout_s
        self._queue, self._drop = max(queue, 1), drop
        self._origins = tuple(origins)
        self._stopped = False
        self._lock = threading.Lock()
        self._readers: list[_Reader] = []
        self._events = self._bytes = self._lost = 0
        if announce:
            shown = "localhost" if host in ("0.0.0.0", "::") else host
            sys.stderr.write(f"aestream-io: the events are shown at http://{shown}:{self.port}/\n")
        self._thread = threading.Thread(target=self._serve, name="ws", daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while not self._stopped:
            link = self._listener.accept(lambda: self._stopped, None)
            if link is None:
                return
            threading.Thread(target=self._greet, args=(link,), name="ws", daemon=True).start()

    def _greet(self, link: socket.socket) -> None:
        request = read_request(link, lambda: self._stopped)
        if request is None or request.key is None:
            if request is not None:
                with suppress(OSError):
                    link.sendall(_page(request.path))
            link.close()
            return
        if not request.is_from(self._origins):
            with suppress(OSError):
                link.sendall(_answer("403 Forbidden", b"this page may not read the events\n"))
            link.close()
            return
        try:
            end = WebSocket.accept(link, request, lambda: self._stopped, most=MAX_SAID)
        except OSError:
            link.close()
            return
        reader = _Reader(end, self._queue)
        with self._lock:
            self._readers.append(reader)
        threading.Thread(target=reader.run, name="ws", daemon=True).start()
        while end.receive() is not None:
            pass  # what readers say means nothing; pings are answered on the way
        reader.stop()
        with self._lock:
            self._readers.remove(reader)
            self._lost += reader.lost

    def start(self, size: tuple[int, int], t0: int | None) -> None:
        """Wait for the readers that were asked for."""
        self._encoder = MessageEncoder(size, format=self._format, t0=t0)
        begin_s = time.monotonic()
        while len(self._readers) < self._wait:
            if self._timeout_s is not None and time.monotonic() - begin_s > self._timeout_s:
                raise OutputError(
                    f"{self.name}: {len(self._readers)} of {self._wait} readers came within "
                    f"{self._timeout_s:g} s; start them, or give a longer timeout"
                )
            time.sleep(STEP_S)

    def write(self, events: Events) -> None:
        """Hand events to every reader."""
        for part in events.chunks(MESSAGE_EVENTS):
            message = self._encoder.encode(part)
            with self._lock:
                readers = list(self._readers)
            for reader in readers:
                reader.put(message, len(part), drop=self._drop)
            self._events += len(part)
            self._bytes += len(message)

    def finish(self) -> SinkReport:
        """Let the last messages leave and return the counts."""
        for reader in list(self._readers):
            reader.end(LINGER_S)
        with self._lock:
            lost = self._lost + sum(reader.lost for reader in self._readers)
        self.abort()
        return SinkReport(name=self.name, events=self._events, bytes=self._bytes, lost_events=lost)

    def abort(self) -> None:
        """Close all connections."""
        self._stopped = True
        self._listener.close()
        for reader in list(self._readers):
            reader.stop()
        self._thread.join()


class _Reader:
    """One connected reader with the messages that wait for it."""

    def __init__(self, end: WebSocket, room: int) -> None:
        self._end = end
        self._room = room
        self._waiting: deque[bytes] = deque()
        self._changed = threading.Condition()
        self._ending = self._gone = False
        self.lost = 0

    def put(self, message: bytes, events: int, *, drop: bool) -> None:
        """Queue a message; a full queue drops it or waits."""
        with self._changed:
            while len(self._waiting) >= self._room and not drop and not self._gone:
                self._changed.wait(STEP_S)
            if self._gone:
                return
            if len(self._waiting) >= self._room:
                self.lost += events
                return
            self._waiting.append(message)
            self._changed.notify_all()

    def run(self) -> None:
        """Send what is queued until the reader or we go."""
        try:
            while True:
                with self._changed:
                    while not self._waiting and not self._ending:
                        self._changed.wait()
                    if not self._waiting:
                        break
                    message = self._waiting.popleft()
                    self._changed.notify_all()
                self._end.send(message)
        except OSError:
            pass  # the reader went away
        with self._changed:
            self._gone = True
            self._changed.notify_all()
        self._end.close()

    def end(self, patience_s: float) -> None:
        """Let what is queued leave."""
        limit = time.monotonic() + patience_s
        with self._changed:
            self._ending = True
            self._changed.notify_all()
            while not self._gone and time.monotonic() < limit:
                self._changed.wait(STEP_S)

    def stop(self) -> None:
        """Drop what is queued and go."""
        with self._changed:
            self._waiting.clear()
            self._ending = True
            self._changed.notify_all()


def _page(path: str) -> bytes:
    found = path.partition("?")[0] in ("/", "/index.html")
    body = files("aestream_io.sinks").joinpath("view.html").read_bytes() if found else b"not here\n"
    status = "200 OK" if found else "404 Not Found"
    return _answer(status, body)


def _answer(status: str, body: bytes) -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


def _values(uri: Uri) -> dict[str, Any]:
    options = uri.options
    timeout_us = options.duration_us("timeout")
    values = {
        "format": options.choice("format", list(FORMATS), "frame"),
        "wait": options.count("wait", 1 if uri.scheme == "view" else 0),
        "timeout_s": None if timeout_us is None else timeout_us / 1e6,
        "queue": options.count("queue", 64),
        "drop": options.flag("drop", True),
        "origins": (options.text("origins") or "").split(),
    }
    options.done()
    return values


def from_uri(uri: Uri) -> WsSink:
    """Open `ws:HOST:PORT?format=…&wait=…&timeout=…&queue=…&drop=…`."""
    values = _values(uri)
    host, port = uri.host_port(host="127.0.0.1", port=DEFAULT_PORT)
    return WsSink(host, port, **values)


def view_from_uri(uri: Uri) -> WsSink:
    """Open `view:HOST:PORT`: a page that shows the events, waited for until somebody opens it."""
    values = _values(uri)
    host, port = uri.host_port(host="127.0.0.1", port=DEFAULT_PORT)
    return WsSink(host, port, announce=True, **values)

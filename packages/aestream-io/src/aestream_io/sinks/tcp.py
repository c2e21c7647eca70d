"""Events out over TCP: `tcp:HOST:PORT?format=frame&listen=no&timeout=5s`.

Host and port default to localhost and 3335. Nothing is lost: the slower end sets the speed.
Options:

- `listen`: no (the default) connects to a reader that listens; yes waits for one to connect
- `format`: layout of the bytes, see `neuro_kernels.stream`; `frame` unless given
- `timeout`: how long to wait for the reader, 5 s unless given
"""

import socket
from contextlib import suppress

from aestream_io._errors import OutputError
from aestream_io._tcp import DEFAULT_PORT, Listener, connect
from aestream_io.sinks.base import Sink, SinkReport
from aestream_io.uri import Uri
from neuro_kernels import Events
from neuro_kernels.stream import STREAM_FORMATS, MessageEncoder

__all__ = ["TcpSink", "from_uri"]

WAIT_S = 5.0
MESSAGE_EVENTS = 1 << 15  # in one frame


class TcpSink(Sink):
    """Sends events over a TCP connection.

    Args:
        host: name or address to connect to, or to listen on.
        port: TCP port; 0 listens on a free one (see the attribute `port`).
        listen: wait for a reader to connect, instead of connecting to one.
        format: layout of the bytes, see `neuro_kernels.stream`.
        timeout_s: how long to wait for the reader.

    Raises:
        StreamError: the port is in use, nobody listens, or an unknown host.
    """

    def __init__(
        self,
        host: str = "localhost",
        port: int = DEFAULT_PORT,
        *,
        listen: bool = False,
        format: str = "frame",
        timeout_s: float = WAIT_S,
    ) -> None:
        self._format = format
        self._timeout_s = timeout_s
        self._link: socket.socket | None = None
        self._listener = Listener(host, port) if listen else None
        self.port = self._listener.port if self._listener else port
        if not listen:
            self._link = connect(host, port, lambda: False, timeout_s)
        super().__init__(name=f"tcp:{host}:{self.port}")
        self._events = 0
        self._bytes = 0

    def start(self, size: tuple[int, int], t0: int | None) -> None:
        """Wait for the reader where it is the one to connect."""
        self._encoder = MessageEncoder(size, format=self._format, t0=t0)
        if self._listener is not None:
            self._link = self._listener.accept(lambda: False, self._timeout_s)
            if self._link is None:
                raise OutputError(
                    f"{self.name}: no reader has connected within {self._timeout_s:g} s; start it, "
                    "or give a longer timeout"
                )

    def write(self, events: Events) -> None:
        """Send events; waits while the reader is slower."""
        for part in events.chunks(MESSAGE_EVENTS):
            self._send(self._encoder.encode(part))
            self._events += len(part)

    def _send(self, message: bytes) -> None:
        assert self._link is not None, "start comes before write"
        view = memoryview(message)
        while view:
            try:
                n = self._link.send(view)
            except TimeoutError:
                continue  # the reader is slow; Ctrl-C has had its chance
            except OSError as error:
                raise OutputError(
                    f"{self.name}: the reader has gone ({error.strerror}); start it again"
                ) from None
            self._bytes += n
            view = view[n:]

    def finish(self) -> SinkReport:
        """End the stream for the reader and return the counts."""
        if self._link is not None:
            with suppress(OSError):
                self._link.shutdown(socket.SHUT_WR)
        self.abort()
        return SinkReport(name=self.name, events=self._events, bytes=self._bytes)

    def abort(self) -> None:
        """Close the connection."""
        for end in (self._link, self._listener):
            if end is not None:
                end.close()


def from_uri(uri: Uri) -> TcpSink:
    """Open `tcp:HOST:PORT?listen=…&format=…&timeout=…`."""
    options = uri.options
    listen = options.flag("listen", False)
    format = options.choice("format", list(STREAM_FORMATS), "frame")
    timeout_us = options.duration_us("timeout")
    options.done()
    host, port = uri.host_port(host="0.0.0.0" if listen else "localhost", port=DEFAULT_PORT)
    timeout_s = WAIT_S if timeout_us is None else timeout_us / 1e6
    return TcpSink(host, port, listen=listen, format=format, timeout_s=timeout_s)

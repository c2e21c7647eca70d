"""Events out as UDP datagrams: `udp:HOST:PORT?format=spif&packet=128&rate=10M`.

Host and port default to localhost and 3333. Options:

- `format`: layout of the datagrams, see `neuro_kernels.stream`; `spif` carries timestamps
- `timestamps`: no chooses `spif-untimed`
- `packet`: events in one datagram at most
- `rate`: events per second at most
- `buffer`: send buffer asked of the system
"""

from aestream_io._errors import UriError
from aestream_io.sinks.base import Sink, SinkReport
from aestream_io.uri import Uri
from neuro_kernels import EventError, Events
from neuro_kernels.stream import FORMATS, UdpSender

__all__ = ["UdpSink", "from_uri"]

DEFAULT_PORT = 3333
DEFAULT_PACKET = 128
DEFAULT_BUFFER = 4 << 20


class UdpSink(Sink):
    """Sends events as UDP datagrams.

    Args:
        host: name or address to send to.
        port: UDP port.
        format: layout of the datagrams, see `neuro_kernels.stream`.
        packet_events: events in one datagram at most.
        max_rate: events per second at most, 0 for no limit.
        send_buffer: bytes of send buffer asked of the system.

    Raises:
        StreamError: the host is unknown.

    Example:
        >>> sink = UdpSink("127.0.0.1", 3333)
        >>> sink.write(Events.empty((4, 4)))
        >>> sink.finish().bytes
        0
    """

    def __init__(
        self,
        host: str = "localhost",
        port: int = DEFAULT_PORT,
        *,
        format: str = "spif",
        packet_events: int = DEFAULT_PACKET,
        max_rate: float = 0.0,
        send_buffer: int = DEFAULT_BUFFER,
    ) -> None:
        super().__init__(name=f"udp:{host}:{port}")
        self._sender = UdpSender(
            host,
            port,
            format=format,
            packet_events=packet_events,
            max_rate=max_rate,
            send_buffer=send_buffer,
        )

    def write(self, events: Events) -> None:
        """Send the events at once."""
        self._sender.send(events)

    def finish(self) -> SinkReport:
        """Free the socket and return the counts."""
        stats = self._sender.stats
        self._sender.close()
        notes = ("nobody listened at the other end for a while",) if stats.refused else ()
        return SinkReport(
            name=self.name,
            events=stats.events,
            bytes=stats.bytes,
            lost_events=stats.lost_events,
            notes=notes,
        )

    def abort(self) -> None:
        """Free the socket."""
        self._sender.close()


def from_uri(uri: Uri) -> UdpSink:
    """Open `udp:HOST:PORT?format=…&timestamps=…&packet=…&rate=…&buffer=…`."""
    host, port = uri.host_port(host="localhost", port=DEFAULT_PORT)
    options = uri.options
    format = options.choice("format", list(FORMATS), "spif")
    if not options.flag("timestamps", True) and format == "spif":
        format = "spif-untimed"
    packet = options.count("packet", DEFAULT_PACKET)
    rate = options.number("rate", 0.0)
    buffer = options.bytes("buffer", DEFAULT_BUFFER)
    options.done()
    try:
        return UdpSink(
            host,
            port,
            format=format,
            packet_events=packet,
            max_rate=rate,
            send_buffer=buffer,
        )
    except EventError as error:
        if isinstance(error, OSError):
            raise
        raise UriError(f"{uri.text}: {error}") from None

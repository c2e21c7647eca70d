"""Events from UDP datagrams: `udp:HOST:PORT?size=640x480&format=spif&timeout=5s&buffer=8MiB`.

Host and port default to 0.0.0.0 (all addresses of this machine) and 3333. Options:

- `size`: the sensor; events outside are left out, counted and warned of. Without it the layout
  `frame` tells the size (opening waits for the first frame), all others mean 1280x720
- `format`: layout of the datagrams, see `neuro_kernels.stream`; `spif` unless given
- `timeout`: end the stream after this long without a datagram; never unless given
- `buffer`: receive buffer asked of the system
- `ring`: memory for datagrams that wait for a slow reader
"""

import time
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

from aestream_io._errors import EventDataWarning
from aestream_io.sources.base import Source
from aestream_io.uri import parse_uri
from neuro_kernels import Events
from neuro_kernels.stream import FORMATS, StreamError, UdpReceiver

__all__ = ["DEFAULT_PORT", "DEFAULT_SIZE", "UdpSource", "from_uri"]

DEFAULT_PORT = 3333  # SPIF pipe 0, also the default of AEStream
DEFAULT_SIZE = (1280, 720)  # the largest common sensor


class UdpSource(Source):
    """Events from UDP datagrams, received on a thread that no Python code holds up.

    Args:
        host: address to listen on.
        port: UDP port, 0 for a free one (see the attribute `port`).
        size: (width, height) of the sensor; None means what the first frame says for the layout
            "frame", 1280x720 for all others.
        format: layout of the datagrams, see `neuro_kernels.stream`.
        timeout_s: end the stream after this many seconds without a datagram, None for never.
        receive_buffer: bytes asked of the system.
        ring_bytes: bytes that wait for a slow reader.

    Raises:
        StreamError: the port is in use, the host is no address of this machine, or no frame has
            told the size within the timeout.

    Example:
        >>> from neuro_kernels.stream import UdpSender
        >>> events = Events([5, 9], [1, 2], [3, 4], [1, 0], size=(640, 480))
        >>> with UdpSource("127.0.0.1", 0, size=(640, 480), timeout_s=10) as source:
        ...     with UdpSender("127.0.0.1", source.port) as sender:
        ...         sender.send(events)
        ...     next(iter(source)) == events
        True
    """

    def __init__(
        self,
        host: str = "0.0.0.0",
        port: int = DEFAULT_PORT,
        *,
        size: tuple[int, int] | None = None,
        format: str = "spif",
        timeout_s: float | None = None,
        receive_buffer: int = 8 << 20,
        ring_bytes: int = 32 << 20,
    ) -> None:
        self._receiver = UdpReceiver(
            host,
            port,
            size=size or (None if format == "frame" else DEFAULT_SIZE),
            format=format,
            receive_buffer=receive_buffer,
            ring_bytes=ring_bytes,
        )
        name = f"udp:{host}:{self._receiver.port}"
        self._timeout_s = timeout_s
        self._first = self._await_size(name)
        super().__init__(
            size=self._receiver.size or DEFAULT_SIZE, t0=self._receiver.t0, name=name, live=True
        )

    @property
    def port(self) -> int:
        """The port listened on."""
        return self._receiver.port

    def _await_size(self, name: str) -> Events | None:
        """Read until the size is known; return what was read, if anything."""
        if self._receiver.size is not None:
            return None
        try:
            while True:
                before = self._receiver.stats.packets
                events = self._receiver.read(timeout_s=self._timeout_s)
                if self._receiver.size is not None:
                    return events
                if self._receiver.stats.packets == before:
                    raise StreamError(
                        f"{name}: no frame has told the sensor's size within {self._timeout_s:g} "
                        "s; start the sender, or give size=WIDTHxHEIGHT"
                    )
        except BaseException:
            self._receiver.close()
            raise

    def _packets(self) -> Iterator[Events]:
        if self._first is not None:
            yield self._first
        silent_since_s = time.monotonic()
        while True:
            before = self._receiver.stats.packets
            wait_s = self._timeout_s
            if self._idle_s is not None:
                wait_s = self._idle_s if wait_s is None else min(wait_s, self._idle_s)
            events = self._receiver.read(timeout_s=wait_s)
            if events is None:
                break
            now_s = time.monotonic()
            if len(events) or self._receiver.stats.packets != before:
                silent_since_s = now_s
            elif self._timeout_s is not None and now_s - silent_since_s >= self._timeout_s:
                break
            yield events

    def _counts(self) -> Mapping[str, Any]:
        stats = self._receiver.stats
        return {
            "packets": stats.packets,
            "bytes": stats.bytes,
            "lost_packets": stats.lost_packets,
            "lost_events": stats.lost_events,
            "out_of_range": stats.out_of_range,
            "malformed": stats.malformed + stats.truncated,
            "details": {
                "ring_lost_packets": stats.ring_lost_packets,
                "system_lost_packets": stats.system_lost_packets,
                "truncated": stats.truncated,
                "ring_peak_bytes": stats.ring_peak_bytes,
                "receive_buffer_bytes": stats.receive_buffer_bytes,
            },
        }

    def _close(self) -> None:
        self._receiver.close()
        stats = self._receiver.stats
        if stats.out_of_range:
            width, height = self.size
            warnings.warn(
                f"{self.name}: {stats.out_of_range} events lay outside {width}x{height} and were "
                "left out; give the sensor's size with size=WIDTHxHEIGHT",
                EventDataWarning,
                stacklevel=4,
            )


def from_uri(uri: str) -> UdpSource:
    """Open `udp:HOST:PORT?size=…&format=…&timeout=…&buffer=…&ring=…`.

    Args:
        uri: the address.

    Raises:
        UriError: an option that does not exist or makes no sense.
        StreamError: the port is in use, or the host is no address of this machine.

    Example:
        >>> with from_uri("udp:127.0.0.1:0?size=320x240") as source:
        ...     source.size
        (320, 240)
    """
    parsed = parse_uri(uri)
    host, port = parsed.host_port(host="0.0.0.0", port=DEFAULT_PORT)
    options = parsed.options
    timeout_us = options.duration_us("timeout")
    values = {
        "size": options.size("size"),
        "format": options.choice("format", list(FORMATS), "spif"),
        "timeout_s": None if timeout_us is None else timeout_us / 1e6,
        "receive_buffer": options.bytes("buffer", 8 << 20),
        "ring_bytes": options.bytes("ring", 32 << 20),
    }
    options.done()
    return UdpSource(host, port, **values)

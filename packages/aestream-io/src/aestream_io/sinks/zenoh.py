"""Events out over zenoh: `zenoh:KEY?listen=tcp/HOST:PORT&format=frame&wait=yes`.

Options:

- `connect`, `listen`: endpoints; with neither, peers of the local network are found by multicast
- `format`: layout of the messages, see `neuro_kernels.stream`; `frame` unless given
- `wait`: yes waits for a reader before the first event
- `timeout`: how long to wait for it, 5 s unless given
- `drop`: yes drops messages for a slow reader, which readers of `frame` see in its numbers; no (the
  default) waits for it
"""

import time
from typing import Any

from aestream_io._errors import OutputError
from aestream_io._zenoh import key_of, library, open_session
from aestream_io.sinks.base import Sink, SinkReport
from aestream_io.uri import Uri
from neuro_kernels import Events
from neuro_kernels.stream import FORMATS, MessageEncoder

__all__ = ["ZenohSink", "from_uri"]

WAIT_S = 5.0
MESSAGE_EVENTS = 1 << 15
_STEP_S = 0.01


class ZenohSink(Sink):
    """Sends events as zenoh samples.

    Args:
        key: key expression, such as lab/camera.
        connect: endpoint of a router or peer; "" for none.
        listen: endpoint to be reached at; "" for none.
        format: layout of the messages, see `neuro_kernels.stream`.
        wait: wait for a reader before the first event.
        timeout_s: how long to wait.
        drop: drop messages for a slow reader instead of waiting.

    Raises:
        StreamError: the endpoint cannot be used.
        EventError: eclipse-zenoh is not installed.
    """

    def __init__(
        self,
        key: str,
        *,
        connect: str = "",
        listen: str = "",
        format: str = "frame",
        wait: bool = False,
        timeout_s: float = WAIT_S,
        drop: bool = False,
    ) -> None:
        zenoh = library()
        self._format, self._wait, self._timeout_s = format, wait, timeout_s
        self._session = open_session(connect=connect, listen=listen)
        control = zenoh.CongestionControl.DROP if drop else zenoh.CongestionControl.BLOCK
        self._publisher = self._session.declare_publisher(key, congestion_control=control)
        super().__init__(name=f"zenoh:{key}")
        self._events = self._bytes = 0

    def start(self, size: tuple[int, int], t0: int | None) -> None:
        """Wait for a reader, where that was asked for."""
        self._encoder = MessageEncoder(size, format=self._format, t0=t0)
        end = time.monotonic() + self._timeout_s
        while self._wait and not self._publisher.matching_status.matching:
            if time.monotonic() > end:
                raise OutputError(
                    f"{self.name}: no reader came within {self._timeout_s:g} s; start one, or "
                    "give a longer timeout"
                )
            time.sleep(_STEP_S)

    def write(self, events: Events) -> None:
        """Send events."""
        for part in events.chunks(MESSAGE_EVENTS):
            message = self._encoder.encode(part)
            self._publisher.put(message)
            self._events += len(part)
            self._bytes += len(message)

    def finish(self) -> SinkReport:
        """Let the last messages leave and return the counts."""
        self.abort()
        return SinkReport(name=self.name, events=self._events, bytes=self._bytes)

    def abort(self) -> None:
        """Close the session."""
        self._session.close()


def from_uri(uri: Uri) -> ZenohSink:
    """Open `zenoh:KEY?connect=…&listen=…&format=…&wait=…&timeout=…&drop=…`."""
    options = uri.options
    timeout_us = options.duration_us("timeout")
    values: dict[str, Any] = {
        "connect": options.text("connect", ""),
        "listen": options.text("listen", ""),
        "format": options.choice("format", list(FORMATS), "frame"),
        "wait": options.flag("wait", False),
        "timeout_s": WAIT_S if timeout_us is None else timeout_us / 1e6,
        "drop": options.flag("drop", False),
    }
    options.done()
    return ZenohSink(key_of(uri), **values)

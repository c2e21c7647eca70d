"""Events from zenoh: `zenoh:KEY?connect=tcp/HOST:PORT&format=frame&size=640x480&timeout=5s`.

Options:

- `connect`, `listen`: endpoints; with neither, peers of the local network are found by multicast.
  zenoh connects again whenever the connection breaks
- `format`: layout of the messages, see `neuro_kernels.stream`; `frame` unless given
- `size`: the sensor; may be left out for `frame`, which tells it
- `timeout`: end the stream after this long without a message; never unless given
- `queue`: messages that wait for a slow reader; what comes then is dropped and counted
"""

import queue
import time
from collections.abc import Iterator, Mapping
from typing import Any

from aestream_io._zenoh import key_of, library, open_session
from aestream_io.sources._messages import MessageSource
from aestream_io.uri import parse_uri
from neuro_kernels import Events
from neuro_kernels.stream import FORMATS, MessageDecoder

__all__ = ["ZenohSource", "from_uri"]

_STEP_S = 0.1  # between two looks at whether somebody has closed us


class ZenohSource(MessageSource):
    """Events from zenoh samples.

    Args:
        key: key expression, such as lab/camera.
        connect: endpoint of a router or peer; "" for none.
        listen: endpoint to be reached at; "" for none.
        format: layout of the messages, see `neuro_kernels.stream`.
        size: (width, height) of the sensor; None takes what the first frame says ("frame" alone),
            for which the opening waits.
        timeout_s: end after this long without a message, None for never.
        queue_size: messages that wait for a slow reader.

    Raises:
        StreamError: the endpoint cannot be used, or no frame has told the size.
        EventError: eclipse-zenoh is not installed.
    """

    def __init__(
        self,
        key: str,
        *,
        connect: str = "",
        listen: str = "",
        format: str = "frame",
        size: tuple[int, int] | None = None,
        timeout_s: float | None = None,
        queue_size: int = 1000,
    ) -> None:
        self._prepare(MessageDecoder(size, format=format), timeout_s=timeout_s)
        self._dropped = 0
        self._waiting: queue.Queue[bytes] = queue.Queue(queue_size)
        self._session = open_session(connect=connect, listen=listen)
        try:
            self._subscriber = self._session.declare_subscriber(key, self._arrived)
        except BaseException:
            self._session.close()
            raise
        self._open(f"zenoh:{key}")

    def _arrived(self, sample: Any) -> None:
        # Called on a thread of zenoh, which must not wait.
        try:
            self._waiting.put_nowait(sample.payload.to_bytes())
        except queue.Full:
            self._dropped += 1

    def _received(self) -> Iterator[Events]:
        silent_since_s = time.monotonic()
        while not self._stopped:
            try:
                message = self._waiting.get(timeout=self._idle_s or _STEP_S)
            except queue.Empty:
                if self._is_over(silent_since_s):
                    return
                if self._idle_s is not None:
                    yield Events.empty(self.size)
                continue
            silent_since_s = time.monotonic()
            yield self._decode(message, silent_since_s)

    def _details(self) -> dict[str, int]:
        return {"dropped": self._dropped}

    def _counts(self) -> Mapping[str, Any]:
        counts = dict(super()._counts())
        # The numbers of "frame" also tell those that we dropped ourselves.
        counts["lost_packets"] = max(counts["lost_packets"], self._dropped)
        return counts

    def _close(self) -> None:
        self._stopped = True
        self._session.close()


def from_uri(uri: str) -> ZenohSource:
    """Open `zenoh:KEY?connect=…&listen=…&format=…&size=…&timeout=…&queue=…`.

    Args:
        uri: the address.

    Raises:
        UriError: no key, or an option that does not exist or makes no sense.
        StreamError: see `ZenohSource`.
        EventError: eclipse-zenoh is not installed.
    """
    parsed = parse_uri(uri)
    options = parsed.options
    timeout_us = options.duration_us("timeout")
    values: dict[str, Any] = {
        "connect": options.text("connect", ""),
        "listen": options.text("listen", ""),
        "format": options.choice("format", list(FORMATS), "frame"),
        "size": options.size("size"),
        "timeout_s": None if timeout_us is None else timeout_us / 1e6,
        "queue_size": options.count("queue", 1000),
    }
    options.done()
    key = key_of(parsed)
    library()
    return ZenohSource(key, **values)

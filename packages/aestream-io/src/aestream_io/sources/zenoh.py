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
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any

from aestream_io._zenoh import key_of, library, open_session
from aestream_io.sources.base import Source
from aestream_io.uri import parse_uri
from neuro_kernels import Events
from neuro_kernels.stream import FORMATS, MessageDecoder, StreamError

__all__ = ["ZenohSource", "from_uri"]

_STEP_S = 0.1  # between two looks at whether somebody has closed us


class ZenohSource(Source):
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
        self._decoder = MessageDecoder(size, format=format)
        self._timeout_s = timeout_s
        self._begin_s = time.monotonic()
        self._messages = self._bytes = self._dropped = 0
        self._stopped = threading.Event()
        self._waiting: queue.Queue[bytes] = queue.Queue(queue_size)
        self._session = open_session(connect=connect, listen=listen)
        self._held: list[Events] = []
        self._idle_s: float | None = None
        self._stream = self._received()
        name = f"zenoh:{key}"
        try:
            self._subscriber = self._session.declare_subscriber(key, self._arrived)
            if self._decoder.size is None:
                self._await_size(name)
        except BaseException:
            self._close()
            raise
        super().__init__(
            size=self._decoder.size or (1, 1), t0=self._decoder.t0, name=name, live=True
        )

    def _arrived(self, sample: Any) -> None:
        # Called on a thread of zenoh, which must not wait.
        try:
            self._waiting.put_nowait(sample.payload.to_bytes())
        except queue.Full:
            self._dropped += 1

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
        while not self._stopped.is_set():
            try:
                message = self._waiting.get(
                    timeout=_STEP_S if self._idle_s is None else self._idle_s
                )
            except queue.Empty:
                silent_s = time.monotonic() - silent_since_s
                if self._timeout_s is not None and silent_s >= self._timeout_s:
                    return
                if self._idle_s is not None:
                    yield Events.empty(self.size)
                continue
            silent_since_s = time.monotonic()
            self._messages += 1
            self._bytes += len(message)
            arrival_us = int((silent_since_s - self._begin_s) * 1e6)
            yield self._decoder.decode(message, arrival_us=arrival_us)

    def _packets(self) -> Iterator[Events]:
        yield from self._held
        self._held = []
        yield from self._stream

    def _counts(self) -> Mapping[str, Any]:
        return {
            "packets": self._messages,
            "bytes": self._bytes,
            # The numbers of "frame" also tell those that we dropped ourselves.
            "lost_packets": max(self._decoder.lost_messages, self._dropped),
            "lost_events": self._decoder.lost_events,
            "out_of_range": self._decoder.out_of_range,
            "malformed": self._decoder.malformed,
            "details": {"dropped": self._dropped},
        }

    def _close(self) -> None:
        self._stopped.set()
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

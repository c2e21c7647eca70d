"""What all sources have in common that get events as messages of `neuro_kernels.stream`."""

import time
from collections.abc import Iterator, Mapping
from typing import Any

from aestream_io.sources.base import Source
from neuro_kernels import Events
from neuro_kernels.stream import StreamError

__all__ = ["MessageSource"]


class MessageSource(Source):
    """A live source that decodes messages; its heirs say how the next one comes.

    An heir calls `_prepare`, opens what it listens to, calls `_open`, and defines `_received`,
    which yields what `_decode` makes of each message, and, while `_idle_s` is set, an empty packet
    after that time without one.
    """

    # What to do where a stream ends before a frame has told the sensor's size.
    _advice = "start the sender, or give size=WIDTHxHEIGHT"

    def _prepare(
        self, decoder: Any, *, timeout_s: float | None, counts_messages: bool = True
    ) -> None:
        """Set what reading needs; `decoder` is a MessageDecoder or decodes a byte stream."""
        self._decoder = decoder
        self._timeout_s = timeout_s
        self._counts_messages = counts_messages
        self._begin_s = time.monotonic()
        self._messages = self._bytes = 0
        self._stopped = False
        self._held: list[Events] = []
        self._idle_s: float | None = None

    def _open(self, name: str) -> None:
        """Begin to read; where the size is not known, wait for the frame that tells it.

        Raises:
            StreamError: no frame has told the size.
        """
        self._stream = self._received()
        try:
            if self._decoder.size is None:
                self._await_size(name)
        except BaseException:
            self._close()
            raise
        size = self._decoder.size or (1, 1)
        super().__init__(size=size, t0=self._decoder.t0, name=name, live=True)

    def _await_size(self, name: str) -> None:
        for events in self._stream:
            if self._decoder.size is not None:
                self._held.append(events)
                return
        raise StreamError(f"{name}: no frame has told the sensor's size; {self._advice}")

    def _received(self) -> Iterator[Events]:
        raise TypeError(f"{type(self).__name__} does not say how messages come")

    def _decode(self, message: Any, now_s: float) -> Events:
        """Count a message that came at `now_s` of the monotonic clock, and decode it."""
        self._messages += 1
        self._bytes += len(message)
        arrival_us = int((now_s - self._begin_s) * 1e6)
        return self._decoder.decode(message, arrival_us=arrival_us)

    def _is_over(self, silent_since_s: float) -> bool:
        """Whether nothing has come for longer than the timeout."""
        silent_s = time.monotonic() - silent_since_s
        return self._timeout_s is not None and silent_s >= self._timeout_s

    def _packets(self) -> Iterator[Events]:
        yield from self._held
        self._held = []
        yield from self._stream

    def _details(self) -> dict[str, int]:
        """Counts of this kind of source alone."""
        return {}

    def _counts(self) -> Mapping[str, Any]:
        counts: dict[str, Any] = {
            "bytes": self._bytes,
            "lost_packets": self._decoder.lost_messages,
            "lost_events": self._decoder.lost_events,
            "out_of_range": self._decoder.out_of_range,
            "malformed": self._decoder.malformed,
        }
        if self._counts_messages:
            counts["packets"] = self._messages
        details = self._details()
        return counts | {"details": details} if details else counts

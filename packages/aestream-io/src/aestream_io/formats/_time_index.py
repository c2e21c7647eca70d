"""Going to a time in a recording whose bytes must be decoded in order: marks left on the way."""

import bisect
from dataclasses import dataclass

from aestream_io.formats._source import ByteSource
from neuro_kernels.codecs import Decoder, EventBuffer

__all__ = ["TimeIndex"]

PIECE_BYTES = 1 << 18
MARK_PIECES = 16  # one mark every 4 MiB: a decoder's state is small, the next look is fast


@dataclass(frozen=True)
class _Mark:
    reached_us: int  # latest time of the events before this place
    offset: int
    decoder: Decoder


class TimeIndex:
    """Where in the bytes of a recording its times lie, as far as somebody has looked.

    Args:
        source: at the first byte of the payload; it must be seekable.
        decoder: as it is there.
    """

    def __init__(self, source: ByteSource, decoder: Decoder) -> None:
        self._source = source
        self._marks = [_Mark(-(2**63), source.offset, decoder.copy())]

    def seek(self, t_us: int) -> Decoder:
        """Move the source to a place before the first event of a time.

        Args:
            t_us: event time in microseconds.

        Returns:
            The decoder for this place. All events before it are earlier than `t_us`, those that
            follow for less than `PIECE_BYTES` may be.
        """
        at = bisect.bisect_left([mark.reached_us for mark in self._marks], t_us)
        mark = self._marks[max(at - 1, 0)]
        self._source.seek(mark.offset)
        reached, decoder = mark.reached_us, mark.decoder.copy()
        piece = memoryview(bytearray(PIECE_BYTES))
        buffer = EventBuffer(PIECE_BYTES)
        for k in range(1, 1 << 62):
            place, before = self._source.offset, decoder.copy()
            n = self._source.readinto(piece)
            latest = self._latest(decoder, piece[:n], buffer)
            if n == 0 or (latest is not None and latest >= t_us):
                self._source.seek(place)
                return before
            reached = reached if latest is None else max(reached, latest)
            if k % MARK_PIECES == 0 and self._source.offset > self._marks[-1].offset:
                self._marks.append(_Mark(reached, self._source.offset, decoder.copy()))
        raise AssertionError("a file ends")

    def _latest(self, decoder: Decoder, data: memoryview, buffer: EventBuffer) -> int | None:
        """Decode and forget; return the latest time, None without events."""
        latest: int | None = None
        at = 0
        while at < len(data):
            buffer.clear()
            at += decoder.feed_into(data[at:], buffer)
            if buffer.n:
                here = int(buffer.t[: buffer.n].max())
                latest = here if latest is None else max(latest, here)
        decoder.triggers()
        decoder.colors()
        decoder.exposures()
        return latest

"""Reference definitions of the word decoders in `neuro_kernels.words`."""

import itertools
from dataclasses import dataclass, field

import numpy as np

_COUNTED = ("before_time", "out_of_range", "unknown_words", "other_words", "bytes_skipped")


@dataclass
class Decoded:
    """What a stream held; `side` has (time or None, word) of what is neither event nor time."""

    size: tuple[int, int]
    invert: bool
    events: list[tuple[int, int, int, int]] = field(default_factory=list)
    side: list[tuple[int | None, int]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_COUNTED, 0))
    first_problem: int | None = None

    def problem(self, kind: str, n: int, offset: int, size: int) -> None:
        """Count events, words or bytes that gave nothing."""
        self.counts[kind] += n
        self.counts["bytes_skipped"] += size
        if self.first_problem is None:
            self.first_problem = offset

    def add(self, t: int, column: int, row: int, p: int) -> bool:
        """Keep an event; False where it lies outside."""
        x, y = (row, column) if self.invert else (column, row)
        if 0 <= x < self.size[0] and 0 <= y < self.size[1]:
            self.events.append((t, x, y, p))
            return True
        return False


class _Time:
    def __init__(self) -> None:
        self.offset = self.now = 0
        self.known = False

    def take(self, word: int) -> bool:
        """Follow times, wraps and resets; False where a word is none of these."""
        if word & 0x8000:
            self.now = max(self.now, self.offset + (word & 0x7FFF))
            self.known = True
        elif word >> 12 == 7:
            self.offset += 0x8000 * (word & 0xFFF)
            self.now = max(self.now, self.offset)
        elif word == 1:
            self.offset = self.now = 0
            return False
        else:
            return False
        return True


def _words(pieces: list[bytes]) -> list[list[tuple[int, int]]]:
    """For each piece, whole words with their offsets; between pieces bytes are missing."""
    start, result = 0, []
    for piece in pieces:
        values = np.frombuffer(piece[: len(piece) & ~1], "<u2").tolist()
        result.append([(start + 2 * i, word) for i, word in enumerate(values)])
        start += len(piece)
    return result


def davis_decode(pieces: list[bytes], size: tuple[int, int], *, invert: bool = False) -> Decoded:
    """Decode pieces of a DAVIS stream, between which bytes are missing."""
    out, time = Decoded(size, invert), _Time()
    for words in _words(pieces):
        time.known, row = False, None
        for offset, word in words:
            code, data = word >> 12, word & 0xFFF
            if time.take(word):
                out.counts["other_words"] += code == 7
            elif code == 1:
                row = data
            elif code in (2, 3):
                if not time.known or row is None:
                    out.problem("before_time", 1, offset, 2)
                elif not out.add(time.now, data, row, code - 2):
                    out.problem("out_of_range", 1, offset, 2)
            elif code == 6:
                out.counts["other_words"] += 1
            else:
                out.side.append((time.now if time.known else None, word))
    return out


def dvx_decode(pieces: list[bytes], size: tuple[int, int], *, invert: bool = False) -> Decoded:
    """Decode pieces of a DVXplorer stream, between which bytes are missing."""
    out, time = Decoded(size, invert), _Time()
    for words in _words(pieces):
        time.known, column, groups = False, None, None
        for offset, word in words:
            code, data = word >> 12, word & 0xFFF
            if time.take(word):
                out.counts["other_words"] += code == 7
            elif code == 1:
                column = data & 0x3FF
            elif code == 4:
                distance = data >> 6 & 0x1F
                first = data & 0x3F
                groups = (first, first - distance if data & 0x800 else first + distance)
            elif code in (2, 3):
                bits = [bit for bit in range(8) if data >> bit & 1]
                if not time.known or column is None or groups is None:
                    if bits:
                        out.problem("before_time", len(bits), offset, 2)
                    continue
                group = groups[0] if code == 3 else groups[1]
                p = int(not data & 0x100)
                kept = [out.add(time.now, column, group * 8 + bit, p) for bit in bits]
                if not all(kept):
                    out.problem("out_of_range", kept.count(False), offset, 2)
            elif code == 6:
                out.counts["other_words"] += 1
            else:
                out.side.append((time.now if time.known else None, word))
    return out


def dvs128_decode(pieces: list[bytes], size: tuple[int, int], *, invert: bool = False) -> Decoded:
    """Decode pieces of a DVS128 stream, between which bytes are missing."""
    out, offset_us, now, start = Decoded(size, invert), 0, 0, 0
    for piece in pieces:
        for i in range(0, len(piece) - 3, 4):
            address, stamp = np.frombuffer(piece[i : i + 4], "<u2").tolist()
            if stamp & 0x8000:
                offset_us += 0x4000
                now = max(now, offset_us)
                out.counts["other_words"] += 1
            elif stamp & 0x4000:
                offset_us = now = 0
                out.counts["other_words"] += 1
            else:
                now = max(now, offset_us + stamp)
                if address & 0x8000:
                    out.side.append((now, address))
                    continue
                column, row = 127 - (address >> 1 & 127), 127 - (address >> 8 & 127)
                if not out.add(now, column, row, 1 - (address & 1)):
                    out.problem("out_of_range", 1, start + i, 4)
        start += len(piece)
    return out


_RECORDS = 8  # that must be able to follow one another where a stream is taken up again


def _first_record(window: bytes) -> int | None:
    """Where the first of eight records begins: where their times pass most slowly."""
    passing = {}
    for place in range(4):
        records = [window[i : i + 4] for i in range(place, place + 4 * _RECORDS, 4)]
        if all(record[0] & 0x80 for record in records):
            times = [int.from_bytes(record[2:], "big") for record in records]
            passing[place] = sum((b - a) % 0x10000 for a, b in itertools.pairwise(times))
    return min(passing, key=passing.__getitem__) if passing else None


def edvs_decode(pieces: list[bytes], size: tuple[int, int], *, invert: bool = False) -> Decoded:
    """Decode pieces of an eDVS stream in its format E2, between which bytes are missing."""
    out, now, start, searching = Decoded(size, invert), 0, 0, False
    for piece in pieces:
        i = 0
        while i < len(piece):
            if searching:
                window = piece[i : i + 4 * _RECORDS + 3]
                if len(window) < 4 * _RECORDS + 3:
                    break
                place = _first_record(window)
                skipped = 4 if place is None else place
                if skipped:
                    out.problem("unknown_words", skipped, start + i, skipped)
                i += skipped
                searching = place is None
                continue
            if not piece[i] & 0x80:
                searching = True
                continue
            record = piece[i : i + 4]
            if len(record) < 4:
                break
            stamp = int.from_bytes(record[2:], "big")
            now += (stamp - now) % 0x10000
            if not out.add(now, record[1] & 127, record[0] & 127, 1 - (record[1] >> 7)):
                out.problem("out_of_range", 1, start + i, 4)
            i += 4
        start += len(piece)
        searching = True
    return out

"""Reference definitions of the decoders in `neuro_kernels.codecs`: one plain loop per format.

Each function takes a whole payload and returns a `Result`; the compiled decoders must give the same
for every way of cutting the bytes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Result:
    """Events (t, x, y, p), edges (t, id, value), and the counts of `codecs.DecodeCounts`."""

    events: list[tuple[int, int, int, int]] = field(default_factory=list)
    triggers: list[tuple[int, int, int]] = field(default_factory=list)
    exposures: list[tuple[int, int, int, int]] = field(default_factory=list)
    colors: list[tuple[int, int, int]] = field(default_factory=list)
    payloads: list[tuple[int, bytes]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    first_problem: int | None = None

    def count(self, kind: str, n: int = 1) -> None:
        """Add to a counter that is no problem."""
        self.counts[kind] = self.counts.get(kind, 0) + n

    def problem(self, kind: str, offset: int, *, n: int = 1, skipped: int = 0) -> None:
        """Add to a counter that is one."""
        self.count(kind, n)
        self.count("bytes_skipped", skipped)
        if self.first_problem is None:
            self.first_problem = offset

    def add(self, offset: int, event: tuple[int, int, int, int]) -> None:
        """Append an event, noting one that is earlier than the event before."""
        if self.events and event[0] < self.events[-1][0]:
            self.problem("time_errors", offset)
        self.events.append(event)


def _words(data: bytes, size: int, result: Result) -> Iterator[tuple[int, int]]:
    whole = len(data) - len(data) % size
    for offset in range(0, whole, size):
        yield offset, int.from_bytes(data[offset : offset + size], "little")
    if whole < len(data):
        rest = len(data) - whole
        result.problem("truncated_bytes", whole, n=rest, skipped=rest)


def evt2(data: bytes, width: int, height: int) -> Result:
    """Decode EVT 2.0: 32-bit words, 34-bit time."""
    result = Result()
    high: int | None = None
    loop = 0
    for offset, word in _words(data, 4, result):
        kind = word >> 28
        t = (loop << 34) + ((high or 0) << 6) + ((word >> 22) & 63)
        if kind in (0, 1):
            x, y = (word >> 11) & 2047, word & 2047
            if high is None:
                result.problem("before_time", offset, skipped=4)
            elif x >= width or y >= height:
                result.problem("out_of_range", offset, skipped=4)
            else:
                result.add(offset, (t, x, y, kind))
        elif kind == 8:
            new = word & 0xFFFFFFF
            if high is not None:
                if high - new > 1 << 27:
                    loop += 1
                elif new - high > 1 << 27 and loop > 0:
                    loop -= 1
            high = new
        elif kind == 0xA:
            if high is None:
                result.problem("before_time", offset, skipped=4)
            else:
                result.triggers.append((t, (word >> 8) & 31, word & 1))
        elif kind in (0xD, 0xE, 0xF):
            result.count("other_words")
        else:
            result.problem("unknown_words", offset, skipped=4)
    return result


def _after(high: int | None, new: int, loop: int) -> int:
    """The number of wraps after a time high of 28 bits."""
    if high is not None and high - new > 1 << 27:
        return loop + 1
    if high is not None and new - high > 1 << 27 and loop > 0:
        return loop - 1
    return loop


def _masked(
    result: Result,
    offset: int,
    event: tuple[int | None, int, int, int, int],
    size: tuple[int, int],
    skipped: int,
) -> None:
    """Add one event (t, x, y, p, mask) for each bit of its mask."""
    t, x, y, p, mask = event
    columns = [x + bit for bit in range(32) if mask >> bit & 1]
    if t is None:
        result.problem("before_time", offset, n=len(columns), skipped=skipped)
        return
    inside = [column for column in columns if column < size[0] and y < size[1]]
    if len(inside) < len(columns):
        n = len(columns) - len(inside)
        result.problem("out_of_range", offset, n=n, skipped=skipped)
    for column in inside:
        result.add(offset, (t, column, y, p))


def evt21(data: bytes, width: int, height: int, *, layout: str = "little") -> Result:
    """Decode EVT 2.1: 64-bit words, 34-bit time, masks of 32 columns."""
    result = Result()
    high: int | None = None
    loop = 0
    for offset, stored in _words(data, 8, result):
        word = stored if layout == "little" else (stored & 0xFFFFFFFF) << 32 | stored >> 32
        kind, mask = word >> 60, word & 0xFFFFFFFF
        t = None if high is None else (loop << 34) + (high << 6) + ((word >> 54) & 63)
        if kind in (0, 1) and mask:
            event = (t, (word >> 43) & 2047, (word >> 32) & 2047, kind, mask)
            _masked(result, offset, event, (width, height), 8)
        elif kind == 8:
            new = (word >> 32) & 0xFFFFFFF
            loop = _after(high, new, loop)
            high = new
        elif kind == 0xA and t is None:
            result.problem("before_time", offset, skipped=8)
        elif kind == 0xA:
            result.triggers.append((t or 0, (word >> 40) & 31, (word >> 32) & 1))
        elif kind in (0, 1, 0xD, 0xE, 0xF):
            result.count("other_words")
        else:
            result.problem("unknown_words", offset, skipped=8)
    return result


def evt4(data: bytes, width: int, height: int) -> Result:
    """Decode EVT 4: 32-bit words, 34-bit time, masks of 32 columns in a word of their own."""
    result = Result()
    high: int | None = None
    loop = 0
    vector: int | None = None
    size = (width, height)
    truncated = len(data) - len(data) % 4
    for offset in range(0, truncated, 4):
        word = int.from_bytes(data[offset : offset + 4], "little")
        head = word if vector is None else vector
        t = None if high is None else (loop << 34) + (high << 6) + ((head >> 22) & 63)
        place = ((head >> 11) & 2047, head & 2047, (head >> 28) & 1)
        kind = word >> 28
        if vector is not None:
            if word:
                _masked(result, offset, (t, *place, word), size, 4)
            else:
                result.count("other_words")
            vector = None
        elif kind in (0xA, 0xB):
            _masked(result, offset, (t, *place, 1), size, 4)
        elif kind in (0xC, 0xD):
            vector = word
        elif kind == 0xE:
            loop = _after(high, word & 0xFFFFFFF, loop)
            high = word & 0xFFFFFFF
        elif kind == 9 and t is None:
            result.problem("before_time", offset, skipped=4)
        elif kind == 9:
            result.triggers.append((t or 0, (word >> 8) & 31, word & 1))
        elif kind in (6, 7, 0xF):
            result.count("other_words")
        else:
            result.problem("unknown_words", offset, skipped=4)
    rest = len(data) - truncated + (4 if vector is not None else 0)
    if rest:
        result.problem("truncated_bytes", len(data) - rest, n=rest, skipped=rest)
    return result


def evt3(data: bytes, width: int, height: int) -> Result:
    """Decode EVT 3.0: 16-bit words, 24-bit time, vectors of 12 and 8 columns."""
    result = Result()
    high: int | None = None
    low = loop = 0
    row: int | str | None = None  # "other": the row of another channel
    base: int | None = None
    polarity = 0
    for offset, word in _words(data, 2, result):
        kind, value = word >> 12, word & 0xFFF
        x, mask, p = 0, 0, 0
        if kind == 0:
            row = value & 2047
        elif kind == 1:
            row = "other"
            result.count("other_words")
        elif kind == 2:
            x, mask, p = value & 2047, 1, value >> 11
        elif kind == 3:
            base, polarity = value & 2047, value >> 11
        elif kind in (4, 5):
            columns = 12 if kind == 4 else 8
            x, mask, p = base or 0, value & ((1 << columns) - 1), polarity
        elif kind == 6:
            low = value if high is not None else 0
        elif kind == 8:
            if value != high:
                if high is not None and high >= value + 2048:
                    loop += 1
                elif high is not None and loop > 0 and value - high >= 4095 - 255:
                    loop -= 1
                high, low = value, 0
        elif kind == 0xA:
            if high is None:
                result.problem("before_time", offset, skipped=2)
            else:
                t = (loop << 24) + (high << 12) + low
                result.triggers.append((t, (value >> 8) & 15, value & 1))
        elif kind in (7, 0xE, 0xF):
            result.count("other_words")
        else:
            result.problem("unknown_words", offset, skipped=2)
        if mask:
            columns_set = [x + bit for bit in range(12) if mask >> bit & 1]
            if row == "other":
                result.count("other_words")
            elif high is None or row is None or (kind != 2 and base is None):
                result.problem("before_time", offset, n=len(columns_set), skipped=2)
            else:
                assert isinstance(row, int)
                inside = [c for c in columns_set if c < width] if row < height else []
                if len(inside) < len(columns_set):
                    n = len(columns_set) - len(inside)
                    result.problem("out_of_range", offset, n=n, skipped=2)
                for column in inside:
                    t = (loop << 24) + (high << 12) + low
                    result.add(offset, (t, column, row, p))
        if kind in (4, 5) and base is not None and base < 0x8000:
            base += 12 if kind == 4 else 8
    return result


def dat(data: bytes, width: int, height: int, *, version: int = 2, kind: str = "cd") -> Result:
    """Decode DAT: records of u32 time and u32 word."""
    result = Result()
    before = loop = 0
    last: int | None = None
    for offset, record in _words(data, 8, result):
        low, word = record & 0xFFFFFFFF, record >> 32
        if version == 2:
            x, y, p = word & 0x3FFF, (word >> 14) & 0x3FFF, word >> 28
        else:
            x, y, p = word & 0x1FF, (word >> 9) & 0xFF, (word >> 17) & 1
        if kind == "cd" and p > 1:
            result.problem("unknown_words", offset, skipped=8)
            continue
        if kind == "cd" and (x >= width or y >= height):
            result.problem("out_of_range", offset, skipped=8)
            continue
        if before - low > 1 << 31:
            loop += 1
        elif low - before > 1 << 31 and loop > 0:
            loop -= 1
        before = low
        t = (loop << 32) + low
        if kind == "cd":
            result.add(offset, (t, x, y, p))
            continue
        if last is not None and t < last:
            result.problem("time_errors", offset)
        last = t
        result.triggers.append((t, (word >> 8) & 31, word & 1))
    return result


def es(data: bytes, width: int, height: int, *, kind: str = "dvs", t0: int = 0) -> Result:
    """Decode the event types of Event Stream 2 (`dvs`, `atis`, `color`); rows are turned."""
    result = Result()
    size = 8 if kind == "color" else 5
    t, i = t0, 0
    while i < len(data):
        head = data[i]
        if kind == "atis" and head >= 0xFC:
            t += 63 * (head & 3)
            i += 1
        elif kind != "atis" and head >= 0xFE:
            t += (head & 1) * (127 if kind == "dvs" else 254)
            i += 1
        elif len(data) - i < size:
            rest = len(data) - i
            result.problem("truncated_bytes", i, n=rest, skipped=rest)
            break
        else:
            t += head >> {"dvs": 1, "atis": 2, "color": 0}[kind]
            x = int.from_bytes(data[i + 1 : i + 3], "little")
            y = int.from_bytes(data[i + 3 : i + 5], "little")
            if x >= width or y >= height:
                result.problem("out_of_range", i, skipped=size)
            elif kind == "dvs":
                result.events.append((t, x, height - 1 - y, head & 1))
            elif kind == "color":
                result.events.append((t, x, height - 1 - y, 1))
                result.colors.append((data[i + 5], data[i + 6], data[i + 7]))
            else:
                kept = result.exposures if head & 1 else result.events
                kept.append((t, x, height - 1 - y, (head >> 1) & 1))
            i += size
    return result


def es_generic(data: bytes, *, t0: int = 0) -> Result:
    """Decode the byte strings of a generic Event Stream."""
    result = Result()
    t, i = t0, 0
    while i < len(data):
        begin, head = i, data[i]
        i += 1
        if head >= 0xFE:
            t += 254 * (head & 1)
            continue
        t += head
        size = shift = 0
        more = True
        while more and i < len(data):
            size |= (data[i] >> 1) << shift
            shift += 7
            more = bool(data[i] & 1)
            i += 1
        if more or len(data) - i < size:
            rest = len(data) - begin
            result.problem("truncated_bytes", begin, n=rest, skipped=rest)
            break
        result.payloads.append((t, data[i : i + size]))
        i += size
    return result

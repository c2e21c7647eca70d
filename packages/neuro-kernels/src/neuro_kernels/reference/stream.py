"""Reference definitions of the message layouts in `neuro_kernels.stream`.

A decoder returns the events (t, x, y, p), how many lay outside the sensor, and whether there were
bytes that form no event. `clock` carries the last time from message to message.
"""

import re
import struct
import zlib
from dataclasses import dataclass, field

import numpy as np

Event = tuple[int, int, int, int]


@dataclass
class Clock:
    """The last time of 32-bit stamps, extended; -1 before the first."""

    last: int = -1

    def extend(self, low_bits: int) -> int:
        """Return the time >= 0 with these low 32 bits that lies nearest to the last one."""
        if self.last < 0:
            self.last = low_bits
        else:
            step = (low_bits - self.last + (1 << 31)) % (1 << 32) - (1 << 31)
            t = self.last + step
            self.last = t if t >= 0 else t + (1 << 32)
        return self.last


@dataclass
class Decoded:
    """What a message held."""

    size: tuple[int, int]
    events: list[Event] = field(default_factory=list)
    outside: int = 0
    damaged: bool = False

    def add(self, t: int, x: int, y: int, p: int) -> None:
        """Keep an event, or count it where it lies outside."""
        if x < self.size[0] and y < self.size[1]:
            self.events.append((t, x, y, p))
        else:
            self.outside += 1


def spif_encode(
    t: np.ndarray, x: np.ndarray, y: np.ndarray, p: np.ndarray, *, timed: bool
) -> bytes:
    """Write events as SPIF words: one per event without timestamps, two with them."""
    words = (x.astype("<u4") & 0x7FFF) << 16 | (p != 0).astype("<u4") << 15 | (y & 0x7FFF)
    if not timed:
        return (words | np.uint32(1 << 31)).astype("<u4").tobytes()
    return np.stack([words, t.astype(np.uint32)], axis=1).astype("<u4").tobytes()


def spif_decode(data: bytes, arrival_us: int, size: tuple[int, int], clock: Clock) -> Decoded:
    """Read SPIF words."""
    out = Decoded(size, damaged=len(data) % 4 != 0)
    words = iter([int(w) for w in np.frombuffer(data[: len(data) // 4 * 4], "<u4")])
    for word in words:
        t = arrival_us
        if word < 1 << 31:
            low_bits = next(words, None)
            if low_bits is None:
                out.damaged = True
            else:
                t = clock.extend(low_bits)
        out.add(t, word >> 16 & 0x7FFF, word & 0x7FFF, word >> 15 & 1)
    return out


def t64_encode(t: np.ndarray, x: np.ndarray, y: np.ndarray, p: np.ndarray) -> bytes:
    """Write rows of uint64 t, uint16 x, uint16 y, uint8 polarity."""
    rows = zip(t.astype(np.uint64).tolist(), x.tolist(), y.tolist(), p.tolist(), strict=True)
    return b"".join(struct.pack("<QHHB", *row) for row in rows)


def t64_decode(data: bytes, arrival_us: int, size: tuple[int, int], clock: Clock) -> Decoded:
    """Read rows of uint64 t, uint16 x, uint16 y, uint8 polarity."""
    out = Decoded(size, damaged=len(data) % 13 != 0)
    for t, x, y, p in struct.iter_unpack("<qHHB", data[: len(data) // 13 * 13]):
        out.add(t, x, y, int(p != 0))
    return out


def t32_encode(t: np.ndarray, x: np.ndarray, y: np.ndarray, p: np.ndarray) -> bytes:
    """Write rows of uint32 t, uint16 x, uint16 with y above the polarity."""
    low = (t & 0xFFFFFFFF).tolist()
    rows = zip(low, x.tolist(), (y.astype(int) << 1 | p).tolist(), strict=True)
    return b"".join(struct.pack("<IHH", *row) for row in rows)


def t32_decode(data: bytes, arrival_us: int, size: tuple[int, int], clock: Clock) -> Decoded:
    """Read rows of uint32 t, uint16 x, uint16 with y above the polarity."""
    out = Decoded(size, damaged=len(data) % 8 != 0)
    for t, x, yp in struct.iter_unpack("<IHH", data[: len(data) // 8 * 8]):
        out.add(clock.extend(t), x, yp >> 1, yp & 1)
    return out


def speck_encode(t: np.ndarray, x: np.ndarray, y: np.ndarray, p: np.ndarray) -> bytes:
    """Write rows of uint8 polarity, y, x, padding, and uint32 t."""
    rows = zip(p.tolist(), y.tolist(), x.tolist(), (t & 0xFFFFFFFF).tolist(), strict=True)
    return b"".join(struct.pack("<BBBxI", *row) for row in rows)


def speck_decode(data: bytes, arrival_us: int, size: tuple[int, int], clock: Clock) -> Decoded:
    """Read rows of uint8 polarity, y, x, padding, and uint32 t."""
    out = Decoded(size, damaged=len(data) % 8 != 0)
    for p, y, x, t in struct.iter_unpack("<BBBxI", data[: len(data) // 8 * 8]):
        out.add(clock.extend(t), x, y, int(p != 0))
    return out


def jaer_encode(
    t: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    p: np.ndarray,
    *,
    size: tuple[int, int],
    number: int = 0,
) -> bytes:
    """Write a datagram: its number, then rows of address and time, big-endian."""
    up = size[1] - 1 - y.astype(int)
    address = (up << 22 | x.astype(int) << 12 | p.astype(int) << 11).tolist()
    rows = zip(address, (t & 0xFFFFFFFF).tolist(), strict=True)
    return struct.pack(">I", number) + b"".join(struct.pack(">II", *row) for row in rows)


def jaer_decode(data: bytes, arrival_us: int, size: tuple[int, int], clock: Clock) -> Decoded:
    """Read a datagram: its number, then rows of address and time, big-endian."""
    out = Decoded(size, damaged=len(data) > 0 and len(data) % 8 != 4)
    body = data[4:]
    for address, t in struct.iter_unpack(">II", body[: len(body) // 8 * 8]):
        time = clock.extend(t)
        if address & 0x80000400:
            continue
        x, up = address >> 12 & 0x3FF, address >> 22 & 0x1FF
        if up < size[1]:
            out.add(time, x, size[1] - 1 - up, address >> 11 & 1)
        else:
            out.outside += 1
    return out


def text_encode(t: np.ndarray, x: np.ndarray, y: np.ndarray, p: np.ndarray) -> bytes:
    """Write lines `t,x,y,p`."""
    rows = zip(t.tolist(), x.tolist(), y.tolist(), p.tolist(), strict=True)
    return "".join("{},{},{},{}\n".format(*row) for row in rows).encode()


def text_decode(data: bytes, arrival_us: int, size: tuple[int, int], clock: Clock) -> Decoded:
    """Read lines `t,x,y,p`; other lines that are not empty are damage."""
    out = Decoded(size)
    for line in data.split(b"\n"):
        line = line.removesuffix(b"\r")
        match = re.fullmatch(rb"(-?[0-9]+),([0-9]+),([0-9]+),([0-9]+)", line)
        t, x, y, p = (int(v) for v in match.groups()) if match else (0, 0, 0, 2)
        if -(2**63) <= t < 2**63 and x < 65536 and y < 65536 and p < 2:
            out.add(t, x, y, p)
        else:
            out.damaged |= len(line) > 0
    return out


FRAME_HEADER = struct.Struct("<4sBBHIIqQQqIII")


def frame_encode(
    t: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    p: np.ndarray,
    *,
    size: tuple[int, int],
    t0: int | None = None,
    frames_before: int = 0,
    events_before: int = 0,
) -> bytes:
    """Write one frame: header, check sums and rows."""
    base = int(t.min()) if len(t) else 0
    columns = (t.tolist(), x.tolist(), y.tolist(), p.tolist())
    short = max(size) <= 1 << 15 and (not len(t) or int(t.max()) - base < 1 << 32)
    if short:
        rows = b"".join(
            struct.pack("<IHH", a - base, b, d << 15 | c)
            for a, b, c, d in zip(*columns, strict=True)
        )
    else:
        rows = b"".join(struct.pack("<qHHB", *row) for row in zip(*columns, strict=True))
    header = FRAME_HEADER.pack(
        b"NEVS",
        1,
        1 if short else 2,
        64,
        *size,
        -(2**63) if t0 is None else t0,
        frames_before,
        events_before,
        base,
        len(t),
        len(rows),
        zlib.crc32(rows),
    )
    return header + struct.pack("<I", zlib.crc32(header)) + rows


def frame_decode(data: bytes, arrival_us: int, size: tuple[int, int], clock: Clock) -> Decoded:
    """Read the frames of a message, one behind the other; everything else is damage."""
    out = Decoded(size)
    at = 0
    while at < len(data):
        header = data[at : at + 64]
        rows = _frame_rows(header)
        if rows is None:
            out.damaged = True
            if len(header) < 64 and (header + b"NEVS"[len(header) :]).startswith(b"NEVS"):
                break
            at = min(
                (i for i in range(at + 1, len(data)) if b"NEVS".startswith(data[i : i + 4])),
                default=len(data),
            )
            continue
        payload = data[at + 64 : at + 64 + rows]
        if len(payload) < rows:
            out.damaged = True
            break
        at += 64 + rows
        _, _, kind, _, _, _, _, _, _, base, _, _, checksum = FRAME_HEADER.unpack(header[:60])
        if zlib.crc32(payload) != checksum:
            out.damaged = True
        elif kind == 1:
            for dt, x, yp in struct.iter_unpack("<IHH", payload):
                out.add((base + dt + 2**63) % 2**64 - 2**63, x, yp & 0x7FFF, yp >> 15)
        else:
            for t, x, y, p in struct.iter_unpack("<qHHB", payload):
                out.add(t, x, y, int(p != 0))
    return out


def _frame_rows(header: bytes) -> int | None:
    """Bytes of the rows behind a valid header, None for other bytes."""
    if len(header) < 64 or struct.unpack("<I", header[60:])[0] != zlib.crc32(header[:60]):
        return None
    magic, version, kind, length, width, height, _, frames, events, _, n, rows, _ = (
        FRAME_HEADER.unpack(header[:60])
    )
    known = magic == b"NEVS" and version == 1 and kind in (1, 2) and length == 64
    inside = 1 <= width <= 65536 and 1 <= height <= 65536 and n <= 1 << 22
    counted = max(frames, events) < 1 << 62
    return rows if known and inside and counted and rows == n * (8 if kind == 1 else 13) else None

"""Reference definitions of LZ4 frames and ECF chunks, as plain loops."""

import struct

__all__ = ["ecf_decode", "lz4_decompress"]


def lz4_decompress(frame: bytes) -> bytes:
    """Unpack one sound LZ4 frame without check sums."""
    flags = frame[4]
    at = 7 + (8 if flags & 8 else 0)
    out = bytearray()
    while size := int.from_bytes(frame[at : at + 4], "little"):
        at += 4
        length = size & 0x7FFFFFFF
        block = frame[at : at + length]
        at += length
        if size >> 31:
            out += block
            continue
        i = 0
        while i < length:
            token = block[i]
            i += 1
            literals = token >> 4
            while literals >= 15 and (literals - 15) % 255 == 0:
                literals += block[i]
                i += 1
                if block[i - 1] < 255:
                    break
            out += block[i : i + literals]
            i += literals
            if i >= length:
                break
            offset = block[i] | block[i + 1] << 8
            i += 2
            match = token & 15
            if match == 15:
                while True:
                    match += block[i]
                    i += 1
                    if block[i - 1] < 255:
                        break
            for _ in range(match + 4):
                out.append(out[-offset])
    return bytes(out)


def ecf_decode(chunk: bytes) -> list[tuple[int, int, int, int]]:
    """Decode one sound ECF chunk to events (t, x, y, p)."""
    head, t = struct.unpack_from("<IQ", chunk)
    n, at = head >> 2, 12
    times: list[int] = []
    while len(times) < n:
        step = digit = 0
        while chunk[at] >> 4 == 15:
            step |= (chunk[at] & 15) << digit
            digit += 4
            at += 1
        t = (t + step + (chunk[at] >> 4)) % (1 << 64)
        count = chunk[at] & 15
        at += 1
        if count == 15:
            count = int.from_bytes(chunk[at : at + 2], "little")
            at += 2
        times += [t - (1 << 64) if t >> 63 else t] * count
    if head & 2:
        values = _groups(chunk[at:], n, 24, 4)
        return [
            (t, v >> 1 & 2047, v >> 12 & 2047, v & 1) for t, v in zip(times, values, strict=True)
        ]
    rows: list[int] = []
    while len(rows) < n:
        word = int.from_bytes(chunk[at : at + 2], "little")
        at += 2
        count = word & 31
        if count == 31:
            count = int.from_bytes(chunk[at : at + 2], "little")
            at += 2
        rows += [word >> 5] * count
    if head & 1:
        places = _groups(chunk[at:], n, 12, 2)
        return [(t, v >> 1, y, v & 1) for t, y, v in zip(times, rows, places, strict=True)]
    columns: list[int] = []
    while len(columns) < n:
        word = int.from_bytes(chunk[at : at + 2], "little")
        at += 2
        columns.append(word >> 5)
        columns += [(word >> 5) + 1 + k for k in range(5) if word >> (4 - k) & 1]
    polarities: list[int] = []
    while len(polarities) < n:
        count = chunk[at] & 127
        p = chunk[at] >> 7
        at += 1
        if count == 127:
            count = int.from_bytes(chunk[at : at + 2], "little")
            at += 2
        polarities += [p] * count
    return list(zip(times, columns, rows, polarities, strict=True))


def _groups(data: bytes, n: int, bits: int, word: int) -> list[int]:
    """Values of `bits` bits, four in three words, the upper bits of a word first."""
    out: list[int] = []
    for i in range(0, (n + 3) // 4 * 3 * word, 3 * word):
        a, b, c = (
            int.from_bytes(data[k : k + word], "little") for k in range(i, i + 3 * word, word)
        )
        step = bits // 3
        low = (1 << step) - 1
        out += [
            a >> step,
            (a & low) | b >> 2 * step << step,
            (b & ((1 << 2 * step) - 1)) | c >> 3 * step << 2 * step,
            c & ((1 << bits) - 1),
        ]
    return out[:n]

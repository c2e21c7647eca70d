"""Recordings and damage for the tests of file formats."""

import numpy as np

from neuro_kernels import Events

SIZE = (320, 240)


def sample(n: int = 5000, *, seed: int = 1, size: tuple[int, int] = SIZE) -> Events:
    """Events in bursts along rows, with lone ones between, in rising time."""
    rng = np.random.default_rng(seed)
    lengths = rng.choice([1, 2, 40], n)
    rows = np.repeat(np.arange(n), lengths)[:n]
    t = np.cumsum(rng.integers(0, 30, n))[rows]
    step = rng.integers(1, 3, n)
    x = (np.cumsum(step) + rng.integers(0, size[0], n)[rows]) % size[0]
    y = rng.integers(0, size[1], n)[rows]
    p = rng.integers(0, 2, n)[rows]
    return Events(t, x, y, p, size=size)


def mutations(data: bytes, header: int, seed: int = 7) -> list[tuple[str, bytes]]:
    """Thirty ways to damage a recording whose first `header` bytes are its header."""
    rng = np.random.default_rng(seed)
    n = len(data)
    out: list[tuple[str, bytes]] = []
    for cut in (n - 1, n - 3, n // 2, header + 1, max(1, header - 3)):
        out.append((f"cut at {cut}", data[:cut]))
    for k in range(8):
        at = int(rng.integers(header, n))
        out.append((f"bit {k} at {at}", _flipped(data, at, int(rng.integers(8)))))
    for k in range(5):
        at = int(rng.integers(0, header)) if header else k
        out.append((f"header bit at {at}", _flipped(data, at, int(rng.integers(8)))))
    noise = rng.integers(0, 256, n - header, np.uint8).tobytes()
    middle = (header + n) // 2
    out += [
        ("noise body", data[:header] + noise),
        ("0xFF body", data[:header] + b"\xff" * (n - header)),
        ("0x00 body", data[:header] + bytes(n - header)),
        ("4 KiB of noise inside", data[:middle] + noise[:4096] + data[middle + 4096 :]),
        ("4 KiB of noise put in", data[:middle] + noise[:4096] + data[middle:]),
        ("dropped byte", data[:middle] + data[middle + 1 :]),
        ("doubled byte", data[:middle] + data[middle : middle + 1] + data[middle:]),
        ("dropped block", data[:middle] + data[middle + 999 :]),
        ("header only", data[:header]),
        ("empty", b""),
        ("noise", rng.integers(0, 256, 3000, np.uint8).tobytes()),
        ("two in one", data + data),
    ]
    assert len(out) == 30
    return out


def _flipped(data: bytes, at: int, bit: int) -> bytes:
    return data[:at] + bytes([data[at] ^ (1 << bit)]) + data[at + 1 :]

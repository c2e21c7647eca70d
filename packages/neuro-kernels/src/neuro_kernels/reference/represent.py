"""Reference definitions of the kernels in `neuro_kernels.represent`."""

import numpy as np


def histogram(x: np.ndarray, y: np.ndarray, p: np.ndarray, out: np.ndarray) -> int:
    """Add one to `out[p, y, x]` for each event inside the frame; return how many lie outside."""
    _, height, width = out.shape
    inside = (x < width) & (y < height)
    np.add.at(out, ((p[inside] != 0).astype(int), y[inside], x[inside]), 1)
    return int((~inside).sum())


def mark_latest(
    t: np.ndarray, x: np.ndarray, y: np.ndarray, p: np.ndarray, last: np.ndarray
) -> int:
    """Raise `last[p, y, x]` to the time of each event inside the frame; return how many are not."""
    _, height, width = last.shape
    inside = (x < width) & (y < height)
    np.maximum.at(last, ((p[inside] != 0).astype(int), y[inside], x[inside]), t[inside])
    return int((~inside).sum())


def decay(last: np.ndarray, t: int, tau: float, never: int) -> np.ndarray:
    """Return exp(-(t - last) / tau) as float64: 1 where last > t, 0 where last is `never`."""
    # Python integers: the difference of two int64 may not fit into one.
    age = np.array([max(0, t - v) for v in last.ravel().tolist()], float).reshape(last.shape)
    return np.where(last == never, 0.0, np.exp(-age / tau))

"""Reference definitions of the kernels in `neuro_kernels.represent`."""

import numpy as np


def histogram(x: np.ndarray, y: np.ndarray, p: np.ndarray, out: np.ndarray) -> int:
    """Add one to `out[p, y, x]` for each event inside the frame; return how many lie outside."""
    _, height, width = out.shape
    inside = (x < width) & (y < height)
    np.add.at(out, ((p[inside] != 0).astype(int), y[inside], x[inside]), 1)
    return int((~inside).sum())

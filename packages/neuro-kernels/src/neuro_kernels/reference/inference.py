"""Reference definitions of `neuro_kernels.inference`: dense arrays, one step after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from neuro_kernels.reference.sparse import conv2d

__all__ = ["drive", "neurons", "pool", "windows"]


def drive(
    x: np.ndarray,
    weight: np.ndarray,
    bias: Any = None,
    **options: Any,
) -> np.ndarray:
    """Give what a matrix or convolution makes of frames of dense input."""
    if weight.ndim == 2:
        y = x.reshape(len(x), weight.shape[1]) @ weight.T
        return y if bias is None else y + bias
    return conv2d(x, weight, None if bias is None else np.asarray(bias, x.dtype), **options)


def pool(
    x: np.ndarray, kernel: Sequence[int], stride: Sequence[int], padding: Sequence[int]
) -> np.ndarray:
    """Sum windows of images (frames, channels, height, width)."""
    (kh, kw), (sh, sw), (ph, pw) = kernel, stride, padding
    x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    rows, columns = (x.shape[2] - kh) // sh + 1, (x.shape[3] - kw) // sw + 1
    y = np.zeros((*x.shape[:2], rows, columns), x.dtype)
    for i in range(kh):
        for j in range(kw):
            y += x[:, :, i : i + sh * rows : sh, j : j + sw * columns : sw]
    return y


def windows(x: np.ndarray, size: Sequence[int], pooling: str) -> np.ndarray:
    """Pool windows that lie side by side: "sum", "mean" or "max"."""
    height, width = size
    rows, columns = x.shape[2] // height, x.shape[3] // width
    cut = x[:, :, : rows * height, : columns * width]
    cells = cut.reshape(*x.shape[:2], rows, height, columns, width)
    pooled: np.ndarray = getattr(cells, pooling)(axis=(3, 5))
    return np.ascontiguousarray(pooled)


def neurons(
    x: np.ndarray,
    batch: int,
    c: Mapping[str, Any],
    *,
    integrate: str,
    reset: str = "value",
    synapse: bool = False,
    spiking: bool = True,
    before: bool = False,
    at_threshold: bool = False,
    multi: bool = False,
    floor: bool = False,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Run neurons over frames (steps times batch, *shape); give spikes, potentials, currents."""
    steps = x.reshape(-1, batch, *x.shape[1:])
    v, i = np.zeros(steps.shape[1:], x.dtype), np.zeros(steps.shape[1:], x.dtype)
    traces: list[list[np.ndarray]] = [[], [], []]

    def above(u: np.ndarray) -> np.ndarray:
        over = u >= c["threshold"] if at_threshold else u > c["threshold"]
        z = over.astype(x.dtype)
        if multi:
            with np.errstate(divide="ignore", invalid="ignore"):
                count = np.maximum(np.floor(u / c["threshold"]), 1)
            z = np.where(over & (np.asarray(c["threshold"]) > 0), count, z)
        return z

    def bounded(u: np.ndarray) -> np.ndarray:
        return np.maximum(u, -np.asarray(c["threshold"])) if floor else u

    def after(u: np.ndarray, z: np.ndarray) -> np.ndarray:
        reset_to = np.where(z > 0, c["v_reset"], u)
        return bounded(reset_to if reset == "value" else u - z * c["threshold"])

    for now in steps:
        if synapse:
            i = i - c["k_syn"] * i if integrate == "euler" else c["e_syn"] * i
            i = i + c["g_syn"] * now
            now = i
        if integrate == "line":
            new = v + c["k"] * now
        elif integrate == "euler":
            new = v + c["k"] * ((c["leak"] - v) + c["r"] * now)
        elif integrate == "zoh":
            new = v * c["e"] + c["one_minus_e"] * (c["leak"] + c["r"] * now)
        else:
            new = c["leak"] + (v - c["leak"]) * c["e"] + c["k"] * (c["r"] * now)
        z = np.zeros_like(new)
        if not spiking:
            v = new
        elif before:
            z = above(v)
            v = after(new, z)
        elif reset == "carry":
            carried = above(v)
            new = new - carried * c["threshold"]
            z = above(new)
            v = bounded(new - (z - carried) * c["threshold"])
        else:
            z = above(new)
            v = after(new, z)
        for trace, value in zip(traces, (z, v, i), strict=True):
            trace.append(np.broadcast_to(value, now.shape).astype(x.dtype))
    shape = (len(x), *x.shape[1:])
    return tuple(np.array(t, x.dtype).reshape(shape) for t in traces)  # type: ignore

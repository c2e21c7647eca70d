"""Reference definitions of the kernels in `neuro_kernels.represent`."""

import numpy as np


def histogram(x: np.ndarray, y: np.ndarray, p: np.ndarray, out: np.ndarray) -> int:
    """Add one to `out[p, y, x]` for each event inside the frame; return how many lie outside."""
    _, height, width = out.shape
    inside = (x < width) & (y < height)
    np.add.at(out, ((p[inside] != 0).astype(int), y[inside], x[inside]), 1)
    return int((~inside).sum())


def accumulate(
    x: np.ndarray,
    y: np.ndarray,
    p: np.ndarray,
    out: np.ndarray,
    *,
    off: float = 1.0,
    on: float = 1.0,
) -> int:
    """Add `on` or `off` to `out[p, y, x]`, or to `out[0, y, x]` of one plane; return how many are
    outside."""
    planes, height, width = out.shape
    inside = (x < width) & (y < height)
    plane = (p[inside] != 0).astype(int) if planes == 2 else 0
    np.add.at(out, (plane, y[inside], x[inside]), np.where(p[inside] != 0, on, off))
    return int((~inside).sum())


def voxel_grid(
    t: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    p: np.ndarray,
    grid: np.ndarray,
    *,
    start: int,
    scale: float,
    off: float,
    on: float,
) -> int:
    """Spread events over the two nearest bins of `grid`, (bins, height, width) or one such per
    polarity; return how many lie outside the frame."""
    bins, height, width = grid.shape[-3:]
    split = grid.ndim == 4
    outside = 0
    for time, column, row, on_event in zip(
        t.tolist(), x.tolist(), y.tolist(), (p != 0).tolist(), strict=True
    ):
        if column >= width or row >= height:
            outside += 1
            continue
        b = float(time - start) * scale
        below = int(np.floor(b))
        cells = grid[int(on_event)] if split else grid
        weight = on if on_event else off
        for k, share in ((below, 1 - (b - below)), (below + 1, b - below)):
            if 0 <= k < bins:
                cells[k, row, column] += weight * share
    return outside


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


def cut(
    times: list[int], *, duration: int | None, count: int | None, start: int | None
) -> list[tuple[int, int, list[int]]]:
    """Cut times into windows, event by event: (begin, end, indices) of each."""
    begin, latest = start, None
    held: list[int] = []
    out: list[tuple[int, int, list[int]]] = []
    for i, t in enumerate(times):
        latest = t if latest is None else max(latest, t)
        if start is not None and latest < start:
            continue
        if begin is None:
            begin = latest
        while duration is not None and latest >= begin + duration:
            out.append((begin, begin + duration, held))
            held, begin = [], begin + duration
        held.append(i)
        if count is not None and len(held) == count:
            out.append((begin, latest + 1, held))
            held, begin = [], latest
    if held and begin is not None and latest is not None:
        out.append((begin, latest + 1 if duration is None else begin + duration, held))
    return out

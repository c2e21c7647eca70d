"""Reference definitions of the kernels in `neuro_kernels.filters`."""

import numpy as np


def hot_pixel_mask(counts: np.ndarray, ratio: float) -> np.ndarray:
    """True where `count + 1 < ratio * (largest count of the 4 neighbours + 1)`.

    Neighbours outside the frame do not exist; a pixel without any neighbour is kept.
    """
    padded = np.pad(counts.astype(float) + 1, 1, constant_values=0)
    shifted = [padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:]]
    most = np.max(shifted, axis=0)
    return (counts.astype(float) + 1 < ratio * most) | (most == 0)


def background_activity(
    t: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    window_us: int,
    itself: bool,
    last: dict[tuple[int, int], int],
) -> np.ndarray:
    """True for events with a neighbour whose last event is 0 to `window_us` before them.

    Args:
        t: (n,) time in microseconds.
        x: (n,) column.
        y: (n,) row.
        window_us: largest distance in time.
        itself: whether the event's own pixel counts as a neighbour.
        last: time of the last event of each pixel (x, y) so far; brought up to date.

    Returns:
        (n,) bool.
    """
    keep = np.zeros(len(t), bool)
    for i, (ti, xi, yi) in enumerate(zip(t.tolist(), x.tolist(), y.tolist(), strict=True)):
        for pixel in [(xi + dx, yi + dy) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]:
            if (pixel != (xi, yi) or itself) and pixel in last:
                keep[i] |= 0 <= ti - last[pixel] <= window_us
        last[xi, yi] = ti
    return keep

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


def refractory(
    t: np.ndarray, x: np.ndarray, y: np.ndarray, period_us: int, last: dict[tuple[int, int], int]
) -> np.ndarray:
    """True where the last event kept at the pixel lies at least `period_us` before, or after.

    Args:
        t: (n,) time in microseconds.
        x: (n,) column.
        y: (n,) row.
        period_us: dead time.
        last: time of the last event kept at each pixel (x, y) so far; brought up to date.

    Returns:
        (n,) bool.
    """
    keep = np.zeros(len(t), bool)
    for i, (ti, xi, yi) in enumerate(zip(t.tolist(), x.tolist(), y.tolist(), strict=True)):
        before = last.get((xi, yi))
        if before is None or ti < before or ti - before >= period_us:
            keep[i] = True
            last[xi, yi] = ti
    return keep


def bursts(
    t: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    p: np.ndarray,
    mode: str,
    threshold_us: int,
    past: dict[tuple[int, int], tuple[int, int, int]],
) -> np.ndarray:
    """True for the events of each burst that the mode keeps.

    Args:
        t: (n,) time in microseconds.
        x: (n,) column.
        y: (n,) row.
        p: (n,) polarity.
        mode: "trail" (the first event), "stc_cut_trail" (the second) or "stc_keep_trail" (all but
            the first).
        threshold_us: longest time from one event of a burst to the next.
        past: time, polarity and place in its burst of the last event of each pixel (x, y); brought
            up to date.

    Returns:
        (n,) bool.
    """
    keep = np.zeros(len(t), bool)
    rows = zip(t.tolist(), x.tolist(), y.tolist(), p.tolist(), strict=True)
    for i, (ti, xi, yi, pi) in enumerate(rows):
        place = 0
        if (xi, yi) in past:
            t0, p0, place0 = past[xi, yi]
            if p0 == pi and 0 <= ti - t0 <= threshold_us:
                place = place0 + 1
        past[xi, yi] = (ti, pi, place)
        keep[i] = {"trail": place == 0, "stc_cut_trail": place == 1, "stc_keep_trail": place >= 1}[
            mode
        ]
    return keep


def flicker(
    t: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    p: np.ndarray,
    band_us: tuple[int, int],
    passing: bool,
    start: int,
    stop: int,
    past: dict[tuple[int, int], tuple[int | None, int, bool]],
) -> np.ndarray:
    """True for events of pixels that blink (`passing`) or do not.

    Args:
        t: (n,) time in microseconds.
        x: (n,) column.
        y: (n,) row.
        p: (n,) polarity; ON events end periods.
        band_us: shortest and longest period of the band.
        passing: keep blinking pixels rather than the others.
        start: counter at which blinking begins.
        stop: counter below which it ends.
        past: time of the last ON event, counter and blinking of each pixel (x, y); brought up to
            date.

    Returns:
        (n,) bool.
    """
    keep = np.zeros(len(t), bool)
    rows = zip(t.tolist(), x.tolist(), y.tolist(), p.tolist(), strict=True)
    for i, (ti, xi, yi, pi) in enumerate(rows):
        last, counter, blinking = past.get((xi, yi), (None, 0, False))
        if pi:
            inside = last is not None and band_us[0] <= ti - last <= band_us[1]
            counter = min(7, counter + 1) if inside else max(0, counter - 1)
            blinking = counter >= start or (blinking and counter >= stop)
            past[xi, yi] = (ti, counter, blinking)
        keep[i] = blinking == passing
    return keep


def saturated_lines(line: np.ndarray, limit: int) -> np.ndarray:
    """True for events in runs of at most `limit` events with the same line.

    Args:
        line: (n,) row or column of each event of a whole recording.
        limit: longest run that is kept.

    Returns:
        (n,) bool.
    """
    starts = np.flatnonzero(np.r_[True, line[1:] != line[:-1]]) if len(line) else np.zeros(0, int)
    lengths = np.diff(np.r_[starts, len(line)])
    return np.repeat(lengths <= limit, lengths)


def rate_limit(t: np.ndarray, rate_hz: int, burst: int) -> np.ndarray:
    """True for events that find credit in a bucket that fills by `rate_hz` per second.

    Args:
        t: (n,) time in microseconds of a whole recording.
        rate_hz: credit per second.
        burst: most credit; the bucket starts full.

    Returns:
        (n,) bool.
    """
    keep = np.zeros(len(t), bool)
    credit, last = burst * 1_000_000, None
    for i, ti in enumerate(t.tolist()):
        if last is None:
            last = ti
        if ti > last:
            credit = min(burst * 1_000_000, credit + (ti - last) * rate_hz)
            last = ti
        keep[i] = credit >= 1_000_000
        credit -= 1_000_000 * int(keep[i])
    return keep


def jitter_times(t: np.ndarray, most_us: int, first: int, seed: int) -> np.ndarray:
    """Times moved by SplitMix64's numbers, in whole microseconds up to `most_us`.

    Args:
        t: (n,) time in microseconds.
        most_us: largest distance.
        first: number of the first event in its stream.
        seed: any whole number.

    Returns:
        (n,) int64.
    """
    wide = 2**64
    out = []
    for i, ti in enumerate(t.tolist()):
        z = (first + i + 1 + seed) * 0x9E3779B97F4A7C15 % wide
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 % wide
        z = (z ^ z >> 27) * 0x94D049BB133111EB % wide
        z ^= z >> 31
        out.append(ti + ((z >> 32) * (2 * most_us + 1) >> 32) - most_us)
    return np.array(out, np.int64)


def stretch_times(t: np.ndarray, factor: float, origin: int) -> np.ndarray:
    """Times since the origin multiplied and rounded, in double precision, at most 2^62 from it."""
    with np.errstate(over="ignore"):
        moved = np.clip((t - origin) * factor + 0.5, -(2.0**62), 2.0**62)
    return origin + np.floor(moved).astype(np.int64)

"""Frames with an axis of time: voxel grids and stacked histograms."""

import numpy as np

from neuro_kernels import _kernels
from neuro_kernels.events import EventError, Events
from neuro_kernels.represent._frame import check_inside, columns, output, polarity_of
from neuro_kernels.represent._histogram import histogram

__all__ = ["stacked_histogram", "voxel_grid"]


def _check_bins(bins: int, where: str) -> int:
    if int(bins) != bins or bins < 1:
        raise EventError(f"{where}: bins: expected a whole number from 1, got {bins!r}")
    return int(bins)


def _span(events: Events, span_us: tuple[int, int] | None, where: str) -> tuple[int, int]:
    """The first and last time, or what the caller says."""
    if span_us is None:
        return (int(events.t.min()), int(events.t.max())) if len(events) else (0, 0)
    begin, end = (int(value) for value in span_us)
    if end < begin:
        raise EventError(f"{where}: span_us: expected (begin, end), got {span_us}")
    return begin, end


def voxel_grid(
    events: Events,
    bins: int,
    *,
    span_us: tuple[int, int] | None = None,
    polarity: str = "signed",
    out: np.ndarray | None = None,
    accumulate: bool = False,
) -> np.ndarray:
    """Spread events over bins in time, each over its two nearest.

    With `b = (bins - 1) * (t - begin) / (end - begin)`, an event adds `1 - (b - floor b)` to bin
    `floor b` and `b - floor b` to the next one: the grid of Zhu et al., "Unsupervised event-based
    learning of optical flow, depth, and egomotion", CVPR 2019, equation 2.

    Args:
        events: any number of events, in any order.
        bins: number of bins, from 1.
        span_us: (begin, end), the times of the first and the last bin in microseconds; those of the
            earliest and the latest event without it. What lies outside is spread as far as a bin
            reaches, and else left out.
        polarity: "signed" counts ON as +1 and OFF as -1; "merged" both as +1; "split" gives each
            polarity its own bins.
        out: float32 of the result's shape to write to; a fresh array without it.
        accumulate: add to what `out` holds instead of starting from 0; needs `span_us`.

    Returns:
        (bins, height, width) float32; with "split" (2, bins, height, width), [0] OFF and [1] ON.

    Raises:
        EventError: no such polarity, bins below 1, a span that ends before it begins, or an `out`
            of another shape or dtype.

    Example:
        >>> events = Events([0, 25, 100], [0, 0, 0], [0, 0, 0], [1, 1, 0], size=(1, 1))
        >>> voxel_grid(events, 3).ravel()
        array([ 1.5,  0.5, -1. ], dtype=float32)
    """
    rule = polarity_of(polarity, "voxel_grid")
    bins = _check_bins(bins, "voxel_grid")
    if accumulate and (out is None or span_us is None):
        raise EventError("voxel_grid: accumulate=True adds to out over span_us; give both")
    begin, end = _span(events, span_us, "voxel_grid")
    width, height = events.size
    shape = (bins, height, width)
    grid = output((2, *shape) if rule.planes == 2 else shape, out)
    if not accumulate:
        grid.fill(0)
    scale = (bins - 1) / (end - begin) if end > begin else 0.0
    stride = bins * height * width if rule.planes == 2 else 0
    outside = _kernels.voxel_grid(
        *columns(events), grid, width, height, stride, bins, begin, scale, rule.off, rule.on
    )
    check_inside(outside, "voxel_grid")
    return grid


def stacked_histogram(
    events: Events,
    bins: int,
    *,
    span_us: tuple[int, int] | None = None,
    polarity: str = "split",
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Count events in equal slices of time.

    Slice k holds the events of [begin + k * d / bins, begin + (k + 1) * d / bins) with
    `d = end - begin`; the input that Gehrig and Scaramuzza, "Recurrent vision transformers", CVPR
    2023, and many spiking networks take.

    Args:
        events: any number of events; one that comes late counts with those before it.
        bins: number of slices, from 1.
        span_us: (begin, end) in microseconds, the end not included; from the first event to just
            behind the last one without it. Events outside are left out.
        polarity: see `histogram`.
        out: float32 of the result's shape to write to; a fresh array without it.

    Returns:
        (bins, 2, height, width) float32, or (bins, 1, height, width) of one plane.

    Raises:
        EventError: see `voxel_grid`.

    Example:
        >>> events = Events([0, 4, 5, 9], [0] * 4, [0] * 4, [1, 0, 1, 1], size=(1, 1))
        >>> stacked_histogram(events, 2)[:, :, 0, 0]
        array([[1., 1.],
               [0., 2.]], dtype=float32)
    """
    rule = polarity_of(polarity, "stacked_histogram")
    bins = _check_bins(bins, "stacked_histogram")
    begin, end = _span(events, span_us, "stacked_histogram")
    if span_us is None:
        end += 1
    width, height = events.size
    stack = output((bins, rule.planes, height, width), out)
    t = events.t if events.is_sorted else np.maximum.accumulate(events.t)
    # The first whole microsecond of each slice; Python integers, since times may have 63 bits.
    edges = [begin - (-k * (end - begin) // bins) for k in range(bins + 1)]
    places = np.searchsorted(t, np.array(edges, np.int64)).tolist()
    for k in range(bins):
        histogram(events[places[k] : places[k + 1]], out=stack[k], polarity=polarity)
    return stack

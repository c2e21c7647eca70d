"""Frames that count events, or tell where there were any."""

from typing import Any

import numpy as np

from neuro_kernels import _kernels
from neuro_kernels.events import EventError, Events
from neuro_kernels.represent._counter import FrameCounter, counts_pay
from neuro_kernels.represent._frame import check_inside, columns, dtype_of, output, polarity_of

__all__ = ["binary", "histogram"]


def histogram(
    events: Events,
    *,
    out: np.ndarray | None = None,
    accumulate: bool = False,
    polarity: str = "split",
    dtype: Any = np.float32,
) -> np.ndarray:
    """Count the events of each pixel and polarity.

    Args:
        events: any number of events.
        out: float32 of the result's shape to write to; a fresh array without it.
        accumulate: add to what `out` holds instead of starting from 0.
        polarity: "split" keeps one plane each, [0] OFF and [1] ON; "merged" counts both in one
            plane; "signed" counts ON as +1 and OFF as -1 in one plane.
        dtype: float32, or uint8, where counts end at 255 and there is no "signed".

    Returns:
        (2, height, width) float32, or (1, height, width) of one plane. Counts are exact up to 2^24.

    Raises:
        EventError: an `out` of another shape or dtype, or an unknown polarity or dtype.

    Example:
        >>> events = Events([1, 2, 3], [0, 0, 1], [0, 0, 0], [1, 1, 0], size=(2, 1))
        >>> histogram(events)
        array([[[0., 1.]],
        <BLANKLINE>
               [[2., 0.]]], dtype=float32)
        >>> histogram(events, polarity="signed")
        array([[[ 2., -1.]]], dtype=float32)
    """
    if out is None and accumulate:
        raise EventError("histogram: accumulate=True adds to out, and no out was given")
    as_bytes = dtype_of(dtype, "histogram") == np.uint8
    if as_bytes and accumulate:
        raise EventError("histogram: counts of uint8 are not added up; see FrameCounter")
    rule = polarity_of(polarity, "histogram", *((("split", "merged"),) if as_bytes else ()))
    width, height = events.size
    if as_bytes:
        counter = FrameCounter(events.size, polarity=polarity, dtype=np.uint8)
        counter.add(events)
        return counter.take(out=out)
    if not accumulate and counts_pay(rule.planes * width * height, len(events)):
        counter = FrameCounter(events.size, polarity=polarity)
        counter.add(events)
        return counter.take(out=out)
    frame = output((rule.planes, height, width), out)
    if not accumulate:
        frame.fill(0)
    stride = width * height if rule.planes == 2 else 0
    outside = _kernels.accumulate(*columns(events), frame, width, height, stride, rule.off, rule.on)
    check_inside(outside, "histogram")
    return frame


def binary(events: Events, *, out: np.ndarray | None = None, polarity: str = "split") -> np.ndarray:
    """Mark the pixels that had events.

    Args:
        events: any number of events.
        out: float32 of the result's shape to write to; a fresh array without it.
        polarity: "split" keeps one plane each, [0] OFF and [1] ON; "merged" marks both in one.

    Returns:
        (2, height, width) float32, or (1, height, width) of one plane: 1 where there were events,
        else 0.

    Raises:
        EventError: an `out` of another shape or dtype, or an unknown polarity.

    Example:
        >>> events = Events([1, 2, 3], [0, 0, 1], [0, 0, 0], [1, 1, 0], size=(2, 1))
        >>> binary(events, polarity="merged")
        array([[[1., 1.]]], dtype=float32)
    """
    rule = polarity_of(polarity, "binary", ("split", "merged"))
    width, height = events.size
    if counts_pay(rule.planes * width * height, len(events)):
        counter = FrameCounter(events.size, polarity=polarity, mark=True)
        counter.add(events)
        return counter.take(out=out)
    frame = output((rule.planes, height, width), out)
    frame.fill(0)
    stride = width * height if rule.planes == 2 else 0
    outside = _kernels.mark_places(*columns(events), frame, width, height, stride)
    check_inside(outside, "binary")
    return frame

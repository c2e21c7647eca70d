"""Checks that turn any one-dimensional array into a column of `Events`, without loss."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from neuro_kernels.events._errors import EventError

DTYPES: dict[str, np.dtype] = {
    "t": np.dtype(np.int64),
    "x": np.dtype(np.uint16),
    "y": np.dtype(np.uint16),
    "p": np.dtype(np.uint8),
}
MEANING = {
    "t": "int64 microseconds",
    "x": "whole numbers from 0 to 65535",
    "y": "whole numbers from 0 to 65535",
    "p": "0 (OFF) or 1 (ON)",
}
LARGEST_SIDE = 65536


def column(name: str, values: Any) -> np.ndarray:
    """Return `values` as the read-only, contiguous column `name`; no copy where none is needed.

    Args:
        name: "t", "x", "y" or "p".
        values: one-dimensional, of integers or (for "p") booleans.

    Returns:
        Array of the column's own dtype.

    Raises:
        EventError: not one-dimensional, not integers, or values that the column cannot hold.
    """
    array = np.asarray(values)
    if array.ndim != 1:
        raise EventError(
            f"column {name}: expected one dimension, got shape {array.shape}; pass one value "
            "per event"
        )
    target = DTYPES[name]
    if array.size == 0:
        return sealed(np.empty(0, target))
    if array.dtype.kind == "b" and name == "p":
        array = array.view(np.uint8)
    elif array.dtype.kind not in "iu":
        raise EventError(
            f"column {name}: expected {MEANING[name]}, got {array.dtype}; convert it yourself, so "
            "that rounding and unit are your choice"
        )
    if array.dtype != target:
        array = _converted(name, array, target)
    return sealed(array)


def _converted(name: str, array: np.ndarray, target: np.dtype) -> np.ndarray:
    limits = np.iinfo(target)
    if int(array.min()) < limits.min or int(array.max()) > limits.max:
        # Python integers compare exactly, whatever the two dtypes are.
        outside = [int(v) < limits.min or int(v) > limits.max for v in (array.min(), array.max())]
        extreme = array.min() if outside[0] else array.max()
        index = int(np.flatnonzero(array == extreme)[0])
        raise EventError(
            f"column {name}: expected {MEANING[name]}, got {int(extreme)} at index {index}; remove "
            "or correct such events first"
        )
    if array.itemsize == target.itemsize and array.dtype.isnative and array.flags.c_contiguous:
        return array.view(target)  # signed to unsigned or back: the same bits, checked above
    return array.astype(target)


def sealed(array: np.ndarray) -> np.ndarray:
    """Return a read-only view of `array`, or of a copy where kernels could not walk it."""
    view = np.require(array, requirements=["C", "A"]).view()
    view.flags.writeable = False
    return view


Columns = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def fresh(n: int) -> Columns:
    """Return new columns t, x, y, p for `n` events, not filled; numpy asks for huge pages."""
    return (
        np.empty(n, DTYPES["t"]),
        np.empty(n, DTYPES["x"]),
        np.empty(n, DTYPES["y"]),
        np.empty(n, DTYPES["p"]),
    )


def same_length(**columns: np.ndarray) -> None:
    """Raise EventError unless all columns have one length."""
    if len({len(c) for c in columns.values()}) > 1:
        lengths = ", ".join(f"{name} {len(c)}" for name, c in columns.items())
        raise EventError(f"columns differ in length ({lengths}); pass one value per event in each")


def check_polarity(p: np.ndarray) -> None:
    """Raise EventError at the first polarity that is neither 0 nor 1."""
    if len(p) and p.max() > 1:
        index = int(np.argmax(p > 1))
        raise EventError(
            f"column p: expected 0 (OFF) or 1 (ON), got {p[index]} at index {index}; use "
            "`p > 0` for other codes, or as_events for -1 and 1"
        )


def check_size(size: Any) -> tuple[int, int]:
    """Return `size` as (width, height), each from 1 to 65536."""
    try:
        width, height = (int(s) for s in size)
        whole = all(int(s) == s for s in size)
    except (TypeError, ValueError):
        whole = False
        width = height = 0
    if not whole or not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE):
        raise EventError(
            f"size: expected (width, height), each from 1 to {LARGEST_SIDE}, got {size!r}"
        )
    return width, height


def check_inside(x: np.ndarray, y: np.ndarray, size: tuple[int, int]) -> None:
    """Raise EventError at the first event outside the frame."""
    if not len(x):
        return
    for name, column_, side, limit in (("x", x, "width", size[0]), ("y", y, "height", size[1])):
        if int(column_.max()) >= limit:
            index = int(np.argmax(column_ >= limit))
            raise EventError(
                f"column {name}: expected values below the {side} {limit}, got {column_[index]} "
                f"at index {index}; give the sensor's size or remove such events"
            )


def check_t0(t0: Any) -> int | None:
    """Return `t0` as an integer of microseconds, or None."""
    if t0 is None:
        return None
    if isinstance(t0, bool | np.bool_) or not isinstance(t0, int | np.integer):
        raise EventError(f"t0: expected integer microseconds or None, got {t0!r}")
    return int(t0)


def join(columns: Sequence[np.ndarray]) -> np.ndarray:
    """Return the columns one after the other as one read-only column."""
    return sealed(np.concatenate(columns))

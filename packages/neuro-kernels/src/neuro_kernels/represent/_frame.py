"""What all representations share: polarities, output arrays, events outside."""

import math
from typing import Any, NamedTuple, Protocol

import numpy as np

from neuro_kernels import _kernels
from neuro_kernels.events import EventError, Events

__all__ = ["Columns", "Polarity", "check_inside", "columns", "dtype_of", "output", "polarity_of"]


_LARGE = 1 << 20  # bytes
_FLOAT = np.dtype(np.float32)


class Columns(Protocol):
    """Anything with the four columns: `Events`, or a buffer that a decoder fills."""

    @property
    def t(self) -> np.ndarray: ...
    @property
    def x(self) -> np.ndarray: ...
    @property
    def y(self) -> np.ndarray: ...
    @property
    def p(self) -> np.ndarray: ...


class Polarity(NamedTuple):
    """What becomes of the polarity.

    Attributes:
        planes: 2 where each polarity has its own, else 1.
        off: what an OFF event counts.
        on: what an ON event counts.
    """

    planes: int
    off: float
    on: float


_POLARITIES = {
    "split": Polarity(2, 1.0, 1.0),
    "merged": Polarity(1, 1.0, 1.0),
    "signed": Polarity(1, -1.0, 1.0),
}


def polarity_of(name: str, where: str, choices: tuple[str, ...] = tuple(_POLARITIES)) -> Polarity:
    """Return the rule of this name, or raise EventError with the known ones."""
    if name not in choices:
        raise EventError(f"{where}: polarity: expected one of {', '.join(choices)}, got {name!r}")
    return _POLARITIES[name]


def dtype_of(dtype: Any, where: str) -> np.dtype[Any]:
    """Return float32 or uint8, or raise EventError."""
    try:
        found = np.dtype(dtype)
    except TypeError:
        found = None
    if found is None or found not in (np.dtype(np.float32), np.dtype(np.uint8)):
        raise EventError(f"{where}: dtype: expected float32 or uint8, got {dtype!r}")
    return found


def output(
    shape: tuple[int, ...], out: np.ndarray | None, dtype: np.dtype[Any] = _FLOAT
) -> np.ndarray:
    """Return `out` after a check, or a fresh array that is not cleared."""
    if out is None:
        n = math.prod(shape)
        if n * dtype.itemsize < _LARGE:
            return np.empty(shape, dtype)
        # The pages of large arrays cost more than writing to them: those of frames that nobody
        # holds any more are used again.
        fresh = _kernels.fresh_floats if dtype == _FLOAT else _kernels.fresh_bytes
        return fresh(n).reshape(shape)
    usable = isinstance(out, np.ndarray) and out.flags.c_contiguous and out.flags.writeable
    if not usable or out.shape != shape or out.dtype != dtype:
        got = f"{out.dtype} {out.shape}" if isinstance(out, np.ndarray) else type(out).__name__
        raise EventError(f"out: expected a writable C-contiguous {dtype} {shape}, got {got}")
    return out


def check_inside(outside: int, where: str) -> None:
    """Raise if a kernel has left events out."""
    if outside:
        raise EventError(f"{where}: {outside} events lie outside their own size; remove them first")


def columns(events: Events) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The four columns that kernels take."""
    return events.t, events.x, events.y, events.p

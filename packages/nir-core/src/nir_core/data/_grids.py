"""Between events and time grids: the arithmetic that all data classes share."""

from __future__ import annotations

from typing import Any

import numpy as np

from nir_core.errors import NirError
from nir_core.semantics._record import step_length

__all__ = ["bins", "events_of", "grid_steps", "spread"]


def _tolerance(quotient: Any, dtype: np.dtype) -> Any:
    """Give how far rounding may have moved a quotient of two stored times."""
    eps = np.finfo(dtype if dtype.kind == "f" else np.float64).eps
    return 4 * eps * np.maximum(1.0, np.abs(quotient))


def grid_steps(t_max: float, dt: float) -> int:
    """Give how many steps of dt cover t_max; 0.3 / 0.1 is 3.

    Example:
        >>> grid_steps(0.3, 0.1), grid_steps(0.35, 0.1)
        (3, 4)
    """
    quotient = np.float64(t_max) / step_length(dt)
    if not np.isfinite(quotient) or quotient < 0:
        raise NirError(f"t_max is a number of seconds from 0 on, got {t_max!r}")
    nearest = np.rint(quotient)
    close = abs(quotient - nearest) <= _tolerance(quotient, np.dtype(np.float64))
    return int(nearest if close else np.ceil(quotient))


def bins(time: np.ndarray, t_max: float, dt: float) -> np.ndarray:
    """Give the step in which each event falls; the step ends before its right edge.

    A time that is a multiple of dt up to rounding belongs to the step it opens, and an event
    at t_max to the last step.

    Raises:
        NirError: an event lies before 0 or after t_max.
    """
    quotient = time.astype(np.float64) / dt
    nearest = np.rint(quotient)
    close = np.abs(quotient - nearest) <= _tolerance(quotient, time.dtype)
    steps = np.where(close, nearest, np.floor(quotient))
    count = grid_steps(t_max, dt)
    slack = _tolerance(np.float64(t_max), time.dtype)
    outside = ~((steps >= 0) & (time <= t_max + slack))
    if outside.any():
        raise NirError(
            f"{int(outside.sum())} of {time.size} events lie outside of 0 to t_max = {t_max:g} s, "
            f"the first at {time[outside].flat[0]:g} s"
        )
    return np.minimum(steps, count - 1).astype(np.int64)


def spread(
    idx: np.ndarray,
    time: np.ndarray,
    value: np.ndarray | None,
    n_neurons: int,
    t_max: float,
    dt: float,
) -> np.ndarray:
    """Give events as an array (samples, steps, neurons): booleans, or sums of the values.

    Raises:
        NirError: an event lies outside of the recording or belongs to no neuron.
    """
    steps = grid_steps(t_max, dt)
    idx, time = np.atleast_2d(idx, time)
    kind = bool if value is None else np.result_type(value.dtype, np.float64)
    data = np.zeros((idx.shape[0], steps, int(n_neurons)), kind)
    sample, place = np.nonzero(idx != -1)
    neuron = idx[sample, place]
    wrong = (neuron < 0) | (neuron >= n_neurons)
    if wrong.any():
        raise NirError(
            f"{int(wrong.sum())} events name a neuron that is not one of {n_neurons}, "
            f"the first {int(neuron[wrong][0])}"
        )
    if not neuron.size:
        return data
    if steps == 0:
        raise NirError(f"there are {neuron.size} events, but t_max = {t_max:g} s leaves no step")
    step = bins(time[sample, place], t_max, dt)
    if value is None:
        data[sample, step, neuron] = True
    else:
        np.add.at(data, (sample, step, neuron), np.atleast_2d(value)[sample, place])
    return data


def events_of(
    data: np.ndarray, dt: float, n_events: int | None, time_shift: float
) -> tuple[np.ndarray, np.ndarray, int]:
    """Give (idx, time, dropped) of the True entries of (samples, steps, neurons).

    Args:
        data: booleans.
        dt: length of a step in seconds.
        n_events: places per sample; as many as are needed when None.
        time_shift: seconds from the start of a step to its events.

    Raises:
        NirError: the data are not booleans, or time_shift is not in [0, dt).
    """
    if data.dtype != bool:
        raise NirError(f"only boolean data can become events, got {data.dtype}")
    if not 0 <= time_shift < dt:
        raise NirError(f"time_shift must lie in [0, dt) = [0, {dt:g}), got {time_shift!r}")
    sample, step, neuron = np.nonzero(data)
    counts = np.bincount(sample, minlength=len(data))
    rank = np.arange(sample.size) - (np.cumsum(counts) - counts)[sample]
    places = int(counts.max(initial=0)) if n_events is None else int(n_events)
    idx = np.full((len(data), places), -1, dtype=np.int64)
    time = np.full((len(data), places), np.inf)
    kept = rank < places
    idx[sample[kept], rank[kept]] = neuron[kept]
    time[sample[kept], rank[kept]] = step[kept] * dt + time_shift
    return idx, time, int((~kept).sum())

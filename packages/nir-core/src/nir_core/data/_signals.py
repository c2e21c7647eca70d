"""Recordings as immutable values: on a time grid, or as events."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, ClassVar

import numpy as np

from nir_core._values import digest, frozen_array, same_array
from nir_core.data._methods import EventMethods, GridMethods
from nir_core.errors import NirError, NirTypeError

__all__ = ["EventData", "TimeGriddedData", "ValuedEventData"]


class _Value:
    """Equality and hash by content."""

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        for field in fields(self):  # type: ignore[arg-type]
            a, b = getattr(self, field.name), getattr(other, field.name)
            equal = same_array(a, b) if isinstance(a, np.ndarray) else a == b
            if not equal:
                return False
        return True

    def __hash__(self) -> int:
        content = [getattr(self, field.name) for field in fields(self)]  # type: ignore[arg-type]
        return int.from_bytes(digest([type(self).__name__, *content])[:8], "little", signed=True)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        for value in state.values():  # unpickled arrays are writeable
            if isinstance(value, np.ndarray):
                value.flags.writeable = False


def _set(target: object, name: str, value: Any) -> None:
    object.__setattr__(target, name, value)


@dataclass(frozen=True, eq=False)
class TimeGriddedData(_Value, GridMethods):
    """A signal with one entry per step: events as booleans, or a measured quantity.

    Args:
        data: (samples, steps, neurons).
        dt: length of a step in seconds.

    Raises:
        NirError: the array does not have three axes, or dt is not positive.

    Example:
        >>> spikes = np.zeros((1, 4, 2), bool)
        >>> spikes[0, [1, 3], 1] = True
        >>> TimeGriddedData(spikes, dt=1e-3).to_event().time
        array([[0.001, 0.003]])
    """

    data: np.ndarray
    dt: float

    def __post_init__(self) -> None:
        _set(self, "data", frozen_array(self.data))
        if self.data.ndim != 3:
            raise NirError(
                f"data is (samples, steps, neurons), got an array of shape {self.data.shape}"
            )
        _set(self, "dt", float(self.dt))
        if not (np.isfinite(self.dt) and self.dt > 0):
            raise NirError(f"dt is a positive number of seconds, got {self.dt!r}")


@dataclass(frozen=True, eq=False)
class EventData(_Value, EventMethods):
    """Events without a value; the rows of a sample are filled up with idx -1 and time inf.

    Args:
        idx: (samples, events), whole numbers: which neuron, or -1 for no event; (events,) for
            a single sample.
        time: the shape of idx, seconds from 0 to t_max, or inf for no event.
        n_neurons: number of neurons.
        t_max: length of the recording in seconds.

    Raises:
        NirError: the arrays do not fit each other, the neurons or the length.

    Example:
        >>> EventData([[0, 1, -1]], [[0.1, 0.3, np.inf]], 2, 0.3).to_time_gridded(0.1).data[0] * 1
        array([[0, 0],
               [1, 0],
               [0, 1]])
    """

    idx: np.ndarray
    time: np.ndarray
    n_neurons: int
    t_max: float

    _grid: ClassVar[Any] = TimeGriddedData

    def __post_init__(self) -> None:
        for name in ("idx", "time"):
            _set(self, name, frozen_array(getattr(self, name)))
        if self.idx.dtype.kind not in "iu":
            raise NirTypeError(f"idx holds whole numbers, got {self.idx.dtype}")
        _set(self, "n_neurons", int(self.n_neurons))
        _set(self, "t_max", float(self.t_max))
        if self.idx.ndim not in (1, 2):
            raise NirError(
                "idx is (samples, events), or (events,) for a single sample, got an array of "
                f"shape {self.idx.shape}"
            )
        self._check_shapes("idx", "time")
        low, high = int(self.idx.min(initial=0)), int(self.idx.max(initial=-1))
        if low < -1 or high >= self.n_neurons:
            raise NirError(f"idx lies in -1 to {self.n_neurons - 1}, got {low} to {high}")
        real = self.time[self.idx != -1]
        if not (np.isfinite(self.t_max) and self.t_max >= 0):
            raise NirError(f"t_max is a number of seconds from 0 on, got {self.t_max!r}")
        if real.size and not (np.isfinite(real).all() and real.min() >= 0):
            raise NirError("the time of an event is a number of seconds from 0 on")


@dataclass(frozen=True, eq=False)
class ValuedEventData(EventData):
    """Events that carry a value.

    Args:
        idx: as for `EventData`.
        time: as for `EventData`.
        n_neurons: number of neurons.
        t_max: length of the recording in seconds.
        value: the shape of idx.

    Example:
        >>> data = ValuedEventData([[0, 0]], [[0.0, 0.1]], 1, 1.0, [[2.0, 3.0]])
        >>> data.to_time_gridded(0.5).data.ravel()
        array([5., 0.])
    """

    value: np.ndarray

    def __post_init__(self) -> None:
        _set(self, "value", frozen_array(self.value))
        super().__post_init__()
        self._check_shapes("idx", "time", "value")


TimeGriddedData._events = EventData

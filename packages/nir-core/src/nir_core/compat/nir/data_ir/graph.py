"""The data classes of nir, mutable, with its defects mended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from nir_core.compat.nir.ir import NIRGraph, NIRNode
from nir_core.data._methods import EventMethods, GraphMethods, GridMethods, NodeMethods
from nir_core.errors import NirError

__all__ = [
    "EventData",
    "NIRGraph",
    "NIRGraphData",
    "NIRNode",
    "NIRNodeData",
    "TimeGriddedData",
    "ValuedEventData",
]


@dataclass
class TimeGriddedData(GridMethods):
    """A signal with one entry per step.

    Args:
        data: (samples, steps, neurons).
        dt: length of a step in seconds.

    Raises:
        NirError: the data are not an array with three axes.
    """

    data: np.ndarray
    dt: float

    def __post_init__(self) -> None:
        if not isinstance(self.data, np.ndarray) or self.data.ndim != 3:
            raise NirError(
                "data is an array (samples, steps, neurons), got "
                f"{type(self.data).__name__} of shape {np.shape(self.data)}"
            )


@dataclass
class EventData(EventMethods):
    """Events without a value; the rows of a sample are filled up with idx -1 and time inf.

    Args:
        idx: (samples, events), whole numbers: which neuron, or -1 for no event; (events,) for
            a single sample.
        time: the shape of idx, seconds, or inf for no event.
        n_neurons: number of neurons.
        t_max: length of the recording in seconds.

    Raises:
        NirError: the arrays do not have the same shape.
    """

    idx: np.ndarray
    time: np.ndarray
    n_neurons: int
    t_max: float

    _grid: ClassVar[Any] = TimeGriddedData

    def __post_init__(self) -> None:
        self._check_shapes("idx", "time")


@dataclass
class ValuedEventData(EventData):
    """Events that carry a value.

    Args:
        idx: as for `EventData`.
        time: as for `EventData`.
        n_neurons: number of neurons.
        t_max: length of the recording in seconds.
        value: the shape of idx.
    """

    value: np.ndarray

    def __post_init__(self) -> None:
        self._check_shapes("idx", "time", "value")


TimeGriddedData._events = EventData


@dataclass
class NIRNodeData(NodeMethods):
    """What was recorded at one node.

    Args:
        observables: EventData or TimeGriddedData by name.
    """

    observables: dict[str, Any]

    def __post_init__(self) -> None:
        self._check_observables_field()


@dataclass
class NIRGraphData(GraphMethods):
    """What was recorded at the nodes of a graph.

    Args:
        nodes: NIRNodeData by node name; NIRGraphData for a nested graph.
    """

    nodes: dict[str, Any]

    def __post_init__(self) -> None:
        self._check_nodes_field()

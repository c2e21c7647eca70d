"""What the immutable data classes and the mutable ones of the compatibility module share."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from math import prod
from typing import Any, ClassVar

import numpy as np

from nir_core.data._grids import events_of, spread
from nir_core.errors import NirError, NirTypeError, NirWarning

__all__ = ["EventMethods", "GraphMethods", "GridMethods", "NodeMethods"]


class _Sampled:
    """Recordings whose first axis counts samples."""

    def _array(self) -> np.ndarray:
        raise TypeError  # pragma: no cover - every subclass has its own

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the stored arrays."""
        return self._array().shape

    @property
    def n_samples(self) -> int:
        """Number of samples."""
        return self._array().shape[0]


class GridMethods(_Sampled):
    """Of TimeGriddedData: fields `data` and `dt`."""

    data: np.ndarray
    dt: float
    _events: ClassVar[Any]

    def _array(self) -> np.ndarray:
        return self.data

    @property
    def n_time_steps(self) -> int:
        """Number of steps."""
        return self.data.shape[1]

    @property
    def n_neurons(self) -> int:
        """Number of neurons."""
        return self.data.shape[2]

    @property
    def t_max(self) -> float:
        """Length of the recording in seconds."""
        return self.n_time_steps * self.dt

    def to_event(self, n_events: int | None = None, time_shift: float = 0.0) -> Any:
        """Give the True entries as events, each sample in the order of time.

        Args:
            n_events: places per sample, the rest is dropped with a warning; as many as are
                needed when not given.
            time_shift: seconds from the start of a step to its events, in [0, dt).

        Returns:
            EventData.

        Raises:
            NirError: the data are not booleans, or time_shift does not fit.
        """
        idx, time, dropped = events_of(self.data, self.dt, n_events, time_shift)
        if dropped:
            warnings.warn(
                f"{dropped} events did not fit into n_events={n_events} places per sample",
                NirWarning,
                stacklevel=2,
            )
        return self._events(idx, time, self.n_neurons, self.t_max)


class EventMethods(_Sampled):
    """Of EventData and ValuedEventData: fields `idx`, `time`, `n_neurons`, `t_max` (, `value`)."""

    idx: np.ndarray
    time: np.ndarray
    n_neurons: int
    t_max: float
    _grid: ClassVar[Any]

    def _array(self) -> np.ndarray:
        return self.idx

    @property
    def n_samples(self) -> int:
        """Number of samples; arrays with one axis hold one."""
        return len(np.atleast_2d(self.idx))

    def to_time_gridded(self, dt: float) -> Any:
        """Give the events on a time grid; values that meet in one step add up.

        Args:
            dt: length of a step in seconds.

        Returns:
            TimeGriddedData with ceil(t_max / dt) steps; an event at t_max is in the last one.

        Raises:
            NirError: dt is not positive, or an event lies outside of the recording.
        """
        value = getattr(self, "value", None)
        data = spread(self.idx, self.time, value, self.n_neurons, self.t_max, dt)
        return self._grid(data, dt)

    def _check_shapes(self, *names: str) -> None:
        shapes = {name: np.shape(getattr(self, name)) for name in names}
        if len(set(shapes.values())) > 1:
            told = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
            raise NirError(f"{type(self).__name__}: the arrays must agree in shape, got {told}")


class NodeMethods:
    """Of NIRNodeData: field `observables`."""

    observables: Any

    def _check_observables_field(self) -> None:
        if not isinstance(self.observables, Mapping):
            raise NirTypeError(
                "observables is a dictionary of EventData or TimeGriddedData, "
                f"got {type(self.observables).__name__}"
            )

    def check_observables(self, node: Any) -> bool:
        """Whether every observable has one neuron for each element of the node's output.

        Args:
            node: a node of nir_core, of its compatibility module or of nir.
        """
        shape = next(iter((node.output_type or {"": None}).values()), None)
        if shape is None:
            return False
        count = prod(int(n) for n in np.atleast_1d(shape))
        return all(int(one.n_neurons) == count for one in self.observables.values())


class GraphMethods:
    """Of NIRGraphData: field `nodes`."""

    nodes: Any

    def _check_nodes_field(self) -> None:
        if not isinstance(self.nodes, Mapping):
            raise NirTypeError(
                "nodes is a dictionary of NIRNodeData or NIRGraphData, "
                f"got {type(self.nodes).__name__}"
            )

    def check_nodes(self, graph: Any) -> None:
        """Check that every entry belongs to a node of the graph and fits it.

        Args:
            graph: a graph of nir_core, of its compatibility module or of nir.

        Raises:
            NirError: a node is missing, is of another kind, or has another number of neurons;
                also KeyError and TypeError where nir raises these.
        """
        self._compare(graph, "")

    def _compare(self, graph: Any, path: str) -> None:
        from nir_core.compat._errors import NirKeyError

        for name, entry in self.nodes.items():
            here = f"{path}/{name}"
            if name not in graph.nodes:
                raise NirKeyError(f"{here}: the graph has no such node")
            node = graph.nodes[name]
            if isinstance(entry, GraphMethods):
                if not hasattr(node, "nodes"):
                    raise NirTypeError(f"{here}: the node is a {type(node).__name__}, not a graph")
                entry._compare(node, here)
            elif not entry.check_observables(node):
                raise NirError(
                    f"{here}: the observables have "
                    f"{sorted({int(o.n_neurons) for o in entry.observables.values()})} neurons, "
                    f"the node gives shape {next(iter((node.output_type or {'': None}).values()))}"
                )

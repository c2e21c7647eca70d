"""Recordings by node and by graph, as immutable values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nir_core._values import FrozenDict
from nir_core.data._methods import GraphMethods, NodeMethods
from nir_core.data._signals import EventData, TimeGriddedData
from nir_core.errors import NirTypeError

__all__ = ["NIRGraphData", "NIRNodeData"]


def _frozen(owner: str, content: Mapping[str, Any], kinds: tuple[type, ...]) -> FrozenDict:
    for name, value in content.items():
        if not isinstance(name, str):
            raise NirTypeError(f"{owner}: names are text, got {name!r}")
        if not isinstance(value, kinds):
            known = " or ".join(kind.__name__ for kind in kinds)
            raise NirTypeError(f"{owner}[{name!r}]: expected {known}, got {type(value).__name__}")
    return FrozenDict(content)


@dataclass(frozen=True, eq=False)
class NIRNodeData(NodeMethods):
    """What was recorded at one node, such as spikes and voltages.

    Args:
        observables: EventData or TimeGriddedData by name.

    Example:
        >>> import numpy as np
        >>> from nir_core import Scale
        >>> data = NIRNodeData({"v": TimeGriddedData(np.zeros((1, 5, 6)), 1e-3)})
        >>> data.check_observables(Scale(np.ones((2, 3))))
        True
    """

    observables: Mapping[str, EventData | TimeGriddedData]

    def __post_init__(self) -> None:
        self._check_observables_field()
        kinds = (EventData, TimeGriddedData)
        frozen = _frozen("observables", self.observables, kinds)
        object.__setattr__(self, "observables", frozen)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, NIRNodeData):
            return NotImplemented
        return self.observables == other.observables

    def __hash__(self) -> int:
        return hash(tuple((name, hash(one)) for name, one in sorted(self.observables.items())))


@dataclass(frozen=True, eq=False)
class NIRGraphData(GraphMethods):
    """What was recorded at the nodes of a graph.

    Args:
        nodes: NIRNodeData by node name; NIRGraphData for a nested graph.

    Example:
        >>> NIRGraphData({"lif": NIRNodeData({})}).nodes["lif"].observables
        {}
    """

    nodes: Mapping[str, NIRNodeData | NIRGraphData]

    def __post_init__(self) -> None:
        self._check_nodes_field()
        frozen = _frozen("nodes", self.nodes, (NIRNodeData, NIRGraphData))
        object.__setattr__(self, "nodes", frozen)

    def __eq__(self, other: object) -> bool:
        return self.nodes == other.nodes if isinstance(other, NIRGraphData) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple((name, hash(one)) for name, one in sorted(self.nodes.items())))

"""Data objects of nir, or of its compatibility module, to those of nir_core and back."""

from __future__ import annotations

from typing import Any

from nir_core.data._graphs import NIRGraphData, NIRNodeData
from nir_core.data._signals import EventData, TimeGriddedData, ValuedEventData
from nir_core.errors import NirError, NirTypeError

__all__ = ["as_graph_data", "rebuilt"]

_FIELDS = {
    "TimeGriddedData": ("data", "dt"),
    "EventData": ("idx", "time", "n_neurons", "t_max"),
    "ValuedEventData": ("idx", "time", "n_neurons", "t_max", "value"),
}
_SIGNALS = {cls.__name__: cls for cls in (TimeGriddedData, EventData, ValuedEventData)}


def as_graph_data(data: Any, path: str = "") -> NIRGraphData:
    """Give NIRGraphData for that of nir_core, its compatibility module or nir.

    Raises:
        NirTypeError: the object, or one inside it, is of no such class.
        NirError: the arrays of a recording do not fit each other.
    """
    if isinstance(data, NIRGraphData):
        return data
    if type(data).__name__ != "NIRGraphData":
        raise NirTypeError(f"{path or '/'}: expected NIRGraphData, got {type(data).__name__}")
    nodes: dict[str, Any] = {}
    for name, entry in data.nodes.items():
        here = f"{path}/{name}"
        if type(entry).__name__ == "NIRGraphData":
            nodes[name] = as_graph_data(entry, here)
        elif type(entry).__name__ == "NIRNodeData":
            observables = {
                key: _signal(one, f"{here}/{key}") for key, one in entry.observables.items()
            }
            nodes[name] = NIRNodeData(observables)
        else:
            raise NirTypeError(
                f"{here}: expected NIRNodeData or NIRGraphData, got {type(entry).__name__}"
            )
    return NIRGraphData(nodes)


def _signal(one: Any, path: str) -> Any:
    kind = type(one).__name__
    if kind not in _SIGNALS:
        raise NirTypeError(
            f"{path}: expected TimeGriddedData, EventData or ValuedEventData, got {kind}"
        )
    if isinstance(one, _SIGNALS[kind]):
        return one
    try:
        return _SIGNALS[kind](**{name: getattr(one, name) for name in _FIELDS[kind]})
    except NirError as error:
        raise type(error)(f"{path}: {error}") from None


def rebuilt(data: NIRGraphData, module: Any) -> Any:
    """Give data as objects of a module with nir's classes; arrays are copies."""
    nodes: dict[str, Any] = {}
    for name, entry in data.nodes.items():
        if isinstance(entry, NIRGraphData):
            nodes[name] = rebuilt(entry, module)
            continue
        observables = {}
        for key, one in entry.observables.items():
            kind = type(one).__name__
            values = {field: getattr(one, field) for field in _FIELDS[kind]}
            copies = {f: v.copy() if hasattr(v, "copy") else v for f, v in values.items()}
            observables[key] = getattr(module, kind)(**copies)
        nodes[name] = module.NIRNodeData(observables)
    return module.NIRGraphData(nodes)

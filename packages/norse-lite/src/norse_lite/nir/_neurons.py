"""Neurons of this package as NIR nodes, and back."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from norse_lite._errors import NetworkError
from norse_lite.forms._parameters import NeuronModule
from norse_lite.nir._core import nir_core
from norse_lite.nir._layers import LayerExport, array
from norse_lite.sequential import _works_in_steps as works_in_steps

__all__ = [
    "export_conv_recurrent",
    "export_linear_neuron",
    "export_neuron",
    "export_recurrent",
    "neuron_arguments",
    "works_in_steps",
]

# NIR node of a neuron, and its fields by the parameters here.
_MEMBRANE = {"r": "r", "v_leak": "v_leak"}
_SPIKE = {"v_threshold": "v_th", "v_reset": "v_reset"}
_TAUS = {"tau_syn": "tau_syn", "tau_mem": "tau_mem"}
_FIELDS: dict[str, tuple[str, dict[str, str]]] = {
    "LIF": ("CubaLIF", {**_TAUS, **_MEMBRANE, **_SPIKE}),
    "CubaLIF": ("CubaLIF", {**_TAUS, **_MEMBRANE, **_SPIKE, "w_in": "w_in"}),
    "LI": ("CubaLI", {**_TAUS, **_MEMBRANE}),
    "CubaLI": ("CubaLI", {**_TAUS, **_MEMBRANE, "w_in": "w_in"}),
    "LIFBox": ("LIF", {"tau": "tau_mem", **_MEMBRANE, **_SPIKE}),
    "LIBox": ("LI", {"tau": "tau_mem", **_MEMBRANE}),
    "IAF": ("IF", {"r": "r", **_SPIKE}),
}


def _node(path: str, module: NeuronModule, shape: tuple[int, ...], dt: float) -> Any:
    name = module.neuron.name
    if name not in _FIELDS:
        raise NetworkError(
            f"to_nir: module {path} ({name}) has no NIR form; the nearest neuron that has one is "
            "LIF"
        )
    kind, fields = _FIELDS[name]
    values = module.parameter_values()
    arguments = {
        field: np.broadcast_to(array(getattr(values, ours)), shape).copy()
        for field, ours in fields.items()
    }
    if kind.startswith("Cuba") and "w_in" not in arguments:
        # The input is added to the current as it is.
        arguments["w_in"] = arguments["tau_syn"] / dt
    return getattr(nir_core(), kind)(**arguments)


def export_neuron(
    path: str, module: NeuronModule, shape: tuple[int, ...], dt: float
) -> LayerExport:
    """Export a feed-forward layer or cell as one node."""
    return LayerExport({path: _node(path, module, shape, dt)}, [], path, path)


def export_recurrent(path: str, module: Any, shape: tuple[int, ...], dt: float) -> LayerExport:
    """Export a recurrent layer or cell as input weights, neuron and a cycle of weights."""
    nir = nir_core()
    entry, feedback = f"{path}.input_weights", f"{path}.recurrent_weights"
    nodes = {
        entry: nir.Linear(array(module.input_weights)),
        path: _node(path, module, shape, dt),
        feedback: nir.Linear(array(module.feedback_weights())),
    }
    edges = [(entry, path), (path, feedback), (feedback, path)]
    return LayerExport(nodes, edges, entry, path)


def export_linear_neuron(path: str, module: Any, shape: tuple[int, ...], dt: float) -> LayerExport:
    """Export a neuron behind input weights of its own as two nodes."""
    entry = f"{path}.input_weights"
    nodes = {
        entry: nir_core().Linear(array(module.input_weights)),
        path: _node(path, module, shape, dt),
    }
    return LayerExport(nodes, [(entry, path)], entry, path)


def export_conv_recurrent(
    path: str, module: Any, before: tuple[int, ...], shape: tuple[int, ...], dt: float
) -> LayerExport:
    """Export a convolutional recurrent layer or cell as neuron and two convolutions."""
    nir = nir_core()
    entry, feedback = f"{path}.input_weights", f"{path}.recurrent_weights"
    inner, back = array(module.input_weights), array(module.recurrent_weights)
    zeros = np.zeros(len(inner), inner.dtype)
    window = module.recurrent_kernel_size // 2
    nodes = {
        entry: nir.Conv2d(before[-2:], inner, module.stride, module.padding, 1, 1, zeros),
        path: _node(path, module, shape, dt),
        feedback: nir.Conv2d(shape[-2:], back, 1, window, 1, 1, zeros),
    }
    edges = [(entry, path), (path, feedback), (feedback, path)]
    return LayerExport(nodes, edges, entry, path)


def _tensor(value: np.ndarray) -> Tensor | float:
    """Return a value per neuron as a tensor, or one number if all are equal."""
    flat = np.asarray(value, np.float64)
    if flat.size and bool((flat == flat.flat[0]).all()):
        return float(flat.flat[0])
    return torch.from_numpy(flat.copy())


def neuron_arguments(node: Any, dt: float) -> tuple[str, dict[str, Any]]:
    """Return the neuron of this package for a NIR node, and its parameters."""
    kind = type(node).__name__
    if kind.startswith("Cuba"):
        # w_in = tau_syn / dt, to the rounding of the stored numbers, is an input added as it is.
        gain = np.asarray(node.w_in, np.float64) * dt / np.asarray(node.tau_syn, np.float64)
        stored = [np.asarray(a).dtype for a in (node.tau_syn, node.w_in)]
        slack = 2 * max(float(np.finfo(t if t.kind == "f" else float).eps) for t in stored)
        direct = bool((np.abs(gain - 1) <= slack).all())
        name = kind.removeprefix("Cuba") if direct else kind
    else:
        name = {"LIF": "LIFBox", "LI": "LIBox", "IF": "IAF"}[kind]
    fields = _FIELDS[name][1]
    arguments = {ours: _tensor(getattr(node, field)) for field, ours in fields.items()}
    return name, arguments

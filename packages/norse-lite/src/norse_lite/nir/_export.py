"""`to_nir`: walks through a model, with the shapes of one sample, and writes a graph."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from norse_lite._errors import NetworkError
from norse_lite.forms._parameters import NeuronModule
from norse_lite.nir._core import nir_core
from norse_lite.nir._layers import LayerExport, export_layer, fold_batch_norm
from norse_lite.nir._neurons import export_neuron, export_recurrent
from norse_lite.sequential import Lift, SequentialState

__all__ = ["to_nir"]


def to_nir(model: nn.Module, sample: Tensor, dt: float | None = None) -> Any:
    """Export a network as a NIR graph.

    `SequentialState`, `Lift` and `torch.nn.Sequential` may be nested; batch normalisation is folded
    into the layer before it and dropout is left out, so the model must be in evaluation mode if it
    has either.

    Args:
        model: A neuron, a layer or a chain of them.
        sample: An input with its time and batch axes, `(T, B, *shape)` (`(B, *shape)` if the
            neurons are cells); only its shape matters.
        dt: Duration of a time step in seconds; None takes the one of the model's neurons.

    Returns:
        A `nir_core.NIRGraph`. Its metadata records dt and the semantics of Norse.

    Raises:
        NetworkError: A module has no NIR form, or dt is not that of the neurons; the message names
            the module.

    Example:
        >>> import torch
        >>> from norse_lite import LIF, SequentialState
        >>> model = SequentialState(torch.nn.Linear(3, 2), LIF())
        >>> graph = to_nir(model, torch.zeros(1, 1, 3))
        >>> sorted(graph.nodes)
        ['0', '1', 'input', 'output']
    """
    nir = nir_core()
    dt = _common_dt(model, dt)
    reset = _common_reset(model)
    shapes = _Shapes(model, sample)
    nodes: dict[str, Any] = {"input": nir.Input(shapes.input_shape)}
    edges: list[tuple[str, str]] = []
    end = "input"
    for step in _chain(model, ""):
        for layer in _exported(step, shapes, dt, nodes.get(end)):
            if layer.replaces:
                nodes[end] = layer.nodes[layer.exit]
                continue
            nodes.update(layer.nodes)
            edges += [(end, layer.entry), *layer.edges]
            end = layer.exit
    nodes["output"] = nir.Output(shapes.output_shape)
    edges.append((end, "output"))
    graph = nir.NIRGraph(nodes, edges)
    profile = "norse:subtract" if reset == "subtract" else "norse"
    return nir.with_semantics(graph, profile=profile, dt=dt)


def _neurons(model: nn.Module) -> Iterator[tuple[str, NeuronModule]]:
    for path, module in model.named_modules():
        if isinstance(module, NeuronModule):
            yield path or type(module).__name__, module


def _common_dt(model: nn.Module, dt: float | None) -> float:
    for path, neuron in _neurons(model):
        if dt is None:
            dt = neuron.dt
        elif neuron.dt != dt:
            raise NetworkError(
                f"to_nir: module {path} ({type(neuron).__name__}) has steps of {neuron.dt:g} s, "
                f"not dt={dt:g}; a graph has one dt"
            )
        if neuron.rules.integrator != "euler":
            raise NetworkError(
                f"to_nir: module {path} ({type(neuron).__name__}) uses the integrator "
                f"{neuron.rules.integrator!r}; the semantics of Norse are 'euler'"
            )
    return 1e-3 if dt is None else dt


def _common_reset(model: nn.Module) -> str:
    """Check that all neurons reset alike, as the semantics of a graph are common to its nodes."""
    reset, first = "value", ""
    for path, neuron in _neurons(model):
        if not hasattr(neuron, "v_reset"):
            continue
        if first and neuron.rules.reset != reset:
            raise NetworkError(
                f"to_nir: module {path} resets by {neuron.rules.reset!r} and {first} by "
                f"{reset!r}; the neurons of a graph must reset alike"
            )
        if neuron.rules.reset == "subtract" and neuron.parameter_values().v_reset.any():
            raise NetworkError(
                f"to_nir: module {path} lowers its voltage by v_th - v_reset at a spike, which has "
                "a NIR meaning for v_reset = 0 only"
            )
        reset, first = neuron.rules.reset, path
    return reset


class _Shapes:
    """Shapes in front of and behind every module, without time and batch, from one run."""

    def __init__(self, model: nn.Module, sample: Tensor) -> None:
        self._inputs: dict[nn.Module, torch.Size] = {}
        self._outputs: dict[nn.Module, torch.Size] = {}
        handles = [m.register_forward_hook(self._note) for m in model.modules()]
        try:
            with torch.no_grad():
                out = model(sample)
        finally:
            for handle in handles:
                handle.remove()
        out = out[0] if isinstance(out, tuple) else out
        self._leading = _leading_axes(model)
        self.input_shape = tuple(sample.shape[self._leading :])
        self.output_shape = tuple(out.shape[self._leading :])

    def _note(self, module: nn.Module, args: tuple[Any, ...], output: Any) -> None:
        self._inputs[module] = args[0].shape
        self._outputs[module] = (output[0] if isinstance(output, tuple) else output).shape

    def of(self, module: nn.Module, folded: bool) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return the shapes around a module; `folded` ones see time and batch as one axis."""
        leading = 1 if folded else self._leading
        return tuple(self._inputs[module][leading:]), tuple(self._outputs[module][leading:])


def _leading_axes(model: nn.Module) -> int:
    from norse_lite.sequential import _works_in_steps

    return 1 if _works_in_steps(model) else 2


class _Step:
    """A module in the chain: its path, and whether it sees time and batch as one axis."""

    def __init__(self, path: str, module: nn.Module, folded: bool) -> None:
        self.path, self.module, self.folded = path, module, folded


def _chain(module: nn.Module, path: str, folded: bool = False) -> Iterator[_Step]:
    if isinstance(module, nn.Sequential):
        stateful = module._stateful if isinstance(module, SequentialState) else None
        for k, (name, child) in enumerate(module.named_children()):
            inner = folded or (stateful is not None and not stateful[k])
            yield from _chain(child, f"{path}.{name}" if path else name, inner)
    elif isinstance(module, Lift):
        yield from _chain(module.lifted_module, path or "0", True)
    else:
        yield _Step(path or "0", module, folded)


def _exported(step: _Step, shapes: _Shapes, dt: float, before: Any) -> Iterator[LayerExport]:
    module, path = step.module, step.path
    if isinstance(module, (nn.Identity, nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.AlphaDropout)):
        if module.training and not isinstance(module, nn.Identity):
            raise NetworkError(
                f"to_nir: module {path} ({type(module).__name__}) is random in training mode; "
                "call model.eval() first"
            )
        return
    if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
        yield fold_batch_norm(path, module, before)
        return
    shape_in, shape_out = shapes.of(module, step.folded)
    if isinstance(module, NeuronModule):
        if hasattr(module, "recurrent_weights"):
            yield export_recurrent(path, module, shape_out, dt)
        else:
            yield export_neuron(path, module, shape_out, dt)
        return
    yield export_layer(path, module, shape_in)

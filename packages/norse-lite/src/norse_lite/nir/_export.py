"""`to_nir`: walks through a model, with the shapes of one sample, and writes a graph."""

from collections.abc import Iterator
from math import inf
from numbers import Real
from typing import Any

import torch
from torch import Tensor, nn

from norse_lite._errors import NetworkError
from norse_lite.forms._conv_recurrent import _ConvRecurrent
from norse_lite.forms._parameters import NeuronModule
from norse_lite.nir._batch_norm import export_batch_norm
from norse_lite.nir._core import nir_core
from norse_lite.nir._layers import LayerExport, export_layer
from norse_lite.nir._neurons import (
    export_conv_recurrent,
    export_linear_neuron,
    export_neuron,
    export_recurrent,
)
from norse_lite.sequential import Lift, SequentialState, _works_in_steps
from norse_lite.stateful import Stateful

__all__ = ["to_nir"]

_DROPOUTS = (
    nn.Dropout,
    nn.Dropout1d,
    nn.Dropout2d,
    nn.Dropout3d,
    nn.AlphaDropout,
    nn.FeatureAlphaDropout,
)


def to_nir(model: nn.Module, sample: Tensor, dt: float | None = None) -> Any:
    """Export a network as a NIR graph.

    `SequentialState`, `Lift`, `Stateful` and `torch.nn.Sequential` may be nested. Batch
    normalisation is folded into the layer before it (where there is none, it becomes a layer of
    its own), and dropout is left out, so the model must be in evaluation mode if it has either.

    Args:
        model: A neuron, a layer or a chain of them.
        sample: An input with its time and batch axes, `(T, B, *shape)` (`(B, *shape)` if the
            neurons are cells, or there are none); only its shape matters.
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
    _check_mode(model)
    profile = "norse:subtract" if reset == "subtract" else "norse"
    first, *others = _leading_axes(model)
    try:
        graph = _graph(nir, model, sample, dt, first)
    except NetworkError:
        for leading in others:
            try:
                graph = _graph(nir, model, sample, dt, leading)
            except NetworkError:
                continue
            break
        else:
            raise
    return nir.with_semantics(graph, profile=profile, dt=dt)


def _graph(nir: Any, model: nn.Module, sample: Tensor, dt: float, leading: int) -> Any:
    """Write the graph, taking so many axes of the sample for time and batch."""
    shapes = _Shapes(model, sample, leading)
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
    try:
        return nir.NIRGraph(nodes, edges)
    except nir.NirError as error:
        form = "time and batch are two axes" if leading == 2 else "one axis is the batch"
        raise NetworkError(
            f"to_nir: of the sample of shape {tuple(sample.shape)}, of which {form}, no graph can "
            f"be made: {error}"
        ) from error


def _neurons(model: nn.Module) -> Iterator[tuple[str, NeuronModule]]:
    for path, module in model.named_modules():
        if isinstance(module, NeuronModule):
            yield path or type(module).__name__, module


def _common_dt(model: nn.Module, dt: float | None) -> float:
    if dt is not None and not (isinstance(dt, Real) and 0 < dt < inf):
        raise NetworkError(f"to_nir: dt must be a positive number of seconds, not {dt!r}")
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
                f"{neuron.rules.integrator!r}, but the graph records the semantics of Norse; build "
                "it with integrator='euler'"
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
                f"{reset!r}; the neurons of a graph must reset alike, so build all of them with "
                f"reset={reset!r}"
            )
        if neuron.rules.reset == "subtract" and neuron.parameter_values().v_reset.any():
            raise NetworkError(
                f"to_nir: module {path} lowers its voltage by v_th - v_reset at a spike, which has "
                "a NIR meaning for v_reset = 0 only; count its voltages from "
                "v_reset: v_reset=0.0, with v_th and v_leak lowered by v_reset"
            )
        reset, first = neuron.rules.reset, path
    return reset


def _check_mode(model: nn.Module) -> None:
    """Refuse modules that behave otherwise in training, before they see the sample."""
    for path, module in model.named_modules():
        if not module.training:
            continue
        if isinstance(module, _DROPOUTS):
            raise NetworkError(
                f"to_nir: module {path or '0'} ({type(module).__name__}) is random in training "
                "mode; call model.eval() first"
            )
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            raise NetworkError(
                f"to_nir: module {path or '0'} ({type(module).__name__}) depends on the batch in "
                "training mode; call model.eval() first"
            )


class _Shapes:
    """Shapes in front of and behind every module, without time and batch, from one run.

    A module that stands in several places has as many shapes, in the order of its calls.
    """

    def __init__(self, model: nn.Module, sample: Tensor, leading: int) -> None:
        self._calls: dict[nn.Module, list[tuple[torch.Size, torch.Size]]] = {}
        self._leading = leading
        form = "(T, B, *shape)" if self._leading == 2 else "(B, *shape)"
        if not isinstance(sample, Tensor) or sample.ndim < self._leading or not len(sample):
            got = tuple(sample.shape) if isinstance(sample, Tensor) else type(sample).__name__
            raise NetworkError(
                f"to_nir: sample must be an input {form} of the model, of one step or more, "
                f"got {got}"
            )
        # One step is enough, and lets every cell in a Lift be called once.
        sample = sample[:1] if self._leading == 2 else sample
        handles = [m.register_forward_hook(self._note) for m in model.modules()]
        try:
            with torch.no_grad():
                out = model(sample)
        except RuntimeError as error:
            raise NetworkError(
                f"to_nir: the model does not take the sample of shape {tuple(sample.shape)}, of "
                f"which time and batch are {form.split(', *')[0]}): {error}"
            ) from error
        finally:
            for handle in handles:
                handle.remove()
        out = _last(out)
        self.input_shape = tuple(sample.shape[self._leading :])
        self.output_shape = tuple(out.shape[self._leading :])

    def _note(self, module: nn.Module, args: tuple[Any, ...], output: Any) -> None:
        out = _last(output)
        self._calls.setdefault(module, []).append((args[0].shape, out.shape))

    def of(self, module: nn.Module, folded: bool) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return the shapes around the next call of a module.

        `folded` modules see time and batch as one axis.
        """
        leading = 1 if folded else self._leading
        before, after = self._calls[module].pop(0)
        return tuple(before[leading:]), tuple(after[leading:])


def _last(output: Any) -> Tensor:
    """Return what leaves a module: without its state, the last of several outputs."""
    output = output[0] if isinstance(output, tuple) else output
    return output[-1] if isinstance(output, list) else output


def _leading_axes(model: nn.Module) -> tuple[int, ...]:
    """Return how many axes of a sample may be time and batch, the likelier number first."""
    steps = {_works_in_steps(one) for one in _outer(model)} - {None}
    if steps:
        return (1,) if True in steps else (2,)
    # Nothing in the model knows of time: torch's modules see a batch, a chain sequences too.
    return (2, 1) if isinstance(model, SequentialState) else (1, 2)


def _outer(model: nn.Module) -> Iterator[nn.Module]:
    """The modules that see a sample's axes as the model does."""
    if isinstance(model, nn.Sequential) and not isinstance(model, SequentialState):
        for child in model:
            yield from _outer(child)
    else:
        yield model.module if isinstance(model, Stateful) else model


class _Step:
    """A module in the chain: its path, and whether it sees time and batch as one axis."""

    def __init__(self, path: str, module: nn.Module, folded: bool) -> None:
        self.path, self.module, self.folded = path, module, folded


def _chain(module: nn.Module, path: str, folded: bool = False) -> Iterator[_Step]:
    if isinstance(module, nn.Sequential):
        stateful = module._stateful if isinstance(module, SequentialState) else None
        # Not named_children, which leaves out a module that stands here a second time.
        for k, (name, child) in enumerate(module._modules.items()):
            assert child is not None
            inner = folded or (stateful is not None and not stateful[k])
            yield from _chain(child, f"{path}.{name}" if path else name, inner)
    elif isinstance(module, Stateful):
        yield from _chain(module.module, path or "0", folded)
    elif isinstance(module, Lift):
        yield from _chain(module.lifted_module, path or "0", True)
    else:
        yield _Step(path or "0", module, folded)


def _exported(step: _Step, shapes: _Shapes, dt: float, before: Any) -> Iterator[LayerExport]:
    module, path = step.module, step.path
    if isinstance(module, (nn.Identity, *_DROPOUTS)):
        return
    shape_in, shape_out = shapes.of(module, step.folded)
    if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
        yield export_batch_norm(path, module, shape_in, before)
        return
    if isinstance(module, NeuronModule):
        if isinstance(module, _ConvRecurrent):
            yield export_conv_recurrent(path, module, shape_in, shape_out, dt)
        elif hasattr(module, "recurrent_weights"):
            yield export_recurrent(path, module, shape_out, dt)
        elif hasattr(module, "input_weights"):
            yield export_linear_neuron(path, module, shape_out, dt)
        else:
            yield export_neuron(path, module, shape_out, dt)
        return
    yield export_layer(path, module, shape_in)

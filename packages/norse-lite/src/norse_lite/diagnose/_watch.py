"""Watches a network run: what went into and came out of each of its modules, in order."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from norse_lite._errors import NetworkError
from norse_lite.forms._parameters import NeuronModule
from norse_lite.sequential import _works_in_steps as works_in_steps

__all__ = ["Seen", "has_weights", "is_spiking", "sequence_of", "watch"]


@dataclass
class Seen:
    """What one module received and gave, one entry per call."""

    path: str
    module: nn.Module
    inputs: list[Tensor] = field(default_factory=list)
    outputs: list[Tensor] = field(default_factory=list)


def is_spiking(module: nn.Module) -> bool:
    """Return whether a module is a spiking neuron of this package."""
    return (
        isinstance(module, NeuronModule) and "v_th" in module.neuron.parameters.__dataclass_fields__
    )


def has_weights(module: nn.Module) -> bool:
    """Return whether a module multiplies its input with weights of its own."""
    return any(isinstance(getattr(module, n, None), Tensor) for n in ("weight", "input_weights"))


def sequence_of(seen: Seen, tensors: list[Tensor]) -> Tensor:
    """Return what a module saw in all its calls as one `(T, B, *shape)`."""
    if works_in_steps(seen.module):
        return torch.stack(tensors)
    return tensors[0] if len(tensors) == 1 else torch.cat(tensors)


def _first_tensor(value: Any) -> Tensor | None:
    while isinstance(value, (tuple, list)) and value:
        value = value[0]
    return value if isinstance(value, Tensor) else None


@contextmanager
def _hooks(
    model: nn.Module, wanted: Callable[[nn.Module], bool], keep: bool
) -> Iterator[dict[str, Seen]]:
    order: dict[str, Seen] = {}
    handles = []
    for path, module in model.named_modules():
        if not wanted(module):
            continue

        def hook(module: nn.Module, args: Any, output: Any, path: str = path) -> None:
            x, y = _first_tensor(args), _first_tensor(output)
            seen = order.setdefault(path, Seen(path or type(module).__name__, module))
            if x is not None and y is not None:
                seen.inputs.append(x.detach() if not keep else x)
                seen.outputs.append(y.detach() if not keep else y)

        handles.append(module.register_forward_hook(hook))
    try:
        yield order
    finally:
        for handle in handles:
            handle.remove()


def watch(
    model: nn.Module,
    batch: Tensor,
    wanted: Callable[[nn.Module], bool],
    *,
    gradients: bool = False,
) -> tuple[Tensor, list[Seen]]:
    """Run a model and return its output and what the wanted modules saw, in order of execution.

    A module that is called several times, as a cell or one that is shared, appears once, at its
    first call, with all of its calls. State is not carried in from earlier runs.
    """
    if not isinstance(batch, Tensor):
        raise NetworkError(f"batch must be a tensor, not {type(batch).__name__}")
    with _hooks(model, wanted, gradients) as order, torch.set_grad_enabled(gradients):
        output = run(model, batch)
    return output, [seen for seen in order.values() if seen.outputs]


def run(model: nn.Module, batch: Tensor) -> Tensor:
    """Run a model on a sequence: in one call, or step by step if its neurons are cells."""
    if works_in_steps(model):
        state, outputs = None, []
        for x in batch.unbind(0):
            y, state = model(x, state)
            outputs.append(y)
        return torch.stack(outputs)
    output = _first_tensor(model(batch))
    if output is None:
        raise NetworkError(f"{type(model).__name__} gave no tensor")
    return output

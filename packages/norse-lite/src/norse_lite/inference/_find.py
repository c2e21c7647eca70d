"""Finds the layers of a chain that can be run by events, each with the pooling in front of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from torch import nn

from norse_lite.forms._forms import Layer
from norse_lite.sparse import AvgPool2d, EventConv2d, EventLinear

__all__ = ["Found", "Step", "find_stages", "flattened"]

Pooling = Literal["mean", "max"]


@dataclass(frozen=True)
class Step:
    """One module of a chain, `index` being that of the chain's module it stands in."""

    index: int
    module: nn.Module


@dataclass(frozen=True)
class Found:
    """A layer with weights, and what belongs to it.

    Attributes:
        steps: All its modules, in order.
        windows: Height and width of the windows that its input is pooled over; None for no pooling.
        pooling: What becomes of a window.
        flat: Its input is flattened to one axis.
        weights: The matrix or convolution.
        neuron: The neurons behind it, or None.
    """

    steps: tuple[Step, ...]
    windows: tuple[int, int] | None
    pooling: Pooling
    flat: bool
    weights: nn.Linear | nn.Conv2d
    neuron: Step | None
    packed: dict[Any, Any] = field(default_factory=dict, compare=False)


def flattened(modules: Sequence[nn.Module]) -> list[Step]:
    """List the modules of a chain, those of an `nn.Sequential` one by one."""
    steps: list[Step] = []
    for index, module in enumerate(modules):
        if type(module) is nn.Sequential:
            steps += [Step(index, step.module) for step in flattened(list(module))]
        else:
            steps.append(Step(index, module))
    return steps


def find_stages(steps: Sequence[Step], torch_layers: bool) -> list[Found | Step]:
    """Group the modules of a chain.

    Args:
        steps: Modules as `flattened` gives them.
        torch_layers: Accept torch's own layers beside `EventLinear` and `EventConv2d`.

    Returns:
        Groups that can be run by events, and modules that cannot, in order.
    """
    plan: list[Found | Step] = []
    at = 0
    while at < len(steps):
        found = _stage_at(steps, at, torch_layers)
        plan.append(steps[at] if found is None else found)
        at += 1 if found is None else len(found.steps)
    return plan


def _stage_at(steps: Sequence[Step], at: int, torch_layers: bool) -> Found | None:
    begin, windows, pooling, flat = at, None, "mean", False
    while at < len(steps) and _is_idle(steps[at].module):
        at += 1
    if at < len(steps) and (pool := _windows(steps[at].module)) is not None:
        windows, pooling = pool
        at += 1
    while at < len(steps):
        module = steps[at].module
        if type(module) is nn.Flatten and (module.start_dim, module.end_dim) == (1, -1):
            flat = True
        elif not _is_idle(module):
            break
        at += 1
    if at == len(steps) or not _has_weights(steps[at].module, torch_layers):
        return None
    weights: Any = steps[at].module
    if isinstance(weights, nn.Conv2d) and flat:
        return None
    at += 1
    after = at
    while after < len(steps) and _is_idle(steps[after].module):
        after += 1
    neuron = None
    if after < len(steps) and _is_neuron(steps[after].module):
        neuron, at = steps[after], after + 1
    return Found(tuple(steps[begin:at]), windows, pooling, flat, weights, neuron)  # type: ignore[arg-type]


def _is_idle(module: nn.Module) -> bool:
    """Return whether a module passes its input on in evaluation."""
    if type(module) is nn.Identity:
        return True
    return type(module) in (nn.Dropout, nn.Dropout2d) and not module.training


def _pair(value: Any) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else tuple(value)


def _windows(module: nn.Module) -> tuple[tuple[int, int], Pooling] | None:
    """Return the windows of a pooling layer whose windows lie side by side."""
    if type(module) in (nn.AvgPool2d, AvgPool2d):
        plain, pooling = module.divisor_override is None, "mean"
    elif type(module) is nn.MaxPool2d:
        plain, pooling = _pair(module.dilation) == (1, 1) and not module.return_indices, "max"
    else:
        return None
    kernel = _pair(module.kernel_size)
    side_by_side = _pair(module.stride) == kernel and _pair(module.padding) == (0, 0)
    if not plain or module.ceil_mode or not side_by_side:
        return None
    return kernel, pooling  # type: ignore[return-value]


def _has_weights(module: nn.Module, torch_layers: bool) -> bool:
    kind = type(module)
    if kind is EventLinear or (torch_layers and kind is nn.Linear):
        return True
    if kind is not EventConv2d and not (torch_layers and kind is nn.Conv2d):
        return False
    assert isinstance(module, nn.Conv2d)
    return (
        module.groups == 1
        and module.padding_mode == "zeros"
        and not isinstance(module.padding, str)
    )


def _is_neuron(module: nn.Module) -> bool:
    return (
        isinstance(module, Layer)
        and type(module).forward is Layer.forward
        and module.backend == "auto"
        and module.neuron.kernel is not None
    )

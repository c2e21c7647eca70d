"""Runs a chain of modules, layer by layer over the whole sequence, by events where that pays."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import Parameter
from torch.nn.modules import module as torch_module

from neuro_kernels.inference import dense
from norse_lite.inference._compiled import CompiledChain
from norse_lite.inference._find import Found, Step, find_stages, flattened
from norse_lite.inference._stage import Spikes, run_stage
from norse_lite.sparse._choice import plain

__all__ = ["EventPlan", "run_by_events", "runs_by_events"]


class EventPlan:
    """The layers of a chain that run by events, with their packed weights.

    Args:
        modules: The chain.
        torch_layers: Also take torch's own layers, and whatever their density.
    """

    def __init__(self, modules: Sequence[nn.Module], torch_layers: bool) -> None:
        self.modules = tuple(modules)
        self.nested = [
            (inner, tuple(inner))
            for module in modules
            if type(module) is nn.Sequential
            for inner in module.modules()
            if type(inner) is nn.Sequential
        ]
        self.steps = flattened(modules)
        self.training = [step.module.training for step in self.steps]
        self.forced = torch_layers
        self.compiled: CompiledChain | None = None
        self.groups = find_stages(self.steps, torch_layers)
        self.inner = [inner for step in self.steps for inner in step.module.modules()]
        self.inner += [module for module in modules if type(module) is nn.Sequential]
        self.useful = any(
            isinstance(group, Found) and group.neuron is not None for group in self.groups
        )

    def fits(self, modules: Sequence[nn.Module], torch_layers: bool) -> bool:
        """Return whether this is the plan of these modules as they are now."""
        return (
            self.forced == torch_layers
            and self.modules == tuple(modules)
            and all(tuple(chain) == inner for chain, inner in self.nested)
            and self.training == [step.module.training for step in self.steps]
        )


def runs_by_events(
    modules: Sequence[nn.Module], x: Any, plan: EventPlan | None, torch_layers: bool
) -> EventPlan | None:
    """Return the plan by which a call may run, None where it must run module by module.

    Args:
        modules: The chain.
        x: Its input.
        plan: The plan of an earlier call.
        torch_layers: As for `EventPlan`.
    """
    if torch.is_grad_enabled() or torch.compiler.is_compiling():
        return None
    if torch._C._get_tracing_state() is not None:
        return None
    if type(x) not in (Tensor, Parameter) or x.ndim < 3 or not x.numel():
        return None
    if x.dtype not in (torch.float32, torch.float64) or not plain(x, x):
        return None
    if torch._C._len_torch_dispatch_stack() or torch._C._len_torch_function_stack():
        return None
    if plan is None or not plan.fits(modules, torch_layers):
        plan = EventPlan(modules, torch_layers)
    return None if not plan.useful or _watched(plan.inner) else plan


def _watched(modules: Sequence[nn.Module]) -> bool:
    """Return whether hooks want to see what goes in and out of a module."""
    if torch_module._global_forward_hooks or torch_module._global_forward_pre_hooks:
        return True
    return any(module._forward_hooks or module._forward_pre_hooks for module in modules)


def run_by_events(
    plan: EventPlan,
    x: Tensor,
    state: Sequence[Any],
    one_by_one: Callable[[Step, Tensor, Any], tuple[Tensor, Any]],
) -> tuple[Tensor, list[Any]]:
    """Run a chain.

    Args:
        plan: What `runs_by_events` gave.
        x: Input, `(T, B, *shape)`.
        state: State of every module of the chain.
        one_by_one: Runs a module that is not run by events; takes its state and gives it back.

    Returns:
        The output of the last module, and the state of every module.
    """
    begin, states = 0, [None] * len(state)
    now: Tensor | Spikes = x
    if plan.compiled is not None:
        done = plan.compiled.run(x, state)
        if done is None:
            plan.compiled = None
        else:
            begin, now, states = done
    by_events = begin == 0
    for group in plan.groups[begin:]:
        if isinstance(group, Found) and _same_kind(group, now):
            neuron = group.neuron
            before = None if neuron is None else state[neuron.index]
            came = now if isinstance(now, Spikes) else _spikes(now)
            done = run_stage(group, came, before, plan.forced)
            if done is not None:
                now, after = done
                if neuron is not None:
                    states[neuron.index] = after
                continue
        by_events = False
        for step in (group,) if isinstance(group, Step) else group.steps:
            tensor = _tensor(now)
            now, after = one_by_one(step, tensor, state[step.index])
            if after is not None:
                states[step.index] = after
    if by_events and plan.compiled is None:
        plan.compiled = CompiledChain.of(plan.groups, x, plan.forced)
    return _tensor(now), states


def _same_kind(found: Found, x: Tensor | Spikes) -> bool:
    """Return whether values and weights are of one kind that the kernels read."""
    weight = found.weights.weight
    if type(weight) not in (Tensor, Parameter) or weight.device.type != "cpu":
        return False
    if isinstance(x, Tensor) and (type(x) is not Tensor or x.ndim < 3 or not x.numel()):
        return False
    if found.neuron is None and isinstance(x, Tensor):
        return False  # the layer itself chooses as well
    return weight.dtype == x.dtype


def _spikes(x: Tensor) -> Spikes:
    return Spikes(x.shape[0], x.shape[1], tuple(x.shape[2:]), x.dtype, x, None)


def _tensor(x: Tensor | Spikes) -> Tensor:
    if isinstance(x, Tensor):
        return x
    if x.tensor is not None:
        return x.tensor
    assert x.signal is not None
    return torch.from_numpy(dense(x.signal)).unflatten(0, (x.steps, x.batch))

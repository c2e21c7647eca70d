"""Decides what runs compiled, and how much a forward pass keeps for its backward pass."""

from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn import Parameter

from neuro_kernels import dynamics
from norse_lite.fused._eager import EagerNeuron
from norse_lite.fused._ops import forward, neuron_op
from norse_lite.neurons._neuron import Neuron, Rules

if TYPE_CHECKING:
    from norse_lite.forms._parameters import Coefficients

__all__ = ["fits", "run_fused"]

# Above this many bytes of input, replaying the forward pass inside the backward pass is faster than
# writing and reading one more array of that size, and saves its memory.
_SAVE_BYTES = 4 << 20


def fits(neuron: Neuron[Any, Any], x: Tensor) -> bool:
    """Return whether a compiled kernel computes this neuron on this kind of tensor."""
    if neuron.kernel is None or x.layout != torch.strided:
        return False
    if x.dtype not in (torch.float32, torch.float64):
        return False
    if not torch.compiler.is_compiling() and torch._C._are_functorch_transforms_active():
        return False  # inside torch.func the values stand behind wrappers
    if x.device.type == "cpu":
        return True
    return x.device.type == "cuda" and _triton_is_here()


@cache
def _triton_is_here() -> bool:
    return find_spec("triton") is not None


def run_fused(
    neuron: Neuron[Any, Any], x: Tensor, state: Any, coefficients: "Coefficients", rules: Rules
) -> tuple[Tensor, Any]:
    """Run the compiled neuron over `(T, B, *shape)`; returns the outputs and the last state."""
    assert neuron.kernel is not None
    packed = coefficients.packed(tuple(x.shape[2:]))
    stacked = None if state is None else torch.stack(state)
    training = torch.is_grad_enabled() and (
        x.requires_grad or packed.requires_grad or (stacked is not None and stacked.requires_grad)
    )
    save = False
    if training and dynamics.NEURONS[neuron.kernel].spiking:
        small = x.numel() * x.element_size() <= _SAVE_BYTES
        save = rules.surrogate.kernel is None or (small and not packed.requires_grad)
        save |= x.device.type == "cuda"  # its kernels do not replay
    arguments = (
        x,
        stacked,
        packed,
        neuron.kernel,
        rules.reset == "subtract",
        rules.detach_reset,
        rules.surrogate_key,
        save,
    )
    plain = type(x) in (Tensor, Parameter) and x.device.type == "cpu"
    if torch.compiler.is_compiling() or not plain:
        out, last, _ = neuron_op(*arguments)
    elif training:
        out, last = EagerNeuron.apply(*arguments)
    else:
        out, last, _ = forward(*arguments)
    return out, neuron.state(*last.unbind(0))

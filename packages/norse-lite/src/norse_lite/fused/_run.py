"""Runs compiled neurons, and decides how much a forward pass keeps for its backward pass."""

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

__all__ = ["run_fused"]

# Above this many bytes of input, replaying the forward pass inside the backward pass is faster than
# writing and reading one more array of that size, and saves its memory.
_SAVE_BYTES = 4 << 20


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

"""Compiled neurons whose spikes come back through a matrix: `norse_lite::recurrent`.

Each step adds the weights of the neurons that have just fired, read from their list where that is
cheaper than the dense product, and calls the compiled neuron. The backward pass has one dense
product per step; the gradient of the weights is one product over all steps, again event-driven
where that pays.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn import Parameter

from neuro_kernels import dynamics
from norse_lite.fused._recurrent_cpu import backward, forward, kept_shapes
from norse_lite.neurons._neuron import Neuron, Rules
from norse_lite.sparse._bits import LARGE, spikes_as_bits

if TYPE_CHECKING:
    from norse_lite.forms._parameters import Coefficients

__all__ = ["run_recurrent"]

_RULE = "str model, bool subtract, bool detach_reset, str surrogate"
_LIBRARY = torch.library.Library("norse_lite", "FRAGMENT")
_LIBRARY.define(
    "recurrent(Tensor drive, Tensor? z, Tensor? state, Tensor weights, Tensor coefficients, "
    f"{_RULE}, bool keep, bool learn) -> (Tensor, Tensor, Tensor, Tensor, Tensor)",
    tags=(torch.Tag.pt2_compliant_tag,),
)
_LIBRARY.define(
    "recurrent_backward(Tensor? grad_out, Tensor? grad_state, Tensor out, Tensor? z, "
    "Tensor currents, Tensor tape, Tensor states, Tensor weights, Tensor coefficients, "
    f"{_RULE}, bool learn, bool[3] wanted) -> (Tensor, Tensor, Tensor, Tensor, Tensor)",
    tags=(torch.Tag.pt2_compliant_tag,),
)


def run_recurrent(
    neuron: Neuron[Any, Any],
    drive: Tensor,
    z: Tensor | None,
    state: Any,
    weights: Tensor,
    coefficients: "Coefficients",
    rules: Rules,
) -> tuple[Tensor, Any]:
    """Run a recurrently connected compiled neuron over `(T, B, neurons)`.

    Args:
        neuron: A spiking neuron with a kernel that `fits` accepts.
        drive: Input current of every step.
        z: Spikes before the first step, `(B, neurons)`; None for none.
        state: State before the first step; None starts at rest.
        weights: `(neurons, neurons)`, from neuron `j` to neuron `i` at `[i, j]`.
        coefficients: Coefficients of a step, in the dtype of `drive`; if they are learned, `state`
            must be given.
        rules: Choices that are not parameters.

    Returns:
        The spikes of every step and the neuron's last state.
    """
    assert neuron.kernel is not None
    packed = coefficients.packed(tuple(drive.shape[2:]))
    stacked = None if state is None else torch.stack(state)
    leaves = (drive, z, stacked, weights, packed)
    training = torch.is_grad_enabled() and any(
        leaf is not None and leaf.requires_grad for leaf in leaves
    )
    arguments = (
        *leaves,
        neuron.kernel,
        rules.reset == "subtract",
        rules.detach_reset,
        rules.surrogate_key,
        training,
        training and packed.requires_grad,
    )
    plain = type(drive) in (Tensor, Parameter) and drive.device.type == "cpu"
    if torch.compiler.is_compiling() or not plain:
        out, last, *_ = torch.ops.norse_lite.recurrent(*arguments)
    elif training and drive.numel() * drive.element_size() >= LARGE:
        with spikes_as_bits():
            out, last, *_ = _EagerRecurrent.apply(*arguments)
    elif training:
        out, last, *_ = _EagerRecurrent.apply(*arguments)
    else:
        out, last, *_ = forward(*arguments)
    return out, neuron.state(*last.unbind(0))


def _forward_cuda(*arguments: Any) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    from norse_lite.fused import _triton_recurrent  # takes long to import

    return _triton_recurrent.forward(*arguments)


def _backward_cuda(*arguments: Any) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    from norse_lite.fused import _triton_recurrent

    return _triton_recurrent.backward(*arguments)


_LIBRARY.impl("recurrent", forward, "CPU")
_LIBRARY.impl("recurrent_backward", backward, "CPU")
_LIBRARY.impl("recurrent", _forward_cuda, "CUDA")
_LIBRARY.impl("recurrent_backward", _backward_cuda, "CUDA")


@torch.library.register_fake("norse_lite::recurrent", lib=_LIBRARY)
def _(  # type: ignore[no-untyped-def]
    drive, z, state, weights, coefficients, model, subtract, detach_reset, surrogate, keep, learn
):
    shapes = kept_shapes(drive, dynamics.NEURONS[model], keep, learn)
    return (drive.new_empty(drive.shape), *(drive.new_empty(shape) for shape in shapes))


@torch.library.register_fake("norse_lite::recurrent_backward", lib=_LIBRARY)
def _(  # type: ignore[no-untyped-def]
    grad_out,
    grad_state,
    out,
    z,
    currents,
    tape,
    states,
    weights,
    coefficients,
    model,
    subtract,
    detach_reset,
    surrogate,
    learn,
    wanted,
):
    kind = dynamics.NEURONS[model]
    return (
        out.new_empty(out.shape),
        out.new_empty((len(kind.states), *out.shape[1:])),
        out.new_empty(out.shape[1:] if wanted[1] else (0,)),
        out.new_empty(weights.shape if wanted[2] else (0,)),
        out.new_empty(coefficients.shape if learn else (0,)),
    )


def _set_up(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
    _, z, state, weights, coefficients, *rule, _, learn = inputs
    out, _, currents, tape, states = output
    ctx.mark_non_differentiable(currents, tape, states)
    ctx.set_materialize_grads(False)
    ctx.rule, ctx.learn, ctx.with_state = tuple(rule), learn, state is not None
    ctx.save_for_backward(out, z, currents, tape, states, weights, coefficients)


def _differentiate(ctx: Any, grad_out: Any, grad_state: Any, *_: Any) -> tuple[Any, ...]:
    return _gradients(ctx, grad_out, grad_state, torch.ops.norse_lite.recurrent_backward)


def _gradients(
    ctx: Any, grad_out: Any, grad_state: Any, run: Callable[..., Any]
) -> tuple[Any, ...]:
    _, to_z, to_state, to_weights, to_coefficients, *_ = ctx.needs_input_grad
    grad_drive, grad_first, grad_z, grad_weights, grad_coefficients = run(
        grad_out, grad_state, *ctx.saved_tensors, *ctx.rule, ctx.learn, [True, to_z, to_weights]
    )
    return (
        grad_drive,
        grad_z if to_z else None,
        grad_first if to_state and ctx.with_state else None,
        grad_weights if to_weights else None,
        grad_coefficients if to_coefficients else None,
        *(None,) * 6,
    )


class _EagerRecurrent(torch.autograd.Function):
    """The operator without the dispatcher, for when nothing is being traced."""

    @staticmethod
    def forward(ctx: Any, *inputs: Any) -> tuple[Tensor, ...]:
        output = forward(*inputs)
        _set_up(ctx, inputs, output)
        return output

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride] (the decorator hides names)
        ctx: Any, grad_out: Any, grad_state: Any, *_: Any
    ) -> tuple[Any, ...]:
        return _gradients(ctx, grad_out, grad_state, backward)


torch.library.register_autograd(
    "norse_lite::recurrent", _differentiate, setup_context=_set_up, lib=_LIBRARY
)

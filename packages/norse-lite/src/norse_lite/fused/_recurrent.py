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
from norse_lite.fused._feedback import Feedback, weight_grad
from norse_lite.fused._ops import addresses, distances
from norse_lite.neurons._neuron import Neuron, Rules
from norse_lite.sparse._bits import LARGE, spikes_as_bits
from norse_lite.surrogate import surrogate_by_key

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
    if torch.compiler.is_compiling() or type(drive) not in (Tensor, Parameter):
        out, last, *_ = torch.ops.norse_lite.recurrent(*arguments)
    elif training and drive.numel() * drive.element_size() >= LARGE:
        with spikes_as_bits():
            out, last, *_ = _EagerRecurrent.apply(*arguments)
    elif training:
        out, last, *_ = _EagerRecurrent.apply(*arguments)
    else:
        out, last, *_ = _forward(*arguments)
    return out, neuron.state(*last.unbind(0))


def _shapes(
    drive: Tensor, kind: dynamics.Model, keep: bool, learn: bool
) -> tuple[tuple[int, ...], ...]:
    """Shapes of the last state, and of currents, tape and states kept for the backward pass."""
    steps, *shape = drive.shape
    count = len(kind.states)
    return (
        (count, *shape),
        (steps, *shape) if learn else (0,),
        (steps, len(kind.tape), *shape) if keep else (0,),
        (steps, count, *shape) if learn else (0,),
    )


def _forward(
    drive: Tensor,
    z: Tensor | None,
    state: Tensor | None,
    weights: Tensor,
    coefficients: Tensor,
    model: str,
    subtract: bool,
    detach_reset: bool,
    surrogate: str,
    keep: bool,
    learn: bool,
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    kind = dynamics.NEURONS[model]
    count, dtype = len(kind.states), drive.dtype
    drive, coefficients = drive.contiguous(), coefficients.contiguous()
    batch, neurons = drive.shape[1], drive.shape[2]
    last, currents, tape, states = (
        torch.empty(shape, dtype=dtype) for shape in _shapes(drive, kind, keep, learn)
    )
    assert state is not None or not learn, "the rest of learned neurons is part of their state"
    if state is not None:
        last.copy_(state)
    out = torch.empty_like(drive)
    current = torch.empty_like(drive[0])
    feedback = Feedback(weights, batch)
    spikes = None if z is None else z.contiguous()
    at, running = addresses(last, count), state is not None
    per_neuron = coefficients.shape[1] > 1
    for t in range(drive.shape[0]):
        drive_t, out_t = drive[t], out[t]
        if learn:
            states[t].copy_(last)
            current = currents[t]
        if spikes is None:
            current.copy_(drive_t)
        else:
            feedback.add(spikes, drive_t, current)
        dynamics.forward_at(
            kind.index,
            dtype == torch.float64,
            1,
            batch * neurons,
            coefficients.shape[1],
            current.data_ptr(),
            False,
            coefficients.data_ptr(),
            per_neuron,
            at if running else [0] * count,
            at,
            out_t.data_ptr(),
            tape[t].data_ptr() if keep else 0,
            subtract,
            feedback.threads,
        )
        spikes, running = out_t, True
    return out, last, currents, tape, states


def _derivatives(
    kind: dynamics.Model, tape: Tensor, coefficients: Tensor, surrogate: str
) -> tuple[int, float, Tensor | None]:
    """Number and steepness of the surrogate in the kernels, or its values at every step."""
    rule = surrogate_by_key(surrogate)
    if rule.kernel is not None:
        return dynamics.SURROGATES[rule.kernel], rule.alpha, None
    values = [rule.derivative(u) for u in distances(kind, tape, coefficients)]
    return 0, 1.0, torch.stack(values, 1).to(tape.dtype).contiguous()


def _backward(
    grad_out: Tensor | None,
    grad_state: Tensor | None,
    out: Tensor,
    z: Tensor | None,
    currents: Tensor,
    tape: Tensor,
    states: Tensor,
    weights: Tensor,
    coefficients: Tensor,
    model: str,
    subtract: bool,
    detach_reset: bool,
    surrogate: str,
    learn: bool,
    wanted: list[bool],
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    kind = dynamics.NEURONS[model]
    count, dtype = len(kind.states), out.dtype
    steps, batch, neurons = out.shape
    coefficients, weights = coefficients.contiguous(), weights.contiguous()
    number, alpha, derivative = _derivatives(kind, tape, coefficients, surrogate)
    grad_out = torch.zeros_like(out) if grad_out is None else grad_out
    grads = torch.empty_like(out)
    running = torch.zeros((count, batch, neurons), dtype=dtype)
    if grad_state is not None:
        running.copy_(grad_state)
    at, nowhere = addresses(running, count), [0] * count
    parts = torch.zeros((len(kind.coefficients), batch * neurons) if learn else 0, dtype=dtype)
    step_parts = torch.empty_like(parts)
    total = torch.empty_like(out[0])
    threads, width = torch.get_num_threads(), coefficients.shape[1]
    for t in range(steps - 1, -1, -1):
        if t < steps - 1:
            torch.addmm(grad_out[t], grads[t + 1], weights, out=total)
        else:
            total.copy_(grad_out[t])
        dynamics.backward_at(
            kind.index,
            dtype == torch.float64,
            1,
            batch * neurons,
            width,
            currents[t].data_ptr() if learn else 0,
            False,
            coefficients.data_ptr(),
            width > 1,
            addresses(states[t], count) if learn else nowhere,
            tape[t].data_ptr(),
            subtract,
            detach_reset,
            total.data_ptr(),
            False,
            at,
            number,
            alpha,
            0 if derivative is None else derivative[t].data_ptr(),
            grads[t].data_ptr(),
            at,
            step_parts.data_ptr() if learn else 0,
            threads,
        )
        if learn:
            parts += step_parts
    nothing = torch.empty(0, dtype=dtype)
    return (
        grads,
        running,
        grads[0] @ weights if wanted[1] else nothing,
        weight_grad(grads, out, z) if wanted[2] else nothing,
        parts.view(len(kind.coefficients), -1, width).sum(1) if learn else nothing,
    )


_LIBRARY.impl("recurrent", _forward, "CPU")
_LIBRARY.impl("recurrent_backward", _backward, "CPU")


@torch.library.register_fake("norse_lite::recurrent", lib=_LIBRARY)
def _(  # type: ignore[no-untyped-def]
    drive, z, state, weights, coefficients, model, subtract, detach_reset, surrogate, keep, learn
):
    shapes = _shapes(drive, dynamics.NEURONS[model], keep, learn)
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
        output = _forward(*inputs)
        _set_up(ctx, inputs, output)
        return output

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride] (the decorator hides names)
        ctx: Any, grad_out: Any, grad_state: Any, *_: Any
    ) -> tuple[Any, ...]:
        return _gradients(ctx, grad_out, grad_state, _backward)


torch.library.register_autograd(
    "norse_lite::recurrent", _differentiate, setup_context=_set_up, lib=_LIBRARY
)

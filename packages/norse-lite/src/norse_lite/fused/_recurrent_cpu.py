"""The recurrent operator and its gradients on the processor."""

import torch
from torch import Tensor

from neuro_kernels import dynamics
from norse_lite.fused._feedback import Feedback, weight_grad
from norse_lite.fused._ops import addresses, distances
from norse_lite.surrogate import surrogate_by_key

__all__ = ["backward", "forward", "kept_shapes"]


def kept_shapes(
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


def forward(
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
        torch.empty(shape, dtype=dtype) for shape in kept_shapes(drive, kind, keep, learn)
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


def backward(
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

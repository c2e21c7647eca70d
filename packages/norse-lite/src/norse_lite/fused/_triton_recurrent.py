"""Recurrently connected neurons on CUDA: one matrix product and one launch per step."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from norse_lite.fused._triton import Launch

__all__ = ["backward", "forward"]


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
    """Run `norse_lite::recurrent`."""
    launch = Launch.of(coefficients, model, subtract, detach_reset, surrogate)
    kind, drive = launch.kind, drive.contiguous()
    steps, *shape = drive.shape
    count = len(kind.states)
    out = torch.empty_like(drive)
    last = drive.new_empty((count, *shape))
    if state is not None:
        last.copy_(state)
    currents = drive.new_empty((steps, *shape) if learn else (0,))
    tape = drive.new_empty((steps, len(kind.tape), *shape) if keep else (0,))
    states = drive.new_empty((steps, count, *shape) if learn else (0,))
    back, current = weights.t(), torch.empty_like(drive[0])
    spikes, running = z, state is not None
    for t in range(steps):
        if learn:
            states[t].copy_(last)
            current = currents[t]
        if spikes is None:
            current.copy_(drive[t])
        else:
            torch.addmm(drive[t], spikes, back, out=current)
        launch.forward(
            current[None],
            last if running else None,
            out[t : t + 1],
            tape[t : t + 1] if keep else None,
            last,
        )
        spikes, running = out[t], True
    return out, last, currents, tape, states


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
    """Run `norse_lite::recurrent_backward`."""
    launch = Launch.of(coefficients, model, subtract, detach_reset, surrogate)
    steps, batch, neurons = out.shape
    like: dict[str, Any] = {"dtype": out.dtype, "device": out.device}
    grad_out = torch.zeros_like(out) if grad_out is None else grad_out
    grads = torch.empty_like(out)
    running = torch.zeros((len(launch.kind.states), batch, neurons), **like)
    if grad_state is not None:
        running.copy_(grad_state)
    parts, step_parts = (
        torch.zeros((len(launch.common), batch * neurons), **like) if learn else None
        for _ in range(2)
    )
    total = torch.empty_like(out[0])
    for t in range(steps - 1, -1, -1):
        if t < steps - 1:
            torch.addmm(grad_out[t], grads[t + 1], weights, out=total)
        else:
            total.copy_(grad_out[t])
        launch.backward(
            currents[t : t + 1] if learn else None,
            states[t] if learn else None,
            tape[t : t + 1],
            total[None],
            running,
            grads[t : t + 1],
            running,
            step_parts,
        )
        if parts is not None and step_parts is not None:
            parts += step_parts
    nothing = torch.empty(0, **like)
    return (
        grads,
        running,
        grads[0] @ weights if wanted[1] else nothing,
        _weight_grad(grads, out, z) if wanted[2] else nothing,
        nothing if parts is None else launch.own(parts),
    )


def _weight_grad(grads: Tensor, out: Tensor, z: Tensor | None) -> Tensor:
    """Sum of the outer products of gradients and the spikes of the step before."""
    neurons = out.shape[-1]
    total = grads[1:].reshape(-1, neurons).t() @ out[:-1].reshape(-1, neurons)
    return total if z is None else torch.addmm(total, grads[0].t(), z)

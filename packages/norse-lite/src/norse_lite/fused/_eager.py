"""The compiled neurons without the dispatcher: what runs when nothing is being traced.

The operators of `_ops` cost about 60 microseconds more per call and direction, as much as the
kernels need for 100 steps of 2000 neurons.
"""

from typing import Any

import torch
from torch import Tensor

from norse_lite.fused._ops import backward, forward

__all__ = ["EagerNeuron"]


class EagerNeuron(torch.autograd.Function):
    """Forward and backward of `norse_lite::neuron` as a plain autograd function."""

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        state: Tensor | None,
        coefficients: Tensor,
        model: str,
        subtract: bool,
        detach_reset: bool,
        surrogate: str,
        save: bool,
    ) -> tuple[Tensor, Tensor]:
        out, last, saved = forward(
            x, state, coefficients, model, subtract, detach_reset, surrogate, save
        )
        learn = ctx.needs_input_grad[2]
        kept = saved if saved.numel() else None
        ctx.rule = (model, subtract, detach_reset, surrogate, learn)
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(x if kept is None or learn else None, kept, state, coefficients)
        return out, last

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride] (the decorator hides names)
        ctx: Any, *grads: Any
    ) -> tuple[Tensor | None, ...]:
        grad_out, grad_last = grads
        x, saved, state, coefficients = ctx.saved_tensors
        grad_x, grad_first, grad_coefficients = backward(
            grad_out, grad_last, x, saved, state, coefficients, *ctx.rule
        )
        return (
            grad_x,
            None if state is None else grad_first,
            grad_coefficients if ctx.needs_input_grad[2] else None,
            None,
            None,
            None,
            None,
            None,
        )

"""The spike function: a step forwards, a smooth slope backwards."""

from __future__ import annotations

from typing import Any

import torch

__all__ = ["FastSigmoid"]


class _Step(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, distance: torch.Tensor, above: torch.Tensor, slope: float) -> Any:
        ctx.save_for_backward(distance)
        ctx.slope = slope
        return above.to(distance.dtype)

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> Any:
        (distance,) = ctx.saved_tensors
        return grads[0] / (1 + ctx.slope * distance.abs()) ** 2, None, None


class FastSigmoid:
    """Surrogate gradient 1 / (1 + slope |v - v_threshold|)^2 (Zenke and Ganguli 2018, SuperSpike).

    Args:
        slope: steepness, per unit of potential.

    Example:
        >>> v = torch.tensor([0.5], requires_grad=True)
        >>> FastSigmoid(1.0)(v, v > 0).backward()
        >>> v.grad
        tensor([0.4444])
    """

    def __init__(self, slope: float = 10.0) -> None:
        self.slope = slope

    def __call__(self, distance: torch.Tensor, above: torch.Tensor) -> torch.Tensor:
        """Give 1 where `above`, with the gradient of the surrogate at `distance`."""
        return _Step.apply(distance, above, self.slope)  # type: ignore[return-value]

    def __repr__(self) -> str:
        return f"FastSigmoid({self.slope:g})"

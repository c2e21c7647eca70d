"""A linear layer and exponential smoothing."""

from math import exp

import torch
from torch import Tensor, nn

from norse_lite.compat.norse.torch.functional.filter import exp_filter_step

__all__ = ["ExpFilter"]


class ExpFilter(nn.Module):
    """Sums a linear layer's outputs over time, with weights that decay exponentially.

    Args:
        input_size: Number of inputs.
        output_size: Number of outputs.
        tau_filter_inv: Inverse time constant in Hz.
        dt: Duration of a step in seconds.
        input_weights: Weights of the linear layer, `(output_size, input_size)`.
        bias: Whether that layer has a bias.

    Example:
        >>> tuple(ExpFilter(3, 2)(torch.ones(5, 1, 3)).shape)
        (5, 1, 2)
    """

    def __init__(
        self,
        input_size: int,
        output_size: int,
        tau_filter_inv: float = 1000.0,
        dt: float = 0.001,
        input_weights: Tensor | None = None,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.tau_filter_inv, self.dt = tau_filter_inv, dt
        self.linear = nn.Linear(input_size, output_size, bias)
        if input_weights is not None:
            self.linear.weight = nn.Parameter(input_weights)

    def forward(self, input_tensor: Tensor) -> Tensor:
        """Filter `(T, B, input_size)` to `(T, B, output_size)`."""
        keep = exp(-self.dt * float(self.tau_filter_inv))
        outputs: list[Tensor] = []
        for value in self.linear(input_tensor).unbind(0):
            outputs.append(exp_filter_step(outputs[-1], value, keep) if outputs else value)
        return torch.stack(outputs)

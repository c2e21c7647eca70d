"""Receptive fields as modules."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from norse_lite.compat.norse.torch.functional.leaky_integrator_box import LIBoxParameters
from norse_lite.compat.norse.torch.functional.receptive_field import (
    spatial_parameters as spatial_parameters,
)
from norse_lite.compat.norse.torch.functional.receptive_field import (
    spatial_receptive_fields_with_derivatives as spatial_receptive_fields_with_derivatives,
)
from norse_lite.compat.norse.torch.module.leaky_integrator_box import LIBoxCell
from norse_lite.compat.norse.torch.module.snn import SNNCell as SNNCell
from norse_lite.receptive_fields import (
    ParameterizedSpatialReceptiveField2d,
    SampledSpatialReceptiveField2d,
    SpatialReceptiveField2d,
    temporal_scale_distribution,
)

__all__ = [
    "ParameterizedSpatialReceptiveField2d",
    "SampledSpatialReceptiveField2d",
    "SpatialReceptiveField2d",
    "TemporalReceptiveField",
]


def _box_parameters(tau_mem_inv: Tensor) -> LIBoxParameters:
    return LIBoxParameters(tau_mem_inv=tau_mem_inv)


class TemporalReceptiveField(nn.Module):
    """Neurons with several time constants on every input.

    Args:
        shape: Shape of the input without its batch, channels first.
        n_scales: Number of time constants.
        activation: Makes the neurons of `p` and `dt`.
        activation_state_map: Makes `p` of the inverse time constants.
        min_scale: Variance of the shortest, in steps squared.
        max_scale: Variance of the longest; None uses `c`.
        c: Ratio of successive time constants.
        time_constants: Inverse time constants `(n_scales, channels, 1, ...)` instead of the above.
        dt: Duration of a step in seconds.

    Example:
        >>> y, state = TemporalReceptiveField((1, 5, 5))(torch.ones(2, 1, 5, 5))
        >>> tuple(y.shape)
        (2, 4, 1, 5, 5)
    """

    def __init__(
        self,
        shape: Sequence[int],
        n_scales: int = 4,
        activation: Callable[..., nn.Module] = LIBoxCell,
        activation_state_map: Callable[[Tensor], Any] = _box_parameters,
        min_scale: float = 1,
        max_scale: float | None = None,
        c: float = 1.41421,
        time_constants: Tensor | None = None,
        dt: float = 0.001,
    ) -> None:
        super().__init__()
        if time_constants is None:
            scales = temporal_scale_distribution(n_scales, min_scale, max_scale, c)
            rows = (1 / (dt * scales)).reshape(-1, *(1,) * len(shape))
            time_constants = rows.expand(-1, shape[0], *(1,) * (len(shape) - 1)).clone()
        self.ps = nn.Parameter(time_constants)
        self.neurons = activation(p=activation_state_map(self.ps), dt=dt)
        self.rf_dimension = -len(shape) - 1
        self.n_scales = len(time_constants)

    def forward(self, x: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """Run one step on `(B, *shape)`; the output is `(B, n_scales, *shape)`."""
        repeated = torch.stack([x] * self.n_scales, self.rf_dimension)
        return self.neurons(repeated, state)

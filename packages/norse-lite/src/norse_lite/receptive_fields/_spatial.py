"""Convolutions whose kernels are spatial receptive fields with few, learnable parameters."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from norse_lite._errors import NetworkError
from norse_lite.receptive_fields._kernels import spatial_parameters, spatial_receptive_fields

__all__ = [
    "ParameterizedSpatialReceptiveField2d",
    "SampledSpatialReceptiveField2d",
    "SpatialReceptiveField2d",
]


class _Fields(nn.Module):
    """Applies a bank of fields to each channel, and sums over the channels if asked to."""

    def __init__(
        self, in_channels: int, size: int, aggregate: bool, domain: float, convolution: Any
    ) -> None:
        super().__init__()
        for name in convolution:
            if name not in ("stride", "padding", "dilation"):
                raise NetworkError(
                    f"{type(self).__name__}: unknown option {name!r}; use stride, padding, dilation"
                )
        self.in_channels, self.size, self.domain = in_channels, size, domain
        self.aggregate = aggregate
        self.convolution = convolution

    def field_parameters(self) -> Tensor:
        """Parameters of every field, `(n, 7)`."""
        raise NetworkError(f"{type(self).__name__} must define field_parameters()")

    @property
    def weights(self) -> Tensor:
        """Kernels as the convolution uses them.

        `(n, in_channels, size, size)` if channels are summed, else `(in_channels * n, 1, size,
        size)`.
        """
        fields = spatial_receptive_fields(self.field_parameters(), self.size, self.domain)
        fields = fields.unsqueeze(1)
        if self.aggregate:
            return fields.expand(-1, self.in_channels, -1, -1)
        return fields.repeat(self.in_channels, 1, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Convolve images.

        Args:
            x: `(B, in_channels, H, W)`.

        Returns:
            `(B, n, H', W')` if channels are summed, else `(B, in_channels * n, H', W')`, all fields
            of the first channel first.
        """
        groups = 1 if self.aggregate else self.in_channels
        return F.conv2d(x, self.weights.to(x), groups=groups, **self.convolution)


class SpatialReceptiveField2d(_Fields):
    """A convolution with spatial receptive fields, given by one row of parameters each.

    Args:
        in_channels: Channels of the input.
        size: Pixels per axis of the kernels.
        rf_parameters: `(n, 7)`: scale, angle, ratio, x, y, dx, dy; or `(n, 5)` without x and y.
        aggregate: Sum over the input's channels.
        domain: Pixels lie evenly from `-domain` to `domain`.
        optimize_fields: Learn the parameters (the orders dx, dy have no gradient and stay).
        convolution: stride, padding and dilation.

    Example:
        >>> parameters = torch.tensor([[1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]])
        >>> fields = SpatialReceptiveField2d(1, 9, parameters, padding=4)
        >>> tuple(fields(torch.rand(2, 1, 20, 20)).shape)
        (2, 1, 20, 20)
    """

    def __init__(
        self,
        in_channels: int,
        size: int,
        rf_parameters: Tensor,
        aggregate: bool = True,
        domain: float = 8,
        optimize_fields: bool = True,
        **convolution: Any,
    ) -> None:
        super().__init__(in_channels, size, aggregate, domain, convolution)
        self.rf_parameters = nn.Parameter(
            rf_parameters.detach().clone(), requires_grad=optimize_fields
        )

    def field_parameters(self) -> Tensor:
        """Return the parameters of every field."""
        return self.rf_parameters


class SampledSpatialReceptiveField2d(_Fields):
    """Spatial receptive fields at all combinations of scales, angles and ratios, which are learned.

    Args:
        in_channels: Channels of the input.
        size: Pixels per axis of the kernels.
        scales: Variances, `(n,)`.
        angles: Radians, `(n,)`.
        ratios: Eccentricities, `(n,)`.
        derivatives: Pairs `(dx, dy)`; a number combines all orders up to it.
        optimize_scales: Learn the scales.
        optimize_angles: Learn the angles.
        optimize_ratios: Learn the ratios.
        aggregate: Sum over the input's channels.
        domain: Pixels lie evenly from `-domain` to `domain`.
        convolution: stride, padding and dilation.

    Example:
        >>> fields = SampledSpatialReceptiveField2d(
        ...     1, 9, torch.tensor([1.0, 2.0]), torch.tensor([0.0, 1.0]), torch.tensor([0.5]), 0
        ... )
        >>> tuple(fields(torch.rand(2, 1, 9, 9)).shape)
        (2, 4, 1, 1)
    """

    def __init__(
        self,
        in_channels: int,
        size: int,
        scales: Tensor,
        angles: Tensor,
        ratios: Tensor,
        derivatives: int | Sequence[tuple[int, int]] = 0,
        optimize_scales: bool = True,
        optimize_angles: bool = True,
        optimize_ratios: bool = True,
        aggregate: bool = True,
        domain: float = 8,
        **convolution: Any,
    ) -> None:
        super().__init__(in_channels, size, aggregate, domain, convolution)
        self.scales = nn.Parameter(scales.detach().clone(), optimize_scales)
        self.angles = nn.Parameter(angles.detach().clone(), optimize_angles)
        self.ratios = nn.Parameter(ratios.detach().clone(), optimize_ratios)
        self.derivatives = derivatives

    def field_parameters(self) -> Tensor:
        """Return the parameters of every field."""
        # With replicas: two ratios that meet at 1 while learning must not change the channels.
        return spatial_parameters(
            self.scales, self.angles, self.ratios, self.derivatives, include_replicas=True
        )


class ParameterizedSpatialReceptiveField2d(_Fields):
    """Spatial receptive fields that start as all combinations, and are then learned one by one.

    Takes the arguments of `SampledSpatialReceptiveField2d`.

    Example:
        >>> fields = ParameterizedSpatialReceptiveField2d(
        ...     1, 9, torch.tensor([1.0, 2.0]), torch.tensor([0.0, 1.0]), torch.tensor([0.5]), 0
        ... )
        >>> tuple(fields.scales.shape)
        (4,)
    """

    def __init__(
        self,
        in_channels: int,
        size: int,
        scales: Tensor,
        angles: Tensor,
        ratios: Tensor,
        derivatives: int | Sequence[tuple[int, int]] = 0,
        optimize_scales: bool = True,
        optimize_angles: bool = True,
        optimize_ratios: bool = True,
        aggregate: bool = True,
        domain: float = 8,
        **convolution: Any,
    ) -> None:
        super().__init__(in_channels, size, aggregate, domain, convolution)
        rows = spatial_parameters(
            scales.detach(), angles.detach(), ratios.detach(), derivatives, include_replicas=True
        )
        self.scales = nn.Parameter(rows[:, 0].clone(), optimize_scales)
        self.angles = nn.Parameter(rows[:, 1].clone(), optimize_angles)
        self.ratios = nn.Parameter(rows[:, 2].clone(), optimize_ratios)
        self.register_buffer("rest", rows[:, 3:].clone())

    rest: Tensor

    def field_parameters(self) -> Tensor:
        """Return the parameters of every field."""
        return torch.cat([torch.stack([self.scales, self.angles, self.ratios], 1), self.rest], 1)

"""Receptive fields by the Gaussian derivatives of Lindeberg, as in Norse after 1.1.0.

Later versions gave the fields a centre `x`, `y`; the parameters are scale, angle, ratio, x, y, dx
and dy. Rows of five numbers, without a centre, are taken as well.
"""

from torch import Tensor

from norse_lite.receptive_fields import (
    covariance_matrix,
    derive_kernel,
    gaussian_kernel,
    spatial_parameters,
    spatial_receptive_field,
    spatial_receptive_fields,
    spatio_temporal_parameters,
    temporal_scale_distribution,
)

__all__ = [
    "calculate_normalization",
    "covariance_matrix",
    "derive_kernel",
    "gaussian_kernel",
    "spatial_parameters",
    "spatial_receptive_field",
    "spatial_receptive_fields_with_derivatives",
    "spatio_temporal_parameters",
    "temporal_scale_distribution",
]


def calculate_normalization(dx: int, scale: float, gamma: float = 1) -> float:
    """Return `scale^(dx gamma)`, the factor of a derivative of order `dx` (Lindeberg 1998).

    Example:
        >>> calculate_normalization(2, 3.0)
        9.0
    """
    return scale ** (dx * gamma)


def spatial_receptive_fields_with_derivatives(
    combinations: Tensor, size: int, domain: float = 8
) -> Tensor:
    """Return the kernels `(n, size, size)` of parameters `(n, 7)` or `(n, 5)`.

    Example:
        >>> import torch
        >>> p = torch.tensor([[1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]])
        >>> tuple(spatial_receptive_fields_with_derivatives(p, 9).shape)
        (1, 9, 9)
    """
    return spatial_receptive_fields(combinations, size, domain)

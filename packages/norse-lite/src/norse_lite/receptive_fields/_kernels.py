"""Kernels of receptive fields, and the parameters that span a bank of them.

Axes of a kernel: x is the first (rows, downwards), y the second. The angle of a field turns
clockwise as seen on the screen: at pi / 2 the long axis of a field points along y. Norse 1.1
turns the Gaussian so, but derives in the mirrored direction; here both turn together.
"""

from collections.abc import Sequence
from math import pi

import torch
from torch import Tensor

from norse_lite._errors import NetworkError

__all__ = [
    "COLUMNS",
    "covariance_matrix",
    "derive_kernel",
    "gaussian_kernel",
    "spatial_parameters",
    "spatial_receptive_field",
    "spatial_receptive_fields",
    "spatio_temporal_parameters",
    "temporal_scale_distribution",
]

# Columns of the parameters of a bank of spatial fields.
COLUMNS = ("scale", "angle", "ratio", "x", "y", "dx", "dy")


def _number(value: float | Tensor) -> Tensor:
    return value if isinstance(value, Tensor) else torch.tensor(float(value))


def gaussian_kernel(
    size: int, c: Tensor, domain: float = 8, *, x: float | Tensor = 0, y: float | Tensor = 0
) -> Tensor:
    """Sample the density of a two-dimensional Gaussian.

    Args:
        size: Samples per axis.
        c: Covariance, `(2, 2)`.
        domain: Samples lie evenly from `-domain` to `domain`, both included.
        x: Centre on the first axis.
        y: Centre on the second axis.

    Returns:
        The density, `(size, size)`, differentiable by `c`, `x` and `y`.

    Example:
        >>> kernel = gaussian_kernel(3, torch.eye(2), domain=1)
        >>> [round(value, 4) for value in kernel[1].tolist()]
        [0.0965, 0.1592, 0.0965]
    """
    if size < 1:
        raise NetworkError(f"gaussian_kernel: size must be at least 1, not {size!r}")
    grid = torch.linspace(-domain, domain, size, dtype=c.dtype, device=c.device)
    if size == 1:
        grid = grid.new_zeros(1)
    offsets = torch.stack(
        [(grid - x).unsqueeze(1).expand(size, size), (grid - y).expand(size, size)], -1
    )
    exponent = torch.einsum("abi,ij,abj->ab", offsets, torch.linalg.inv(c), offsets)
    return torch.exp(-exponent / 2) / (2 * pi * torch.linalg.det(c).sqrt())


def covariance_matrix(
    sigma1: float | Tensor, sigma2: float | Tensor, phi: float | Tensor
) -> Tensor:
    """Return the covariance of a Gaussian with the deviations `sigma1` along the angle `phi`.

    Args:
        sigma1: Standard deviation along the direction `phi`.
        sigma2: Standard deviation across it.
        phi: Angle from the first axis in radians.

    Returns:
        The covariance, `(2, 2)`.

    Example:
        >>> covariance_matrix(2.0, 1.0, 0.0).tolist()
        [[4.0, 0.0], [0.0, 1.0]]
    """
    a, b, angle = _number(sigma1) ** 2, _number(sigma2) ** 2, _number(phi)
    cos, sin = torch.cos(angle), torch.sin(angle)
    cross = (a - b) * sin * cos
    rows = [a * cos**2 + b * sin**2, cross, cross, a * sin**2 + b * cos**2]
    return torch.stack(rows).reshape(2, 2)


def derive_kernel(kernel: Tensor, angle: float | Tensor) -> Tensor:
    """Return the derivative of a kernel in a direction, per pixel (central differences inside).

    Args:
        kernel: `(size, size)`, at least 2x2.
        angle: Direction from the first axis in radians.

    Returns:
        The derivative, `(size, size)`.

    Example:
        >>> ramp = torch.arange(3.0).unsqueeze(1).expand(3, 3)
        >>> derive_kernel(ramp, 0.0)[0].tolist()
        [1.0, 1.0, 1.0]
    """
    along_x, along_y = torch.gradient(kernel)
    angle = _number(angle)
    return torch.cos(angle) * along_x + torch.sin(angle) * along_y


def spatial_receptive_field(
    scale: float | Tensor,
    angle: float | Tensor,
    ratio: float | Tensor,
    size: int,
    x: float | Tensor = 0,
    y: float | Tensor = 0,
    dx: int = 0,
    dy: int = 0,
    *,
    domain: float = 8,
) -> Tensor:
    """Return a Gaussian derivative kernel (Lindeberg 2013, eq. 23).

    The kernel is a Gaussian with the variances `scale / ratio^2` along the angle and
    `scale * ratio^2` across it, divided by its sum, derived `dx` times along and `dy` times across,
    and multiplied with `scale^(dx + dy)` so that responses at different scales compare.

    Args:
        scale: Variance of the circular field, in units of the domain.
        angle: Orientation, clockwise from the first axis (downwards), in radians.
        ratio: Eccentricity; 1 is circular.
        size: Pixels per axis.
        x: Centre on the first axis, in units of the domain.
        y: Centre on the second axis, in units of the domain.
        dx: Order of the derivative along the angle.
        dy: Order of the derivative across it.
        domain: Pixels lie evenly from `-domain` to `domain`.

    Returns:
        The kernel, `(size, size)`, differentiable by all tensors.

    Example:
        >>> field = spatial_receptive_field(2.0, 0.0, 1.0, 9)
        >>> round(field.sum().item(), 4), tuple(field.shape)
        (1.0, (9, 9))
        >>> edge = spatial_receptive_field(2.0, 0.0, 1.0, 9, dx=1)
        >>> bool(edge[3, 4] > 0 > edge[5, 4])
        True
    """
    if dx < 0 or dy < 0:
        raise NetworkError(f"spatial_receptive_field: derivatives {dx}, {dy} must not be negative")
    scale, ratio = _number(scale), _number(ratio)
    spread = scale.sqrt()
    # Clockwise with the first axis pointing downwards is from x towards -y.
    angle = -_number(angle)
    covariance = covariance_matrix(spread / ratio, spread * ratio, angle)
    kernel = gaussian_kernel(size, covariance, domain, x=x, y=y)
    kernel = kernel / kernel.sum()
    for _ in range(dx):
        kernel = derive_kernel(kernel, angle)
    for _ in range(dy):
        kernel = derive_kernel(kernel, angle + pi / 2)
    return kernel * scale ** (dx + dy)


def _derivatives(derivatives: int | Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    if isinstance(derivatives, int):
        return [(dx, dy) for dx in range(derivatives + 1) for dy in range(derivatives + 1)]
    return [(int(dx), int(dy)) for dx, dy in derivatives]


def spatial_parameters(
    scales: Tensor,
    angles: Tensor,
    ratios: Tensor,
    derivatives: int | Sequence[tuple[int, int]] = 0,
    *,
    x: Tensor | None = None,
    y: Tensor | None = None,
    include_replicas: bool = False,
) -> Tensor:
    """Combine the parameters of spatial fields, each with each.

    Args:
        scales: `(n,)`, as all that follow.
        angles: Radians.
        ratios: Eccentricities.
        derivatives: Pairs `(dx, dy)`; a number combines all orders up to it.
        x: Centres on the first axis; None is 0.
        y: Centres on the second axis; None is 0.
        include_replicas: Keep fields that are equal to others: a circular field without derivative
            at another angle, or a combination that was asked for twice.

    Returns:
        One row per field, `(n, 7)`: scale, angle, ratio, x, y, dx, dy.

    Example:
        >>> spatial_parameters(
        ...     torch.tensor([1.0]), torch.tensor([0.0, 1.0]), torch.tensor([0.5, 1.0]), [(0, 0)]
        ... )[:, :3].tolist()
        [[1.0, 0.0, 0.5], [1.0, 0.0, 1.0], [1.0, 1.0, 0.5]]
    """
    zero = torch.zeros(1, dtype=scales.dtype, device=scales.device)
    columns = [scales, angles, ratios, zero if x is None else x, zero if y is None else y]
    pairs = torch.tensor(_derivatives(derivatives), dtype=scales.dtype, device=scales.device)
    pairs = pairs.reshape(-1, 2)
    grid = torch.cartesian_prod(*columns, torch.arange(len(pairs)).to(scales))
    rows = torch.cat([grid[:, :5], pairs[grid[:, 5].long()]], 1)
    if include_replicas:
        return rows
    kept, seen = [], set()
    for i, row in enumerate(rows.tolist()):
        scale, angle, ratio, *rest = row
        same = (scale, 0.0 if ratio == 1 and rest[2:] == [0, 0] else angle, ratio, *rest)
        if same not in seen:
            seen.add(same)
            kept.append(i)
    return rows[kept]


def spatial_receptive_fields(parameters: Tensor, size: int, domain: float = 8) -> Tensor:
    """Return the kernels of a bank of fields.

    Args:
        parameters: `(n, 7)` as `spatial_parameters` gives them, or `(n, 5)` without x and y.
        size: Pixels per axis.
        domain: Pixels lie evenly from `-domain` to `domain`.

    Returns:
        The kernels, `(n, size, size)`.

    Example:
        >>> p = torch.tensor([[1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]])
        >>> tuple(spatial_receptive_fields(p, 9).shape)
        (1, 9, 9)
    """
    if parameters.ndim != 2 or parameters.shape[1] not in (5, 7):
        raise NetworkError(
            f"spatial_receptive_fields: parameters must be (n, 7) with the columns "
            f"{', '.join(COLUMNS)}, or (n, 5) without x and y, got {tuple(parameters.shape)}"
        )
    fields = []
    for row in parameters:
        scale, angle, ratio, *centre = row[:-2]
        dx, dy = (round(float(order)) for order in row[-2:].detach())
        fields.append(
            spatial_receptive_field(scale, angle, ratio, size, *centre, dx=dx, dy=dy, domain=domain)
        )
    return torch.stack(fields)


def spatio_temporal_parameters(
    scales: Tensor,
    angles: Tensor,
    ratios: Tensor,
    derivatives: int | Sequence[tuple[int, int]],
    temporal_scales: Tensor,
    *,
    x: Tensor | None = None,
    y: Tensor | None = None,
    include_replicas: bool = False,
) -> Tensor:
    """Combine the parameters of spatial fields with time scales.

    Args:
        scales: As of `spatial_parameters`, as all but the time scales.
        angles: Radians.
        ratios: Eccentricities.
        derivatives: Pairs `(dx, dy)`, or the highest order.
        temporal_scales: Time scales, `(m,)`.
        x: Centres on the first axis.
        y: Centres on the second axis.
        include_replicas: Keep fields that are equal to others.

    Returns:
        One row per field, `(n * m, 8)`: the spatial parameters and the time scale.

    Example:
        >>> one = torch.ones(1)
        >>> times = torch.tensor([1.0, 2.0])
        >>> tuple(spatio_temporal_parameters(one, 0 * one, one, [(0, 0)], times).shape)
        (2, 8)
    """
    rows = spatial_parameters(
        scales, angles, ratios, derivatives, x=x, y=y, include_replicas=include_replicas
    )
    times = temporal_scales.to(rows).repeat(len(rows)).unsqueeze(1)
    return torch.cat([rows.repeat_interleave(len(temporal_scales), 0), times], 1)


def temporal_scale_distribution(
    n_scales: int, min_scale: float = 1, max_scale: float | None = None, c: float | None = 2**0.5
) -> Tensor:
    """Return logarithmically spread time scales (Lindeberg 2016, eqs. 18-19).

    The variances are `tau_k = min_scale * c^(2 k)`, and their roots are returned. `max_scale` sets
    `c` so that the last variance is `max_scale`.

    Args:
        n_scales: How many.
        min_scale: Variance of the first.
        max_scale: Variance of the last; None uses `c`.
        c: Ratio of successive scales.

    Returns:
        Standard deviations, `(n_scales,)`.

    Example:
        >>> [round(value, 3) for value in temporal_scale_distribution(4).tolist()]
        [1.0, 1.414, 2.0, 2.828]
        >>> [round(value, 3) for value in temporal_scale_distribution(3, 1, 16).tolist()]
        [1.0, 2.0, 4.0]
    """
    if n_scales < 1 or not min_scale > 0:
        raise NetworkError(
            f"temporal_scale_distribution: needs n_scales >= 1 and min_scale > 0, "
            f"got {n_scales} and {min_scale}"
        )
    if max_scale is not None:
        if not max_scale >= min_scale:
            raise NetworkError(
                f"temporal_scale_distribution: max_scale {max_scale} is below min_scale {min_scale}"
            )
        c = (max_scale / min_scale) ** (0.5 / max(n_scales - 1, 1))
    if c is None or not c > 0:
        raise NetworkError("temporal_scale_distribution: give c > 0 or max_scale")
    return min_scale**0.5 * c ** torch.arange(n_scales, dtype=torch.get_default_dtype())

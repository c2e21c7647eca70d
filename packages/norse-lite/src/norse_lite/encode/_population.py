"""Population code: every value becomes the activity of neurons with overlapping tuning curves."""

from collections.abc import Callable

import torch
from torch import Tensor

from norse_lite._errors import NetworkError
from norse_lite.encode._checks import check_steps, check_values

__all__ = ["gaussian_rbf", "population_encode", "squared_distance"]


def gaussian_rbf(tensor: Tensor, sigma: float = 1) -> Tensor:
    """Return `exp(-d / (2 sigma^2))` of squared distances `d`, any shape.

    Example:
        >>> [round(value, 4) for value in gaussian_rbf(torch.tensor([0.0, 1.0, 4.0])).tolist()]
        [1.0, 0.6065, 0.1353]
    """
    return torch.exp(-tensor / (2 * sigma**2))


def squared_distance(x: Tensor, y: Tensor) -> Tensor:
    """Return `(x - y)^2`.

    Example:
        >>> squared_distance(torch.tensor(3.0), torch.tensor(1.0)).item()
        4.0
    """
    return (x - y) ** 2


def population_encode(
    input_values: Tensor,
    out_features: int,
    scale: float | Tensor | None = None,
    kernel: Callable[[Tensor], Tensor] = gaussian_rbf,
    distance_function: Callable[[Tensor, Tensor], Tensor] = squared_distance,
) -> Tensor:
    """Encode each value as `out_features` activities, of tuning curves at equal distances.

    The centres lie evenly from 0 to `scale`; the activity is `kernel(distance * scale)`, so that
    wider ranges have narrower tuning curves (population codes: Pouget et al. 2000; the scaling is
    that of Norse).

    Args:
        input_values: Values, any shape, floating.
        out_features: Number of neurons per value.
        scale: Centre of the last neuron; a tensor broadcasts to the input; None takes the largest
            value of the input.
        kernel: Activity by distance.
        distance_function: Distance of values from centres.

    Returns:
        Activities, `(*shape, out_features)`.

    Example:
        >>> y = population_encode(torch.tensor([0.0, 1.0]), 3, scale=2)
        >>> [[round(value, 3) for value in row] for row in y.tolist()]
        [[1.0, 0.368, 0.018], [0.368, 1.0, 0.368]]
    """
    where = "population_encode"
    check_steps(where, out_features)
    check_values(where, input_values)
    if scale is None:
        if input_values.numel() == 0:
            raise NetworkError(f"{where}: the input is empty; give scale")
        scale = input_values.max()
    top = torch.as_tensor(scale, dtype=input_values.dtype, device=input_values.device)
    try:
        top = top.expand(input_values.shape)
    except RuntimeError:
        raise NetworkError(
            f"{where}: scale of shape {tuple(top.shape)} does not fit the input, "
            f"of shape {tuple(input_values.shape)}"
        ) from None
    unit = torch.linspace(0, 1, out_features, dtype=input_values.dtype, device=top.device)
    centres = top.unsqueeze(-1) * unit
    return kernel(distance_function(input_values.unsqueeze(-1), centres) * top.unsqueeze(-1))

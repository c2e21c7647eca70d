"""Rate codes: in every step a spike is drawn with a probability proportional to the value."""

import torch
from torch import Tensor

from norse_lite.encode._checks import check_steps, check_values

__all__ = [
    "poisson_encode",
    "poisson_encode_step",
    "signed_poisson_encode",
    "signed_poisson_encode_step",
]


def _draw(values: Tensor, shape: tuple[int, ...], generator: torch.Generator | None) -> Tensor:
    # Drawn in float32 for half types too: in bfloat16 a rate below 1/256 would round to nothing.
    wide = values if values.dtype in (torch.float32, torch.float64) else values.float()
    drawn = torch.rand(shape, generator=generator, dtype=wide.dtype, device=values.device)
    return (drawn < wide).to(values.dtype)


def poisson_encode(
    input_values: Tensor,
    seq_length: int,
    f_max: float = 100,
    dt: float = 1e-3,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Encode values in [0, 1] as spike trains with the rate `f_max * value`.

    Every step is drawn on its own with the probability `f_max * dt * value` (a Bernoulli process,
    which tends to the Poisson process for small dt).

    Args:
        input_values: Values, any shape, floating; below 0 never spikes.
        seq_length: Number of time steps T.
        f_max: Rate of the value 1 in Hz.
        dt: Duration of a step in seconds.
        generator: Source of randomness; None takes torch's global one.

    Returns:
        Spikes, `(T, *shape)`, in the dtype of the input.

    Example:
        >>> g = torch.Generator().manual_seed(0)
        >>> z = poisson_encode(torch.tensor([0.0, 0.5, 1.0]), 1000, f_max=100, generator=g)
        >>> [round(share, 2) for share in z.mean(0).tolist()]
        [0.0, 0.05, 0.1]
    """
    steps = check_steps("poisson_encode", seq_length)
    check_values("poisson_encode", input_values)
    return _draw(dt * f_max * input_values, (steps, *input_values.shape), generator)


def poisson_encode_step(
    input_values: Tensor,
    f_max: float = 1000,
    dt: float = 1e-3,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Encode values in [0, 1] as the spikes of one step; arguments as `poisson_encode`.

    Returns:
        Spikes in the shape and dtype of the input.

    Example:
        >>> g = torch.Generator().manual_seed(0)
        >>> poisson_encode_step(torch.tensor([0.0, 0.5, 1.0]), generator=g).tolist()
        [0.0, 0.0, 1.0]
    """
    check_values("poisson_encode_step", input_values)
    return _draw(dt * f_max * input_values, tuple(input_values.shape), generator)


def signed_poisson_encode(
    input_values: Tensor,
    seq_length: int,
    f_max: float = 100,
    dt: float = 1e-3,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Encode values in [-1, 1] as spikes with the rate of the magnitude and the sign of the value.

    Args:
        input_values: Values, any shape, floating.
        seq_length: Number of time steps T.
        f_max: Rate of the values 1 and -1 in Hz.
        dt: Duration of a step in seconds.
        generator: Source of randomness; None takes torch's global one.

    Returns:
        -1, 0 and 1, `(T, *shape)`, in the dtype of the input.

    Example:
        >>> g = torch.Generator().manual_seed(0)
        >>> z = signed_poisson_encode(torch.tensor([-1.0, 0.0, 1.0]), 500, generator=g)
        >>> z.sum(0).sign().tolist()
        [-1.0, 0.0, 1.0]
    """
    z = poisson_encode(input_values.abs(), seq_length, f_max, dt, generator)
    return z * input_values.sign()


def signed_poisson_encode_step(
    input_values: Tensor,
    f_max: float = 1000,
    dt: float = 1e-3,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Encode values in [-1, 1] as the signed spikes of one step.

    Arguments as `signed_poisson_encode`; the result has the shape and dtype of the input.

    Example:
        >>> signed_poisson_encode_step(torch.tensor([-1.0, 0.0, 1.0])).tolist()
        [-1.0, 0.0, 1.0]
    """
    z = poisson_encode_step(input_values.abs(), f_max, dt, generator)
    return z * input_values.sign()

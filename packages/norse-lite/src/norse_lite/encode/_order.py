"""Codes by the time or the order of a single spike per value."""

from typing import Literal

import torch
from torch import Tensor

from norse_lite._errors import NetworkError
from norse_lite.encode._checks import check_steps, check_values

__all__ = ["rank_encode", "spike_latency_encode", "ttfs_encode"]


def spike_latency_encode(input_spikes: Tensor) -> Tensor:
    """Keep the first spike of every train.

    Args:
        input_spikes: Spikes, `(T, *shape)`.

    Returns:
        The same with everything after the first non-zero step set to zero.

    Example:
        >>> z = torch.tensor([[0.0, 1.0, 0.0], [1.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
        >>> spike_latency_encode(z).tolist()
        [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    """
    if input_spikes.ndim < 1:
        raise NetworkError("spike_latency_encode: input must be (T, *shape), got a single number")
    active = input_spikes != 0
    first = active & (active.to(torch.int32).cumsum(0) == 1)
    return input_spikes * first.to(input_spikes.dtype)


def _spikes_at(steps_of: Tensor, steps: int, silent: Tensor, dtype: torch.dtype) -> Tensor:
    """One spike per value at the given step, none where silent: `(steps, *shape)`."""
    inside = ~silent & (steps_of < steps) & (steps_of >= 0)
    z = torch.zeros((steps, *steps_of.shape), dtype=dtype, device=steps_of.device)
    at = torch.where(inside, steps_of, torch.zeros_like(steps_of)).unsqueeze(0)
    return z.scatter_(0, at, inside.to(dtype).unsqueeze(0))


def ttfs_encode(
    input_values: Tensor,
    seq_length: int,
    *,
    law: Literal["linear", "log"] = "linear",
    floor: float = 0.0,
    tau: float = 10e-3,
    dt: float = 1e-3,
) -> Tensor:
    """Encode values in [0, 1] as the time to the first spike: larger is earlier.

    With `law="linear"` the value `x` spikes in step `round((1 - x) (T - 1))`. With `law="log"` it
    spikes when a membrane that a constant input `x` charges with `tau` crosses the threshold
    `floor`, `t = tau ln(x / (x - floor))`; the step is `floor(t / dt)` (Thorpe et al. 2001;
    Comsa et al. 2020). Values at or below `floor` never spike, nor do those whose time is past
    the end.

    Args:
        input_values: Values, any shape, floating; above 1 counts as 1 with the linear law.
        seq_length: Number of time steps T.
        law: How time follows from the value.
        floor: Values at or below stay silent.
        tau: Time constant of the logarithmic law in seconds.
        dt: Duration of a step in seconds.

    Returns:
        At most one spike per value, `(T, *shape)`, in the dtype of the input.

    Example:
        >>> z = ttfs_encode(torch.tensor([1.0, 0.5, 0.1, 0.0]), 5)
        >>> z.sum(0).tolist(), z.argmax(0).tolist()
        ([1.0, 1.0, 1.0, 0.0], [0, 2, 4, 0])
    """
    where = "ttfs_encode"
    steps = check_steps(where, seq_length)
    x = check_values(where, input_values).detach().double()
    silent = ~(x > floor)
    if law == "linear":
        at = ((1 - x.clamp(0, 1)) * (steps - 1)).round()
    elif law == "log":
        if not floor > 0:
            raise NetworkError(f"{where}: the logarithmic law needs floor > 0, not {floor!r}")
        safe = torch.where(silent, torch.full_like(x, floor * 2), x)
        at = (-tau / dt * torch.log1p(-floor / safe)).floor()
    else:
        raise NetworkError(f"{where}: law must be 'linear' or 'log', not {law!r}")
    at = torch.nan_to_num(at, nan=steps, posinf=steps).clamp(max=steps).long()
    return _spikes_at(at, steps, silent, input_values.dtype)


def rank_encode(
    input_values: Tensor, seq_length: int | None = None, *, floor: float | None = None
) -> Tensor:
    """Encode the order of the values along the last axis: the largest spikes first.

    One neuron spikes per step, equal values in the order of their index (rank order coding,
    Thorpe and Gautrais 1998).

    Args:
        input_values: Values, `(*batch, n)`, floating.
        seq_length: Number of time steps T, of which only the first `min(T, n)` spike; None takes n.
        floor: Values at or below stay silent; None lets all spike.

    Returns:
        At most one spike per value, `(T, *batch, n)`, in the dtype of the input.

    Example:
        >>> rank_encode(torch.tensor([0.1, 0.9, 0.5])).tolist()
        [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    """
    where = "rank_encode"
    check_values(where, input_values)
    if input_values.ndim < 1:
        raise NetworkError(f"{where}: input must be (*batch, n), got a single number")
    steps = check_steps(where, input_values.shape[-1] if seq_length is None else seq_length)
    order = torch.argsort(input_values.detach(), dim=-1, descending=True, stable=True)
    ranks = torch.argsort(order, dim=-1, stable=True)
    silent = torch.isnan(input_values)
    if floor is not None:
        silent |= ~(input_values > floor)
    return _spikes_at(ranks, steps, silent, input_values.dtype)

"""From values to spike trains."""

import torch
from torch import Tensor

from norse_lite.compat.norse.torch.functional.lif import DEFAULT, LIFParameters, lif_current_encoder
from norse_lite.encode import (
    gaussian_rbf,
    poisson_encode,
    poisson_encode_step,
    population_encode,
    signed_poisson_encode,
    signed_poisson_encode_step,
    spike_latency_encode,
    squared_distance,
)

__all__ = [
    "constant_current_lif_encode",
    "euclidean_distance",
    "gaussian_rbf",
    "poisson_encode",
    "poisson_encode_step",
    "population_encode",
    "signed_poisson_encode",
    "signed_poisson_encode_step",
    "spike_latency_encode",
    "spike_latency_lif_encode",
]

euclidean_distance = squared_distance


def constant_current_lif_encode(
    input_current: Tensor,
    seq_length: int,
    p: LIFParameters = DEFAULT,
    dt: float = 0.001,
) -> Tensor:
    """Return the spikes of neurons that receive a constant current.

    Args:
        input_current: Currents, any shape.
        seq_length: Number of steps T.
        p: Parameters of the neurons.
        dt: Duration of a step in seconds.

    Returns:
        Spikes, `(T, *shape)`; the voltage starts at zero.

    Example:
        >>> constant_current_lif_encode(torch.tensor([10.0]), 4).flatten().tolist()
        [0.0, 1.0, 0.0, 1.0]
    """
    v = torch.zeros_like(input_current)
    spikes = []
    for _ in range(seq_length):
        z, v = lif_current_encoder(input_current, v, p, dt)
        spikes.append(z)
    return torch.stack(spikes)


def spike_latency_lif_encode(
    input_current: Tensor,
    seq_length: int,
    p: LIFParameters = DEFAULT,
    dt: float = 0.001,
) -> Tensor:
    """Return the first spike of neurons that receive a constant current.

    Arguments as `constant_current_lif_encode`.

    Example:
        >>> spike_latency_lif_encode(torch.tensor([10.0]), 4).flatten().tolist()
        [0.0, 1.0, 0.0, 0.0]
    """
    return spike_latency_encode(constant_current_lif_encode(input_current, seq_length, p, dt))

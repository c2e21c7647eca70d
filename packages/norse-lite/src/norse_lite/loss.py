"""Losses on spikes and voltages over time, `(T, B, classes)`; each is a scalar to minimise."""

import torch
from torch import Tensor
from torch.nn import functional as F

from norse_lite import decode
from norse_lite._errors import NetworkError

__all__ = [
    "accuracy",
    "count_mse",
    "first_spike_cross_entropy",
    "latency_mse",
    "max_membrane_cross_entropy",
    "mean_membrane_cross_entropy",
    "rate_cross_entropy",
    "rate_mse",
    "spike_rate_penalty",
    "van_rossum",
]


def _check(where: str, y: Tensor, target: Tensor) -> None:
    if y.ndim != 3:
        raise NetworkError(f"{where}: output must be (T, B, classes), got {tuple(y.shape)}")
    if target.shape != y.shape[1:2]:
        raise NetworkError(
            f"{where}: target must be one class per sample, ({y.shape[1]},), "
            f"got {tuple(target.shape)}"
        )


def rate_cross_entropy(z: Tensor, target: Tensor, *, scale: float = 1.0) -> Tensor:
    """Cross-entropy of the spike counts.

    Args:
        z: Spikes, `(T, B, classes)`.
        target: Classes, `(B,)`, int64.
        scale: Factor of the counts before the softmax; lower is softer.

    Returns:
        The mean over the batch, a scalar.

    Example:
        >>> z = torch.tensor([[[0.0, 1.0]], [[0.0, 1.0]]])
        >>> round(float(rate_cross_entropy(z, torch.tensor([1]))), 4)
        0.1269
    """
    _check("rate_cross_entropy", z, target)
    return F.cross_entropy(scale * decode.spike_count(z), target)


def rate_mse(z: Tensor, target: Tensor, *, correct: float = 0.8, incorrect: float = 0.1) -> Tensor:
    """Squared error of spike rates per step from one rate for the class and one for the others.

    Args:
        z: Spikes, `(T, B, classes)`.
        target: Classes, `(B,)`, int64.
        correct: Wanted rate of the right class, spikes per step.
        incorrect: Wanted rate of the others.

    Returns:
        The mean over batch and classes, a scalar (Shrestha and Orchard 2018, section 2.3).

    Example:
        >>> z = torch.tensor([[[0.0, 1.0]], [[0.0, 1.0]]])
        >>> round(float(rate_mse(z, torch.tensor([1]))), 4)
        0.025
    """
    _check("rate_mse", z, target)
    wanted = torch.full_like(z[0], incorrect)
    wanted.scatter_(1, target.unsqueeze(1), correct)
    return F.mse_loss(decode.rate(z), wanted)


def count_mse(z: Tensor, counts: Tensor) -> Tensor:
    """Squared error of the number of spikes from the wanted numbers, `(B, *shape)`.

    Args:
        z: Spikes, `(T, B, *shape)`.
        counts: Wanted numbers of spikes, `(B, *shape)`.

    Returns:
        The mean over batch and neurons, a scalar.

    Example:
        >>> z = torch.tensor([[[1.0, 0.0]], [[1.0, 1.0]]])
        >>> count_mse(z, torch.tensor([[2, 3]])).item()
        2.0
    """
    return F.mse_loss(decode.spike_count(z), counts.to(z.dtype))


def max_membrane_cross_entropy(v: Tensor, target: Tensor) -> Tensor:
    """Cross-entropy of the largest voltage over time (Cramer et al. 2022, eq. 4).

    Args:
        v: Voltages, `(T, B, classes)`.
        target: Classes, `(B,)`, int64.

    Returns:
        The mean over the batch, a scalar.

    Example:
        >>> v = torch.tensor([[[0.0, 1.0]], [[2.0, 0.0]]])
        >>> round(float(max_membrane_cross_entropy(v, torch.tensor([0]))), 4)
        0.3133
    """
    _check("max_membrane_cross_entropy", v, target)
    return F.cross_entropy(decode.max_membrane(v), target)


def mean_membrane_cross_entropy(v: Tensor, target: Tensor) -> Tensor:
    """Cross-entropy of the voltage's mean over time; arguments as the loss of its maximum.

    Args:
        v: Voltages, `(T, B, classes)`.
        target: Classes, `(B,)`, int64.

    Returns:
        The mean over the batch, a scalar.

    Example:
        >>> v = torch.tensor([[[0.0, 1.0]], [[2.0, 0.0]]])
        >>> round(float(mean_membrane_cross_entropy(v, torch.tensor([0]))), 4)
        0.4741
    """
    _check("mean_membrane_cross_entropy", v, target)
    return F.cross_entropy(decode.mean_membrane(v), target)


def first_spike_cross_entropy(
    z: Tensor, target: Tensor, *, tau: float = 10e-3, dt: float = 1e-3
) -> Tensor:
    """Cross-entropy over `-t / tau` of the first spikes: the class spikes first (Mostafa 2018).

    Args:
        z: Spikes, `(T, B, classes)`; a silent class counts as spiking at the end.
        target: Classes, `(B,)`, int64.
        tau: Lead in seconds that makes a class e times as likely.
        dt: Duration of a step in seconds.

    Returns:
        The mean over the batch, a scalar.

    Example:
        >>> z = torch.tensor([[[0.0, 1.0]], [[1.0, 0.0]]])
        >>> round(float(first_spike_cross_entropy(z, torch.tensor([1]), tau=1e-3)), 4)
        0.3133
    """
    _check("first_spike_cross_entropy", z, target)
    return F.cross_entropy(-decode.first_spike_time(z, dt) / tau, target)


def latency_mse(z: Tensor, times: Tensor, *, dt: float = 1e-3) -> Tensor:
    """Squared error of the first spikes' times, relative to the duration of the sequence.

    Args:
        z: Spikes, `(T, B, *shape)`.
        times: Wanted times in seconds, `(B, *shape)`.
        dt: Duration of a step in seconds.

    Returns:
        The mean, a scalar.

    Example:
        >>> z = torch.tensor([[[0.0]], [[0.0]], [[1.0]], [[0.0]]])
        >>> float(latency_mse(z, torch.tensor([[1e-3]])))
        0.0625
    """
    times = times.to(z.dtype)
    return F.mse_loss(decode.first_spike_time(z) / len(z), times / (len(z) * dt))


def van_rossum(z: Tensor, target: Tensor, *, tau: float = 10e-3, dt: float = 1e-3) -> Tensor:
    """Van Rossum distance of spike trains (van Rossum 2001, eq. 2.2).

    Both trains are filtered with a causal exponential, `f(t) = sum exp(-(t - t_i) / tau)`, and the
    distance is `1 / tau` times the integral of the squared difference, from the first step to
    infinity. A single additional spike has the distance 1/2, two spikes far apart 1.

    Args:
        z: Spikes, `(T, B, *shape)`.
        target: Wanted spikes, the same shape.
        tau: Time constant of the filter in seconds.
        dt: Duration of a step in seconds.

    Returns:
        The mean over all spike trains, a scalar.

    Example:
        >>> z, nothing = torch.zeros(20, 1, 1), torch.zeros(20, 1, 1)
        >>> z[3] = 1
        >>> round(float(van_rossum(z, nothing)), 4)
        0.5
    """
    if z.shape != target.shape:
        raise NetworkError(
            f"van_rossum: spikes {tuple(z.shape)} and target {tuple(target.shape)} differ in shape"
        )
    if not tau > 0:
        raise NetworkError(f"van_rossum: tau must be a positive number of seconds, not {tau!r}")
    decay = torch.exp(torch.tensor(-dt / tau, dtype=torch.float64)).item()
    f = torch.zeros_like(z[0])
    distance = torch.zeros_like(z[0])
    # Between spikes the filtered difference decays as exp(-t / tau), whose square has the integral
    # tau / 2 (1 - exp(-2 dt / tau)) over a step, and tau / 2 over all that follows the last step.
    for step, difference in enumerate((z - target).unbind(0)):
        f = decay * f + difference
        share = 1.0 if step == len(z) - 1 else 1 - decay**2
        distance = distance + share / 2 * f**2
    return distance.mean()


def spike_rate_penalty(z: Tensor, *, low: float = 0.01, high: float = 0.2) -> Tensor:
    """Squared distance of each neuron's rate from the interval `[low, high]`.

    Added to a loss it wakes silent neurons and calms busy ones (Cramer et al. 2022, eqs. 7-8).

    Args:
        z: Spikes, `(T, B, *shape)`.
        low: Lowest rate without penalty, spikes per step, of a neuron over the batch.
        high: Highest.

    Returns:
        The mean over neurons, a scalar.

    Example:
        >>> round(float(spike_rate_penalty(torch.ones(10, 2, 5))), 3)
        0.64
    """
    rates = z.mean((0, 1))
    return (torch.relu(low - rates) ** 2 + torch.relu(rates - high) ** 2).mean()


def accuracy(scores: Tensor, target: Tensor) -> float:
    """Return the share of samples whose largest score is the target's.

    Args:
        scores: `(B, classes)`, from one of the readouts in `norse_lite.decode`.
        target: Classes, `(B,)`.

    Example:
        >>> accuracy(torch.tensor([[0.1, 0.9], [0.8, 0.2]]), torch.tensor([1, 1]))
        0.5
    """
    return (scores.argmax(-1) == target).double().mean().item()

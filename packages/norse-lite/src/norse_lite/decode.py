"""From outputs over time to one value per class: readouts to train and to classify with."""

from torch import Tensor

__all__ = ["last", "max_membrane", "mean_membrane", "rate", "spike_count"]


def rate(z: Tensor) -> Tensor:
    """Return the mean number of spikes per step.

    Args:
        z: Spikes, `(T, B, *shape)`.

    Returns:
        Rates, `(B, *shape)`.

    Example:
        >>> import torch
        >>> rate(torch.tensor([[[1.0, 0.0]], [[1.0, 1.0]]])).tolist()
        [[1.0, 0.5]]
    """
    return z.mean(0)


def spike_count(z: Tensor) -> Tensor:
    """Return the number of spikes: `(T, B, *shape)` to `(B, *shape)`."""
    return z.sum(0)


def max_membrane(v: Tensor) -> Tensor:
    """Return the largest voltage over time: `(T, B, *shape)` to `(B, *shape)`."""
    return v.amax(0)


def mean_membrane(v: Tensor) -> Tensor:
    """Return the mean voltage over time: `(T, B, *shape)` to `(B, *shape)`."""
    return v.mean(0)


def last(y: Tensor) -> Tensor:
    """Return the output of the last step: `(T, B, *shape)` to `(B, *shape)`."""
    return y[-1]

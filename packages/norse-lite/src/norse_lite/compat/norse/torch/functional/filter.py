"""Smoothing over time."""

from torch import Tensor

__all__ = ["exp_filter_step"]


def exp_filter_step(old_value: Tensor, new_value: Tensor, parameter: float) -> Tensor:
    """Return `parameter * old_value + new_value`, of integers in the default precision.

    Example:
        >>> import torch
        >>> exp_filter_step(torch.tensor(1.0), torch.tensor(2.0), 0.5)
        tensor(2.5000)
    """
    return 1.0 * parameter * old_value + new_value

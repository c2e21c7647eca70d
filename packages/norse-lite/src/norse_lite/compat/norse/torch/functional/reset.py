"""What a spike does to the voltage."""

from collections.abc import Callable

from torch import Tensor

__all__ = ["ResetMethod", "reset_subtract", "reset_value"]

ResetMethod = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]


def reset_value(z: Tensor, v: Tensor, reset: Tensor, th: Tensor) -> Tensor:
    """Set the voltage to `reset` where there is a spike.

    Example:
        >>> import torch
        >>> t = torch.tensor
        >>> reset_value(t([1.0, 0.0]), t([1.5, 0.5]), t(0.0), t(1.0)).tolist()
        [0.0, 0.5]
    """
    return (1 - z) * v + z * reset


def reset_subtract(z: Tensor, v: Tensor, reset: Tensor, th: Tensor) -> Tensor:
    """Lower the voltage by the threshold where there is a spike, whatever `reset` is.

    Example:
        >>> import torch
        >>> t = torch.tensor
        >>> reset_subtract(t([1.0, 0.0]), t([1.5, 0.5]), t(-0.5), t(1.0)).tolist()
        [0.5, 0.5]
    """
    return v - z * th

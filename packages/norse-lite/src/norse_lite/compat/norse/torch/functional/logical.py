"""Logic on spikes, as 0 and 1 or as booleans."""

from torch import Tensor

from norse_lite.compat.norse.torch.functional.superspike import super_fn as super_fn

__all__ = ["logical_and", "logical_or", "logical_xor", "muller_c", "posedge_detector"]


def logical_and(x: Tensor, y: Tensor) -> Tensor:
    """Return 1 where both are 1."""
    return x * y


def logical_or(x: Tensor, y: Tensor) -> Tensor:
    """Return 1 where one is 1, or both.

    Example:
        >>> import torch
        >>> logical_or(torch.tensor([0.0, 1.0, 1.0]), torch.tensor([0.0, 0.0, 1.0])).tolist()
        [0.0, 1.0, 1.0]
    """
    return (x + y).clamp(max=1) if x.dtype.is_floating_point else x | y


def logical_xor(x: Tensor, y: Tensor) -> Tensor:
    """Return 1 where exactly one is 1."""
    return (x - y).abs() if x.dtype.is_floating_point else x ^ y


def muller_c(y_prev: Tensor, x_1: Tensor, x_2: Tensor) -> Tensor:
    """Return the common value where both inputs agree, else the value before (Muller's C gate).

    Example:
        >>> import torch
        >>> t = torch.tensor
        >>> muller_c(t([0.0, 1.0, 0.0]), t([1.0, 1.0, 1.0]), t([0.0, 0.0, 1.0])).tolist()
        [0.0, 1.0, 1.0]
    """
    either = logical_or(x_1, x_2)
    return logical_or(logical_and(x_1, x_2), logical_and(either, y_prev))


def posedge_detector(z: Tensor, z_prev: Tensor) -> Tensor:
    """Return 1 where a value went from 0 to 1.

    Example:
        >>> import torch
        >>> t = torch.tensor
        >>> posedge_detector(t([1.0, 1.0, 0.0]), t([0.0, 1.0, 1.0])).tolist()
        [1.0, 0.0, 0.0]
    """
    return z * (1 - z_prev) if z.dtype.is_floating_point else z & ~z_prev

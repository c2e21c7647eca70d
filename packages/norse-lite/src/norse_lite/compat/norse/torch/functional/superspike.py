"""The SuperSpike gradient (Zenke and Ganguli 2018)."""

from torch import Tensor

from norse_lite.compat.norse._bridge import norse_surrogate
from norse_lite.compat.norse.torch.functional.heaviside import heaviside as heaviside
from norse_lite.surrogate import spike

__all__ = ["SuperSpike", "super_fn"]


def super_fn(x: Tensor, alpha: float = 100.0) -> Tensor:
    """Step function with the SuperSpike gradient of the release in use.

    Example:
        >>> import torch
        >>> super_fn(torch.tensor([-0.1, 0.1])).tolist()
        [0.0, 1.0]
    """
    return spike(x, norse_surrogate("super", alpha))


class SuperSpike:
    """`super_fn` by the name of its autograd function."""

    apply = staticmethod(super_fn)

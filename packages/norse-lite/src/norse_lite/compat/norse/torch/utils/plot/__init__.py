"""`norse.torch.utils.plot`."""

from norse_lite.compat.norse.torch.utils.plot import plot

__all__ = ["plot"]

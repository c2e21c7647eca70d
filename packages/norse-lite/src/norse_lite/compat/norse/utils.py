"""`norse.utils`: that of `norse.torch`."""

from norse_lite.compat.norse.torch.utils import clone, pytree

__all__ = ["clone", "pytree"]

"""`norse.torch.utils.tensorboard`."""

from norse_lite.compat.norse.torch.utils.tensorboard import tensorboard

__all__ = ["tensorboard"]

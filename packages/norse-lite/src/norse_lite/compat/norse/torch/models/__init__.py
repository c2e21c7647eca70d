"""`norse.torch.models`."""

from norse_lite.compat.norse.torch.models import conv, mobilenet, vgg

__all__ = ["conv", "mobilenet", "vgg"]

"""Says in one sentence that an input and the weights it meets have different precisions."""

import torch
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd

from norse_lite._errors import NetworkError

__all__ = ["check_dtype", "check_module_dtype"]


def check_dtype(where: str, x: Tensor, weight: Tensor) -> None:
    """Refuse an input of another dtype than the weights.

    Args:
        where: The module, for the message.
        x: Its input.
        weight: Its weights.

    Raises:
        NetworkError: The dtypes differ, and autocast does not bring them together.
    """
    if weight.dtype == x.dtype or torch.is_autocast_enabled(x.device.type):
        return
    got, own = (str(d).removeprefix("torch.") for d in (x.dtype, weight.dtype))
    raise NetworkError(
        f"{where}: the input is {got} and the weights are {own}; convert one of them, with "
        f"x.to(torch.{own}) or module.to(torch.{got}) (from_nir(..., dtype=torch.{got}) for a "
        "loaded network)"
    )


def check_module_dtype(where: str, x: Tensor, module: nn.Module) -> None:
    """Refuse an input of another dtype than the weights of one of torch's own layers."""
    if isinstance(module, (nn.Linear, _ConvNd)):
        check_dtype(f"{where} ({type(module).__name__})", x, module.weight)
    elif isinstance(module, nn.Sequential) and len(module):
        check_module_dtype(where, x, module[0])

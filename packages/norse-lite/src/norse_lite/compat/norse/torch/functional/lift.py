"""From functions of one step to functions of a sequence."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

__all__ = ["lift"]


def lift(activation: Callable[..., Any], p: Any = None) -> Callable[..., Any]:
    """Return the function over sequences of a function of one step.

    Args:
        activation: `(x, state=..., p=..., ...) -> (output, state)`.
        p: Parameters to give it at every step.

    Returns:
        A function that takes `(T, ...)` and the same keyword arguments, `state` among them, and
        returns all outputs and the last state.

    Example:
        >>> from norse_lite.compat.norse.torch.functional.lif import *
        >>> run = lift(lif_feed_forward_step, p=LIFParameters())
        >>> z, state = run(torch.ones(20, 2), state=LIFFeedForwardState(0.0, 0.0))
        >>> tuple(z.shape)
        (20, 2)
    """

    def lifted(input_tensor: Tensor, **kwargs: Any) -> Any:
        if p is not None:
            kwargs.setdefault("p", p)
        outputs = []
        for x in input_tensor.unbind(0):
            y, kwargs["state"] = activation(x, **kwargs)
            outputs.append(y)
        return torch.stack(outputs), kwargs["state"]

    return lifted

"""Checks that all encoders share."""

from torch import Tensor

from norse_lite._errors import NetworkError

__all__ = ["check_steps", "check_values"]


def check_steps(where: str, steps: int) -> int:
    """Return the number of steps if it is a positive whole number."""
    if isinstance(steps, bool) or int(steps) != steps or steps < 1:
        raise NetworkError(f"{where}: seq_length must be a positive whole number, not {steps!r}")
    return int(steps)


def check_values(where: str, values: Tensor) -> Tensor:
    """Return the input if it is a floating tensor."""
    if not isinstance(values, Tensor) or not values.is_floating_point():
        kind = values.dtype if isinstance(values, Tensor) else type(values).__name__
        raise NetworkError(f"{where}: input must be a floating tensor, not {kind}; use .float()")
    return values

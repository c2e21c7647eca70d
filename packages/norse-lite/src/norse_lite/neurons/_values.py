"""Types of the fields of parameter dataclasses: a value with its unit and its constraint."""

from dataclasses import dataclass, fields
from typing import Annotated, get_type_hints

import torch
from torch import Tensor

from norse_lite._errors import NetworkError

# One value for the whole layer, or a tensor that broadcasts to the layer's shape (without time and
# batch).
Value = float | Tensor


@dataclass(frozen=True)
class Quantity:
    """What a parameter measures, and whether it must stay positive."""

    unit: str
    positive: bool = False


Seconds = Annotated[Value, Quantity("s", positive=True)]
Volts = Annotated[Value, Quantity("V")]  # the unit-less volts of the field: threshold 1
Number = Annotated[Value, Quantity("")]


def parameter_names(parameters: type) -> tuple[str, ...]:
    """Names of the fields of a parameter dataclass."""
    return tuple(f.name for f in fields(parameters))


def positive_names(parameters: type) -> frozenset[str]:
    """Names of the fields whose values must stay positive."""
    hints = get_type_hints(parameters, include_extras=True)
    return frozenset(
        name
        for name in parameter_names(parameters)
        if any(
            q.positive for q in getattr(hints[name], "__metadata__", ()) if isinstance(q, Quantity)
        )
    )


def tensor(value: Value) -> Tensor:
    """Return a value as a tensor, a number as a float64 one."""
    return value if isinstance(value, Tensor) else torch.tensor(value, dtype=torch.float64)


def checked(owner: str, name: str, value: Value, *, positive: bool) -> Tensor:
    """Return a parameter as a float64 tensor (a floating tensor keeps its dtype).

    Raises:
        NetworkError: It is not a number, not finite, or not positive where it must be.
    """
    if isinstance(value, Tensor) and value.is_floating_point():
        result = value
    else:
        try:
            result = torch.as_tensor(value, dtype=torch.float64)
        except (TypeError, ValueError):
            raise NetworkError(
                f"{owner}: {name} must be a number or a tensor, not {value!r}"
            ) from None
    with torch.no_grad():
        if not bool(torch.isfinite(result).all()):
            raise NetworkError(f"{owner}: {name} must be finite, got {value!r}")
        if positive and not bool((result > 0).all()):
            raise NetworkError(f"{owner}: {name} must be positive, got {value!r}")
    return result

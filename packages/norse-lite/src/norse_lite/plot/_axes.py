"""What all pictures share."""

from typing import Any

from torch import Tensor

from norse_lite._errors import NetworkError

__all__ = ["axes", "check_values", "one_sample"]


def axes(ax: Any) -> Any:
    """Return the given axes, or those of a new figure."""
    if ax is not None:
        return ax
    try:
        from matplotlib import pyplot
    except ImportError:
        raise NetworkError("plots need matplotlib: pip install 'norse-lite[plot]'") from None
    return pyplot.subplots(layout="constrained")[1]


def check_values(where: str, values: Any) -> None:
    """Refuse what is no tensor, and what has nothing to draw."""
    if not isinstance(values, Tensor):
        raise NetworkError(f"{where}: expected a tensor, not {type(values).__name__}")
    if not values.numel():
        raise NetworkError(f"{where}: there is nothing to draw in the shape {tuple(values.shape)}")


def one_sample(where: str, values: Tensor, sample: int) -> Tensor:
    """Return one sample of `(T, B, *shape)` as `(T, neurons)`; `(T, neurons)` is taken as it is."""
    check_values(where, values)
    if values.ndim < 2:
        raise NetworkError(f"{where}: expected (T, neurons) or (T, B, *shape), got one axis")
    if values.ndim > 2:
        if not -values.shape[1] <= sample < values.shape[1]:
            raise NetworkError(f"{where}: there is no sample {sample} of {values.shape[1]}")
        values = values[:, sample].flatten(1)
    return values.detach().float().cpu()

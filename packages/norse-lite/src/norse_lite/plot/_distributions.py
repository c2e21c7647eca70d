"""Pictures of distributions and functions: weights, rates, surrogates."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from norse_lite._errors import NetworkError
from norse_lite.plot._axes import axes, check_values
from norse_lite.surrogate import Surrogate, as_surrogate

__all__ = ["rates", "surrogates", "weights"]

_NAMES = ("weight", "input_weights", "recurrent_weights")


def weights(model: nn.Module, *, bins: int = 60, ax: Any = None) -> Any:
    """Draw the distribution of the weights of each layer.

    Args:
        model: Every module with `weight`, `input_weights` or `recurrent_weights` is drawn.
        bins: Number of bins, the same for all.
        ax: Axes to draw into; None makes a figure.

    Returns:
        The axes.

    Example:
        >>> from matplotlib.figure import Figure
        >>> ax = weights(nn.Sequential(nn.Linear(9, 9), nn.Linear(9, 2)), ax=Figure().subplots())
        >>> [text.get_text() for text in ax.get_legend().get_texts()]
        ['0.weight', '1.weight']
    """
    found: dict[str, Tensor] = {}
    for path, module in model.named_modules():
        for name in _NAMES:
            value = getattr(module, name, None)
            if isinstance(value, Tensor) and value.ndim > 1:
                found[f"{path}.{name}".lstrip(".")] = value.detach().float().cpu().flatten()
    if not found:
        raise NetworkError("plot.weights: the model has no weights")
    for name, value in found.items():
        if not bool(value.isfinite().all()):
            raise NetworkError(f"plot.weights: {name} has infinite or undefined values")
    ax = axes(ax)
    largest = max(float(value.abs().max()) for value in found.values()) or 1.0
    edges = torch.linspace(-largest, largest, bins + 1)
    for name, value in found.items():
        density, _ = torch.histogram(value, edges, density=True)
        ax.stairs(density.numpy(), edges.numpy(), label=name, linewidth=1.4)
    ax.set(xlabel="weight", ylabel="density")
    ax.legend(frameon=False)
    return ax


def rates(
    z: Tensor, *, dt: float | None = None, bins: int = 40, label: str | None = None, ax: Any = None
) -> Any:
    """Draw the distribution of the firing rates of a layer's neurons, and mark the silent ones.

    Args:
        z: Spikes, `(T, B, *shape)`; rates are means over time and batch.
        dt: Duration of a step in seconds, for rates in Hz; None gives spikes per step.
        bins: Number of bins.
        label: Name in the legend.
        ax: Axes to draw into; None makes a figure.

    Returns:
        The axes.

    Example:
        >>> from matplotlib.figure import Figure
        >>> z = torch.zeros(10, 2, 4)
        >>> z[:5, :, 0] = 1
        >>> ax = rates(z, dt=1e-3, ax=Figure().subplots())
        >>> ax.get_title()
        '75% silent, mean 125 Hz'
    """
    check_values("plot.rates", z)
    if z.ndim < 3:
        raise NetworkError(f"plot.rates: spikes must be (T, B, *shape), got {tuple(z.shape)}")
    ax = axes(ax)
    values = z.detach().float().cpu().ne(0).float().mean((0, 1)).flatten()
    values = values / dt if dt else values
    unit = "Hz" if dt else "spikes per step"
    top = float(values.max()) or 1.0
    edges = torch.linspace(0, top, bins + 1)
    counts, _ = torch.histogram(values, edges)
    ax.stairs(counts.numpy(), edges.numpy(), fill=True, alpha=0.6, label=label)
    mean = float(values.mean())
    ax.axvline(mean, color="black", linestyle="--", linewidth=1)
    silent = float((values == 0).float().mean())
    ax.set(xlabel=f"rate ({unit})", ylabel="neurons", xlim=(0, None))
    ax.set_title(f"{silent:.0%} silent, mean {mean:.3g} {unit}")
    if label is not None:
        ax.legend(frameon=False)
    return ax


def surrogates(functions: Sequence[Surrogate | str], *, reach: float = 2.0, ax: Any = None) -> Any:
    """Draw surrogate derivatives against the distance from the threshold.

    Args:
        functions: Surrogates, or their names.
        reach: Distances from `-reach` to `reach`.
        ax: Axes to draw into; None makes a figure.

    Returns:
        The axes.

    Example:
        >>> from matplotlib.figure import Figure
        >>> from norse_lite import SuperSpike
        >>> ax = surrogates([SuperSpike(10.0), "triangle"], ax=Figure().subplots())
        >>> len(ax.lines)
        2
    """
    if not len(functions):
        raise NetworkError("plot.surrogates: there is no surrogate to draw")
    ax = axes(ax)
    u = torch.linspace(-reach, reach, 801)
    for function in functions:
        surrogate = as_surrogate(function)
        ax.plot(u.numpy(), surrogate.derivative(u).numpy(), label=repr(surrogate))
    ax.set(xlabel="voltage - threshold", ylabel="surrogate derivative")
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
    return ax

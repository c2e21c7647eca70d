"""Pictures over time: spikes and voltages."""

from typing import Any

import torch
from torch import Tensor

from norse_lite._errors import NetworkError
from norse_lite.plot._axes import axes, one_sample

__all__ = ["membrane", "raster"]


def raster(z: Tensor, *, sample: int = 0, dt: float = 1e-3, ax: Any = None) -> Any:
    """Draw the spikes of a layer: a mark per spike, time to the right, neurons upwards.

    Args:
        z: Spikes, `(T, neurons)` or `(T, B, *shape)`; negative ones are drawn in red.
        sample: Which sample of a batch.
        dt: Duration of a step in seconds.
        ax: Axes to draw into; None makes a figure.

    Returns:
        The axes.

    Example:
        >>> from matplotlib.figure import Figure
        >>> ax = raster(torch.eye(20), ax=Figure().subplots())
        >>> ax.get_xlabel(), len(ax.collections[0].get_offsets())
        ('time (ms)', 20)
    """
    ax = axes(ax)
    values = one_sample("raster", z, sample)
    steps, neurons = values.shape
    # Marks as high as a row, but visible where there are many rows.
    size = max(1.0, min(40.0, 4000.0 / max(neurons, 1)))
    for sign, color in ((1, "black"), (-1, "tab:red")):
        at, which = torch.nonzero(values * sign > 0, as_tuple=True)
        if sign > 0 or len(at):
            times = (1e3 * dt * at).numpy()
            ax.scatter(times, which.numpy(), s=size, marker="|", c=color, linewidths=1)
    ax.set(xlim=(-0.5e3 * dt, (steps - 0.5) * 1e3 * dt), ylim=(-0.5, neurons - 0.5))
    ax.set(xlabel="time (ms)", ylabel="neuron")
    ax.yaxis.get_major_locator().set_params(integer=True)  # there is no neuron 1.5
    return ax


def membrane(
    v: Tensor,
    *,
    threshold: float | None = 1.0,
    z: Tensor | None = None,
    neurons: int | list[int] = 4,
    sample: int = 0,
    dt: float = 1e-3,
    ax: Any = None,
) -> Any:
    """Draw voltages over time with the threshold, and the spikes where they are known.

    Args:
        v: Voltages, `(T, neurons)` or `(T, B, *shape)`.
        threshold: Drawn as a dashed line; None leaves it out.
        z: Spikes of the same shape, drawn as marks above the curves.
        neurons: Which to draw, or how many of the first.
        sample: Which sample of a batch.
        dt: Duration of a step in seconds.
        ax: Axes to draw into; None makes a figure.

    Returns:
        The axes.

    Example:
        >>> from matplotlib.figure import Figure
        >>> v = torch.rand(50, 1, 3)
        >>> ax = membrane(v, z=(v > 0.9).float(), ax=Figure().subplots())
        >>> [line.get_label() for line in ax.lines][-1]
        'threshold'
    """
    ax = axes(ax)
    values = one_sample("membrane", v, sample)
    chosen = list(range(min(neurons, values.shape[1]))) if isinstance(neurons, int) else neurons
    spikes = None if z is None else one_sample("membrane", z, sample)
    if spikes is not None and spikes.shape != values.shape:
        raise NetworkError(
            f"membrane: spikes {tuple(spikes.shape)} and voltages {tuple(values.shape)} differ"
        )
    times = 1e3 * dt * torch.arange(len(values)).numpy()
    top = float(values[:, chosen].max()) if chosen else 1.0
    top = top if threshold is None else max(top, threshold)
    for k, n in enumerate(chosen):
        (line,) = ax.plot(times, values[:, n].numpy(), label=f"neuron {n}", linewidth=1.2)
        if spikes is not None:
            at = torch.nonzero(spikes[:, n]).flatten().numpy()
            height = [top * (1.06 + 0.05 * k)] * len(at)
            ax.scatter(times[at], height, marker="|", color=line.get_color())
    if threshold is not None:
        ax.axhline(threshold, color="gray", linestyle="--", linewidth=1, label="threshold")
    ax.set(xlabel="time (ms)", ylabel="voltage", xlim=(0, max(times[-1], 1e-9)))
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
    return ax

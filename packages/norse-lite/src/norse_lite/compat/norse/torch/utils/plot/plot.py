"""Pictures of spikes and states with matplotlib, which is imported when one is drawn."""

from typing import Any

import torch
from torch import Tensor

from norse_lite._errors import NetworkError
from norse_lite.compat.norse.torch.functional.izhikevich import (
    IzhikevichSpikingBehavior,
    izhikevich_feed_forward_step,
)

__all__ = [
    "plot_heatmap_2d",
    "plot_heatmap_3d",
    "plot_histogram_2d",
    "plot_izhikevich",
    "plot_neuron_states",
    "plot_scatter_3d",
    "plot_spikes_2d",
]


def _pyplot() -> Any:
    try:
        from matplotlib import pyplot
    except ImportError:
        raise NetworkError("plots need matplotlib: pip install 'norse-lite[plot]'") from None
    return pyplot


def _axes(axes: Any, **options: Any) -> Any:
    return _pyplot().axes(**options) if axes is None else axes


def _values(data: Tensor) -> Any:
    data = data.detach().cpu()
    return (data.to_dense() if data.is_sparse else data).float().numpy()


def _as_image(data: Tensor) -> Any:
    """Return `(T, neurons)`; axes in front of these two are joined with time."""
    values = _values(data)
    return values.reshape(-1, values.shape[-1])


def plot_heatmap_2d(
    data: Tensor, axes: Any = None, show_colorbar: bool = False, **kwargs: Any
) -> Any:
    """Draw values over time and neurons as an image.

    Args:
        data: `(T, neurons)`.
        axes: Axes to draw into; None takes the current ones.
        show_colorbar: Draw the scale of the values.
        kwargs: As of `matplotlib.axes.Axes.imshow`.

    Returns:
        The axes.
    """
    axes = _axes(axes)
    image = axes.imshow(_as_image(data).T, **{"aspect": "auto", **kwargs})
    if show_colorbar:
        axes.figure.colorbar(image, ax=axes)
    return axes


def plot_spikes_2d(spikes: Tensor, axes: Any = None, **kwargs: Any) -> Any:
    """Draw spikes over time and neurons, black on white.

    Args:
        spikes: `(T, neurons)`.
        axes: Axes to draw into; None takes the current ones.
        kwargs: As of `matplotlib.axes.Axes.imshow`.

    Returns:
        The axes.
    """
    options = {"cmap": "binary", "interpolation": "none", **kwargs}
    return plot_heatmap_2d(spikes, axes, **options)


def plot_histogram_2d(spikes: Tensor, axes: Any = None, **kwargs: Any) -> Any:
    """Draw how often values occur, one colour per neuron.

    Args:
        spikes: `(T, neurons)`.
        axes: Axes to draw into; None takes the current ones.
        kwargs: As of `matplotlib.axes.Axes.hist`.

    Returns:
        The axes.
    """
    axes = _axes(axes)
    axes.hist(_as_image(spikes), **kwargs)
    return axes


def _planes(spikes: Tensor) -> list[Any]:
    """Return `(T, H, W)` arrays, one for each leading index."""
    values = _values(spikes)
    if values.ndim < 3:
        raise NetworkError(f"plot: expected (..., T, H, W), got the shape {tuple(spikes.shape)}")
    return list(values.reshape(-1, *values.shape[-3:]))


def plot_scatter_3d(
    spikes: Tensor, axes: Any = None, show_colorbar: bool = True, **kwargs: Any
) -> list[Any]:
    """Draw the spikes of images as points in time and space.

    Args:
        spikes: `(T, H, W)`, or several of them, `(..., T, H, W)`.
        axes: As many axes with three dimensions; None makes them.
        show_colorbar: Draw the scale of the values.
        kwargs: As of `scatter`.

    Returns:
        The axes.
    """
    planes = _planes(spikes)
    figure = None if axes is not None else _pyplot().figure()
    drawn: list[Any] = []
    for number, values in enumerate(planes):
        panel: Any
        if figure is None:
            panel = axes[number] if isinstance(axes, (list, tuple)) else axes
        else:
            panel = figure.add_subplot(1, len(planes), number + 1, projection="3d")
        t, y, x = values.nonzero()
        points = panel.scatter(t, x, y, c=values[t, y, x], **kwargs)
        panel.set_xlabel("time")
        if show_colorbar and len(t):
            panel.figure.colorbar(points, ax=panel)
        drawn.append(panel)
    return drawn


def plot_heatmap_3d(spikes: Tensor, show_colorbar: bool = False, **kwargs: Any) -> list[Any]:
    """Draw the sum over time of images, one panel for each.

    Args:
        spikes: `(T, H, W)`, or several of them, `(..., T, H, W)`.
        show_colorbar: Draw the scale of the values.
        kwargs: As of `matplotlib.axes.Axes.imshow`.

    Returns:
        The axes.
    """
    planes = _planes(spikes)
    figure = _pyplot().figure()
    drawn = []
    for number, values in enumerate(planes):
        panel = figure.add_subplot(1, len(planes), number + 1)
        image = panel.imshow(values.sum(0), **kwargs)
        if show_colorbar:
            figure.colorbar(image, ax=panel)
        drawn.append(panel)
    return drawn


def plot_neuron_states(
    states: Any, *variables: str, label: bool = True, axes: Any = None, **kwargs: Any
) -> Any:
    """Draw state variables over time.

    Args:
        states: A state whose values have time as first axis, as `record_states` returns it, or a
            list of the states of all steps.
        variables: Names of the variables; none draws all.
        label: Name the variables in a legend.
        axes: Axes to draw into; None takes the current ones.
        kwargs: As of `matplotlib.axes.Axes.plot`.

    Returns:
        The axes.
    """
    if isinstance(states, list):
        states = type(states[0])(*(torch.stack(list(v)) for v in zip(*states, strict=True)))
    axes = _axes(axes)
    for name in variables or states._fields:
        values = _values(getattr(states, name))
        lines = axes.plot(values.reshape(len(values), -1), **kwargs)
        if label:
            lines[0].set_label(name)
    if label:
        axes.legend()
    return axes


def plot_izhikevich(
    behavior: IzhikevichSpikingBehavior,
    current: float = 1,
    time_print: int = 250,
    time_current: int = 20,
    timestep_print: float = 0.1,
) -> None:
    """Draw the voltage of a behaviour, and a current that is switched on.

    Args:
        behavior: Parameters and initial state, such as `tonic_spiking`.
        current: The current.
        time_print: Steps to draw.
        time_current: Step at which the current is switched on.
        timestep_print: Milliseconds between the points drawn.
    """
    state, voltages, currents = behavior.s, [], []
    with torch.no_grad():
        for step in range(time_print):
            drive = torch.tensor([float(current) if step >= time_current else 0.0])
            _, state = izhikevich_feed_forward_step(drive, state, behavior.p)
            voltages.append(float(state.v))
            currents.append(float(drive))
    times = [step * timestep_print for step in range(time_print)]
    axes = _pyplot().axes()
    axes.plot(times, voltages)
    # The current is drawn below the voltage, on its scale.
    base = min(voltages) - 5
    axes.plot(times, [base + value for value in currents])
    axes.set_xlabel("Time (ms)")
    axes.set_ylabel("Membrane potential (mV)")

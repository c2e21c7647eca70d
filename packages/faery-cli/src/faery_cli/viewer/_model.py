"""The activity of a network (.nir) that is fed with a recording."""

import struct
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from faery_cli.errors import InputError, MissingError, UsageError
from faery_cli.viewer._server import SPIKES

__all__ = ["Activity", "activity", "binned"]

LARGEST_INPUT = 1 << 28  # cells of the binned recording


@dataclass(frozen=True, eq=False)
class Activity:
    """Spikes of chosen nodes.

    Args:
        times_us: uint32 (n,) from the recording's first event.
        rows: uint32 (n,) number of the neuron among all of the chosen nodes.
        neurons: how many there are.
        nodes: names, in the order of their neurons.
    """

    times_us: Any
    rows: Any
    neurons: int
    nodes: tuple[str, ...]

    def message(self) -> bytes:
        """Give them as the page reads them: (time, row) pairs after a head of 16 bytes."""
        import numpy as np

        pairs = np.stack([self.times_us, self.rows], axis=1).astype("<u4")
        return struct.pack("<IId", SPIKES, len(pairs), 0.0) + pairs.tobytes()


def binned(events: Any, shape: tuple[int, ...], dt_us: int) -> Any:
    """Count events into the cells of a network's input.

    Args:
        events: `Events`.
        shape: (2, height, width) with polarity (OFF, ON), (1, height, width), (height, width), or
            (n,) for the picture's rows one after the other, made smaller to fit.
        dt_us: time step.

    Returns:
        float32 (steps, *shape).

    Raises:
        UsageError: no such shape, or too many steps.
    """
    import numpy as np

    width, height = events.size
    steps = int((events.t[-1] - events.t[0]) // dt_us) + 1 if len(events) else 1
    cells = int(np.prod(shape))
    if steps * cells > LARGEST_INPUT:
        raise UsageError(
            f"view: {steps} steps of {cells} inputs are too many; use a longer --dt, or cut the "
            "recording"
        )
    step = (events.t - events.t[0]) // dt_us if len(events) else np.zeros(0, np.int64)
    if len(shape) == 1:
        place = (events.y.astype(np.int64) * width + events.x) * shape[0] // (width * height)
    elif len(shape) in (2, 3) and (len(shape) == 2 or shape[0] in (1, 2)):
        rows, columns = shape[-2:]
        y = events.y.astype(np.int64) * rows // height
        place = y * columns + events.x.astype(np.int64) * columns // width
        if len(shape) == 3 and shape[0] == 2:
            place += (events.p != 0) * np.int64(rows * columns)
    else:
        raise UsageError(f"view: a network with inputs of shape {shape} does not take events")
    flat = np.bincount(step * cells + place, minlength=steps * cells)
    return flat.astype(np.float32).reshape(steps, *shape)


def activity(stream: Any, path: str, dt_us: int, profile: str, nodes: str | None) -> Activity:
    """Run a network over a recording.

    Args:
        stream: of events that end.
        path: the .nir file.
        dt_us: time step.
        profile: rules of nir-core.
        nodes: names A,B of nodes, or None for all that spike.

    Raises:
        MissingError: nir-core is not installed.
        InputError: a file that is no network.
        UsageError: unknown nodes, or an endless stream.
    """
    import numpy as np

    try:
        nir = import_module("nir_core")
    except ImportError as error:
        raise MissingError("--model needs nir-core: pip install nir-core") from error
    if not stream.shape.finite:
        raise UsageError("view: --model shows the activity for recordings, not for live streams")
    try:
        graph = nir.read(path)
    except (OSError, nir.NirError) as error:
        raise InputError(f"{path}: {error}") from error
    spiking = [name for name, node in graph.nodes.items() if hasattr(node, "v_threshold")]
    wanted = spiking if nodes is None else nodes.split(",")
    for name in wanted:
        if name not in spiking:
            from faery_cli.suggest import unknown

            raise UsageError(f"view: {unknown('node', name, spiking)}")
    source = next(node for node in graph.nodes.values() if type(node).__name__ == "Input")
    shape = tuple(int(side) for side in np.ravel(next(iter(source.input_type.values()))))
    x = binned(stream.events(), shape, dt_us)
    try:
        result = nir.run(graph, x, dt=dt_us / 1e6, profile=profile, record=tuple(wanted))
    except nir.NirError as error:
        raise InputError(f"{path}: {error}") from error
    times, rows, first = [], [], 0
    for name in wanted:
        spikes = np.asarray(result.spikes[name]).reshape(len(x), -1)
        step, neuron = np.nonzero(spikes)
        times.append(step * dt_us)
        rows.append(neuron + first)
        first += spikes.shape[1]
    order = np.argsort(np.concatenate(times), kind="stable") if times else np.zeros(0, int)
    joined = [np.concatenate(part)[order] if part else order for part in (times, rows)]
    return Activity(joined[0], joined[1], first, tuple(wanted))

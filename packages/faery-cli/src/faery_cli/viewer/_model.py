"""The activity of a network (.nir) that is fed with events."""

import struct
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from faery_cli.errors import InputError, MissingError, UsageError

__all__ = ["Activity", "Model", "activity", "binned", "load"]

SPIKES = 2  # kind of a message for the page


@dataclass(frozen=True, eq=False)
class Activity:
    """Spikes of chosen nodes.

    Args:
        times_us: int64 (n,) as events count time.
        rows: uint32 (n,) number of the neuron among all of the chosen nodes.
    """

    times_us: Any
    rows: Any

    def message(self) -> bytes:
        """Give them as the page reads them: (time, row) pairs after a head of 16 bytes."""
        import numpy as np

        base = int(self.times_us[0]) if len(self.times_us) else 0
        after = np.minimum(self.times_us - base, 2**32 - 1)
        pairs = np.stack([after, self.rows], axis=1).astype("<u4")
        return struct.pack("<IId", SPIKES, len(pairs), float(base)) + pairs.tobytes()


def binned(events: Any, shape: tuple[int, ...], step: Any, steps: int) -> Any:
    """Count events into the cells of a network's input.

    Args:
        events: `Events`.
        shape: (2, height, width) with polarity (OFF, ON), (1, height, width), (height, width), or
            (n,) for the picture's rows one after the other, made smaller to fit.
        step: int64 (n,) number of the time step of each event.
        steps: how many there are.

    Returns:
        float32 (steps, *shape).

    Raises:
        UsageError: no such shape.
    """
    import numpy as np

    width, height = events.size
    cells = int(np.prod(shape))
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


@dataclass(frozen=True, eq=False)
class Model:
    """A network and which of its nodes are looked at.

    Args:
        path: the .nir file.
        graph: `nir_core.NIRGraph`.
        shape: of its input.
        nodes: names, in the order of their rows.
        sizes: number of neurons of each.
        dt_us: time step.
        profile: rules of nir-core.
    """

    path: str
    graph: Any
    shape: tuple[int, ...]
    nodes: tuple[str, ...]
    sizes: tuple[int, ...]
    dt_us: int
    profile: str

    def hello(self) -> dict[str, Any]:
        """Say what the page must know."""
        return {"neurons": sum(self.sizes), "nodes": list(self.nodes), "sizes": list(self.sizes)}

    def run(self, inputs: Any, state: Any) -> tuple[Any, Any, Any]:
        """Run some steps on: numbers of the step and of the row of each spike, and the state.

        Raises:
            InputError: the network cannot be run.
        """
        import numpy as np

        nir = import_module("nir_core")
        try:
            result = nir.run(self.graph, inputs, dt=self.dt_us / 1e6, profile=self.profile,
                             record=self.nodes, state=state, fast="auto")  # fmt: skip
        except nir.NirError as error:
            raise InputError(f"{self.path}: {error}") from error
        flat = [np.asarray(result.spikes[n]).reshape(len(inputs), -1) for n in self.nodes]
        steps, rows = np.nonzero(np.concatenate(flat, axis=1)) if flat else (np.zeros(0, int),) * 2
        return steps, rows, result.state


def load(path: str, dt_us: int, profile: str, nodes: str | None) -> Model:
    """Read a network and choose what is shown of it.

    Args:
        path: the .nir file.
        dt_us: time step.
        profile: rules of nir-core.
        nodes: names A,B of nodes, or None for all that spike.

    Raises:
        MissingError: nir-core is not installed.
        InputError: a file that is no network, or one that cannot be run.
        UsageError: unknown nodes, or inputs that events do not fit.
    """
    import numpy as np

    try:
        nir = import_module("nir_core")
    except ImportError as error:
        raise MissingError("--model needs nir-core: pip install nir-core") from error
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
    sources = [node for node in graph.nodes.values() if type(node).__name__ == "Input"]
    if len(sources) != 1:
        raise UsageError(f"view: a network with one Input is needed, {path} has {len(sources)}")
    shape = tuple(int(side) for side in np.ravel(next(iter(sources[0].input_type.values()))))
    if not (len(shape) in (1, 2) or (len(shape) == 3 and shape[0] in (1, 2))):
        raise UsageError(f"view: a network with inputs of shape {shape} does not take events")
    model = Model(path, graph, shape, tuple(wanted), (), dt_us, profile)
    # One silent step tells how many neurons each node has, and whether the network runs at all.
    try:
        tried = nir.run(graph, np.zeros((1, *shape), np.float32), dt=dt_us / 1e6, profile=profile,
                        record=model.nodes)  # fmt: skip
    except nir.NirError as error:
        raise InputError(f"{path}: {error}") from error
    sizes = tuple(int(np.size(tried.spikes[name])) for name in wanted)
    return Model(path, graph, shape, tuple(wanted), sizes, dt_us, profile)


def activity(stream: Any, model: Model) -> Activity:
    """Run a network over a recording, from its first event to its last.

    Args:
        stream: of events that end.
        model: the network.

    Raises:
        InputError: the network cannot be run.
    """
    import numpy as np

    from faery_cli.viewer._network import Steps
    from neuro_kernels import Events

    steps = Steps(model.shape, model.dt_us)
    times, rows = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    state: Any = None

    def run(events: Any) -> None:
        nonlocal state
        for begin_us, inputs, anew in steps.feed(events):
            step, row, state = model.run(inputs, None if anew else state)
            times.append(begin_us + step * model.dt_us)
            rows.append(row)

    with stream.run() as source:
        size = source.shape.size
        for item in source:
            run(item.events)
    if steps.next_us is not None:  # the step that is still open: an event after it closes it
        after = steps.next_us + model.dt_us
        run(Events([after], [0], [0], [0], size=size))
    return Activity(np.concatenate(times), np.concatenate(rows).astype(np.uint32))

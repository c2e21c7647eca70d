"""Cases about neurons: every model, form of its parameters, time step, reset and topology."""

import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np

import nir_core as nc
from conformance.case import Case, spikes

STEPS = 60
NEURONS = 4
SPIKING = ("IF", "LIF", "CubaLIF")
MODELS = (*SPIKING, "LI", "CubaLI", "I")
STEP_LENGTHS = (1e-4, 1e-3)
TOPOLOGIES = (
    "chain", "branch", "inputs", "outputs", "recurrence", "nested", "nested-recurrence",
)  # fmt: skip


def neuron(
    model: str,
    shape: tuple[int, ...],
    dt: float,
    *,
    form: str = "uniform",
    reset: float = 0.0,
    leak: float = 0.0,
    seed: int = 0,
) -> nc.NIRNode:
    """One neuron node with parameters that make it neither silent nor saturated.

    Args:
        model: name of the primitive.
        shape: of the population.
        dt: seconds; time constants are a multiple of it, so that every step length spikes.
        form: "uniform" and "map": equal values in arrays; "varied": one value per neuron;
            "scalar": zero-dimensional; "gain": r is not the one that importers assume;
            "steps": r = tau / dt, so that an input adds its value per step, as simulators that
            count in steps export it.
        reset: v_reset of spiking models, in thresholds.
        leak: v_leak of leaky models.
        seed: of the varied values.
    """
    generator = np.random.default_rng(seed)

    def values(value: float) -> Any:
        if form == "scalar":
            return np.array(value)
        spread = generator.uniform(0.7, 1.4, shape) if form == "varied" else 1.0
        return np.full(shape, value) * spread

    gain = 10.0 if form == "gain" else 20.0 if form == "steps" else 1.0
    given: dict[str, Any] = {}
    if model in ("LI", "LIF"):
        given = {"tau": values(20 * dt), "r": values(gain), "v_leak": values(leak)}
    elif model in ("CubaLI", "CubaLIF"):
        given = {"tau_syn": values(8 * dt), "tau_mem": values(20 * dt), "r": values(gain)}
        drive = {"gain": 1.5, "steps": 8.0}.get(form, 1.0)
        given |= {"v_leak": values(leak), "w_in": values(drive)}
    elif form == "gain":
        given = {"r": values(1.0)}
    else:
        # The gain that adds an input of 1 to the potential in one step.
        given = {"r": values(1.0 / dt if model == "IF" else 0.3 / dt)}
    if model in SPIKING:
        unit = dt if model == "IF" and form == "gain" else 1.0
        drive = float(np.asarray(given.get("w_in", 1.0)).flat[0])
        threshold = {"IF": 2.5 * unit, "LIF": 0.1 * gain, "CubaLIF": 0.05 * gain * drive}[model]
        given |= {"v_threshold": values(threshold), "v_reset": values(reset * threshold)}
    return getattr(nc, model)(**given)


def dense(rows: int, columns: int, seed: int, *, bias: bool = False) -> nc.NIRNode:
    """A weight matrix that keeps the next population busy."""
    generator = np.random.default_rng(seed)
    weight = generator.uniform(-0.3, 0.9, (rows, columns))
    if bias:
        return nc.Affine(weight, generator.uniform(-0.1, 0.1, rows))
    return nc.Linear(weight)


def build(model: str, topology: str, dt: float, **options: Any) -> nc.NIRGraph:
    """A small network of `model` neurons.

    Args:
        model: name of the primitive.
        topology: one of TOPOLOGIES, or "single".
        dt: seconds.
        **options: passed on to `neuron`.
    """
    n = NEURONS
    shape = (n,)

    def cell(seed: int) -> nc.NIRNode:
        return neuron(model, shape, dt, seed=seed, **options)

    nodes: dict[str, nc.NIRNode] = {"input": nc.Input(shape)}
    edges: list[tuple[str, str]]
    if topology == "single":
        nodes |= {"w": dense(n, n, 1), "cell": cell(0)}
        edges = [("input", "w"), ("w", "cell"), ("cell", "output")]
    elif topology == "chain":
        nodes |= {"w1": dense(n, n, 1), "cell1": cell(0), "w2": dense(n, n, 2, bias=True)}
        nodes |= {"cell2": cell(3)}
        edges = [("input", "w1"), ("w1", "cell1"), ("cell1", "w2"), ("w2", "cell2")]
        edges += [("cell2", "output")]
    elif topology == "branch":
        nodes |= {"left": dense(n, n, 1), "right": dense(n, n, 2), "cell": cell(0)}
        edges = [("input", "left"), ("input", "right"), ("left", "cell"), ("right", "cell")]
        edges += [("cell", "output")]
    elif topology == "inputs":
        nodes |= {"other": nc.Input(shape), "w1": dense(n, n, 1), "w2": dense(n, n, 2)}
        nodes |= {"cell": cell(0)}
        edges = [("input", "w1"), ("other", "w2"), ("w1", "cell"), ("w2", "cell")]
        edges += [("cell", "output")]
    elif topology == "outputs":
        nodes |= {"w": dense(n, n, 1), "cell": cell(0), "w2": dense(n, n, 2)}
        nodes |= {"weighted": nc.Output(shape)}
        edges = [("input", "w"), ("w", "cell"), ("cell", "output"), ("cell", "w2")]
        edges += [("w2", "weighted")]
    elif topology == "recurrence":
        nodes |= {"w": dense(n, n, 1), "cell": cell(0), "back": _back()}
        edges = [("input", "w"), ("w", "cell"), ("cell", "back"), ("back", "cell")]
        edges += [("cell", "output")]
    else:
        inner = {"input": nc.Input(shape), "w": dense(n, n, 1), "cell": cell(0)}
        wires = [("input", "w"), ("w", "cell"), ("cell", "output")]
        if topology == "nested-recurrence":
            inner["back"] = _back()
            wires += [("cell", "back"), ("back", "cell")]
        nodes["block"] = nc.NIRGraph(inner | {"output": nc.Output(shape)}, wires)
        edges = [("input", "block"), ("block", "output")]
    return nc.NIRGraph(nodes | {"output": nc.Output(shape)}, edges)


def _back() -> nc.NIRNode:
    return nc.Linear(np.random.default_rng(9).uniform(-0.5, 0.2, (NEURONS, NEURONS)))


def cases() -> Iterator[Case]:
    """Yield every case about neurons."""
    for model in MODELS:
        for dt in STEP_LENGTHS:
            for form in ("uniform", "varied", "scalar", "map", "gain", "steps"):
                if form != "steps" or model not in ("I", "IF"):
                    yield _bare(model, form, dt)
            for topology in TOPOLOGIES:
                if model != "I":
                    yield _case(model, topology, dt)
    for model in SPIKING:
        for topology in ("single", "chain", "recurrence"):
            for reset in (-0.5, 0.25):
                yield _case(model, topology, 1e-4, reset=reset)
    for model in ("LIF", "CubaLIF", "LI", "CubaLI"):
        for topology in ("single", "recurrence"):
            for leak in (0.02, -0.02):
                yield _case(model, topology, 1e-4, leak=leak)
    for model in MODELS:
        if model != "I":
            yield _case(model, "chain", 1e-3, form="varied")
            yield _case(model, "recurrence", 1e-3, form="varied")
        if model not in ("I", "IF"):
            yield _case(model, "chain", 1e-3, form="steps")
            yield _case(model, "recurrence", 1e-3, form="steps")


def _bare(model: str, form: str, dt: float) -> Case:
    """The neuron alone, driven by spikes as they come."""
    shape = (2, 3, 2) if form == "map" else (NEURONS,)
    cell = neuron(model, shape, dt, form=form)
    nodes = {"input": nc.Input(shape), "cell": cell, "output": nc.Output(shape)}
    graph = nc.NIRGraph(nodes, [("input", "cell"), ("cell", "output")])
    name = f"{model}-alone-{form}-{_step(dt)}"
    return _finish(name, model, "single", form, 0.0, dt, graph)


def _case(
    model: str,
    topology: str,
    dt: float,
    *,
    form: str = "uniform",
    reset: float = 0.0,
    leak: float = 0.0,
) -> Case:
    graph = build(model, topology, dt, form=form, reset=reset, leak=leak)
    name = f"{model}-{topology}-{form}-{_step(dt)}"
    name += f"-reset{reset:+g}" if reset else ""
    name += f"-leak{leak:+g}" if leak else ""
    return _finish(name, model, topology, form, reset, dt, graph)


def _finish(
    name: str, model: str, topology: str, form: str, reset: float, dt: float, graph: nc.NIRGraph
) -> Case:
    generator = np.random.default_rng(zlib.crc32(name.encode()))
    inputs = {
        key: spikes(generator, (STEPS, *(node.shape or ()))) for key, node in graph.inputs.items()
    }
    kind = "none" if model not in SPIKING else "value" if reset else "zero"
    return Case(name, model, topology, form, kind, dt, graph, inputs)


def _step(dt: float) -> str:
    return f"{dt * 1e3:g}ms"

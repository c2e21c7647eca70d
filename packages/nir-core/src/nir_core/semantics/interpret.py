"""`run`: the reference interpreter."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from nir_core.checks import check
from nir_core.errors import NirError, NirRunError, NirTypeError
from nir_core.findings import Report, summary
from nir_core.graph import NIRGraph
from nir_core.nodes import SPIKING
from nir_core.semantics._engine import Engine, State
from nir_core.semantics._record import semantics_of, step_length
from nir_core.semantics.profiles import Profile, get_profile

__all__ = ["Result", "run"]


@dataclass(frozen=True)
class Result:
    """What a run gives. Arrays are (steps, *shape), or (steps, batch, *shape) for a batch.

    Args:
        output: the array of the only Output, or one array by name for several.
        spikes: spikes of the recorded neurons by path; numbers of spikes per step.
        voltages: membrane potentials at the end of each step of the recorded neurons.
        currents: synaptic currents of the recorded neurons that have one.
        signals: outputs of all recorded nodes by path.
        profile: name of the profile.
        dt: length of a step in seconds.
        state: the state after the last step; pass it on to continue.
    """

    output: Any
    spikes: dict[str, np.ndarray]
    voltages: dict[str, np.ndarray]
    currents: dict[str, np.ndarray] = field(default_factory=dict)
    signals: dict[str, np.ndarray] = field(default_factory=dict)
    profile: str = ""
    dt: float = 0.0
    state: State = field(default_factory=dict, repr=False)


def run(
    graph: NIRGraph,
    x: Any,
    *,
    dt: float | None = None,
    profile: str | Profile = "exact",
    record: Iterable[str] | Literal["all"] = (),
    dtype: str = "float64",
    units: Literal["nir", "native"] = "nir",
    state: State | None = None,
    fast: bool | Literal["auto"] = False,
) -> Result:
    """Run a graph step by step as a platform would.

    The signal between nodes is one number per step: a spike is a 1. Whether `x` has a batch
    axis is decided by the shape of the Input: for shape (2, 34, 34), an array with four axes
    is (steps, 2, 34, 34) and one with five is (steps, batch, 2, 34, 34). A cycle is cut at
    the edge that closes it when followed from the Input; that edge carries the value of the
    step before, unless a Delay or a platform's own latency already lies in the cycle.

    Args:
        graph: the network.
        x: the input, one value per step: an array, or arrays by Input name for several.
        dt: length of a step in seconds. It has no default: the same file gives other
            results with another dt.
        profile: name of a profile such as "exact", "norse" or "snntorch:subtract", or a
            Profile.
        record: paths of nodes to record, such as "lif" or "block/lif", or "all".
        dtype: "float64" or "float32", for all numbers of the run ("exact" is float64 only).
        units: "native" gives voltages in the unit, and at the step, that the platform records.
        state: `Result.state` of a run to continue.
        fast: True runs layers by compiled kernels (`pip install nir-core[fast]`), skipping
            what does not spike; "auto" does so where they are installed. Sums are formed in
            another order, so potentials may differ in the last bits, and a spike only where a
            potential meets its threshold to within these.

    Returns:
        Outputs and recordings.

    Raises:
        NirRunError: dt is missing, or input, record or profile do not fit the graph; or
            `fast=True` without the kernels.
        NirError: the graph has errors; the message lists them.

    Example:
        >>> from nir_core import LIF, NIRGraph
        >>> lif = LIF(tau=[2.5e-3], r=[1.0], v_leak=[0.0], v_threshold=[0.1])
        >>> graph = NIRGraph.from_list(lif)
        >>> run(graph, np.ones((5, 1)), dt=1e-4, profile="norse").output[:, 0]
        array([0., 0., 1., 0., 0.])
    """
    dt = _checked_dt(graph, dt)
    if units not in ("nir", "native"):
        raise NirRunError(f"units is 'nir' or 'native', got {units!r}")
    chosen = get_profile(profile)
    number = _number_type(dtype, chosen)
    _usable(graph)
    engine = _engine(graph, chosen, dt, number, fast)
    arrays, batched = engine.take_inputs(x)
    wanted = engine.wanted(record)
    engine.run(arrays, wanted, state)
    return _result(engine, wanted, batched, units)


def _engine(
    graph: NIRGraph, profile: Profile, dt: float, number: np.dtype, fast: bool | str
) -> Engine:
    if fast not in (True, False, "auto"):
        raise NirRunError(f"fast is True, False or 'auto', got {fast!r}")
    if fast:
        from nir_core.semantics._fast import available, fast_engine

        if available():
            return fast_engine(graph, profile, dt, number)
        if fast != "auto":
            raise NirRunError("fast=True needs the compiled kernels: pip install nir-core[fast]")
    return Engine(graph, profile, dt, number)


def _checked_dt(graph: NIRGraph, dt: float | None) -> float:
    if not isinstance(graph, NIRGraph):
        raise NirTypeError(
            f"run needs a nir_core.NIRGraph, got {type(graph).__name__}; "
            "objects of the nir package are turned by nir_core.from_nir"
        )
    if dt is None:
        try:
            record = semantics_of(graph)
        except NirError:
            record = None
        note = (
            f"the graph records dt={record.dt:g} and profile={record.profile!r}"
            if record
            else "the graph records none"
        )
        raise NirRunError(f"dt, the length of a step in seconds, is missing; {note}")
    return step_length(dt)


def _number_type(dtype: str, profile: Profile) -> np.dtype:
    number = np.dtype(dtype)
    if number not in (np.float32, np.float64):
        raise NirRunError(f"dtype is 'float64' or 'float32', got {dtype!r}")
    exact = any(r.integrator == "exact" for r in (profile.lif, profile.cuba, profile.integrate))
    if exact and number != np.float64:
        raise NirRunError("the exact solution is worked out in float64; leave dtype out")
    return number


def _usable(graph: NIRGraph) -> None:
    """Check once per graph: graphs do not change."""
    own = graph.__dict__
    if "_report" not in own:
        own["_report"] = check(graph)
    report: Report = own["_report"]
    if report.errors:
        raise NirError(f"the graph cannot be run: {summary(report.errors)}")


def _result(engine: Engine, wanted: set[str], batched: bool, units: str) -> Result:
    def shaped(array: np.ndarray) -> np.ndarray:
        return array if batched else array[:, 0]

    outputs = {name: shaped(engine.values[p]) for name, p in engine.plan.outputs.items()}
    order = [name for name in engine.plan.nodes if name in wanted]
    voltages = {}
    for name in order:
        if "v" in engine.inner.get(name, {}):
            v = engine.inner[name]["v"]
            voltages[name] = shaped(engine.operators[name].native(v) if units == "native" else v)
    signals = {name: shaped(engine.values[name]) for name in order}
    return Result(
        output=next(iter(outputs.values())) if len(outputs) == 1 else outputs,
        spikes={n: signals[n] for n in order if isinstance(engine.plan.nodes[n], SPIKING)},
        voltages=voltages,
        currents={n: shaped(t["i"]) for n, t in engine.inner.items() if "i" in t},
        signals=signals,
        profile=engine.profile.name,
        dt=engine.dt,
        state=engine.state,
    )

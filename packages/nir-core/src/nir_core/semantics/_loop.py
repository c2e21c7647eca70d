"""Parts of a network with cycles, run step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nir_core.semantics._neurons import DelayLine
from nir_core.semantics._plan import Part

if TYPE_CHECKING:
    from nir_core.semantics._engine import Engine

__all__ = ["run_loop"]


def run_loop(engine: Engine, part: Part, wanted: set[str]) -> None:
    """Advance all nodes of a part together, one step after the other.

    Within a step the nodes that emit early come first, then the others in order; a delayed
    edge carries what its source gave in the step before.
    """
    plan, steps = engine.plan, engine.steps
    inside = set(part.names)
    traces: dict[str, np.ndarray] = {}
    recordings: dict[str, dict[str, np.ndarray]] = {}
    past: dict[str, np.ndarray] = {}
    for name in part.names:
        shape = plan.shapes[name].output
        assert shape is not None
        traces[name] = np.empty((steps, engine.batch, *shape), engine.dtype)
        recordings[name] = engine.recording(name, wanted)
        if isinstance(engine.operators[name], DelayLine):
            before = engine.state[name]["past"]
            room = np.zeros((steps, *before.shape[1:]), engine.dtype)
            past[name] = np.concatenate([before, room])
    delayed = {f"{a} -> {b}": (a, b) for a, b in part.delayed}
    now: dict[str, np.ndarray] = {}
    for t in range(steps):
        held = {pair: engine.state[key]["y"] for key, pair in delayed.items()}
        for name in part.early:
            now[name] = _emit(engine, name, past, t)
        for name in part.names:
            terms = []
            for source in plan.sources[name]:
                if (source, name) in held:
                    terms.append(held[source, name])
                elif source in inside:
                    terms.append(now[source])
                else:
                    terms.append(engine.values[source][t])
            x = engine.gather(name, terms, ())
            y = _advance(engine, name, x, past, t)
            if name not in part.early:
                now[name] = y
            traces[name][t] = now[name]
            for key, trace in recordings[name].items():
                trace[t] = engine.state[name][key]
        for key, (source, _) in delayed.items():
            engine.state[key] = {"y": traces[source][t].copy()}
    engine.values.update(traces)
    for name, known in past.items():
        engine.state[name]["past"] = known[steps:].copy()


def _emit(engine: Engine, name: str, past: dict[str, np.ndarray], t: int) -> Any:
    operator = engine.operators[name]
    if isinstance(operator, DelayLine):
        return operator.pick(past[name], operator.longest + t, 1)[0]
    return operator.emit(engine.state[name])


def _advance(
    engine: Engine, name: str, x: np.ndarray, past: dict[str, np.ndarray], t: int
) -> np.ndarray:
    operator = engine.operators[name]
    if isinstance(operator, DelayLine):
        past[name][operator.longest + t] = x
        return operator.pick(past[name], operator.longest + t, 1)[0]
    if hasattr(operator, "step"):
        return operator.step(x, engine.state[name])
    return operator(x)

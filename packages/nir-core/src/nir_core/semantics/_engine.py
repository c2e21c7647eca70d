"""The machinery of `run`: operators, states and signals of one run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from nir_core.errors import NirRunError
from nir_core.graph import NIRGraph
from nir_core.nodes import NEURONS, SPIKING, Delay, Input, NIRNode
from nir_core.semantics._exact import ExactNeuron
from nir_core.semantics._loop import run_loop
from nir_core.semantics._neurons import DelayLine, Neuron
from nir_core.semantics._plan import Plan, make_plan
from nir_core.semantics._stateless import stateless
from nir_core.semantics.profiles import Profile

__all__ = ["Engine", "State"]

State = dict[str, dict[str, np.ndarray]]
# A delay longer than this many bytes of history is a slip of units.
_MOST_BYTES = 1 << 33


class Engine:
    """Holds the operators of a planned network and the signals of one run."""

    def __init__(self, graph: NIRGraph, profile: Profile, dt: float, dtype: np.dtype) -> None:
        self.graph, self.profile, self.dt, self.dtype = graph, profile, dt, dtype
        self.operators: dict[str, Any] = {}
        self.plan: Plan = make_plan(graph, self._emits_early)
        for name, node in self.plan.nodes.items():
            if self.plan.shapes[name].input is None:
                raise NirRunError(
                    f"/{name}: the shape of the signal does not follow from the graph; "
                    "give the Input its shape"
                )
            self.operators[name] = self._operator(name, node)
        if not self.plan.inputs:
            raise NirRunError("the graph has no Input to feed x into")
        if not self.plan.outputs:
            raise NirRunError("the graph has no Output to read")

    def _operator(self, name: str, node: NIRNode) -> Any:
        if isinstance(node, NEURONS):
            shape = self.plan.shapes[name].input
            assert shape is not None
            if self.profile.rule(type(node).__name__).integrator == "exact":
                return ExactNeuron(node, self.profile, self.dt, shape, f"/{name}")
            return Neuron(node, self.profile, self.dt, self.dtype)
        if isinstance(node, Delay):
            return DelayLine(node, self.dt, self.dtype)
        return stateless(node, self.dtype)

    def _emits_early(self, node: NIRNode) -> bool:
        if isinstance(node, Delay):
            return DelayLine(node, self.dt, self.dtype).early
        rule = self.profile.rule(type(node).__name__)
        stepped = isinstance(node, SPIKING) and rule.integrator != "exact"
        return stepped and (rule.latency == 1 or rule.test == "before")

    def take_inputs(self, x: Any) -> tuple[dict[str, np.ndarray], bool]:
        """Give the inputs as (steps, batch, *shape) by path, and whether there was a batch."""
        names = self.plan.inputs
        if isinstance(x, Mapping):
            given = dict(x)
        elif len(names) == 1:
            given = {next(iter(names)): x}
        else:
            raise NirRunError(
                f"the graph has the inputs {', '.join(map(repr, names))}: "
                "give x as a dictionary with an array for each"
            )
        if set(given) != set(names):
            raise NirRunError(
                f"x holds {sorted(given)}, but the inputs of the graph are {sorted(names)}"
            )
        arrays, batches, lengths = {}, set(), set()
        for name, path in names.items():
            array = self._as_numbers(given[name])
            shape = self.plan.shapes[path].output
            assert shape is not None
            rank = len(shape)
            if array.ndim not in (rank + 1, rank + 2) or array.shape[array.ndim - rank :] != shape:
                raise NirRunError(
                    f"input {name!r}: expected (steps, {_tail(shape)}) or "
                    f"(steps, batch, {_tail(shape)}), got {array.shape}"
                )
            batched = array.ndim == rank + 2
            arrays[path] = array if batched else array[:, None]
            batches.add(arrays[path].shape[1] if batched else None)
            lengths.add(len(array))
        if len(lengths) > 1 or len(batches) > 1:
            raise NirRunError("all inputs must have the same number of steps and batch size")
        self.steps = lengths.pop()
        batch = batches.pop()
        self.batch = 1 if batch is None else batch
        return arrays, batch is not None

    def _as_numbers(self, value: Any) -> np.ndarray:
        if hasattr(value, "detach"):
            value = value.detach().cpu()
        array = np.asarray(value)
        if array.dtype.kind not in "fiub":
            raise NirRunError(f"x must hold real numbers, got {array.dtype}")
        numbers = array.astype(self.dtype, copy=False)
        # The least number is not a number where one is not; a neuron would only fall silent.
        if numbers.size and np.isnan(numbers.min()):
            raise NirRunError(f"x holds NaN, first at {np.argwhere(np.isnan(numbers))[0].tolist()}")
        return numbers

    def wanted(self, record: Iterable[str] | str) -> set[str]:
        """Give the paths to record; the path of a nested graph stands for all inside."""
        if record == "all":
            return set(self.plan.nodes)
        names = [record] if isinstance(record, str) else list(record)
        found: set[str] = set()
        for name in names:
            inside = {p for p in self.plan.nodes if p == name or p.startswith(f"{name}/")}
            if not inside:
                from difflib import get_close_matches

                close = get_close_matches(str(name), list(self.plan.nodes), n=1)
                hint = f"; did you mean {close[0]!r}?" if close else ""
                raise NirRunError(f"record: the graph has no node {name!r}{hint}")
            found |= inside
        return found

    def run(self, arrays: dict[str, np.ndarray], wanted: set[str], state: State | None) -> None:
        self.values: dict[str, np.ndarray] = self.start_values(arrays)
        self.inner: dict[str, dict[str, np.ndarray]] = {}
        self.state = self._state(state)
        uses: dict[str, int] = dict.fromkeys(self.plan.nodes, 0)
        for sources in self.plan.sources.values():
            for source in sources:
                uses[source] += 1
        keep = wanted | set(self.plan.outputs.values())
        for part in self.plan.parts:
            if part.cyclic:
                run_loop(self, part, wanted)
            else:
                self._whole(part.names[0], wanted)
            for name in part.names:
                for source in self.plan.sources[name]:
                    uses[source] -= 1
            done = {s for n in part.names for s in (*self.plan.sources[n], n)}
            for name in done:
                if uses[name] <= 0 and name not in keep:
                    self.values.pop(name, None)

    def start_values(self, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Give the table of signals at the start of a run: the inputs."""
        return dict(arrays)

    def _shape(self, name: str) -> tuple[int, ...]:
        shape = self.plan.shapes[name].input
        assert shape is not None
        return (self.batch, *shape)

    def _state(self, given: State | None) -> State:
        state: State = {}
        for name, operator in self.operators.items():
            if not hasattr(operator, "start"):
                continue
            if isinstance(operator, DelayLine):
                size = operator.longest * int(np.prod(self._shape(name))) * self.dtype.itemsize
                if size > _MOST_BYTES:
                    raise NirRunError(
                        f"/{name}: a delay of {operator.longest} steps needs {size} bytes; "
                        "is the delay in seconds?"
                    )
            fresh = operator.start(self._shape(name))
            if given is not None:
                fresh = self._continued(name, fresh, given)
            state[name] = fresh
        for part in self.plan.parts:
            for source, target in part.delayed:
                key = f"{source} -> {target}"
                state[key] = {"y": self._before_start(source)}
                if given is not None:
                    state[key] = self._continued(key, state[key], given)
        return state

    @staticmethod
    def _continued(name: str, fresh: dict[str, np.ndarray], given: State) -> dict[str, np.ndarray]:
        old = given.get(name, {})
        if {k: v.shape for k, v in old.items()} != {k: v.shape for k, v in fresh.items()}:
            raise NirRunError(
                f"the state does not fit {name!r}: it comes from another graph, profile, dt or "
                "batch size"
            )
        return {key: value.copy() for key, value in old.items()}

    def _before_start(self, source: str) -> np.ndarray:
        """Give what a delayed edge carries in the first step."""
        shape = self.plan.shapes[source].output
        assert shape is not None
        zero = np.zeros((self.batch, *shape), self.dtype)
        if self.profile.back_edge == "zero":
            return zero
        return zero + self._silent(source, frozenset())

    def _silent(self, name: str, above: frozenset[str]) -> np.ndarray:
        """Give the output of a node while all neurons and inputs are silent."""
        node = self.plan.nodes[name]
        shape = self.plan.shapes[name]
        assert shape.input is not None
        assert shape.output is not None
        if isinstance(node, (*NEURONS, Delay, Input)) or name in above:
            return np.zeros((1, *shape.output), self.dtype)
        total = np.zeros((1, *shape.input), self.dtype)
        for source in self.plan.sources[name]:
            total = total + self._silent(source, above | {name})
        return self.operators[name](total)

    def gather(self, name: str, terms: list[np.ndarray], steps: tuple[int, ...]) -> np.ndarray:
        if not terms:
            return np.zeros((*steps, *self._shape(name)), self.dtype)
        total = terms[0]
        for term in terms[1:]:
            total = total + term
        return total

    def _whole(self, name: str, wanted: set[str]) -> None:
        """Run one node over all steps."""
        operator = self.operators[name]
        if name in self.plan.inputs.values():
            return
        terms = [self.values[s] for s in self.plan.sources[name]]
        x = self.gather(name, terms, (self.steps,))
        if isinstance(operator, DelayLine):
            self.values[name] = operator.sequence(x, self.state[name])
        elif hasattr(operator, "step"):
            y = np.empty(x.shape, self.dtype)
            traces = self.recording(name, wanted)
            state = self.state[name]
            for t in range(self.steps):
                y[t] = operator.step(x[t], state)
                for key, trace in traces.items():
                    trace[t] = state[key]
            self.values[name] = y
        else:
            flat = x.reshape(-1, *x.shape[2:])
            y = operator(flat)
            self.values[name] = y.reshape(self.steps, self.batch, *y.shape[1:])

    def recording(self, name: str, wanted: set[str]) -> dict[str, np.ndarray]:
        if name not in wanted:
            return {}
        state = self.state.get(name, {})
        traces = {
            key: np.empty((self.steps, *state[key].shape), self.dtype)
            for key in ("v", "i")
            if key in state
        }
        self.inner[name] = traces
        return traces


def _tail(shape: tuple[int, ...]) -> str:
    return ", ".join(map(str, shape)) if shape else ""

"""`explain`: where two profiles part, by which rule, and what it does to the output."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from nir_core.errors import NirRunError
from nir_core.graph import NIRGraph
from nir_core.nodes import SPIKING
from nir_core.semantics._signals import differs, flat_plan, outputs_of
from nir_core.semantics.interpret import Result, run
from nir_core.semantics.profiles import Profile, get_profile, rule_fields

__all__ = ["Explanation", "NodeDivergence", "RuleDifference", "explain", "explained"]


@dataclass(frozen=True)
class NodeDivergence:
    """How far two runs differ at one node.

    Args:
        node: path of the node.
        spikes_a: sum of its spikes in the first run.
        spikes_b: sum of its spikes in the second run.
        differing: elements (step, sample, neuron) that differ.
        elements: number of elements.
        first_step: first step with a difference, or None.
    """

    node: str
    spikes_a: float
    spikes_b: float
    differing: int
    elements: int
    first_step: int | None


@dataclass(frozen=True)
class RuleDifference:
    """A choice in which two profiles differ.

    Args:
        rule: name of the choice, such as "reset".
        a: the first profile's.
        b: the second profile's.
        causes: the first profile with this single choice changed gives the second's result
            at the first diverging neuron.
    """

    rule: str
    a: str
    b: str
    causes: bool


@dataclass(frozen=True)
class Explanation:
    """Where two profiles part on a given input.

    Args:
        a: name of the first profile.
        b: name of the second profile.
        node: path of the first node whose output differs, or None when all agree.
        step: first step at which it differs.
        sample: index in the batch.
        neuron: index in the layer.
        value_a: output there under the first profile.
        value_b: output there under the second profile.
        voltage_a: potential at the end of that step, where the node has one.
        voltage_b: the same under the second profile.
        rules: the choices that differ for this node.
        nodes: how far each neuron layer differs, in order of execution.
        output_differing: elements of the outputs that differ.
        output_elements: number of elements of the outputs.
    """

    a: str
    b: str
    node: str | None
    step: int | None
    sample: int | None
    neuron: tuple[int, ...] | None
    value_a: float | None
    value_b: float | None
    voltage_a: float | None
    voltage_b: float | None
    rules: tuple[RuleDifference, ...]
    nodes: tuple[NodeDivergence, ...]
    output_differing: int
    output_elements: int

    @property
    def agree(self) -> bool:
        """True when no signal differs."""
        return self.node is None

    def to_dict(self) -> dict[str, Any]:
        """Give the explanation as plain data for JSON."""
        return {**asdict(self), "agree": self.agree}

    def __str__(self) -> str:
        if self.agree:
            return f"{self.a} and {self.b} agree on this input"
        where = f"neuron {self.neuron}"
        if self.sample:
            where += f" of sample {self.sample}"
        place = f"/{self.node}, step {self.step}, {where}"
        lines = [
            f"{self.a} and {self.b} part at {place}: {self.value_a:g} against {self.value_b:g}"
        ]
        if self.voltage_a is not None:
            lines.append(f"  potential after the step: {self.voltage_a:g} and {self.voltage_b:g}")
        causes = [r for r in self.rules if r.causes]
        for rule in self.rules:
            mark = "cause" if rule.causes else "differs too"
            lines.append(f"  {mark}: {rule.rule} is {rule.a} in {self.a}, {rule.b} in {self.b}")
        if not causes and self.rules:
            lines.append("  no single choice explains it; they act together")
        for n in self.nodes:
            lines.append(
                f"  /{n.node}: {n.spikes_a:g} and {n.spikes_b:g} spikes, "
                f"{n.differing} of {n.elements} elements differ"
            )
        share = self.output_differing / max(1, self.output_elements)
        lines.append(
            f"  output: {self.output_differing} of {self.output_elements} elements differ "
            f"({share:.2%})"
        )
        return "\n".join(lines)


def _span(x: Any, steps: int) -> Any:
    if isinstance(x, dict):
        return {k: np.asarray(v)[:steps] for k, v in x.items()}
    return np.asarray(x)[:steps]


def explain(
    graph: NIRGraph,
    x: Any,
    *,
    dt: float | None = None,
    a: str | Profile = "norse",
    b: str | Profile = "sinabs",
) -> Explanation:
    """Find where two profiles first give different signals, and which of their rules does it.

    Args:
        graph: the network.
        x: the input, as for `run`.
        dt: length of a step in seconds.
        a: the first profile.
        b: the second profile.

    Returns:
        The first diverging node (in order of execution, at the earliest step), step and
        neuron, the rules that differ and those that alone explain it, and the extent.

    Raises:
        NirRunError: as for `run`.

    Example:
        >>> from nir_core import LIF
        >>> lif = LIF(tau=[2.5e-3], r=[1.0], v_leak=[0.0], v_threshold=[0.1])
        >>> graph = NIRGraph.from_list(lif)
        >>> x = np.ones((40, 1))
        >>> [r.rule for r in explain(graph, x, dt=1e-4, a="norse", b="lava").rules if r.causes]
        ['latency']
    """
    one, two = get_profile(a), get_profile(b)
    return explained(graph, x, dt, one, two, run(graph, x, dt=dt, profile=one, record="all"))


def explained(
    graph: NIRGraph, x: Any, dt: float | None, one: Profile, two: Profile, run_a: Result
) -> Explanation:
    """Give the explanation when the run under the first profile is there already."""
    run_b = run(graph, x, dt=dt, profile=two, record="all")
    neurons = [n for n in run_a.signals if n in run_a.voltages]
    nodes = tuple(_divergence(n, run_a, run_b) for n in neurons)
    pairs = list(zip(outputs_of(run_a), outputs_of(run_b), strict=True))
    spiking_only = all(n in run_a.spikes for n in neurons)
    differing = sum(int(differs(p, q, spiking_only).sum()) for p, q in pairs)
    elements = sum(p.size for p, _ in pairs)
    first = _first(run_a, run_b)
    if first is None:
        blank = (None,) * 8
        return Explanation(one.name, two.name, *blank, (), nodes, differing, elements)  # type: ignore
    name, index = first
    batched = run_a.signals[name].ndim > len(_layer_shape(graph, name)) + 1
    sample = int(index[1]) if batched else None
    neuron = tuple(int(i) for i in index[2 if batched else 1 :])
    rules = _rules(graph, x, dt, one, two, name, index, run_b)
    voltage = [
        float(r.voltages[name][index]) if name in r.voltages else None for r in (run_a, run_b)
    ]
    return Explanation(
        one.name,
        two.name,
        name,
        int(index[0]),
        sample,
        neuron,
        float(run_a.signals[name][index]),
        float(run_b.signals[name][index]),
        voltage[0],
        voltage[1],
        rules,
        nodes,
        differing,
        elements,
    )


def _layer_shape(graph: NIRGraph, name: str) -> tuple[int, ...]:
    shape = flat_plan(graph).shapes[name].output
    return shape if shape is not None else ()


def _divergence(name: str, a: Result, b: Result) -> NodeDivergence:
    spikes = name in a.spikes
    different = differs(a.signals[name], b.signals[name], spikes)
    steps = np.flatnonzero(different.reshape(len(different), -1).any(1)) if len(different) else []
    return NodeDivergence(
        name,
        float(a.signals[name].sum()) if spikes else 0.0,
        float(b.signals[name].sum()) if spikes else 0.0,
        int(different.sum()),
        int(different.size),
        int(steps[0]) if len(steps) else None,
    )


def _first(a: Result, b: Result) -> tuple[str, tuple[int, ...]] | None:
    """Give the earliest difference; of several at one step, that of the earliest neuron."""
    best: tuple[int, str, tuple[int, ...]] | None = None
    for name, signal in a.signals.items():
        if name not in a.voltages:
            continue  # what carries signals without a state follows its sources
        different = differs(signal, b.signals[name], name in a.spikes)
        if not different.any():
            continue
        index = tuple(int(i) for i in np.unravel_index(int(np.argmax(different)), signal.shape))
        if best is None or index[0] < best[0]:
            best = (index[0], name, index)
    return None if best is None else (best[1], best[2])


def _rules(
    graph: NIRGraph,
    x: Any,
    dt: float | None,
    a: Profile,
    b: Profile,
    name: str,
    index: tuple[int, ...],
    run_b: Result,
) -> tuple[RuleDifference, ...]:
    """Change one choice of `a` after the other to that of `b`, and see which one matters."""
    kind = type(flat_plan(graph).nodes[name]).__name__
    group = "integrate" if kind in ("I", "IF") else "cuba" if kind.startswith("Cuba") else "lif"
    candidates: list[tuple[str, Any, Any, Profile]] = []
    rule_a, rule_b = getattr(a, group), getattr(b, group)
    for field in rule_fields():
        u, v = getattr(rule_a, field), getattr(rule_b, field)
        if u != v:
            changed = replace(rule_a, **{field: v})
            candidates.append((field, u, v, replace(a, **{group: changed})))
    for field in ("back_edge", "initial"):
        u, v = getattr(a, field), getattr(b, field)
        if u != v:
            candidates.append((field, u, v, replace(a, **{field: v})))
    steps = index[0] + 1
    found = []
    for field, u, v, profile in candidates:
        try:
            trial = run(graph, _span(x, steps), dt=dt, profile=profile, record=[name])
        except NirRunError:
            found.append(RuleDifference(field, str(u), str(v), False))
            continue
        here = (slice(None), *index[1:])
        got, wanted = trial.signals[name][here], run_b.signals[name][:steps][here]
        same = not differs(got, wanted, isinstance(flat_plan(graph).nodes[name], SPIKING)).any()
        found.append(RuleDifference(field, str(u), str(v), bool(same)))
    return tuple(found)

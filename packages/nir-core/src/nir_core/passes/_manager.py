"""The list of passes, and running several of them with a proof after each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import Any, Literal

import numpy as np

from nir_core.errors import NirError
from nir_core.graph import NIRGraph
from nir_core.passes._cuba import decompose, recompose
from nir_core.passes._dedupe import dedupe
from nir_core.passes._flatten import flatten
from nir_core.passes._fold import fold
from nir_core.passes._fuse import fuse
from nir_core.passes._prune import prune
from nir_core.passes._quantize import quantize
from nir_core.passes._recurrence import mark_recurrence
from nir_core.passes._uniform import compress_uniform, expand_uniform
from nir_core.semantics.interpret import run
from nir_core.semantics.profiles import Profile
from nir_core.statistics import stats

__all__ = ["PASSES", "Agreement", "Applied", "Pass", "StepReport", "agreement", "apply"]

Function = Callable[[NIRGraph], NIRGraph]


@dataclass(frozen=True)
class Pass:
    """A named rewriting of a graph.

    Args:
        name: how the pass is called.
        function: from a graph to a graph.
        result: what it keeps: "same" bits, the same up to "rounding", or "other" numbers.
        summary: one line of help.
    """

    name: str
    function: Function
    result: Literal["same", "rounding", "other"]
    summary: str

    def __call__(self, graph: NIRGraph) -> NIRGraph:
        """Apply the pass."""
        return self.function(graph)


PASSES: dict[str, Pass] = {
    p.name: p
    for p in (
        Pass("flatten", flatten, "rounding", "dissolve nested graphs into their parent"),
        Pass("prune", prune, "same", "remove nodes that cannot change an output"),
        Pass("dedupe", dedupe, "rounding", "merge nodes that compute the same from the same"),
        Pass("fold", fold, "rounding", "fold chains of Scale, Linear, Affine and Flatten"),
        Pass("fuse", fuse, "rounding", "fold, then fuse convolutions and poolings in a row"),
        Pass("decompose", decompose, "rounding", "CubaLIF to LI, Scale and LIF; CubaLI likewise"),
        Pass("recompose", recompose, "rounding", "LI, Scale and LIF in a row to CubaLIF"),
        Pass(
            "compress_uniform",
            compress_uniform,
            "same",
            "one number for parameters that are the same in a whole layer",
        ),
        Pass("expand_uniform", expand_uniform, "same", "full arrays for all parameters"),
        Pass("mark_recurrence", mark_recurrence, "same", "record loops in the metadata"),
        Pass("quantize", quantize, "other", "round weights to 8-bit fixed point"),
    )
}


@dataclass(frozen=True)
class Agreement:
    """How far two graphs give the same on random input.

    Args:
        profile: profile of the runs.
        output_error: largest difference of an output element, in units of the largest one.
        output_differing: output elements that differ by more than 1e-6 of the largest one.
        output_elements: number of output elements.
    """

    profile: str
    output_error: float
    output_differing: int
    output_elements: int

    @property
    def same(self) -> bool:
        """True when no output differs by more than rounding."""
        return self.output_differing == 0


@dataclass(frozen=True)
class StepReport:
    """What one pass did.

    Args:
        name: name of the pass.
        changed: whether it changed the graph.
        nodes: number of nodes before and after, nested ones counted.
        parameters: stored numbers before and after.
        macs: multiply-accumulates of a step of dense input before and after.
        agreement: comparison of the two graphs by running them; None when not asked for.
    """

    name: str
    changed: bool
    nodes: tuple[int, int]
    parameters: tuple[int, int]
    macs: tuple[int, int]
    agreement: Agreement | None = None

    def to_dict(self) -> dict[str, Any]:
        """Give the report as plain data for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        if not self.changed:
            return f"{self.name}: nothing to do"
        pairs = {"nodes": self.nodes, "parameters": self.parameters, "MAC/step": self.macs}
        parts = [f"{k} {a:,} -> {b:,}" if a != b else f"{k} {a:,}" for k, (a, b) in pairs.items()]
        if self.agreement is not None:
            found = self.agreement
            parts.append(
                f"{found.output_differing} of {found.output_elements} outputs differ "
                f"({found.profile}, up to {found.output_error:.2g})"
            )
        return f"{self.name}: {', '.join(parts)}"


@dataclass(frozen=True)
class Applied:
    """A rewritten graph and what each pass did.

    Args:
        graph: the result.
        steps: one report per pass, in order.
    """

    graph: NIRGraph
    steps: tuple[StepReport, ...]

    def __str__(self) -> str:
        return "\n".join(map(str, self.steps))


def _named(step: str | Pass | Function) -> Pass:
    if isinstance(step, Pass):
        return step
    if callable(step):
        for known in PASSES.values():
            if known.function is step:
                return known
        return Pass(getattr(step, "__name__", repr(step)), step, "other", "")
    if step not in PASSES:
        close = get_close_matches(str(step), PASSES, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else f"; known are {', '.join(PASSES)}"
        raise NirError(f"there is no pass {step!r}{hint}")
    return PASSES[step]


def apply(
    graph: NIRGraph,
    *steps: str | Pass | Function,
    prove: str | Profile | None = None,
    dt: float = 1e-3,
    x: Any = None,
) -> Applied:
    """Apply passes one after the other.

    Args:
        graph: the graph.
        *steps: names from `PASSES`, passes, or any functions from graph to graph.
        prove: a profile under which each changed graph is run beside the one before it.
        dt: length of a step in seconds of these runs.
        x: their input; random spikes when not given.

    Returns:
        The graph and a report per pass.

    Raises:
        NirError: a name is unknown, or with `prove` a pass changed the result more than it
            may: any output that differs by more than rounding, unless the pass is lossy.

    Example:
        >>> from nir_core import Affine, Scale
        >>> graph = NIRGraph.from_list(Scale([2.0]), Affine([[3.0]], [1.0]))
        >>> print(apply(graph, "flatten", "fold", prove="nir"))
        flatten: nothing to do
        fold: nodes 4 -> 3, parameters 3 -> 2, MAC/step 1, 0 of 50 outputs differ (nir, up to 0)
    """
    chosen = [_named(step) for step in steps]
    reports = []
    for step in chosen:
        made = step(graph)
        changed = made is not graph
        found = None
        if prove is not None and changed:
            found = agreement(graph, made, profile=prove, dt=dt, x=x)
            if step.result != "other" and not found.same:
                raise NirError(
                    f"{step.name}: {found.output_differing} of {found.output_elements} outputs "
                    f"differ under {found.profile}, by up to {found.output_error:.2g}"
                )
        one, two = stats(graph), stats(made)
        reports.append(
            StepReport(
                step.name,
                changed,
                (len(one.nodes), len(two.nodes)),
                (one.parameters, two.parameters),
                (one.macs, two.macs),
                found,
            )
        )
        graph = made
    return Applied(graph, tuple(reports))


def agreement(
    a: NIRGraph,
    b: NIRGraph,
    *,
    profile: str | Profile = "nir",
    dt: float = 1e-3,
    x: Any = None,
    steps: int = 50,
    rate: float = 0.3,
    seed: int = 0,
) -> Agreement:
    """Run two graphs on the same input and compare their outputs.

    Args:
        a: the first graph.
        b: the second graph, with the same names and shapes of Inputs and Outputs.
        profile: profile of both runs.
        dt: length of a step in seconds.
        x: the input; seeded random spikes when not given.
        steps: steps of the random input.
        rate: probability of a spike per step.
        seed: seed of the random input.

    Returns:
        How far they agree.

    Raises:
        NirError: the outputs do not fit each other, or a graph cannot be run.

    Example:
        >>> from nir_core import Scale
        >>> one, two = (NIRGraph.from_list(Scale([s])) for s in (1.0, 2.0))
        >>> agreement(one, one).same, agreement(one, two).same
        (True, False)
    """
    if x is None:
        rng = np.random.default_rng(seed)
        x = {}
        for name in a.inputs:
            shape = a.shapes[name].output
            if shape is None:
                raise NirError(f"/{name}: the shape of the input does not follow from the graph")
            x[name] = (rng.random((steps, *shape)) < rate).astype(np.float64)
    outputs = []
    for graph in (a, b):
        result = run(graph, x, dt=dt, profile=profile)
        found = result.output if isinstance(result.output, dict) else {"": result.output}
        outputs.append(list(found.values()))
    if [u.shape for u in outputs[0]] != [v.shape for v in outputs[1]]:
        raise NirError("the outputs of the two graphs have different shapes")
    pairs = list(zip(*outputs, strict=True))
    size = max((float(np.abs(u).max(initial=0)) for u, _ in pairs), default=0.0) or 1.0
    gaps = [np.abs(u - v) / size for u, v in pairs]
    name = profile if isinstance(profile, str) else profile.name
    return Agreement(
        name,
        max((float(g.max(initial=0)) for g in gaps), default=0.0),
        sum(int((g > 1e-6).sum()) for g in gaps),
        sum(g.size for g in gaps),
    )

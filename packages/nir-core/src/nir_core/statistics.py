"""`stats`: parameters, operations and memory of a graph, from shapes alone."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from math import prod
from typing import Any

from nir_core.errors import NirTypeError
from nir_core.graph import NIRGraph
from nir_core.nodes import NEURONS, Affine, AvgPool2d, Conv1d, Conv2d, Linear, SumPool2d
from nir_core.semantics._plan import make_plan

__all__ = ["NodeStats", "Stats", "stats"]


@dataclass(frozen=True)
class NodeStats:
    """Numbers about one node.

    Args:
        node: path.
        kind: class name.
        output: output shape, or None where it does not follow.
        parameters: numbers stored in it.
        bytes: their bytes.
        neurons: neurons, for nodes with a membrane.
        states: state variables (potential, and current of the Cuba kinds).
        macs: multiply-accumulate operations for one step of dense input, which is the
            number of connections.
        fan_in: inputs of one output element, for nodes with weights.
    """

    node: str
    kind: str
    output: tuple[int, ...] | None
    parameters: int
    bytes: int
    neurons: int
    states: int
    macs: int
    fan_in: int


@dataclass(frozen=True)
class Stats:
    """Numbers about a graph; sums over `nodes` are properties.

    Args:
        nodes: one entry per node, nested graphs dissolved, in order of the graph.
        sources: paths of the nodes that feed each node.
    """

    nodes: tuple[NodeStats, ...]
    sources: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False)

    @property
    def parameters(self) -> int:
        """Numbers stored in the graph."""
        return sum(n.parameters for n in self.nodes)

    @property
    def bytes(self) -> int:
        """Bytes of all parameters."""
        return sum(n.bytes for n in self.nodes)

    @property
    def neurons(self) -> int:
        """Neurons of all layers."""
        return sum(n.neurons for n in self.nodes)

    @property
    def states(self) -> int:
        """State variables of all layers."""
        return sum(n.states for n in self.nodes)

    @property
    def macs(self) -> int:
        """Multiply-accumulate operations for one step of dense input."""
        return sum(n.macs for n in self.nodes)

    def synops(self, result: Any) -> float:
        """Give the synaptic operations of a run: spikes times connections that each one takes.

        Args:
            result: a `Result` of a run with record="all".

        Returns:
            Additions that an event-driven machine would do for the recorded input, all steps
            and samples together; weights at the border of an image are counted in full.
        """
        sizes = {n.node: prod(n.output) for n in self.nodes if n.output is not None}
        total = 0.0
        for n in self.nodes:
            for source in self.sources.get(n.node, ()) if n.macs else ():
                active = float((result.signals[source] != 0).sum())
                total += active * n.macs / max(1, sizes[source])
        return total

    def to_dict(self) -> dict[str, Any]:
        """Give the numbers as plain data for JSON."""
        totals = ("parameters", "bytes", "neurons", "states", "macs")
        return {
            **{name: getattr(self, name) for name in totals},
            "nodes": [asdict(n) for n in self.nodes],
        }

    def __str__(self) -> str:
        head = ["node", "kind", "output", "parameters", "neurons", "MAC/step"]
        body = [head]
        for n in self.nodes:
            shape = "?" if n.output is None else "x".join(map(str, n.output)) or "1"
            numbers = [f"{v:,}" if v else "-" for v in (n.parameters, n.neurons, n.macs)]
            body.append([n.node, n.kind, shape, *numbers])
        totals = [f"{v:,}" for v in (self.parameters, self.neurons, self.macs)]
        body.append(["total", "", "", *totals])
        widths = [max(len(r[i]) for r in body) for i in range(len(head))]
        return "\n".join(
            "  ".join(
                c.ljust(w) if i < 3 else c.rjust(w)
                for i, (c, w) in enumerate(zip(r, widths, strict=True))
            ).rstrip()
            for r in body
        )


def stats(graph: NIRGraph) -> Stats:
    """Count parameters, neurons, connections and operations without loading a weight.

    Args:
        graph: a graph.

    Returns:
        Numbers per node, with sums.

    Raises:
        NirTypeError: the argument is not a NIRGraph.

    Example:
        >>> import numpy as np
        >>> stats(NIRGraph.from_list(Linear(np.ones((10, 4))))).macs
        40
    """
    if not isinstance(graph, NIRGraph):
        raise NirTypeError(f"stats needs a nir_core.NIRGraph, got {type(graph).__name__}")
    plan = make_plan(graph, lambda node: False)
    found = []
    for name, node in plan.nodes.items():
        shapes = plan.shapes[name]
        out = prod(shapes.output) if shapes.output is not None else 0
        arrays = [node.__dict__[p] for p in node._parameters]
        fan_in = macs = 0
        if isinstance(node, (Affine, Linear)):
            fan_in, macs = prod(node.weight.shape[-1:]), prod(node.weight.shape)
        elif isinstance(node, (Conv1d, Conv2d)):
            fan_in = prod(node.weight.shape[1:])
            macs = out * fan_in
        elif isinstance(node, (SumPool2d, AvgPool2d)):
            fan_in = prod(node.kernel_size)
        neurons = out if isinstance(node, NEURONS) else 0
        per_neuron = 2 if type(node).__name__.startswith("Cuba") else 1
        found.append(
            NodeStats(
                name,
                type(node).__name__,
                shapes.output,
                sum(prod(a.shape) for a in arrays),
                sum(prod(a.shape) * a.dtype.itemsize for a in arrays),
                neurons,
                neurons * per_neuron,
                macs,
                fan_in,
            )
        )
    return Stats(tuple(found), dict(plan.sources))

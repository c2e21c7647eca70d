"""Which loops of a graph allow a rewriting, and whether a rewriting kept their order.

The interpreter cuts a loop at the edge that closes it when followed from the Input. Where
all of a loop is entered at one node, its head, and every way round leads back to the head,
the cut does not depend on names or on the length of other paths. In all other loops a
rewriting could move the cut, and with it a delay of one step, so they are left alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nir_core.graph import NIRGraph
from nir_core.nodes import SPIKING, NIRNode
from nir_core.semantics._plan import make_plan

__all__ = ["Loops", "find_loops"]

Cuts = tuple[frozenset[tuple[str, str]], ...]


def _never(node: NIRNode) -> bool:
    return False


def _spiking(node: NIRNode) -> bool:
    return isinstance(node, SPIKING)


@dataclass(frozen=True)
class Loops:
    """The loops of a graph by paths such as "block/lif".

    Args:
        heads: the heads of loops that may be rewritten.
        frozen: nodes of loops that may not.
        cuts: delayed edges between frozen nodes, for platforms with and without latency.
    """

    heads: frozenset[str]
    frozen: frozenset[str]
    cuts: Cuts

    def kept(self, graph: NIRGraph, renamed: Mapping[str, str] | None = None) -> bool:
        """Whether a rewritten graph cuts the frozen loops at the same edges.

        Args:
            graph: the rewritten graph.
            renamed: new paths by old path, where they changed.
        """
        if not self.frozen:
            return True
        names = {} if renamed is None else renamed
        present = make_plan(graph, _never).nodes  # a loop that was removed counts as kept
        wanted = []
        for cuts in self.cuts:
            now = [(names.get(a, a), names.get(b, b)) for a, b in cuts]
            wanted.append(frozenset(edge for edge in now if edge[0] in present))
        inside = {names.get(name, name) for name in self.frozen}
        return _cuts(graph, inside) == tuple(wanted)


def _cuts(graph: NIRGraph, inside: set[str] | frozenset[str]) -> Cuts:
    found = []
    for early in (_never, _spiking):
        plan = make_plan(graph, early)
        edges = (edge for part in plan.parts for edge in part.delayed)
        found.append(frozenset(edge for edge in edges if edge[0] in inside))
    return tuple(found)


def find_loops(graph: NIRGraph) -> Loops:
    """Sort the loops of a graph into those that may be rewritten and those that may not."""
    plan = make_plan(graph, _never)
    heads: set[str] = set()
    frozen: set[str] = set()
    for part in plan.parts:
        if not part.cyclic:
            continue
        inside = set(part.names)
        entries = [n for n in part.names if any(s not in inside for s in plan.sources[n])]
        if len(entries) == 1 and all(target == entries[0] for _, target in part.delayed):
            heads.add(entries[0])
        else:
            frozen |= inside
    return Loops(frozenset(heads), frozenset(frozen), _cuts(graph, frozen) if frozen else ())

"""The shape of a directed graph: reachability, strong components and order, in linear time."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

__all__ = ["EdgeTable", "adjacency", "cut_cycles", "edge_table", "reachable", "strong_components"]

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True)
class EdgeTable:
    """Edges between numbered nodes: those from node i lead to `ends[starts[i]:starts[i + 1]]`."""

    starts: list[int]
    ends: list[int]

    def reached(self, roots: Iterable[int]) -> bytearray:
        """Give a 1 for every node that can be reached from the roots, the roots among them."""
        starts, ends = self.starts, self.ends
        seen = bytearray(len(starts) - 1)
        stack = list(roots)
        for root in stack:
            seen[root] = 1
        while stack:
            node = stack.pop()
            for other in ends[starts[node] : starts[node + 1]]:
                if not seen[other]:
                    seen[other] = 1
                    stack.append(other)
        return seen


def edge_table(count: int, sources: Sequence[int], targets: Sequence[int]) -> EdgeTable:
    """Sort edges by their source, in linear memory and without an object per node.

    Args:
        count: how many nodes there are.
        sources: the number of the node at which each edge starts.
        targets: the number of the node at which it ends.

    Returns:
        The table; edges of one source keep their order.

    Example:
        >>> edge_table(3, [2, 0, 2], [0, 1, 1])
        EdgeTable(starts=[0, 1, 1, 3], ends=[1, 0, 1])
    """
    start = np.array(sources, dtype=np.int64)
    ends = np.array(targets, dtype=np.int64)[np.argsort(start, kind="stable")]
    starts = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(start, minlength=count), out=starts[1:])
    return EdgeTable(starts.tolist(), ends.tolist())


def adjacency(
    names: Iterable[K], edges: Iterable[tuple[K, K]]
) -> tuple[dict[K, list[K]], dict[K, list[K]]]:
    """Give successors and predecessors by name; edges that name no node are left out.

    Example:
        >>> adjacency("ab", [("a", "b")])
        ({'a': ['b'], 'b': []}, {'a': [], 'b': ['a']})
    """
    after: dict[K, list[K]] = {name: [] for name in names}
    before: dict[K, list[K]] = {name: [] for name in after}
    for source, target in edges:
        if source in after and target in before:
            after[source].append(target)
            before[target].append(source)
    return after, before


def reachable(starts: Iterable[K], neighbours: Mapping[K, Sequence[K]]) -> set[K]:
    """Give every name that can be reached from the starts, the starts among them.

    Example:
        >>> sorted(reachable("a", {"a": "b", "b": "", "c": "a"}))
        ['a', 'b']
    """
    seen = set(starts)
    stack = list(seen)
    while stack:
        for name in neighbours[stack.pop()]:
            if name not in seen:
                seen.add(name)
                stack.append(name)
    return seen


def strong_components(neighbours: Mapping[K, Sequence[K]]) -> list[list[K]]:
    """Give the strongly connected components, each before the components it leads to.

    Tarjan's algorithm without recursion: a chain of any length is fine.

    Example:
        >>> strong_components({"a": "b", "b": "cb", "c": "b", "d": "a"})
        [['d'], ['a'], ['c', 'b']]
    """
    index: dict[K, int] = {}
    low: dict[K, int] = {}
    on_stack: set[K] = set()
    stack: list[K] = []
    found: list[list[K]] = []
    for root in neighbours:
        if root in index:
            continue
        work = [(root, iter(neighbours[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            name, rest = work[-1]
            for other in rest:
                if other not in index:
                    index[other] = low[other] = len(index)
                    stack.append(other)
                    on_stack.add(other)
                    work.append((other, iter(neighbours[other])))
                    break
                if other in on_stack:
                    low[name] = min(low[name], index[other])
            else:
                work.pop()
                if work:
                    parent = work[-1][0]
                    low[parent] = min(low[parent], low[name])
                if low[name] == index[name]:
                    component = []
                    while True:
                        member = stack.pop()
                        on_stack.discard(member)
                        component.append(member)
                        if member == name:
                            break
                    found.append(component)
    found.reverse()
    return found


def cut_cycles(
    members: Sequence[K], neighbours: Mapping[K, Sequence[K]], entries: Iterable[K] = ()
) -> tuple[list[K], set[tuple[K, K]]]:
    """Order names depth first and give the edges that lead back to an open ancestor.

    Without these edges the rest has no cycle, and the order is a topological one.

    Args:
        members: the names, in the order in which they are tried.
        neighbours: successors by name, all of them members.
        entries: names to try first.

    Returns:
        The names in order and the edges that were cut.

    Example:
        >>> cut_cycles("ab", {"a": "b", "b": "a"})
        (['a', 'b'], {('b', 'a')})
    """
    cuts: set[tuple[K, K]] = set()
    open_or_done: dict[K, bool] = {}
    done: list[K] = []
    for root in (*entries, *members):
        if root in open_or_done:
            continue
        open_or_done[root] = True
        work = [(root, iter(neighbours[root]))]
        while work:
            name, rest = work[-1]
            for target in rest:
                if target not in open_or_done:
                    open_or_done[target] = True
                    work.append((target, iter(neighbours[target])))
                    break
                if open_or_done[target]:
                    cuts.add((name, target))
            else:
                open_or_done[name] = False
                done.append(name)
                work.pop()
    done.reverse()
    return done, cuts

"""Walking over nodes and edges."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from torch import nn

__all__ = [
    "GraphInputNode",
    "GraphOutputNode",
    "find_all_ancestors",
    "find_children",
    "find_parents",
    "trace_execution",
]

T = TypeVar("T")


def find_children(node: Any, edges: Iterable[tuple[Any, Any]]) -> set[Any]:
    """Give the targets of the edges that leave a node.

    Example:
        >>> find_children("a", [("a", "b"), ("b", "c")])
        {'b'}
    """
    return {target for source, target in edges if source == node}


def find_parents(node: Any, edges: Iterable[tuple[Any, Any]]) -> set[Any]:
    """Give the sources of the edges that reach a node.

    Example:
        >>> find_parents("c", [("a", "b"), ("b", "c")])
        {'b'}
    """
    return {source for source, target in edges if target == node}


def find_all_ancestors(
    node: Any,
    edges: Iterable[tuple[Any, Any]],
    roots: Iterable[Any] | None = None,
    parents_found: set[Any] | None = None,
    nodes_inspected: set[Any] | None = None,
) -> set[Any]:
    """Give every node from which a node can be reached, not looking behind the roots.

    Example:
        >>> sorted(find_all_ancestors("c", [("a", "b"), ("b", "c")]))
        ['a', 'b']
    """
    edges, stops = list(edges), set(roots or ())
    found = set(parents_found or ())
    seen = set(nodes_inspected or ())
    waiting = [node]
    while waiting:
        here = waiting.pop()
        if here in seen or here in stops:
            continue
        seen.add(here)
        parents = find_parents(here, edges)
        found |= parents
        waiting += parents
    return found


def trace_execution(
    node: T, edge_fn: Callable[[T], Iterable[T]], visited: set[T] | None = None
) -> list[T]:
    """Give the nodes that can be reached, each once, every branch to its end before the next.

    Example:
        >>> trace_execution("a", {"a": "bc", "b": "d", "c": "", "d": "a"}.get)
        ['a', 'b', 'd', 'c']
    """
    seen = set() if visited is None else visited
    order: list[T] = []
    waiting = [node]
    while waiting:
        here = waiting.pop()
        if here in seen:
            continue
        seen.add(here)
        order.append(here)
        waiting += reversed(list(edge_fn(here)))
    return order


class GraphInputNode(nn.Module):
    """Marks where a signal enters."""


class GraphOutputNode(nn.Module):
    """Marks where a signal leaves."""

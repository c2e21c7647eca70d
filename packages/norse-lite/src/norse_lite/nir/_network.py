"""A module that runs any graph of layers and neurons, cycles included."""

from typing import Any

import torch
from torch import Tensor, nn

from norse_lite.forms._parameters import NeuronModule
from norse_lite.sequential import _fold

__all__ = ["GraphNetwork"]


def _depth_first(
    edges: list[tuple[str, str]], start: str
) -> tuple[list[str], set[tuple[str, str]]]:
    """Return the nodes in an order of computation, and the edges that close a cycle."""
    after: dict[str, list[str]] = {}
    for source, target in edges:
        after.setdefault(source, []).append(target)
    closing: set[tuple[str, str]] = set()
    finished: list[str] = []
    on_path: set[str] = {start}
    seen: set[str] = {start}
    stack = [(start, iter(after.get(start, ())))]
    while stack:
        node, rest = stack[-1]
        for target in rest:
            if target in on_path:
                closing.add((node, target))
            elif target not in seen:
                seen.add(target)
                on_path.add(target)
                stack.append((target, iter(after.get(target, ()))))
                break
        else:
            stack.pop()
            on_path.discard(node)
            finished.append(node)
    return finished[::-1], closing


class GraphNetwork(nn.Module):
    """Runs modules in the order of a graph; a node's input is the sum of its incoming edges.

    Args:
        modules: Module of every node but the terminals, by path.
        edges: Pairs of paths.
        entry: Path of the input node.
        exit: Path of the output node.

    The edge that closes a cycle, followed from the input, carries the value of the step before, and
    zero in the first step. Nodes outside cycles run over whole sequences.
    """

    def __init__(
        self,
        modules: dict[str, nn.Module],
        edges: list[tuple[str, str]],
        entry: str,
        exit: str,
    ) -> None:
        super().__init__()
        self.nodes = nn.ModuleDict({path.replace(".", "_"): m for path, m in modules.items()})
        named = [(a.replace(".", "_"), b.replace(".", "_")) for a, b in edges]
        self.entry, self.exit = entry.replace(".", "_"), exit.replace(".", "_")
        order, closing = _depth_first(named, self.entry)
        self.closing = sorted(closing)
        self._sources: dict[str, list[str]] = {path: [] for path in order}
        for edge in named:
            if edge not in closing and edge[0] in self._sources and edge[1] in self._sources:
                self._sources[edge[1]].append(edge[0])
        self._groups = _groups(order, named)

    def forward(
        self, x: Tensor, state: dict[str, Any] | None = None
    ) -> tuple[Tensor, dict[str, Any]]:
        """Run over a sequence.

        Args:
            x: Input, `(T, B, *shape)`.
            state: What an earlier call returned; None starts at rest.

        Returns:
            The output of every step, and the state of every neuron and closing edge by name.
        """
        state = dict(state or {})
        values = {self.entry: x}
        for group in self._groups:
            if len(group) == 1 and not any(b == group[0] for _, b in self.closing):
                self._run_node(group[0], values, state)
            else:
                self._run_cycle(group, values, state)
        return values[self.exit], state

    def _input(self, path: str, values: dict[str, Tensor]) -> Tensor:
        incoming = [values[source] for source in self._sources[path]]
        total = incoming[0]
        for value in incoming[1:]:
            total = total + value
        return total

    def _run_node(self, path: str, values: dict[str, Tensor], state: dict[str, Any]) -> None:
        if path == self.entry:
            return
        values[path] = self._run_module(path, self._input(path, values), state)

    def _run_module(self, path: str, x: Tensor, state: dict[str, Any]) -> Tensor:
        if path not in self.nodes:
            return x
        module = self.nodes[path]
        if isinstance(module, NeuronModule):
            y, state[path] = module(x, state.get(path))
            return y
        return _fold(module, x, f"node {path}")

    def _run_cycle(
        self, group: list[str], values: dict[str, Tensor], state: dict[str, Any]
    ) -> None:
        inside = set(group)
        outer = {p: [s for s in self._sources[p] if s not in inside] for p in group}
        steps = len(next(iter(values.values())))
        collected: dict[str, list[Tensor]] = {path: [] for path in group}
        for t in range(steps):
            now: dict[str, Tensor] = {}
            for path in group:
                incoming = [values[s][t : t + 1] for s in outer[path]]
                incoming += [now[s] for s in self._sources[path] if s in inside]
                for edge in self.closing:
                    if edge[1] == path and "->".join(edge) in state:
                        incoming.append(state["->".join(edge)])
                total = incoming[0]
                for value in incoming[1:]:
                    total = total + value
                now[path] = self._run_module(path, total, state)
                collected[path].append(now[path])
            for source, target in self.closing:
                if source in now:
                    state[f"{source}->{target}"] = now[source]
        for path in group:
            values[path] = torch.cat(collected[path])


def _groups(order: list[str], edges: list[tuple[str, str]]) -> list[list[str]]:
    """Return the strongly connected components in the order of computation."""
    reach: dict[str, set[str]] = {path: {path} for path in order}
    after: dict[str, list[str]] = {path: [b for a, b in edges if a == path] for path in order}
    for path in order:
        stack = [path]
        while stack:
            for target in after[stack.pop()]:
                if target in reach and target not in reach[path]:
                    reach[path].add(target)
                    stack.append(target)
    groups: list[list[str]] = []
    placed: set[str] = set()
    for path in order:
        if path in placed:
            continue
        group = [p for p in order if p in reach[path] and path in reach[p]]
        placed.update(group)
        groups.append(group)
    return groups

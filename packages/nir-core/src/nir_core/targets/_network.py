"""A graph as a chip sees it: weighted layers, what stands before and what comes after each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np

from nir_core.graph import NIRGraph
from nir_core.nodes import (
    NEURONS,
    Affine,
    AvgPool2d,
    Conv1d,
    Conv2d,
    Flatten,
    Input,
    Linear,
    NIRNode,
    Output,
    SumPool2d,
)
from nir_core.nodes._base import Shape
from nir_core.passes._fold import fold
from nir_core.semantics._plan import Plan, make_plan

__all__ = ["POOLS", "WEIGHTED", "Layer", "Network"]

WEIGHTED = (Conv1d, Conv2d, Linear, Affine)
POOLS = (SumPool2d, AvgPool2d)


@dataclass(frozen=True)
class Layer:
    """A weighted node as a convolution (a matrix is one whose kernel covers its whole input).

    Args:
        name: path of the node.
        channels: input and output channels.
        kernel: height and width.
        size: height and width of the output.
        biased: whether any bias differs from zero.
        targets: paths of the weighted nodes and Outputs that it feeds through other nodes.
    """

    name: str
    channels: tuple[int, int]
    kernel: tuple[int, int]
    size: tuple[int, int]
    biased: bool
    targets: tuple[str, ...]


class Network:
    """The analysis that all rules share; factors are folded into weights first."""

    def __init__(self, graph: NIRGraph) -> None:
        self.graph = fold(graph)
        self.plan: Plan = make_plan(self.graph, lambda node: False)
        self.nodes: dict[str, NIRNode] = self.plan.nodes
        self.after: dict[str, list[str]] = {name: [] for name in self.nodes}
        for name, sources in self.plan.sources.items():
            for source in sources:
                self.after[source].append(name)

    def shape(self, name: str, port: str = "output") -> Shape:
        """Give a shape; () where it does not follow from the graph."""
        return getattr(self.plan.shapes[name], port) or ()

    def neighbours(self, name: str, *, behind: bool, stop: tuple[type, ...]) -> list[str]:
        """Give the nearest nodes of some kinds before or behind a node, through all others."""
        links = self.after if behind else self.plan.sources
        found: dict[str, None] = {}
        seen = {name}
        waiting = list(links[name])
        while waiting:
            other = waiting.pop(0)
            if isinstance(self.nodes[other], stop):
                found[other] = None
            elif other not in seen:
                seen.add(other)
                waiting += links[other]
        return list(found)

    @cached_property
    def weighted(self) -> list[str]:
        """Paths of the weighted nodes in order of execution."""
        order = [name for part in self.plan.parts for name in part.names]
        return [name for name in order if isinstance(self.nodes[name], WEIGHTED)]

    @cached_property
    def neurons(self) -> list[str]:
        """Paths of the neuron layers."""
        return [name for name, node in self.nodes.items() if isinstance(node, NEURONS)]

    @cached_property
    def layers(self) -> list[Layer]:
        """All weighted nodes as convolutions."""
        return [self._layer(name) for name in self.weighted]

    def _layer(self, name: str) -> Layer:
        node = self.nodes[name]
        weight = node.__dict__["weight"].shape
        targets = tuple(self.neighbours(name, behind=True, stop=(*WEIGHTED, Output)))
        bias = node.__dict__.get("bias")
        biased = bias is not None and bool(np.asarray(bias).any())
        if isinstance(node, (Conv1d, Conv2d)):
            kernel = (1, weight[2]) if isinstance(node, Conv1d) else (weight[2], weight[3])
            out = self.shape(name)
            size = (1, out[1]) if len(out) == 2 else (out[1], out[2]) if len(out) == 3 else (1, 1)
            return Layer(name, (weight[1] * node.groups, weight[0]), kernel, size, biased, targets)
        channels, kernel = weight[-1], (1, 1)
        for source in self.plan.sources[name]:
            image = self.shape(source, "input")
            if isinstance(self.nodes[source], Flatten) and len(image) == 3:
                channels, kernel = image[0], (image[1], image[2])
        return Layer(name, (channels, weight[-2]), kernel, (1, 1), biased, targets)

    @cached_property
    def readout(self) -> list[str]:
        """Neuron layers that feed an Output and no other neurons."""
        return [n for n in self.neurons if not self.neighbours(n, behind=True, stop=NEURONS)]

    @cached_property
    def hidden(self) -> list[str]:
        """Neuron layers that feed other neurons."""
        return [n for n in self.neurons if n not in self.readout]

    def count(self, names: list[str]) -> int:
        """Give the number of neurons in some layers."""
        return sum(prod(self.shape(name)) for name in names)

    @cached_property
    def inputs(self) -> list[str]:
        """Paths of the Inputs of the outermost graph."""
        return list(self.plan.inputs.values())

    def synapses(self, name: str) -> int:
        """Give the number of connections of a weighted node."""
        node = self.nodes[name]
        weight = node.__dict__["weight"].shape
        if isinstance(node, (Conv1d, Conv2d)):
            return prod(self.shape(name)) * prod(weight[1:])
        return prod(weight)

    def is_fed_by_input(self, name: str) -> bool:
        """Whether a weighted node takes the signal of an Input."""
        return bool(self.neighbours(name, behind=False, stop=(Input, *NEURONS))) and any(
            isinstance(self.nodes[n], Input)
            for n in self.neighbours(name, behind=False, stop=(Input, *NEURONS))
        )

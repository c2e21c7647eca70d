"""What one case of the suite is."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import nir_core as nc

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Case:
    """A graph, an input, and how the two are to be understood.

    Attributes:
        name: identifier, safe as a file name.
        primitive: the primitive under test, for example "CubaLIF".
        topology: "single", "chain", "branch", "inputs", "outputs", "recurrence", "nested" or
            "nested-recurrence".
        parameters: form of the parameters: "uniform", "varied", "scalar", "map", or for layers
            without time what makes the case special, such as "groups".
        reset: "none", "zero" or "value".
        dt: length of a step, seconds.
        graph: the network.
        inputs: float32 (steps, *shape) by name of an Input node.
    """

    name: str
    primitive: str
    topology: str
    parameters: str
    reset: str
    dt: float
    graph: nc.NIRGraph
    inputs: Mapping[str, Array]

    @property
    def steps(self) -> int:
        """Number of time steps."""
        return len(next(iter(self.inputs.values())))

    def labels(self) -> dict[str, str | float | int]:
        """What the index of the suite says about the case."""
        return {
            "name": self.name,
            "primitive": self.primitive,
            "topology": self.topology,
            "parameters": self.parameters,
            "reset": self.reset,
            "dt": self.dt,
            "steps": self.steps,
        }


def spikes(generator: np.random.Generator, shape: tuple[int, ...], rate: float = 0.3) -> Array:
    """Random spikes as float32 zeros and ones of `shape` (steps, ...)."""
    return (generator.random(shape) < rate).astype(np.float32)

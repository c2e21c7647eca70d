"""norse-lite: `from_nir` with the step length, whole sequences."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

import nir_core
import norse_lite
from conformance.adapters.membranes import membrane

PACKAGE = "norse-lite"
VERSIONS = ("norse-lite", "nir-core", "torch")
PROFILE = "norse"


class Loaded:
    """A network in norse-lite."""

    def __init__(self, model: Any, dt: float, inputs: Mapping[str, Any]) -> None:
        """Keep the module and a sample of its input."""
        self._model, self._dt = model, dt
        self._sample = self._tensors(inputs)

    def _tensors(self, inputs: Mapping[str, Any]) -> Any:
        # A module keeps the numbers of its file, which are float64 here.
        given = {name: torch.tensor(x).double()[:, None] for name, x in inputs.items()}
        return given if len(given) > 1 else next(iter(given.values()))

    def run(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Run the whole sequence."""
        x = self._tensors(inputs)
        with torch.no_grad():
            y, _ = self._model(x)
        named = y if isinstance(y, dict) else {"output": y}
        found = {name: value.numpy()[:, 0] for name, value in named.items()}
        potentials = [] if isinstance(x, dict) else self._potentials(x)
        return {**found, "voltage/neuron": np.stack(potentials)} if potentials else found

    def _potentials(self, x: Any) -> list[Any]:
        """The potential after each step, where the network has one neuron node."""
        state, found = None, []
        with torch.no_grad():
            for step in x.split(1):
                _, state = self._model(step, state)
                potential = membrane(state)
                if potential is None:
                    return []
                found.append(potential.numpy()[0])
        return found

    def export(self, path: Path) -> None:
        """Write what norse-lite makes of its own module."""
        graph = norse_lite.to_nir(self._model, self._sample, dt=self._dt)
        nir_core.write(path, graph)


def load(path: Path, dt: float, inputs: Mapping[str, Any]) -> Loaded:
    """Import a file."""
    return Loaded(norse_lite.from_nir(path, dt=dt).double(), dt, inputs)

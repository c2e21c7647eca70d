"""Sinabs: `sinabs.nir.from_nir` with a batch of one, the whole sequence folded into it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nir
import torch
from sinabs.layers import StatefulLayer
from sinabs.nir import from_nir, to_nir

PACKAGE = "sinabs"
VERSIONS = ("sinabs", "nir", "nirtorch", "torch")
PROFILE = "sinabs"


class Loaded:
    """A network in Sinabs."""

    def __init__(self, model: Any, inputs: Mapping[str, Any]) -> None:
        """Keep the module and a sample of its input."""
        self._model = model
        self._sample = [torch.tensor(value) for value in inputs.values()]

    def run(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Run the whole sequence at once."""
        neurons = [one for one in self._model.modules() if isinstance(one, StatefulLayer)]
        for one in neurons:
            one.record_states = True
        with torch.no_grad():
            y = self._model(*(torch.tensor(value) for value in inputs.values()))
        y = y[0] if isinstance(y, tuple) else y
        named = y if isinstance(y, dict) else {"output": y.numpy()}
        if len(neurons) == 1 and "v_mem" in neurons[0].recordings:
            named = {**named, "voltage/neuron": neurons[0].recordings["v_mem"].detach().numpy()[0]}
        return named

    def export(self, path: Path) -> None:
        """Write what Sinabs makes of its own module."""
        nir.write(path, to_nir(self._model, self._sample[0]))


def load(path: Path, dt: float, inputs: Mapping[str, Any]) -> Loaded:
    """Import a file; Sinabs has no step length."""
    return Loaded(from_nir(nir.read(path), batch_size=1), inputs)

"""Rockpool: `rockpool.nn.modules.torch.nir.from_nir`, batches of whole sequences."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nir
import torch
from rockpool.nn.modules.torch.lif_torch import LIFBaseTorch
from rockpool.nn.modules.torch.nir import from_nir, to_nir

PACKAGE = "rockpool"
VERSIONS = ("rockpool", "nir", "nirtorch", "torch")
PROFILE = "rockpool"


class Loaded:
    """A network in Rockpool."""

    def __init__(self, model: Any, inputs: Mapping[str, Any]) -> None:
        """Keep the module and a sample of its input."""
        self._model = model
        self._sample = torch.tensor(next(iter(inputs.values())))[None]

    def run(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Run the whole sequence as a batch of one."""
        with torch.no_grad():
            y = self._model(*(torch.tensor(value)[None] for value in inputs.values()))
            named = {"output": (y[0] if isinstance(y, tuple) else y).numpy()[0]}
            return {**named, **self._potential(inputs)}

    def _potential(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """What a neuron that stands alone records when it is run by itself."""
        leaves = [one for one in self._model.modules() if not list(one.children())]
        neurons = [one for one in leaves if not isinstance(one, torch.nn.Identity)]
        if len(neurons) != 1 or not isinstance(neurons[0], LIFBaseTorch):
            return {}
        neurons[0].reset_state()
        x = torch.tensor(next(iter(inputs.values())))[None]
        _, _, recorded = neurons[0].evolve(x, record=True)
        return {"voltage/neuron": recorded["vmem"].numpy()[0]}

    def export(self, path: Path) -> None:
        """Write what Rockpool makes of its own module."""
        nir.write(path, to_nir(self._model, self._sample))


def load(path: Path, dt: float, inputs: Mapping[str, Any]) -> Loaded:
    """Import a file; Rockpool takes its own step length."""
    return Loaded(from_nir(nir.read(path)), inputs)

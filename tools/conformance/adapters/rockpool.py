"""Rockpool: `rockpool.nn.modules.torch.nir.from_nir`, batches of whole sequences."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nir
import torch
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
        return {"output": (y[0] if isinstance(y, tuple) else y).numpy()[0]}

    def export(self, path: Path) -> None:
        """Write what Rockpool makes of its own module."""
        nir.write(path, to_nir(self._model, self._sample))


def load(path: Path, dt: float, inputs: Mapping[str, Any]) -> Loaded:
    """Import a file; Rockpool takes its own step length."""
    return Loaded(from_nir(nir.read(path)), inputs)

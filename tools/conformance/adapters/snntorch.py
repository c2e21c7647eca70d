"""snnTorch: `import_from_nir`, stepwise; exported with `export_to_nir`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nir
import torch
from snntorch.export_nir import export_to_nir
from snntorch.import_nir import import_from_nir

from conformance.adapters.stepwise import run_steps

PACKAGE = "snntorch"
VERSIONS = ("snntorch", "nir", "nirtorch", "torch")
PROFILE = "snntorch"


class Loaded:
    """A network in snnTorch."""

    def __init__(self, model: Any, inputs: Mapping[str, Any]) -> None:
        """Keep the module and a sample of its input."""
        self._model = model
        self._sample = torch.tensor(next(iter(inputs.values()))[:1])

    def run(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Run step by step."""
        return run_steps(self._model, inputs)

    def export(self, path: Path) -> None:
        """Write what snnTorch makes of its own module."""
        nir.write(path, export_to_nir(self._model, self._sample, ignore_dims=[0]))


def load(path: Path, dt: float, inputs: Mapping[str, Any]) -> Loaded:
    """Import a file; snnTorch takes its own step length."""
    return Loaded(import_from_nir(nir.read(path)), inputs)

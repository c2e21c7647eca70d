"""nirtorch: `nir_to_torch` with its own default map, which has layers and no neurons."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nir
import nirtorch

from conformance.adapters.stepwise import run_steps

PACKAGE = "nirtorch"
VERSIONS = ("nirtorch", "nir", "torch")
PROFILE = "nir"


class Loaded:
    """A network as an fx module."""

    def __init__(self, model: Any) -> None:
        """Keep the module."""
        self._model = model

    def run(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Run step by step."""
        return run_steps(self._model, inputs)

    def export(self, path: Path) -> None:
        """Write what nirtorch makes of the module with its default map."""
        nir.write(path, nirtorch.torch_to_nir(self._model, {}))


def load(path: Path, dt: float, inputs: Mapping[str, Any]) -> Loaded:
    """Import a file with the default map."""
    return Loaded(nirtorch.nir_to_torch(nir.read(path), {}))

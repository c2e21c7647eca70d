"""Norse: `norse.torch.from_nir`, stepwise; exported with `norse.torch.to_nir`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nir
import norse.torch as norse
import torch

from conformance.adapters.stepwise import run_steps

PACKAGE = "norse"
VERSIONS = ("norse", "nir", "nirtorch", "torch")
PROFILE = "norse"


class Loaded:
    """A network in Norse."""

    def __init__(self, model: Any, inputs: Mapping[str, Any]) -> None:
        """Keep the module and a sample of its input."""
        self._model = model
        self._sample = torch.tensor(next(iter(inputs.values()))[:1])

    def run(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Run step by step."""
        return run_steps(self._model, inputs)

    def export(self, path: Path) -> None:
        """Write what Norse makes of its own module."""
        nir.write(path, norse.to_nir(self._model, self._sample))


def load(path: Path, dt: float, inputs: Mapping[str, Any]) -> Loaded:
    """Import a file as Norse's documentation says, with dt given by hand."""
    return Loaded(norse.from_nir(nir.read(path), dt=dt), inputs)

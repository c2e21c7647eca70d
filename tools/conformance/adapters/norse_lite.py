"""norse-lite: `from_nir` with the step length, whole sequences."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

import nir_core
import norse_lite

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
        with torch.no_grad():
            y, _ = self._model(self._tensors(inputs))
        named = y if isinstance(y, dict) else {"output": y}
        return {name: value.numpy()[:, 0] for name, value in named.items()}

    def export(self, path: Path) -> None:
        """Write what norse-lite makes of its own module."""
        graph = norse_lite.to_nir(self._model, self._sample, dt=self._dt)
        nir_core.write(path, graph)


def load(path: Path, dt: float, inputs: Mapping[str, Any]) -> Loaded:
    """Import a file."""
    return Loaded(norse_lite.from_nir(path, dt=dt).double(), dt, inputs)

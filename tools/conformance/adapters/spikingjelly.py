"""SpikingJelly: `nir_exchange`, whose modules keep their state between steps."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nir
import torch
from spikingjelly.activation_based import functional, nir_exchange

from conformance.adapters.stepwise import run_steps

PACKAGE = "spikingjelly"
VERSIONS = ("spikingjelly", "nir", "nirtorch", "torch")
PROFILE = "norse"  # forward Euler, the same membrane step tested and reset


def _potential(state: Any, model: Any) -> Any:
    """The only memory of the only module with a state, which is the potential."""
    memories = [one for one in state.values() if one is not None] if isinstance(state, dict) else []
    only = memories[0] if len(memories) == 1 else None
    if isinstance(only, tuple) and len(only) == 1 and torch.is_tensor(only[0]):
        return only[0]
    return None


class Loaded:
    """A network in SpikingJelly."""

    def __init__(self, model: Any, dt: float, inputs: Mapping[str, Any]) -> None:
        """Keep the module and a sample of its input."""
        self._model, self._dt = model, dt
        self._sample = torch.tensor(next(iter(inputs.values()))[:1])

    def run(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Run step by step from a reset state."""
        functional.reset_net(self._model)
        return run_steps(self._model, inputs, potential_of=_potential)

    def export(self, path: Path) -> None:
        """Write what SpikingJelly makes of its own module."""
        functional.reset_net(self._model)
        nir_exchange.export_to_nir(self._model, self._sample, save_path=str(path), dt=self._dt)


def load(path: Path, dt: float, inputs: Mapping[str, Any]) -> Loaded:
    """Import a file with the step length given by hand."""
    return Loaded(nir_exchange.import_from_nir(nir.read(path), dt=dt), dt, inputs)

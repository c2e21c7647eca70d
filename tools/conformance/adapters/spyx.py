"""Spyx: `spyx.nir.from_nir` builds the model and runs it in one call."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import nir
import numpy as np
from spyx.nir import from_nir, to_nir

PACKAGE = "spyx"
VERSIONS = ("spyx", "nir", "jax")
PROFILE = "spyx"


class Loaded:
    """A network in Spyx."""

    def __init__(self, graph: Any, dt: float, inputs: Mapping[str, Any]) -> None:
        """Build and run; Spyx does both at once."""
        x = jnp.asarray(next(iter(inputs.values())))[:, None]
        self._model, self._outputs = from_nir(graph, x, dt=dt)
        self._shapes = tuple(x.shape[2:]), tuple(self._outputs.shape[2:])
        self._dt = dt

    def run(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """What came when it was built."""
        return {"output": np.asarray(self._outputs)[:, 0]}

    def export(self, path: Path) -> None:
        """Write what Spyx makes of its own model."""
        nir.write(path, to_nir(self._model, *self._shapes, dt=self._dt))


def load(path: Path, dt: float, inputs: Mapping[str, Any]) -> Loaded:
    """Import a file with the step length given by hand."""
    return Loaded(nir.read(path), dt, inputs)

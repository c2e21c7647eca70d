"""Runs one file in one framework: `python _framework_worker.py NAME FILE INPUT OUTPUT DT`.

It stands alone, so that it also runs in an environment that has only numpy, nir and the framework.
`INPUT` is a .npz with `x`, `(n, T, *shape)`; `OUTPUT` becomes a .npz with `y`, `(n, T, ...)`, and
`OUTPUT.json` says which versions ran and what went wrong. Each sample is run by a network that is
loaded anew, as its user would load it: what the framework does with the file is the result.
"""

import contextlib
import io
import json
import os
import sys
import traceback
import warnings
from importlib import metadata
from typing import Any

import numpy as np

# Distributions whose versions are told, the one that names the framework first.
VERSIONS = {
    "nirtorch": ("nirtorch", "nir", "torch"),
    "norse": ("norse", "nir", "nirtorch", "torch"),
    "rockpool": ("rockpool", "nir", "nirtorch", "torch"),
    "sinabs": ("sinabs", "nir", "nirtorch", "torch"),
    "snntorch": ("snntorch", "nir", "nirtorch", "torch"),
    "spikingjelly": ("spikingjelly", "nir", "nirtorch", "torch"),
    "spyx": ("spyx", "nir", "jax"),
}


def _stepwise(model: Any, x: Any) -> Any:
    """Run a torch module that takes a step and its state, and gives both."""
    import torch

    state, ys = None, []
    with torch.no_grad():
        for step in torch.from_numpy(x):
            given = step[None]
            result = model(given) if state is None else model(given, state)
            y, state = result if isinstance(result, tuple) else (result, None)
            if isinstance(y, dict):
                (y,) = y.values()
            while isinstance(y, (tuple, list)):
                y = y[0]
            # As it came: some give up the axis of a batch of one on the way.
            ys.append(y.numpy())
    return np.stack(ys)


def _whole(model: Any, x: Any, batch: bool) -> Any:
    """Run a torch module that takes a whole sequence."""
    import torch

    with torch.no_grad():
        y = model(torch.from_numpy(x)[None] if batch else torch.from_numpy(x))
    y = y[0] if isinstance(y, tuple) else y
    return y.numpy()[0] if batch else y.numpy()


def run_norse(path: str, x: Any, dt: float) -> Any:
    """Norse, told the length of a step."""
    import nir
    import norse.torch as norse

    return _stepwise(norse.from_nir(nir.read(path), dt=dt), x)


def run_snntorch(path: str, x: Any, dt: float) -> Any:
    """snnTorch, which takes its own length of a step."""
    import nir
    from snntorch.import_nir import import_from_nir

    return _stepwise(import_from_nir(nir.read(path)), x)


def run_spikingjelly(path: str, x: Any, dt: float) -> Any:
    """SpikingJelly, told the length of a step; its modules keep their state."""
    import nir
    from spikingjelly.activation_based import functional, nir_exchange

    model = nir_exchange.import_from_nir(nir.read(path), dt=dt)
    functional.reset_net(model)
    return _stepwise(model, x)


def run_nirtorch(path: str, x: Any, dt: float) -> Any:
    """nirtorch with its own map, which has layers and no neurons."""
    import nir
    import nirtorch

    return _stepwise(nirtorch.nir_to_torch(nir.read(path), {}), x)


def run_sinabs(path: str, x: Any, dt: float) -> Any:
    """Sinabs, which has no length of a step; a sequence is folded into the batch."""
    import nir
    from sinabs.nir import from_nir

    return _whole(from_nir(nir.read(path), batch_size=1), x, False)


def run_rockpool(path: str, x: Any, dt: float) -> Any:
    """Rockpool, which takes its own length of a step."""
    import nir
    from rockpool.nn.modules.torch.nir import from_nir

    return _whole(from_nir(nir.read(path)), x, True)


def run_spyx(path: str, x: Any, dt: float) -> Any:
    """Spyx, which builds and runs in one call."""
    import jax.numpy as jnp
    import nir
    from spyx.nir import from_nir

    _, y = from_nir(nir.read(path), jnp.asarray(x)[:, None], dt=dt)
    return np.asarray(y)[:, 0]


def _versions(name: str) -> dict[str, str]:
    found = {}
    for one in VERSIONS[name]:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[one] = metadata.version(one)
    return found


def _unknown_nodes(path: str) -> list[str]:
    """Kinds of nodes in a file that the nir package of this environment does not have."""
    try:
        import h5py
        import nir

        kinds: set[str] = set()

        def see(name: str, found: Any) -> None:
            if isinstance(found, h5py.Dataset) and name.rpartition("/")[2] == "type":
                kinds.add(found.asstr()[()])

        with h5py.File(path) as file:
            file.visititems(see)
        return sorted(kind for kind in kinds if not hasattr(nir, kind))
    except (ImportError, OSError, TypeError):
        return []


def main(arguments: list[str]) -> int:
    """Run, and write what came or what was raised."""
    name, path, source, target, dt = arguments
    warnings.simplefilter("ignore")
    os.environ.setdefault("PIP_NO_INDEX", "1")  # rockpool calls pip when it is imported
    with np.load(source) as file:
        samples = file["x"]
    record: dict[str, Any] = {"versions": _versions(name), "problem": None}
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            run = globals()[f"run_{name}"]
            ys = [np.asarray(run(path, x, float(dt)), np.float64) for x in samples]
        np.savez(target, y=np.stack(ys))
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        # An assertion without words is told by its line.
        lines = str(error).strip().splitlines() or [(last.line or "").strip()]
        record["problem"] = (
            f"{type(error).__name__}: {lines[0][:200]} ({os.path.basename(last.filename)})"
        )
        unknown = _unknown_nodes(path)
        if unknown:
            have = f"nir {record['versions'].get('nir', '')} has no {' and no '.join(unknown)}"
            record["problem"] = f"{have}: {record['problem']}"
    with open(f"{target}.json", "w", encoding="utf-8") as file:
        json.dump(record, file)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Whether the exported file is the trained network, and what other rules make of it."""

from collections.abc import Sequence
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from norse_lite.nir import to_nir
from norse_lite.nir._core import nir_core
from norse_lite.pipeline._network import Subset, batches, outputs, spiking_layers
from norse_lite.sequential import SequentialState

__all__ = ["check_chip", "check_export", "check_profile", "export", "profile_names", "quantized"]

# The rules that norse-lite itself follows.
_OWN = "norse"


def export(network: SequentialState, samples: Subset, path: Path) -> None:
    """Write a network, with its time step, as a .nir file."""
    sample = samples.dataset.tensor(samples.numbers[:1])
    graph = to_nir(network, sample, dt=samples.dataset.layout.dt)
    nir_core().write(path, graph)


def profile_names(chosen: Sequence[str] | str) -> list[str]:
    """Names of the profiles to run; each is looked up, so that a wrong one is refused early."""
    nc = nir_core()
    names = list(nc.PROFILES) if chosen == "all" else list(chosen)
    for name in names:
        nc.get_profile(name)
    return names


def target_names(chosen: Sequence[str] | str, base: Path) -> list[str]:
    """Names of the chips to check; a JSON table's path begins at the folder of the options."""
    nc = nir_core()
    if chosen == "all":
        return [one if isinstance(one, str) else one.name for one in nc.targets.targets()]
    names = [str(base / one) if one.endswith(".json") else one for one in chosen]
    for name in names:
        nc.targets.get_target(name)
    return names


def _expected(network: SequentialState, samples: Subset, count: int) -> tuple[Any, Any, Any]:
    """Give input, spikes and class scores of the first samples, all in double precision."""
    x = samples.dataset.tensor(samples.numbers[:count]).double()
    kept = outputs(network.double(), x)
    network.float()
    spikes = {name: kept[name].numpy() for name in spiking_layers(network)}
    return x.numpy(), spikes, kept["readout"].numpy().mean(0)


def _compare(result: Any, spikes: dict[str, np.ndarray], scored: np.ndarray) -> dict[str, Any]:
    layers = []
    for name, expected in spikes.items():
        got = np.asarray(result.spikes[name])
        layers.append(
            {
                "layer": name,
                "spikes": float(got.sum()),
                "differing": int((got != expected).sum()),
                "elements": int(expected.size),
            }
        )
    got = np.asarray(result.output).mean(0)
    return {
        "spikes": sum(one["spikes"] for one in layers),
        "differing": sum(one["differing"] for one in layers),
        "elements": sum(one["elements"] for one in layers),
        "layers": layers,
        "same_class": float((got.argmax(1) == scored.argmax(1)).mean()),
        "score_error": float(np.abs(got - scored).max(initial=0)),
        "decisions": got.argmax(1).tolist(),
    }


def check_export(
    path: Path, network: SequentialState, samples: Subset, count: int
) -> dict[str, Any]:
    """Read the file back, run it by norse-lite's rules, and compare with the network in torch."""
    nc = nir_core()
    x, spikes, scored = _expected(network, samples, count)
    graph = nc.read(path)
    result = nc.run(
        graph, x, dt=samples.dataset.layout.dt, profile=_OWN, record=tuple(spikes), fast=False
    )
    report = nc.check(graph)
    return {
        "samples": x.shape[1],
        "trained_spikes": float(sum(one.sum() for one in spikes.values())),
        "nodes": {name: type(node).__name__ for name, node in graph.nodes.items()},
        "findings": [str(one) for one in report.findings],
        "other_reader": _other_reader(path, x, samples.dataset.layout.dt, spikes, scored),
        **_compare(result, spikes, scored),
    }


def _other_reader(
    path: Path, x: np.ndarray, dt: float, spikes: dict[str, np.ndarray], scored: np.ndarray
) -> dict[str, Any] | None:
    """Read the file with the nir package, where it is installed, and run what it made of it."""
    try:
        import nir
    except ImportError:
        return None
    nc = nir_core()
    graph = nc.from_nir(nir.read(path))
    result = nc.run(graph, x, dt=dt, profile=_OWN, record=tuple(spikes))
    found = _compare(result, spikes, scored)
    return {"name": f"nir {metadata.version('nir')}", "differing": found["differing"]}


def check_profile(
    path: Path, network: SequentialState, samples: Subset, count: int, profile: str
) -> dict[str, Any]:
    """Run the file by the rules of a platform; say where it first differs from ours, and why."""
    nc = nir_core()
    x, spikes, scored = _expected(network, samples, count)
    graph, dt = nc.read(path), samples.dataset.layout.dt
    labels = samples.labels[:count].numpy()
    try:
        result = nc.run(graph, x, dt=dt, profile=profile, record=tuple(spikes))
    except nc.NirError as error:
        return {"profile": profile, "refused": " ".join(str(error).split())}
    found = {"profile": profile, "refused": None, **_compare(result, spikes, scored)}
    found["accuracy"] = float((np.array(found["decisions"]) == labels).mean())
    found["cause"] = None
    if profile != _OWN:
        cause = nc.explain(graph, x[:, :1], dt=dt, a=_OWN, b=profile)
        if not cause.agree:
            rules = [f"{one.rule}: {one.b}, not {one.a}" for one in cause.rules if one.causes]
            found["cause"] = {"node": cause.node, "step": cause.step, "rules": rules}
    return found


def quantized(
    path: Path, target: Path, samples: Subset, options: dict[str, Any], bits: int
) -> dict[str, Any]:
    """Write the network with fixed-point numbers, and say what they change on the test samples.

    Args:
        path: The exported network.
        target: Where to write the other one.
        samples: The test samples.
        options: Options of `nir_core.passes.quantize` other than `bits`.
        bits: Bits of a weight.
    """
    nc = nir_core()
    before = nc.read(path)
    after = nc.passes.quantize(before, bits=bits, **options)
    nc.write(target, after)
    right, same, total = [0, 0], 0, len(samples)
    sums = np.zeros(3)
    layers: list[dict[str, Any]] = []
    for part in batches(total):
        x = samples.dataset.tensor([samples.numbers[k] for k in part]).numpy()
        labels = samples.labels[list(part)].numpy()
        settings: dict[str, Any] = {
            "dt": samples.dataset.layout.dt, "profile": _OWN, "dtype": "float32", "fast": "auto",
            "record": "all",
        }  # fmt: skip
        pair = [nc.run(graph, x, **settings) for graph in (before, after)]
        chosen = [np.asarray(one.output).mean(0).argmax(1) for one in pair]
        same += int((chosen[0] == chosen[1]).sum())
        right = [n + int((c == labels).sum()) for n, c in zip(right, chosen, strict=True)]
        for name, spikes in pair[0].spikes.items():
            other = pair[1].spikes[name]
            sums += [spikes.sum(), other.sum(), (spikes != other).sum()]
    report = nc.passes.quantization_report(
        before, after, samples.dataset.tensor(samples.numbers[:1]).numpy(),
        dt=samples.dataset.layout.dt, profile=_OWN,
    )  # fmt: skip
    for layer in report.layers:
        if layer.bits:
            values = asdict(layer)
            values["snr_db"] = None if np.isinf(layer.snr_db) else layer.snr_db
            layers.append({key: values[key] for key in ("node", "bits", "weight_error", "snr_db")})
    return {
        "bits": bits,
        "samples": total,
        "accuracy_before": right[0] / total,
        "accuracy": right[1] / total,
        "same_class": same / total,
        "spikes_before": float(sums[0]),
        "spikes": float(sums[1]),
        "differing": float(sums[2]),
        "layers": layers,
    }


def check_chip(path: Path, samples: Subset, count: int, target: str) -> dict[str, Any]:
    """Check a network against the limits of a chip, with what its number formats change."""
    nc = nir_core()
    graph = nc.read(path)
    x = samples.dataset.tensor(samples.numbers[:count]).numpy()
    found = nc.fit(
        graph, target, x, dt=samples.dataset.layout.dt, labels=samples.labels[:count].numpy()
    )
    content = found.to_dict()
    comparison = content.pop("comparison")
    kept = ("same_decision", "accuracy_before", "accuracy_after", "spikes_before", "spikes_after")
    content["comparison"] = comparison and {key: comparison[key] for key in kept}
    return {**content, "title": found.chip.title, "target": found.chip.name}

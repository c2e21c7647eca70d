"""How good the trained network is, and what it costs."""

from dataclasses import asdict
from typing import Any

import numpy as np
import torch

from norse_lite.diagnose import synops
from norse_lite.pipeline._network import Subset, batches, outputs, scores, spiking_layers
from norse_lite.sequential import SequentialState

__all__ = ["evaluate", "predict"]

# Samples whose operations are counted.
_COUNTED = 64
# Neurons of a layer that the picture of spikes shows.
_SHOWN = 40


@torch.no_grad()
def predict(network: SequentialState, samples: Subset) -> np.ndarray:
    """Class scores of samples, `(n, classes)`."""
    found = []
    for part in batches(len(samples)):
        x = samples.dataset.tensor([samples.numbers[k] for k in part])
        found.append(scores(network(x)[0]).numpy())
    return np.concatenate(found)


def evaluate(network: SequentialState, samples: Subset, classes: tuple[str, ...]) -> dict[str, Any]:
    """Score a network on test samples.

    Args:
        network: The trained network.
        samples: What it was not trained on.
        classes: Names of the classes.

    Returns:
        Accuracy, confusion (rows are true classes), operations per sample, and the spikes of the
        first sample as a picture needs them.
    """
    found = predict(network, samples).argmax(1)
    right = samples.labels.numpy()
    confusion = np.zeros((len(classes), len(classes)), np.int64)
    np.add.at(confusion, (right, found), 1)
    x = samples.dataset.tensor(samples.numbers[:_COUNTED])
    count = synops(network, x)
    return {
        "samples": len(samples),
        "accuracy": float((found == right).mean()),
        "chance": float(confusion.sum(1).max() / max(confusion.sum(), 1)),
        "classes": [
            {
                "name": name,
                "samples": int(confusion[k].sum()),
                "recall": _share(confusion[k, k], confusion[k].sum()),
                "precision": _share(confusion[k, k], confusion[:, k].sum()),
            }
            for k, name in enumerate(classes)
        ],
        "confusion": confusion.tolist(),
        "mistakes": [
            {
                "recording": samples.dataset.samples[samples.numbers[k]].recording,
                "window": samples.dataset.samples[samples.numbers[k]].window,
                "class": classes[int(right[k])],
                "taken_for": classes[int(found[k])],
            }
            for k in np.flatnonzero(found != right)[:20]
        ],
        "operations": {
            "samples": x.shape[1],
            "synops": count.synops,
            "dense": count.dense,
            "spikes": count.spikes,
            "updates": count.updates,
            "energy": count.energy,
            "dense_energy": count.dense_energy,
            "formula": count.formula,
            "layers": [asdict(row) for row in count.rows],
        },
        "raster": _raster(network, samples),
    }


def _share(part: Any, whole: Any) -> float | None:
    return float(part / whole) if whole else None


def _raster(network: SequentialState, samples: Subset) -> dict[str, Any]:
    """Spikes of the most active neurons of each layer for the first sample, as (step, row)."""
    kept = outputs(network, samples.dataset.tensor(samples.numbers[:1]))
    layers = {}
    for name in spiking_layers(network):
        spikes = kept[name][:, 0].flatten(1).numpy()
        chosen = np.sort(np.argsort(-spikes.sum(0), kind="stable")[:_SHOWN])
        step, row = np.nonzero(spikes[:, chosen])
        layers[name] = {"rows": len(chosen), "step": step.tolist(), "row": row.tolist()}
    return {
        "label": int(samples.labels[0]),
        "steps": samples.dataset.layout.steps,
        "layers": layers,
    }

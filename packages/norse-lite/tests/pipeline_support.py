"""Small labelled recordings and options for the tests of the pipeline."""

import json
from pathlib import Path

import numpy as np

import aestream_io
from neuro_kernels import Events
from norse_lite.pipeline import parse_config

CLASSES = ("down", "left", "up")
FORMATS = ("raw", "es", "dat", "csv", "npz")


def recording(label: str, seed: int, n: int = 400) -> Events:
    """Events in a part of an 8 x 8 sensor that depends on the class."""
    rng = np.random.default_rng([seed, *label.encode()])
    t = np.sort(rng.integers(0, 50_000, n))
    x, y, p = rng.integers(0, 8, n), rng.integers(0, 8, n), rng.integers(0, 2, n)
    if label == "left":
        x //= 2
    else:
        y = y // 2 + 4 * (label == "down")
    return Events(t, x.astype(np.uint16), y.astype(np.uint16), p.astype(np.uint8), size=(8, 8))


def write_recordings(folder: Path, count: int = 6) -> Path:
    for label in CLASSES:
        (folder / label).mkdir(parents=True)
        for k in range(count):
            kind = FORMATS[k % len(FORMATS)]
            aestream_io.write(folder / label / f"{k}.{kind}", recording(label, k))
    return folder


OPTIONS = {
    "seed": 3,
    "frames": {"duration": "50ms", "steps": 5},
    "network": {"channels": [4]},
    "train": {"epochs": 12, "threads": 1, "lr": 1e-2, "batch_size": 4},
    "verify": {"samples": 3, "profiles": ["norse", "snntorch", "sinabs"]},
    "chips": {"targets": ["speck2e", "spinnaker2"]},
    "quantize": {"bits": [8]},
    "frameworks": {"names": []},
}


def config_of(folder: Path, **changes):
    values = {key: dict(v) if isinstance(v, dict) else v for key, v in OPTIONS.items()}
    values["data"] = {"folder": "recordings"}
    for section, options in changes.items():
        if isinstance(options, dict):
            values[section] = {**values.get(section, {}), **options}
        else:
            values[section] = options
    return parse_config(values, base=folder)


def toml_of(folder: Path, **changes) -> Path:
    config = {**OPTIONS, "data": {"folder": "recordings"}, **changes}
    lines = [f"{key} = {json.dumps(v)}" for key, v in config.items() if not isinstance(v, dict)]
    for section, options in config.items():
        if isinstance(options, dict):
            lines += [f"[{section}]", *(f"{k} = {json.dumps(v)}" for k, v in options.items())]
    path = folder / "config.toml"
    path.write_text("\n".join(lines))
    return path

"""Labelled recordings of moving digits, one file each, in folders of their classes."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

import aestream_io
from corpus.digits import moving_digits

# Formats that hold a digit of some hundred events in a small file.
FORMATS = ("raw", "es", "dat")


def write_recordings(folder: Path, digits: np.ndarray, *, seed: int) -> int:
    """Write a recording of each digit, or nothing where the folder is there.

    Args:
        folder: where the classes' folders are made; it appears whole or not at all.
        digits: indices into scikit-learn's digits.
        seed: of positions, speeds and noise.

    Returns:
        The number of recordings.
    """
    if not folder.is_dir():
        draft = folder.with_name(f".{folder.name}.{os.getpid()}")
        samples = moving_digits(digits, rng=np.random.default_rng(seed))
        for k, (events, label) in enumerate(zip(samples.events, samples.labels, strict=True)):
            (draft / str(label)).mkdir(parents=True, exist_ok=True)
            path = draft / str(label) / f"{digits[k]:04}.{FORMATS[k % len(FORMATS)]}"
            aestream_io.write(path, events)
        draft.replace(folder)
    return len(digits)

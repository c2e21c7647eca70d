"""Handwritten digits, 8x8 pixels: 1797 images of the UCI repository, in scikit-learn's wheel."""

import numpy as np
import torch
from torch import Tensor

from norse_lite import decode
from norse_lite._errors import NetworkError
from norse_lite.tasks._networks import feed_forward
from norse_lite.tasks._options import TrainOptions
from norse_lite.tasks._supervised import Split, Supervised
from norse_lite.tasks._task import Task

__all__ = ["digits", "split_digits", "task"]


def digits() -> tuple[Tensor, Tensor]:
    """Return images `(1797, 8, 8)` from 0 to 1, and their classes."""
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise NetworkError("digits needs scikit-learn: pip install 'norse-lite[tasks]'") from None
    pixels, classes = load_digits(return_X_y=True)
    images = torch.from_numpy(np.asarray(pixels, np.float32)).reshape(-1, 8, 8) / 16
    return images, torch.from_numpy(np.asarray(classes, np.int64))


def split_digits(x: Tensor, y: Tensor, seed: int) -> tuple[Split, Split]:
    """Split into three quarters to train on and one to score on, drawn by the seed."""
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(seed))
    middle = len(x) * 3 // 4
    first, second = order[:middle], order[middle:]
    return Split(x[first], y[first]), Split(x[second], y[second])


def task(options: TrainOptions) -> Task:
    """Classify images whose pixels are constant currents."""
    steps = options.steps or 12
    images, classes = digits()
    train, test = split_digits(images.flatten(1), classes, options.seed)
    return Supervised(
        "digits",
        train,
        test,
        # A pixel of brightness 0.3, the mean, drives as much as spikes with that probability.
        build=lambda g: feed_forward(64, options.hidden or 128, 10, g, rate=0.3),
        drive=lambda x, g: x.expand(steps, *x.shape),
        readout=decode.mean_membrane,
        batch_size=options.batch_size or 64,
        lr=8e-3,
    )

"""Tasks whose data lie on disk: images and recordings, as their authors or Tonic lay them out."""

from pathlib import Path

import torch
from torch import Tensor, nn

from norse_lite import decode
from norse_lite._errors import NetworkError
from norse_lite.datasets import CIFAR10, MNIST, NMNIST, SHD, SSC, DVSGesture
from norse_lite.tasks._networks import convolutional, feed_forward, recurrent
from norse_lite.tasks._options import TrainOptions
from norse_lite.tasks._supervised import Supervised
from norse_lite.tasks._task import Task

__all__ = ["task"]


def task(name: str, options: TrainOptions) -> Task:
    """Return a task on data from disk."""
    if options.data is None:
        raise NetworkError(f"task {name}: give the folder of its data with --data")
    return {
        "mnist": _images,
        "cifar10": _images,
        "nmnist": _events,
        "dvs-gesture": _events,
        "shd": _cochlea,
        "ssc": _cochlea,
    }[name](name, options.data, options)


def _images(name: str, folder: Path, options: TrainOptions) -> Task:
    kind = MNIST if name == "mnist" else CIFAR10
    train, test = kind(folder, train=True), kind(folder, train=False)
    steps, hidden = options.steps or 16, options.hidden or 256
    pixels = train.inputs[0].numel()

    def build(g: torch.Generator) -> nn.Module:
        if name == "mnist":
            return feed_forward(pixels, hidden, 10, g, rate=0.13)
        return convolutional(3, (32, 32), 10, g, rate=0.45)

    def drive(x: Tensor, generator: torch.Generator) -> Tensor:
        x = x.flatten(1) if name == "mnist" else x
        return (x / 255).expand(steps, *x.shape)

    return Supervised(
        name,
        train,
        test,
        build=build,
        drive=drive,
        readout=decode.mean_membrane,
        batch_size=options.batch_size or 64,
        epochs=5,
        lr=3e-3,
    )


def _events(name: str, folder: Path, options: TrainOptions) -> Task:
    steps = options.steps or 20
    if name == "nmnist":
        train = NMNIST(folder, train=True, steps=steps)
        test = NMNIST(folder, train=False, steps=steps)
        classes = 10
    else:
        train = DVSGesture(folder, train=True, steps=steps, shrink=4)
        test = DVSGesture(folder, train=False, steps=steps, shrink=4)
        classes = 11
    return Supervised(
        name,
        train,
        test,
        build=lambda g: convolutional(2, train.size, classes, g, rate=0.05),
        drive=lambda x, g: x.transpose(0, 1),
        readout=decode.mean_membrane,
        batch_size=options.batch_size or 32,
        epochs=5,
        lr=2e-3,
    )


def _cochlea(name: str, folder: Path, options: TrainOptions) -> Task:
    steps = options.steps or 100
    kind = SHD if name == "shd" else SSC
    train, test = kind(folder, train=True, steps=steps), kind(folder, train=False, steps=steps)
    hidden, classes = options.hidden or 128, kind.classes
    dt = kind.duration / steps
    return Supervised(
        name,
        train,
        test,
        build=lambda g: recurrent(kind.channels, hidden, classes, g, rate=0.05, dt=dt),
        drive=lambda x, g: x.transpose(0, 1),
        readout=decode.max_membrane,
        batch_size=options.batch_size or 64,
        epochs=15,
        lr=2e-3,
    )

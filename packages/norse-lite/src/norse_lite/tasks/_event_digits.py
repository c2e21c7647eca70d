"""Digits shaken before a simulated event camera: ON and OFF events, read as they come."""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from norse_lite import decode
from norse_lite.encode import delta_encode
from norse_lite.tasks._digits import digits, split_digits
from norse_lite.tasks._networks import feed_forward
from norse_lite.tasks._options import TrainOptions
from norse_lite.tasks._supervised import Supervised
from norse_lite.tasks._task import Task

__all__ = ["shaken", "task"]


def shaken(images: Tensor, steps: int = 24, *, size: int = 16, threshold: float = 0.15) -> Tensor:
    """Simulate an event camera that sees images move along a triangle, as in N-MNIST.

    The images are enlarged, shifted by parts of a pixel along three straight saccades (Orchard et
    al. 2015), and each pixel sends an event when its log intensity has changed by `threshold`.

    Args:
        images: `(n, h, w)` from 0 to 1.
        steps: Time steps T.
        size: Pixels per axis of the camera.
        threshold: Change of the log intensity per event.

    Returns:
        Events, `(T, n, 2, size, size)`, channel 0 OFF and 1 ON, float32.

    Example:
        >>> z = shaken(torch.rand(3, 8, 8), 9)
        >>> tuple(z.shape), sorted(z.unique().tolist())
        ((9, 3, 2, 16, 16), [0.0, 1.0])
    """
    corners = torch.tensor([[-0.15, -0.15], [0.0, 0.15], [0.15, -0.15], [-0.15, -0.15]])
    along = torch.linspace(0, 3, steps + 1)
    start = along.floor().clamp(max=2).long()
    share = (along - start).unsqueeze(1)
    path = corners[start] * (1 - share) + corners[start + 1] * share
    frames = []
    for shift in path:
        move = torch.tensor([[1.1, 0.0, float(shift[0])], [0.0, 1.1, float(shift[1])]])
        grid = F.affine_grid(
            move.expand(len(images), 2, 3), [len(images), 1, size, size], align_corners=False
        )
        frames.append(F.grid_sample(images.unsqueeze(1), grid, align_corners=False)[:, 0])
    light = torch.stack(frames)
    log = torch.log(light + math.exp(-2))
    events = delta_encode(log, threshold)[1:]
    return torch.stack([(events < 0).float(), (events > 0).float()], 2)


def task(options: TrainOptions) -> Task:
    """Classify digits by the events of their movement."""
    steps = options.steps or 24
    images, classes = digits()
    train, test = split_digits(images, classes, options.seed)
    return Supervised(
        "event-digits",
        train,
        test,
        build=lambda g: feed_forward(512, options.hidden or 128, 10, g, rate=0.08),
        drive=lambda x, g: shaken(x.float(), steps).flatten(2).to(x),
        readout=decode.mean_membrane,
        batch_size=options.batch_size or 32,
        epochs=8,
        lr=3e-3,
    )

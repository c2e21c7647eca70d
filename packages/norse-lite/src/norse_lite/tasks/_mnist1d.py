"""Digits as one-dimensional curves, after the procedure of MNIST-1D.

Greydanus and Kobak, "Scaling down deep learning with MNIST-1D", ICML 2024, section 2: a template of
12 points is padded, scaled, shifted cyclically, sheared, covered with correlated and white noise,
and sampled at 40 points. The templates here are drawn anew, so scores compare only roughly with
those of the published set.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from norse_lite import decode
from norse_lite.tasks._networks import feed_forward
from norse_lite.tasks._options import TrainOptions
from norse_lite.tasks._supervised import Split, Supervised
from norse_lite.tasks._task import Task

__all__ = ["TEMPLATES", "generate", "task"]

# The horizontal position of a pen that draws each digit from top to bottom, from -1 to 1.
TEMPLATES = torch.tensor(
    [
        [0.0, 0.5, 0.8, 0.95, 1.0, 1.0, 1.0, 1.0, 0.95, 0.8, 0.5, 0.0],
        [0.0, -0.9, -0.9, -0.7, -0.45, -0.2, 0.0, 0.2, 0.45, 0.7, 0.0, 0.0],
        [0.0, 0.6, 0.9, 0.9, 0.6, 0.1, -0.3, -0.7, -0.9, -0.9, -0.5, 0.0],
        [0.0, 0.7, 0.9, 0.7, 0.2, 0.0, 0.2, 0.7, 0.9, 0.9, 0.6, 0.0],
        [0.0, -0.3, -0.6, -0.9, -1.2, -1.2, 0.2, 0.0, 0.0, 0.0, 0.0, 0.0],
        [0.0, -1.0, -1.0, -1.0, -0.9, 0.0, 0.6, 0.8, 0.8, 0.5, -0.3, 0.0],
        [0.0, -0.5, -0.8, -1.0, -1.1, -1.1, -1.1, -1.0, -0.8, -0.6, -0.3, 0.0],
        [0.0, 1.0, 1.0, 0.8, 0.6, 0.4, 0.2, 0.0, -0.2, -0.4, 0.0, 0.0],
        [0.0, -0.5, -0.8, -0.8, -0.5, 0.0, 0.0, -0.5, -0.8, -0.8, -0.5, 0.0],
        [0.0, -0.5, -0.8, -0.8, -0.5, 0.0, 0.0, 0.0, -0.1, -0.2, -0.4, 0.0],
    ]
)
_LENGTH, _LONGEST, _POINTS = 12, 72, 40


def generate(count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Draw samples.

    Args:
        count: How many; classes are equally frequent up to one.
        generator: Source of randomness.

    Returns:
        Curves, `(count, 40)` with mean 0 and deviation 1 over all, and classes, `(count,)`.

    Example:
        >>> x, y = generate(20, torch.Generator().manual_seed(0))
        >>> tuple(x.shape), y.bincount().tolist()
        ((20, 40), [2, 2, 2, 2, 2, 2, 2, 2, 2, 2])
    """
    classes = torch.arange(count) % 10
    classes = classes[torch.randperm(count, generator=generator)]

    def uniform(low: float, high: float, *shape: int) -> Tensor:
        return low + (high - low) * torch.rand(count, *shape, generator=generator)

    x = F.pad(TEMPLATES[classes], (0, _LONGEST - _LENGTH))
    # Padding between 36 and 60 points: the curve is resampled from a prefix of its length.
    length = _LENGTH + uniform(36, 60).floor()
    x = x * (1 + uniform(-0.4, 0.4, 1))
    grid = torch.linspace(0, 1, _LONGEST) * (length.unsqueeze(1) - 1)
    shift = (uniform(0, 48).floor()).unsqueeze(1)
    x = _sampled(x, (grid - shift) % length.unsqueeze(1))
    x = x + torch.linspace(-0.5, 0.5, _LONGEST) * uniform(-0.75, 0.75, 1)
    noise = torch.randn(count, 1, _LONGEST + 16, generator=generator)
    # White noise of deviation 0.25, averaged by a Gaussian of 2 points.
    kernel = torch.exp(-0.5 * (torch.arange(-8.0, 9.0) / 2) ** 2)
    smooth = F.conv1d(noise, (kernel / kernel.sum()).reshape(1, 1, -1))[:, 0]
    x = x + 0.25 * smooth + 0.02 * torch.randn(count, _LONGEST, generator=generator)
    x = F.interpolate(x.unsqueeze(1), _POINTS, mode="linear", align_corners=True)[:, 0]
    return (x - x.mean()) / x.std(), classes


def _sampled(x: Tensor, at: Tensor) -> Tensor:
    """Sample rows at fractional positions, linearly; the last point is followed by the first."""
    low = at.floor().long().clamp(0, x.shape[1] - 1)
    high = (low + 1).clamp(max=x.shape[1] - 1)
    share = at - low
    return x.gather(1, low) * (1 - share) + x.gather(1, high) * share


def task(options: TrainOptions) -> Task:
    """Classify curves that pass by a window, point by point."""
    window = 16
    g = torch.Generator().manual_seed(options.seed)
    train, test = Split(*generate(4000, g)), Split(*generate(1000, g))
    # Each point may last for several steps.
    repeats = max(1, (options.steps or _POINTS) // _POINTS)

    def drive(x: Tensor, generator: torch.Generator) -> Tensor:
        # The last points, each delayed a little more, positive and negative parts apart.
        seen = F.pad(x, (window - 1, 0)).unfold(1, window, 1)
        parts = torch.cat([seen.clamp(min=0), (-seen).clamp(min=0)], -1)
        return parts.transpose(0, 1).repeat_interleave(repeats, 0)

    def build(generator: torch.Generator) -> nn.Module:
        hidden = options.hidden or 256
        return feed_forward(2 * window, hidden, 10, generator, rate=0.3, tau_readout=20e-3)

    return Supervised(
        "mnist1d",
        train,
        test,
        build=build,
        drive=drive,
        readout=decode.max_membrane,
        batch_size=options.batch_size or 64,
        epochs=20,
        lr=5e-3,
    )

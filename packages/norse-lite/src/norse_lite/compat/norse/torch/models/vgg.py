"""VGG networks (Simonyan and Zisserman 2015) of spiking neurons, over sequences of images."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn

from norse_lite.compat.norse.torch.models._containers import Chain, initialise, no_weights
from norse_lite.compat.norse.torch.module.lif import LIF
from norse_lite.compat.norse.torch.module.lift import Lift

__all__ = [
    "VGG",
    "make_layers",
    "vgg11",
    "vgg11_bn",
    "vgg13",
    "vgg13_bn",
    "vgg16",
    "vgg16_bn",
    "vgg19",
    "vgg19_bn",
]

# Channels per convolution, stage by stage (table 1 of the paper, columns A, B, D and E); a maximum
# is taken after each stage.
_STAGES = {
    11: ((64,), (128,), (256,) * 2, (512,) * 2, (512,) * 2),
    13: ((64,) * 2, (128,) * 2, (256,) * 2, (512,) * 2, (512,) * 2),
    16: ((64,) * 2, (128,) * 2, (256,) * 3, (512,) * 3, (512,) * 3),
    19: ((64,) * 2, (128,) * 2, (256,) * 4, (512,) * 4, (512,) * 4),
}


class VGG(nn.Module):
    """Convolutional stages and three dense layers, with spiking neurons between them.

    Args:
        features: The convolutional stages.
        num_classes: Number of outputs.
        init_weights: Draw the weights anew.
    """

    def __init__(
        self, features: nn.Module, num_classes: int = 1000, init_weights: bool = True
    ) -> None:
        super().__init__()
        self.features = features
        self.avgpool = Lift(nn.AdaptiveAvgPool2d((7, 7)))
        self.classifier = Chain(
            Lift(nn.Linear(512 * 7 * 7, 4096)),
            LIF(),
            Lift(nn.Dropout()),
            Lift(nn.Linear(4096, 4096)),
            LIF(),
            Lift(nn.Dropout()),
            Lift(nn.Linear(4096, num_classes)),
        )
        if init_weights:
            initialise(self, linear=0.01)

    def forward(self, x: Tensor) -> Tensor:
        """Run over images `(T, B, 3, H, W)`; the outputs are `(T, B, num_classes)`."""
        return self.classifier(self.avgpool(self.features(x)).flatten(2))


def make_layers(cfg: Sequence[int | str], batch_norm: bool = False) -> Chain:
    """Build convolutional stages.

    Args:
        cfg: Channels of each convolution, and "M" for a maximum over 2x2.
        batch_norm: Normalise behind each convolution.

    Returns:
        A module over sequences of images.

    Example:
        >>> import torch
        >>> tuple(make_layers([4, "M", 8])(torch.zeros(2, 1, 3, 8, 8)).shape)
        (2, 1, 8, 4, 4)
    """
    layers: list[nn.Module] = []
    channels = 3
    for entry in cfg:
        if entry == "M":
            layers.append(Lift(nn.MaxPool2d(2, 2)))
            continue
        layers.append(Lift(nn.Conv2d(channels, int(entry), 3, padding=1)))
        if batch_norm:
            layers.append(Lift(nn.BatchNorm2d(int(entry))))
        layers.append(LIF())
        channels = int(entry)
    return Chain(*layers)


def _vgg(depth: int, batch_norm: bool, pretrained: bool, options: dict[str, Any]) -> VGG:
    no_weights(f"vgg{depth}", pretrained)
    cfg: list[int | str] = []
    for stage in _STAGES[depth]:
        cfg += [*stage, "M"]
    return VGG(make_layers(cfg, batch_norm), **options)


def vgg11(pretrained: bool = False, progress: bool = True, **kwargs: Any) -> VGG:
    """Return the network with 11 layers."""
    return _vgg(11, False, pretrained, kwargs)


def vgg11_bn(pretrained: bool = False, progress: bool = True, **kwargs: Any) -> VGG:
    """Return the network with 11 layers and batch normalisation."""
    return _vgg(11, True, pretrained, kwargs)


def vgg13(pretrained: bool = False, progress: bool = True, **kwargs: Any) -> VGG:
    """Return the network with 13 layers."""
    return _vgg(13, False, pretrained, kwargs)


def vgg13_bn(pretrained: bool = False, progress: bool = True, **kwargs: Any) -> VGG:
    """Return the network with 13 layers and batch normalisation."""
    return _vgg(13, True, pretrained, kwargs)


def vgg16(pretrained: bool = False, progress: bool = True, **kwargs: Any) -> VGG:
    """Return the network with 16 layers."""
    return _vgg(16, False, pretrained, kwargs)


def vgg16_bn(pretrained: bool = False, progress: bool = True, **kwargs: Any) -> VGG:
    """Return the network with 16 layers and batch normalisation."""
    return _vgg(16, True, pretrained, kwargs)


def vgg19(pretrained: bool = False, progress: bool = True, **kwargs: Any) -> VGG:
    """Return the network with 19 layers."""
    return _vgg(19, False, pretrained, kwargs)


def vgg19_bn(pretrained: bool = False, progress: bool = True, **kwargs: Any) -> VGG:
    """Return the network with 19 layers and batch normalisation."""
    return _vgg(19, True, pretrained, kwargs)

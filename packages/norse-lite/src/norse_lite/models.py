"""Well-known networks with spiking neurons, as chains over sequences `(T, B, C, H, W)`.

VGG: Simonyan and Zisserman, "Very deep convolutional networks for large-scale image recognition",
ICLR 2015, table 1.
"""

from typing import Any

from torch import nn

from norse_lite._errors import NetworkError
from norse_lite.neurons.li import LI
from norse_lite.neurons.lif import LIF
from norse_lite.sequential import SequentialState

__all__ = ["convnet", "convnet4", "vgg"]

# Channels of the convolutions; 0 is a pool.
_VGG = {
    11: (64, 0, 128, 0, 256, 256, 0, 512, 512, 0, 512, 512, 0),
    13: (64, 64, 0, 128, 128, 0, 256, 256, 0, 512, 512, 0, 512, 512, 0),
    16: (64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0),
    19: (64, 64, 0, 128, 128, 0, *(256,) * 4, 0, *(512,) * 4, 0, *(512,) * 4, 0),
}


def _flattened(feature_size: int, where: str) -> int:
    """Side of the image behind two unpadded 5x5 convolutions with pools of 2."""
    side = ((feature_size - 4) // 2 - 4) // 2
    if side < 1:
        raise NetworkError(f"{where}: feature_size must be at least 16, not {feature_size}")
    return side


def convnet(
    num_channels: int = 1, feature_size: int = 28, classes: int = 10, **neuron: Any
) -> SequentialState:
    """Two convolutions of 20 and 50 channels, 500 hidden neurons, a leaky readout.

    Args:
        num_channels: Channels of the input.
        feature_size: Height and width of the input.
        classes: Number of outputs.
        neuron: Parameters and options of the neurons, as of `LIF`.

    Returns:
        A chain from `(T, B, num_channels, feature_size, feature_size)` to voltages
        `(T, B, classes)`.

    Example:
        >>> import torch
        >>> v, state = convnet()(torch.rand(4, 2, 1, 28, 28))
        >>> tuple(v.shape)
        (4, 2, 10)
    """
    side = _flattened(feature_size, "convnet")
    return SequentialState(
        nn.Conv2d(num_channels, 20, 5),
        LIF(**neuron),
        nn.MaxPool2d(2),
        nn.Conv2d(20, 50, 5),
        LIF(**neuron),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(side * side * 50, 500),
        LIF(**neuron),
        nn.Linear(500, classes, bias=False),
        LI(),
    )


def convnet4(
    num_channels: int = 1, feature_size: int = 28, classes: int = 10, **neuron: Any
) -> SequentialState:
    """Two convolutions of 32 and 64 channels with low thresholds, 1024 hidden neurons, a readout.

    Arguments and result as `convnet`.

    Example:
        >>> import torch
        >>> v, state = convnet4(1, 16)(torch.rand(5, 2, 1, 16, 16))
        >>> tuple(v.shape)
        (5, 2, 10)
    """
    side = _flattened(feature_size, "convnet4")
    early = {"v_th": 0.7, **neuron}
    return SequentialState(
        nn.Conv2d(num_channels, 32, 5),
        LIF(**early),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 5),
        LIF(**early),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(side * side * 64, 1024),
        LIF(**neuron),
        nn.Linear(1024, classes, bias=False),
        LI(),
    )


def vgg(
    depth: int = 11,
    classes: int = 1000,
    *,
    in_channels: int = 3,
    batch_norm: bool = False,
    width: float = 1.0,
    hidden: int = 4096,
    **neuron: Any,
) -> SequentialState:
    """Return a VGG network with LIF neurons in the place of its rectifiers.

    Args:
        depth: Layers with weights: 11, 13, 16 or 19.
        classes: Number of outputs.
        in_channels: Channels of the input.
        batch_norm: Normalise behind each convolution.
        width: Factor of all channels and of `hidden`, for small inputs.
        hidden: Neurons of the two fully connected layers.
        neuron: Parameters and options of the neurons, as of `LIF`.

    Returns:
        A chain from `(T, B, in_channels, H, W)`, with H and W of 32 or more, to `(T, B, classes)`
        voltages.

    Example:
        >>> import torch
        >>> model = vgg(11, classes=10, width=1 / 16)
        >>> v, state = model(torch.rand(2, 1, 3, 32, 32))
        >>> tuple(v.shape)
        (2, 1, 10)
    """
    if depth not in _VGG:
        raise NetworkError(f"vgg: depth must be one of {', '.join(map(str, _VGG))}, not {depth}")

    def scaled(channels: int) -> int:
        return max(1, round(channels * width))

    modules: list[nn.Module] = []
    channels = in_channels
    for planned in _VGG[depth]:
        if not planned:
            modules.append(nn.MaxPool2d(2))
            continue
        modules.append(nn.Conv2d(channels, scaled(planned), 3, padding=1))
        channels = scaled(planned)
        if batch_norm:
            modules.append(nn.BatchNorm2d(channels))
        modules.append(LIF(**neuron))
    # Averaged to one pixel: the size of the input is free.
    modules += [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    inputs = channels
    for _ in range(2):
        modules += [nn.Linear(inputs, scaled(hidden)), LIF(**neuron)]
        inputs = scaled(hidden)
    return SequentialState(*modules, nn.Linear(inputs, classes, bias=False), LI())

"""MobileNetV2 (Sandler et al. 2018) of spiking neurons, over sequences of images."""

from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor, nn

from norse_lite.compat.norse.torch.models._containers import Chain, initialise, no_weights
from norse_lite.compat.norse.torch.module.lif import LIF
from norse_lite.compat.norse.torch.module.lift import Lift

__all__ = ["ConvBNReLU", "InvertedResidual", "MobileNetV2", "mobilenet_v2"]

# Table 2 of the paper: expansion, channels, repetitions, stride.
_STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)

Normalisation = Callable[[int], nn.Module]


class ConvBNReLU(Chain):
    """A convolution, its normalisation, and spiking neurons.

    Args:
        in_planes: Channels of the input.
        out_planes: Channels of the output.
        norm_layer: Makes the normalisation of a number of channels.
        kernel_size: Window.
        stride: Step of the window.
        groups: Groups of channels that do not mix.
    """

    def __init__(
        self,
        in_planes: int,
        out_planes: int,
        norm_layer: Normalisation = nn.BatchNorm2d,
        kernel_size: int = 3,
        stride: int = 1,
        groups: int = 1,
    ) -> None:
        padding = (kernel_size - 1) // 2
        super().__init__(
            Lift(
                nn.Conv2d(
                    in_planes, out_planes, kernel_size, stride, padding, groups=groups, bias=False
                )
            ),
            Lift(norm_layer(out_planes)),
            LIF(),
        )


class InvertedResidual(nn.Module):
    """Expands channels, convolves each on its own, and joins them into few again.

    Args:
        inp: Channels of the input.
        oup: Channels of the output.
        stride: Step of the window, 1 or 2.
        expand_ratio: Factor of the channels in between.
        norm_layer: Makes the normalisation of a number of channels.
    """

    def __init__(
        self,
        inp: int,
        oup: int,
        stride: int,
        expand_ratio: float,
        norm_layer: Normalisation = nn.BatchNorm2d,
    ) -> None:
        super().__init__()
        hidden = round(inp * expand_ratio)
        layers: list[nn.Module] = []
        if expand_ratio != 1:
            layers.append(ConvBNReLU(inp, hidden, norm_layer, kernel_size=1))
        layers += [
            ConvBNReLU(hidden, hidden, norm_layer, stride=stride, groups=hidden),
            Lift(nn.Conv2d(hidden, oup, 1, bias=False)),
            Lift(norm_layer(oup)),
        ]
        self.conv = Chain(*layers)
        self.use_res_connect = stride == 1 and inp == oup

    def forward(self, x: Tensor) -> Tensor:
        """Run over images `(T, B, channels, H, W)`."""
        return x + self.conv(x) if self.use_res_connect else self.conv(x)


def _rounded(channels: float, divisor: int) -> int:
    """Return the nearest multiple of a divisor that is no more than a tenth smaller."""
    nearest = max(divisor, int(channels + divisor / 2) // divisor * divisor)
    return nearest + divisor if nearest < 0.9 * channels else nearest


class MobileNetV2(nn.Module):
    """Inverted residuals with spiking neurons.

    Args:
        num_classes: Number of outputs.
        width_mult: Factor of all channels.
        inverted_residual_setting: Expansion, channels, repetitions and stride of each stage.
        round_nearest: Channels are multiples of it.
        block: Makes the residuals.
        norm_layer: Makes the normalisations.

    Example:
        >>> import torch
        >>> model = MobileNetV2(3, width_mult=0.25, inverted_residual_setting=[(1, 8, 1, 1)])
        >>> tuple(model(torch.zeros(2, 1, 3, 16, 16)).shape)
        (2, 1, 3)
    """

    def __init__(
        self,
        num_classes: int = 1000,
        width_mult: float = 1.0,
        inverted_residual_setting: Sequence[Sequence[int]] | None = None,
        round_nearest: int = 8,
        block: Callable[..., nn.Module] | None = None,
        norm_layer: Normalisation | None = None,
    ) -> None:
        super().__init__()
        norm = nn.BatchNorm2d if norm_layer is None else norm_layer
        make = InvertedResidual if block is None else block
        stages = _STAGES if inverted_residual_setting is None else inverted_residual_setting
        if not stages or any(len(stage) != 4 for stage in stages):
            raise ValueError(
                "MobileNetV2: inverted_residual_setting must list expansion, channels, repetitions "
                f"and stride of one stage or more, got {stages!r}"
            )
        channels = _rounded(32 * width_mult, round_nearest)
        self.last_channel = _rounded(1280 * max(1.0, width_mult), round_nearest)
        features: list[nn.Module] = [ConvBNReLU(3, channels, norm, stride=2)]
        for expand, planes, repetitions, stride in stages:
            out = _rounded(planes * width_mult, round_nearest)
            for index in range(repetitions):
                features.append(
                    make(channels, out, stride if index == 0 else 1, expand, norm_layer=norm)
                )
                channels = out
        features.append(ConvBNReLU(channels, self.last_channel, norm, kernel_size=1))
        self.features = Chain(*features)
        self.classifier = Chain(
            Lift(nn.Dropout(0.2)), Lift(nn.Linear(self.last_channel, num_classes))
        )
        initialise(self, linear=0.01)

    def forward(self, x: Tensor) -> Tensor:
        """Run over images `(T, B, 3, H, W)`; the outputs are `(T, B, num_classes)`."""
        return self.classifier(self.features(x).mean((3, 4)))


def mobilenet_v2(pretrained: bool = False, progress: bool = True, **kwargs: Any) -> MobileNetV2:
    """Return the network of the paper."""
    no_weights("mobilenet_v2", pretrained)
    return MobileNetV2(**kwargs)

"""Small convolutional networks for digits."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from norse_lite.compat.norse.torch.functional.lif import LIFParameters
from norse_lite.compat.norse.torch.module.leaky_integrator import LILinearCell
from norse_lite.compat.norse.torch.module.lif import LIFCell

__all__ = ["ConvNet", "ConvNet4"]


class _Net(nn.Module):
    """Two convolutions with pooling, one dense layer, and integrators as readout."""

    def __init__(
        self,
        channels: tuple[int, int, int],
        hidden: int,
        parameters: tuple[LIFParameters, LIFParameters, LIFParameters],
        feature_size: int,
        dtype: torch.dtype,
    ) -> None:
        super().__init__()
        # Each convolution of 5x5 takes four pixels, and each pooling halves what is left.
        side = ((feature_size - 4) // 2 - 4) // 2
        self.features = side * side * channels[2]
        self.conv1 = nn.Conv2d(channels[0], channels[1], 5, 1)
        self.conv2 = nn.Conv2d(channels[1], channels[2], 5, 1)
        self.fc1 = nn.Linear(self.features, hidden)
        self.lif0, self.lif1, self.lif2 = (LIFCell(p=p) for p in parameters)
        self.out = LILinearCell(hidden, 10)
        self.dtype = dtype

    def forward(self, x: Tensor) -> Tensor:
        """Run over images `(T, B, channels, height, width)`; the voltages are `(T, B, 10)`."""
        s0 = s1 = s2 = so = None
        voltages = []
        for image in x:
            z, s0 = self.lif0(self.conv1(image), s0)
            z = F.max_pool2d(z, 2, 2)
            z, s1 = self.lif1(10 * self.conv2(z), s1)
            z = F.max_pool2d(z, 2, 2)
            z, s2 = self.lif2(self.fc1(z.flatten(1)), s2)
            v, so = self.out(F.relu(z), so)
            voltages.append(v)
        return torch.stack(voltages)


def _parameters(method: str, v_th: float | None = None) -> LIFParameters:
    p = LIFParameters(method=method, alpha=torch.as_tensor(100.0))
    return p if v_th is None else p._replace(v_th=torch.as_tensor(v_th))


class ConvNet(_Net):
    """Convolutions with 20 and 50 channels, and 500 neurons behind them.

    Args:
        num_channels: Channels of the images.
        feature_size: Width and height of the images.
        method: Surrogate gradient.
        dtype: Kept for callers that ask for it.

    Example:
        >>> tuple(ConvNet()(torch.zeros(2, 1, 1, 28, 28)).shape)
        (2, 1, 10)
    """

    def __init__(
        self,
        num_channels: int = 1,
        feature_size: int = 28,
        method: str = "super",
        dtype: torch.dtype = torch.float32,
    ) -> None:
        p = _parameters(method)
        super().__init__((num_channels, 20, 50), 500, (p, p, p), feature_size, dtype)


class ConvNet4(_Net):
    """Convolutions with 32 and 64 channels and a lower threshold, and 1024 neurons behind them.

    Takes the arguments of `ConvNet`.
    """

    def __init__(
        self,
        num_channels: int = 1,
        feature_size: int = 28,
        method: str = "super",
        dtype: torch.dtype = torch.float32,
    ) -> None:
        low, p = _parameters(method, 0.7), _parameters(method)
        super().__init__((num_channels, 32, 64), 1024, (low, low, p), feature_size, dtype)

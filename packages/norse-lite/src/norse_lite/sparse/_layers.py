"""`torch.nn.Linear` and `torch.nn.Conv2d` that skip silent inputs."""

from torch import Tensor, nn
from torch.nn import functional as F

from norse_lite._dtypes import check_dtype
from norse_lite.sparse._conv2d import event_conv2d
from norse_lite.sparse._linear import event_linear

__all__ = ["EventConv2d", "EventLinear"]


class EventLinear(nn.Linear):
    """A `torch.nn.Linear` that reads only the weights of nonzero inputs, where that is faster.

    Takes the arguments of `torch.nn.Linear` and has its parameters, so that either loads the
    `state_dict` of the other. The choice is made in every call from the measured share of nonzero
    inputs; many rows at once (whole sequences) gain most. Values differ from the dense ones by
    rounding only.

    Example:
        >>> import torch
        >>> layer = EventLinear(700, 256)
        >>> spikes = (torch.rand(100, 8, 700) < 0.02).float()
        >>> dense = torch.nn.functional.linear(spikes, layer.weight, layer.bias)
        >>> torch.allclose(layer(spikes), dense, atol=1e-5)
        True
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the map to `(..., inputs)`."""
        check_dtype("EventLinear", input, self.weight)
        return event_linear(input, self.weight, self.bias)


class EventConv2d(nn.Conv2d):
    """A `torch.nn.Conv2d` that works through nonzero pixels only, where that is faster.

    Takes the arguments of `torch.nn.Conv2d` and has its parameters, so that either loads the
    `state_dict` of the other. The choice is made in every call from the measured share of nonzero
    pixels. Values differ from the dense ones by rounding only.

    Example:
        >>> import torch
        >>> layer = EventConv2d(2, 16, 3, padding=1)
        >>> frames = (torch.rand(50, 2, 34, 34) < 0.02).float()
        >>> dense = torch.nn.functional.conv2d(frames, layer.weight, layer.bias, padding=1)
        >>> torch.allclose(layer(frames), dense, atol=1e-5)
        True
    """

    def forward(self, input: Tensor) -> Tensor:
        """Convolve `(B, channels, height, width)`."""
        check_dtype("EventConv2d", input, self.weight)
        padding = self.padding
        if self.padding_mode != "zeros":
            input = F.pad(input, self._reversed_padding_repeated_twice, mode=self.padding_mode)
            padding = 0
        return event_conv2d(
            input,
            self.weight,
            self.bias,
            stride=self.stride,
            padding=padding,
            dilation=self.dilation,
            groups=self.groups,
        )

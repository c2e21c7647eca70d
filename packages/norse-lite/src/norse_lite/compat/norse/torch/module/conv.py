"""Convolutions over images and time."""

from torch import Tensor, nn

__all__ = ["LConv2d"]


def _pair(value: int | tuple[int, int]) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else value


class LConv2d(nn.Conv3d):
    """Convolves the images of all steps at once: input `(T, B, C, H, W)`, without a bias.

    Takes the arguments of `torch.nn.Conv2d`.

    Example:
        >>> import torch
        >>> tuple(LConv2d(1, 2, 3)(torch.ones(4, 5, 1, 8, 8)).shape)
        (4, 5, 2, 6, 6)
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] = 0,
        dilation: int | tuple[int, int] = 1,
        groups: int = 1,
        device: str | None = None,
        dtype: object = None,
    ) -> None:
        super().__init__(
            in_channels,
            out_channels,
            (*_pair(kernel_size), 1),
            (*_pair(stride), 1),
            (*_pair(padding), 0),
            (*_pair(dilation), 1),
            groups,
            bias=False,
            device=device,
            dtype=dtype,  # type: ignore[arg-type]
        )

    def forward(  # pyright: ignore[reportIncompatibleMethodOverride] (Norse's name)
        self, input_tensor: Tensor
    ) -> Tensor:
        """Convolve; input and output `(T, B, C, H, W)`."""
        # Time is the last axis of the convolution, whose kernel is one step long.
        return super().forward(input_tensor.permute(1, 2, 3, 4, 0)).permute(4, 0, 1, 2, 3)

"""Pooling over an image: SumPool2d and AvgPool2d."""

from __future__ import annotations

from dataclasses import dataclass

from nir_core.nodes._base import NIRNode
from nir_core.nodes._conv import as_ints

__all__ = ["AvgPool2d", "SumPool2d"]


class _Pool(NIRNode):
    def __post_init__(self) -> None:
        super().__post_init__()
        for key in ("kernel_size", "stride", "padding"):
            self.__dict__[key] = as_ints(self.__dict__[key], f"{type(self).__name__}.{key}", 2)


@dataclass(frozen=True, eq=False, repr=False)
class SumPool2d(_Pool):
    """Sum over windows: (C, H, W) -> (C, H', W').

    Args:
        kernel_size: window (height, width), or one number for both.
        stride: steps (vertical, horizontal).
        padding: zeros added at each side.

    Example:
        >>> SumPool2d(kernel_size=2, stride=2, padding=0)
        SumPool2d(kernel_size=(2, 2), stride=(2, 2), padding=(0, 0))
    """

    kernel_size: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]


@dataclass(frozen=True, eq=False, repr=False)
class AvgPool2d(_Pool):
    """Mean over windows, zeros of the padding counted: (C, H, W) -> (C, H', W').

    Args:
        kernel_size: window (height, width), or one number for both.
        stride: steps (vertical, horizontal).
        padding: zeros added at each side.

    Example:
        >>> AvgPool2d(kernel_size=(2, 3), stride=2, padding=0).kernel_size
        (2, 3)
    """

    kernel_size: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]

"""Weights of matrices and convolutions, packed for entries of lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from neuro_kernels._kernels import infer_padded
from neuro_kernels.inference._signals import Shape, aligned_zeros, split_shape

__all__ = ["Scatter"]


class Scatter:
    """The weights of a matrix or convolution, packed for entries of one layout.

    Args:
        weight: `(outputs, inputs)`, or `(outputs, channels, kernel_y, kernel_x)`.
        source: shape `(channels, *spatial)` of the signal that comes in.
        step: its distance between pixels.
        dtype: float32 or float64.
        out: shape of what comes out.
        stride: of a convolution (vertical, horizontal).
        padding: of a convolution, before the first pixel.
        dilation: of a convolution.

    Raises:
        ValueError: the weight does not fit the source.
    """

    def __init__(
        self,
        weight: Any,
        source: Shape,
        step: int,
        dtype: Any,
        out: Shape,
        *,
        stride: Sequence[int] = (1, 1),
        padding: Sequence[int] = (0, 0),
        dilation: Sequence[int] = (1, 1),
    ) -> None:
        weight = np.asarray(weight, dtype)
        self.dtype, self.source, self.step = weight.dtype, source, step
        self.outputs = infer_padded(weight.shape[0], weight.dtype == np.float64)
        channels, positions = split_shape(source)
        if weight.ndim == 2:
            if weight.shape[1] != channels * positions:
                raise ValueError(f"the weight takes {weight.shape[1]} inputs, the source {source}")
            rows = aligned_zeros((positions, step, self.outputs), weight.dtype)
            turned = weight.T.reshape(channels, positions, -1).transpose(1, 0, 2)
            rows[:, :channels, : len(weight)] = turned
            self.packed = rows
            self.numbers = (step, 0, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1)
            return
        if weight.shape[1] != channels or len(source) != 3:
            raise ValueError(f"the weight takes {weight.shape[1]} channels, the source {source}")
        kernel = weight.shape[2:]
        packed = aligned_zeros((channels, *kernel, self.outputs), weight.dtype)
        packed[..., : len(weight)] = weight.transpose(1, 2, 3, 0)[:, :, ::-1]
        self.packed = packed
        self.numbers = (
            step,
            source[2],
            out[1],
            out[2],
            *kernel,
            *map(int, stride),
            *map(int, padding),
            *map(int, dilation),
        )

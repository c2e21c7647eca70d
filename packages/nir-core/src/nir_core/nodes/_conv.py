"""Convolutions: Conv1d and Conv2d, with the conventions of torch.nn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from nir_core.errors import NirTypeError
from nir_core.nodes._base import NIRNode, Shape

__all__ = ["Conv1d", "Conv2d", "as_groups", "as_int", "as_ints", "window_output"]


def as_int(value: Any, what: str) -> int:
    """Read a whole number from an int, a numpy number or an array with one element."""
    array = np.asarray(value)
    if array.size != 1 or array.dtype.kind not in "iuf" or array.item() != int(array.item()):
        raise NirTypeError(f"{what}: expected a whole number, got {value!r}")
    return int(array.item())


def as_groups(value: Any, what: str) -> int:
    """Read a number of groups; some write it once per axis, as they do strides."""
    array = np.asarray(value)
    same = array.size > 1 and array.ndim == 1 and (array == array[0]).all()
    return as_int(array[0] if same else value, what)


def as_ints(value: Any, what: str, count: int) -> tuple[int, ...]:
    """Read `count` whole numbers; a single one stands for all of them."""
    array = np.asarray(value)
    if array.dtype.kind not in "iuf" or array.size not in (1, count) or array.ndim > 1:
        raise NirTypeError(f"{what}: expected {count} whole numbers, got {value!r}")
    numbers = tuple(as_int(n, what) for n in array.reshape(-1))
    return numbers * count if len(numbers) == 1 else numbers


def _as_padding(value: Any, what: str, count: int) -> Any:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, str):
        if value not in ("same", "valid"):
            raise NirTypeError(f"{what}: expected 'same', 'valid' or whole numbers, got {value!r}")
        return value
    return as_ints(value, what, count)


def window_output(size: int, kernel: int, stride: int, padding: int, dilation: int = 1) -> int:
    """Give the number of places a window fits: floor((n + 2p - d(k-1) - 1) / s) + 1.

    Example:
        >>> window_output(10, 3, 2, 1)
        5
    """
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def _no_bias(weight: Any) -> np.ndarray:
    """Give the zeros that a bias which is not given stands for, one for each output channel."""
    shape, dtype = np.shape(weight), getattr(weight, "dtype", None)
    floats = isinstance(dtype, np.dtype) and dtype.kind == "f"
    return np.zeros(shape[:1], dtype if floats else float)


class _Conv(NIRNode):
    """What Conv1d and Conv2d share; `_dims` counts the spatial axes."""

    _dims: ClassVar[int]
    _parameters: ClassVar[tuple[str, ...]] = ("weight", "bias")

    def __post_init__(self) -> None:
        if self.__dict__["bias"] is None:
            self.__dict__["bias"] = _no_bias(self.__dict__["weight"])
        super().__post_init__()
        own, name, dims = self.__dict__, type(self).__name__, self._dims
        for key in ("stride", "dilation"):
            own[key] = as_ints(own[key], f"{name}.{key}", dims)
        own["padding"] = _as_padding(own["padding"], f"{name}.padding", dims)
        own["groups"] = as_groups(own["groups"], f"{name}.groups")
        if own["input_shape"] is not None:
            own["input_shape"] = as_ints(own["input_shape"], f"{name}.input_shape", dims)
        if dims == 1:
            for key in ("stride", "dilation", "padding", "input_shape"):
                if isinstance(own[key], tuple):
                    own[key] = own[key][0]

    def _spatial(self, key: str) -> tuple[int, ...]:
        value = self.__dict__[key]
        return value if isinstance(value, tuple) else (value,)

    def pads(self) -> tuple[tuple[int, int], ...]:
        """Give the zeros added (before, after) along each spatial axis."""
        dims = self._dims
        if self.__dict__["padding"] == "valid":
            return ((0, 0),) * dims
        if self.__dict__["padding"] == "same":
            kernel = self.__dict__["weight"].shape[2:]
            total = [d * (k - 1) for d, k in zip(self._spatial("dilation"), kernel, strict=True)]
            return tuple((n // 2, n - n // 2) for n in total)
        return tuple((n, n) for n in self._spatial("padding"))

    def output_of(self, spatial: Shape) -> Shape:
        """Give the output shape (C_out, ...) for spatial input sizes."""
        own = self.__dict__
        kernel = own["weight"].shape[2:]
        sizes = [
            (n + before + after - d * (k - 1) - 1) // s + 1
            for n, (before, after), k, s, d in zip(
                spatial,
                self.pads(),
                kernel,
                self._spatial("stride"),
                self._spatial("dilation"),
                strict=True,
            )
        ]
        return (own["weight"].shape[0], *sizes)

    def _well_formed(self) -> bool:
        own = self.__dict__
        return (
            own["input_shape"] is not None
            and len(own["weight"].shape) == self._dims + 2
            and min(self._spatial("stride")) > 0
        )

    def _input_shape(self) -> Shape | None:
        if not self._well_formed():
            return None
        own = self.__dict__
        return (own["weight"].shape[1] * own["groups"], *self._spatial("input_shape"))

    def _output_shape(self) -> Shape | None:
        return self.output_of(self._spatial("input_shape")) if self._well_formed() else None


@dataclass(frozen=True, eq=False, repr=False)
class Conv1d(_Conv):
    """Convolution along one axis: (C_in, N) -> (C_out, N').

    Args:
        input_shape: N, or None where the graph decides.
        weight: (C_out, C_in / groups, K).
        stride: step of the window.
        padding: zeros at both ends, or "same" or "valid".
        dilation: distance between the taps.
        groups: number of independent channel groups.
        bias: (C_out,), or None for zeros.

    Example:
        >>> Conv1d(8, np.ones((2, 1, 3)), 1, 0, 1, 1, np.zeros(2)).output_type["output"]
        array([2, 6])
    """

    _dims: ClassVar[int] = 1

    input_shape: int | None
    weight: np.ndarray
    stride: int
    padding: int | str
    dilation: int
    groups: int
    bias: np.ndarray


@dataclass(frozen=True, eq=False, repr=False)
class Conv2d(_Conv):
    """Convolution over an image: (C_in, H, W) -> (C_out, H', W').

    Args:
        input_shape: (H, W), or None where the graph decides.
        weight: (C_out, C_in / groups, K_h, K_w).
        stride: steps (vertical, horizontal), or one number for both.
        padding: zeros at each side, or "same" or "valid".
        dilation: distances between the taps.
        groups: number of independent channel groups.
        bias: (C_out,), or None for zeros.

    Example:
        >>> conv = Conv2d((10, 10), np.ones((4, 2, 3, 5)), 1, 0, 1, 1, np.zeros(4))
        >>> conv.output_type["output"]
        array([4, 8, 6])
    """

    _dims: ClassVar[int] = 2

    input_shape: tuple[int, int] | None
    weight: np.ndarray
    stride: int | tuple[int, int]
    padding: int | tuple[int, int] | str
    dilation: int | tuple[int, int]
    groups: int
    bias: np.ndarray

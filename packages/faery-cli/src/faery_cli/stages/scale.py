"""Enlarge pictures by a whole factor."""

from collections.abc import Iterator
from typing import Any

from faery_cli.operation import Frame, Operation
from faery_cli.registry import Parameter, stage
from faery_cli.shape import Shape
from faery_cli.units import Kind, read_integer, read_size

DEFAULT_SIZE = (960, 720)
LARGEST_FACTOR = 64


def _read(value: Any) -> int | tuple[int, int]:
    """A whole factor, or a size to reach; "auto" is the default size."""
    if value == "auto":
        return DEFAULT_SIZE
    try:
        if isinstance(value, tuple | list) or "x" in str(value).strip("x"):
            return read_size(value)
        factor = read_integer(str(value).strip("x") if isinstance(value, str) else value)
    except ValueError:
        factor = 0
    if not 1 <= factor <= LARGEST_FACTOR:
        raise ValueError(
            f"expected a whole factor from 1 to {LARGEST_FACTOR}, a size to reach such as "
            f"640x480, or auto, got {value!r}"
        )
    return factor


def _show(value: int | tuple[int, int]) -> str:
    return f"{value[0]}x{value[1]}" if isinstance(value, tuple) else str(value)


SCALE = Kind("scale", "FACTOR|WxH", _read, _show, hint="int | str | tuple[int, int]")


def factor_for(size: tuple[int, int], wish: int | tuple[int, int]) -> int:
    """Give the factor, or the smallest one with which a picture reaches a size.

    Args:
        size: (width, height) of the picture.
        wish: the factor, or (width, height) of which neither side may be missed.

    Example:
        >>> factor_for((320, 240), (960, 720)), factor_for((1280, 720), (960, 720))
        (3, 1)
    """
    if isinstance(wish, int):
        return wish
    return min(LARGEST_FACTOR, max(1, *(-(-w // s) for w, s in zip(wish, size, strict=True))))


class Scale(Operation):
    """Repeats every pixel, so that pixels stay crisp."""

    def __init__(self, shape: Shape, factor: int) -> None:
        super().__init__(shape.but(size=(shape.size[0] * factor, shape.size[1] * factor)))
        self._factor = factor

    def feed(self, item: Frame) -> Iterator[Frame]:
        from neuro_kernels.render import enlarge

        index = item.index if self._factor == 1 else enlarge(item.index, self._factor)
        yield Frame(item.t_us, index, item.events)


@stage(
    "scale",
    "Enlarge the pictures by a whole factor; pixels stay crisp.",
    Parameter(
        "to",
        SCALE,
        "a whole factor, or a size that the picture must reach (auto: 960x720)",
        DEFAULT_SIZE,
    ),
    takes="frames",
    gives="frames",
    example="fae in.raw : render : scale 2 : out.gif",
)
def scale(shape: Shape, *, to: int | tuple[int, int]) -> Scale:
    return Scale(shape, factor_for(shape.size, to))

"""What a source is, whatever it reads."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from faery_cli.errors import InputError
from faery_cli.operation import Packet
from faery_cli.shape import Shape

__all__ = ["OpenSource", "Source", "input_error", "shape_of"]


class OpenSource(Protocol):
    """A source being read."""

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        ...

    def __iter__(self) -> Iterator[Packet]:
        """Give packets, each once."""
        ...

    def problems(self) -> str:
        """Say in one clause what was damaged up to now; empty if nothing was."""
        ...

    def done(self) -> float | None:
        """Give the part that was read, 0 to 1, or None where nobody knows."""
        ...


class Source(Protocol):
    """A place that events come from; opening it begins at the beginning.

    Attributes:
        name: what messages call it.
        finite: it ends by itself.
        again: it can be opened more than once.
        live: it comes from a network or device: what was lost cannot be had again.
    """

    name: str
    finite: bool
    again: bool
    live: bool

    def open(self) -> AbstractContextManager[OpenSource]:
        """Open it."""
        ...


def shape_of(source: Source, size: tuple[int, int]) -> Shape:
    """Give the shape of a source's stream."""
    return Shape(size, finite=source.finite, again=source.again)


def input_error(name: str, error: Exception) -> InputError:
    """Say in one sentence why a source cannot be read."""
    if isinstance(error, FileNotFoundError):
        return InputError(f"{name}: no such file")
    if isinstance(error, IsADirectoryError):
        return InputError(f"{name}: this is a folder, expected an event file")
    if isinstance(error, OSError) and error.errno is not None:
        return InputError(f"{name}: cannot be read ({error.strerror or error})")
    text = str(error).replace("<stdin>", name)
    return InputError(text if name in text else f"{name}: {text}")

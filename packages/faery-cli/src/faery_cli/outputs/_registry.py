"""The table of picture outputs; event files are those of aestream-io."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from faery_cli.registry import Parameter

if TYPE_CHECKING:
    from faery_cli.run import Run

__all__ = ["Output", "OutputReport", "Written", "by_ending", "ending_of", "outputs"]


@dataclass(frozen=True)
class Written:
    """What a writer says of its work.

    Args:
        events: events written, or shown.
        frames: pictures written.
        notes: remarks, one clause each.
    """

    events: int = 0
    frames: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class OutputReport:
    """What was written.

    Attributes:
        path: the file, or "-" for the standard output.
        format: name of the format.
        events: events written, or shown.
        frames: pictures written; 0 for event files.
        bytes: size of the result.
        size: (width, height) in pixels.
        seconds: how long it took.
        stages: (name, events given on, packets or frames given on) of the source and each stage.
        notes: remarks, one clause each.
        damage: what in the source was damaged, in one clause; empty if nothing was.
    """

    path: str
    format: str
    events: int
    frames: int
    bytes: int
    size: tuple[int, int]
    seconds: float
    stages: tuple[tuple[str, int, int], ...] = ()
    notes: tuple[str, ...] = ()
    damage: str = ""


@dataclass(frozen=True)
class Output:
    """One kind of output.

    Args:
        name: the word for it, and the value of `--format`.
        summary: one clause.
        endings: of file names, lower case, with the dot.
        takes: "events" or "frames".
        write: `write(run, file, **values)` writes to an open binary file.
        parameters: options.
        fps: pictures per second where the user does not say; for frames.
        reach: the size that pictures should at least have where the user does not say.
    """

    name: str
    summary: str
    endings: tuple[str, ...]
    takes: str
    write: "Callable[[Run, BinaryIO, dict[str, Any]], Written]"
    parameters: tuple[Parameter, ...] = ()
    fps: float = 30.0
    reach: tuple[int, int] = (960, 720)


def outputs() -> tuple[Output, ...]:
    """Give all picture outputs."""
    from faery_cli.outputs.gif import GIF

    return (GIF,)


def ending_of(path: str) -> str:
    """Give the lower-case ending of a file name with its dot, or an empty string.

    Example:
        >>> ending_of("a.b/c.GIF"), ending_of("-")
        ('.gif', '')
    """
    name = path.replace("\\", "/").rsplit("/", 1)[-1]
    dot = name.rfind(".")
    return name[dot:].lower() if dot > 0 else ""


def by_ending(ending: str) -> Output | None:
    """Give the picture output of a file name's ending, or None."""
    return next((o for o in outputs() if ending in o.endings), None)

"""What an output is."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from faery_cli.errors import InputError
from faery_cli.outputs._files import check_target
from faery_cli.registry import Parameter

if TYPE_CHECKING:
    from faery_cli.run import Run

__all__ = ["Job", "Output", "OutputReport", "Written"]


@dataclass(frozen=True)
class Job:
    """What a writer is asked for.

    Args:
        path: file name, pattern, address or "-".
        values: a value for each of the output's parameters.
        overwrite: replace what exists.
        keep_damaged: write what could be read of a damaged source.
        source: what messages call the source.
    """

    path: str
    values: dict[str, Any] = field(default_factory=dict)
    overwrite: bool = False
    keep_damaged: bool = True
    source: str = "input"

    def check_damage(self, run: "Run") -> None:
        """Raise InputError if the source was damaged and that is not to be kept.

        Writers call this when they have read everything, before they let the result appear.
        """
        if run.problems and not self.keep_damaged:
            raise InputError(
                f"{self.source}: {run.problems}; nothing was written (--keep-going writes what "
                "could be read)"
            )


@dataclass(frozen=True)
class Written:
    """What a writer says of its work.

    Args:
        events: events written, or shown.
        frames: pictures written.
        bytes: size of the result.
        notes: remarks, one clause each.
    """

    events: int = 0
    frames: int = 0
    bytes: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class OutputReport:
    """What was written.

    Attributes:
        path: the file, or "-" for the standard output.
        format: name of the format.
        events: events written, or shown.
        frames: pictures written; 0 for event files.
        bytes: size of the result; 0 where it has none.
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


def _check_file(job: Job) -> None:
    check_target(job.path, overwrite=job.overwrite)


@dataclass(frozen=True)
class Output:
    """One kind of output.

    Args:
        name: the word for it, and the value of `--format`.
        summary: one clause.
        endings: of file names, lower case, with the dot.
        takes: "events" or "frames".
        write: does the work.
        parameters: options.
        check: raises if the job cannot be done, before anything runs.
        fps: pictures per second where the user does not say; for frames.
        reach: the size that pictures should at least have where the user does not say.
        endless: takes a stream that never ends.
    """

    name: str
    summary: str
    endings: tuple[str, ...]
    takes: str
    write: "Callable[[Run, Job], Written]"
    parameters: tuple[Parameter, ...] = ()
    check: Callable[[Job], None] = _check_file
    fps: float = 30.0
    reach: tuple[int, int] = (960, 720)
    endless: bool = False

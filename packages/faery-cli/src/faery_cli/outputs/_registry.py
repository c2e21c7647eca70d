"""What an output is, and which there are."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from faery_cli.errors import InputError, UsageError
from faery_cli.outputs._files import check_target
from faery_cli.registry import Parameter
from faery_cli.suggest import unknown

if TYPE_CHECKING:
    from faery_cli.run import Run

__all__ = ["Job", "Output", "OutputReport", "Written", "ending_of", "find_output", "outputs"]


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


def outputs() -> tuple[Output, ...]:
    """Give all outputs for pictures."""
    from faery_cli.outputs.apng import APNG
    from faery_cli.outputs.gif import GIF
    from faery_cli.outputs.movie import MP4, WEBM
    from faery_cli.outputs.png import FILES, PNG

    return (GIF, APNG, MP4, WEBM, PNG, FILES)


def ending_of(path: str) -> str:
    """Give the lower-case ending of a file name with its dot, without that of a compression.

    Example:
        >>> ending_of("a.b/c.GIF"), ending_of("-"), ending_of("a.es.gz")
        ('.gif', '', '.es')
    """
    name = path.replace("\\", "/").rsplit("/", 1)[-1].removesuffix(".gz")
    dot = name.rfind(".")
    return name[dot:].lower() if dot > 0 else ""


def find_output(path: str, format: str | None = None) -> Output:
    """Give the output for a target.

    Args:
        path: file name, pattern, address or "-".
        format: the name the user gave, or None to go by the target.

    Raises:
        UsageError: no output is known by that ending, scheme or name.

    Example:
        >>> find_output("out.gif").name
        'gif'
    """
    pictures = outputs()
    if format is None:
        many = "{" in path
        for output in pictures:
            if ending_of(path) in output.endings and (output.name == "files") == many:
                return output
    else:
        for output in pictures:
            if output.name == format.lower():
                return output
    from faery_cli.outputs import events
    from faery_cli.outputs.address import ADDRESS, is_address

    if format is None and is_address(path):
        return ADDRESS
    files = events.event_outputs()
    if format is not None:
        chosen = next((o for o in files if o.name == format.lower()), None)
        if chosen is None:
            raise UsageError(unknown("format", format, [o.name for o in (*files, *pictures)]))
        return chosen
    if path == "-":
        return next(o for o in files if o.name == "csv")
    chosen = next((o for o in files if ending_of(path) in o.endings), None)
    if chosen is not None:
        return chosen
    endings = dict.fromkeys(e for o in (*files, *pictures) for e in o.endings)
    what = f"the ending {ending_of(path)!r}" if ending_of(path) else "a name without ending"
    raise UsageError(
        f"{path}: {what} tells no format; use one of {', '.join(endings)}, or say --format"
    )

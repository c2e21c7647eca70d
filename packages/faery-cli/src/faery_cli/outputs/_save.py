"""Running a stream into a file."""

import os
import time
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from faery_cli.errors import InputError, UsageError
from faery_cli.outputs._files import check_target, complete_file
from faery_cli.outputs._registry import Output, OutputReport, by_ending, ending_of, outputs
from faery_cli.registry import Parameter, bind_values

if TYPE_CHECKING:
    from faery_cli.run import Run
    from faery_cli.stream import Stream

__all__ = ["check_output", "find_output", "output_parameters", "save", "video"]


def find_output(path: str, format: str | None) -> "Output | str":
    """Give the picture output for a target, or the name of the event format.

    Args:
        path: file name or "-".
        format: the name the user gave, or None to go by the ending.

    Raises:
        UsageError: no output is known by that ending.
    """
    if format is not None:
        return next((o for o in outputs() if o.name == format.lower()), format.lower())
    picture = by_ending(ending_of(path))
    if picture is not None:
        return picture
    from faery_cli.outputs.events import format_of

    return format_of(path)


def output_parameters(output: "Output | str") -> tuple[Parameter, ...]:
    """Give the options of an output.

    Raises:
        UsageError: there is no event format of this name.
    """
    if isinstance(output, Output):
        return output.parameters
    from faery_cli.outputs.events import format_parameters

    return format_parameters(output)


def video(
    stream: "Stream",
    path: "str | os.PathLike[str]",
    *,
    format: str | None = None,
    scale: Any = None,
    timecode: bool = True,
    **render: Any,
) -> "Stream":
    """Append what turns events into the pictures of a video, with defaults that suit the output.

    Args:
        stream: of events.
        path: the output, of which only the ending counts here.
        format: name of the output, or None to go by the ending.
        scale: a whole factor or the size to reach; None for the output's own.
        timecode: write time and speed.
        render: values of the stage `render`.

    Raises:
        UsageError: the output does not show moving pictures, or a wrong value.
    """
    path = os.fspath(path)
    output = find_output(path, format)
    if not isinstance(output, Output) or output.takes != "frames":
        endings = ", ".join(e for o in outputs() if o.takes == "frames" for e in o.endings)
        raise UsageError(f"{path}: expected a video, whose name ends in {endings}")
    if render.get("fps") is None:
        render["fps"] = output.fps
    pictures = stream.then("render", **render).then("scale", scale or output.reach)
    return pictures.then("timecode") if timecode else pictures


def _prepare(stream: "Stream", path: str, output: "Output | str") -> "Stream":
    """Append the default pictures to a stream of events, if the output shows pictures."""
    if not isinstance(output, Output) or output.takes == "events":
        return stream
    if any(call.stage.gives == "frames" for call in stream.calls):
        return stream
    return video(stream, path, format=output.name)


def _check(run: "Run", path: str, output: "Output | str") -> None:
    takes = output.takes if isinstance(output, Output) else "events"
    if run.shape.content == takes:
        return
    if takes == "events":
        raise UsageError(
            f"{path}: this file holds events, but the chain gives pictures; leave out render, or "
            "write to a .gif"
        )
    raise UsageError(f"{path}: this file holds pictures, but the chain gives events; add render")


def check_output(
    stream: "Stream", path: str, *, format: str | None, overwrite: bool
) -> dict[str, Any]:
    """Check everything about a run that can be checked without running it.

    Returns:
        What would happen: source, input_size, stages, path, format, size.

    Raises:
        FaeError: as `save` would.
    """
    output = find_output(path, format)
    check_target(path, overwrite=overwrite)
    output_parameters(output)
    stream = _prepare(stream, path, output)
    with stream.run() as run:
        _check(run, path, output)
        return {
            "source": stream.source.name,
            "input_size": run.input_shape.size,
            "stages": [call.text() for call in stream.calls],
            "path": path,
            "format": output.name if isinstance(output, Output) else output,
            "size": run.shape.size,
        }


def save(
    stream: "Stream",
    path: "str | os.PathLike[str]",
    *,
    format: str | None = None,
    overwrite: bool = False,
    keep_damaged: bool = True,
    progress: "Callable[[Run], None] | None" = None,
    **options: Any,
) -> OutputReport:
    """Run a stream and write the result.

    Args:
        stream: events, or frames for a picture output; a stream of events gets `render`, `scale`
            and `timecode` with their defaults where pictures are asked for.
        path: file name, or "-" for the standard output.
        format: name of the output; by default it follows from the ending.
        overwrite: replace a file of that name.
        keep_damaged: write what could be read of a damaged source, with a warning; otherwise
            nothing is written.
        progress: called with the run after each item; who gives it may stop an endless stream.
        options: of the output.

    Returns:
        What was written.

    Raises:
        OutputError: the file exists or cannot be written.
        InputError: the source is missing or, without `keep_damaged`, damaged.
        UsageError: an output that does not fit the stream, or wrong options.
    """
    path = os.fspath(path)
    output = find_output(path, format)
    check_target(path, overwrite=overwrite)
    name = output.name if isinstance(output, Output) else output
    values = bind_values(name, output_parameters(output), (), options)
    stream = _prepare(stream, path, output)
    if isinstance(output, Output):
        write = output.write
    else:
        from faery_cli.outputs.events import write_events as write

        values = {"format": output, "options": values}
    begin = time.perf_counter()
    with stream.run() as run:
        _check(run, path, output)
        if not run.shape.finite and (progress is None or isinstance(output, Output)):
            raise UsageError(
                f"{path}: the stream never ends; add a cut, for example cut 0:10s for the first "
                "ten seconds"
            )
        with complete_file(path, overwrite=overwrite) as file:
            run.watch = progress
            written = write(run, file, values)
            size = file.tell() if path != "-" else 0
            if run.problems and not keep_damaged:
                raise InputError(
                    f"{stream.source.name}: {run.problems}; nothing was written "
                    "(--keep-going writes what could be read)"
                )
        report = OutputReport(
            path=path,
            format=name,
            events=written.events,
            frames=written.frames,
            bytes=size,
            size=run.shape.size,
            seconds=time.perf_counter() - begin,
            stages=tuple((r.name, r.events_out, r.items_out) for r in run.reports),
            notes=(*written.notes, *run.notes()),
            damage=run.problems,
        )
    if report.damage and progress is None:
        from aestream_io import EventDataWarning

        warnings.warn(f"{stream.source.name}: {report.damage}", EventDataWarning, stacklevel=3)
    return report

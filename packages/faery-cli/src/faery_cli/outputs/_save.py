"""Running a stream into an output."""

import os
import time
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from faery_cli.errors import UsageError
from faery_cli.outputs._find import find_output, outputs
from faery_cli.outputs._registry import Job, Output, OutputReport
from faery_cli.registry import bind_values

if TYPE_CHECKING:
    from faery_cli.run import Run
    from faery_cli.stream import Stream

__all__ = ["check_output", "save", "video"]


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
    if output.takes != "frames":
        endings = ", ".join(e for o in outputs() if o.takes == "frames" for e in o.endings)
        raise UsageError(f"{path}: expected a video, whose name ends in {endings}")
    if render.get("fps") is None:
        render["fps"] = output.fps
    pictures = stream.then("render", **render).then("scale", scale or output.reach)
    return pictures.then("timecode") if timecode else pictures


def _prepare(stream: "Stream", path: str, output: Output) -> "Stream":
    """Append the default pictures to a stream of events, if the output shows pictures."""
    if output.takes == "events" or any(call.stage.gives == "frames" for call in stream.calls):
        return stream
    return video(stream, path, format=output.name)


def _check(run: "Run", path: str, output: Output) -> None:
    if output.takes != run.shape.content:
        raise UsageError(
            f"{path}: this holds events, but the chain gives pictures; leave out render, or write "
            "to a .gif"
        )
    if not (run.shape.finite or output.endless):
        raise UsageError(
            f"{path}: the stream never ends; add a cut, for example cut 0:10s for the first ten "
            "seconds"
        )


def check_output(
    stream: "Stream", path: str, *, format: str | None, overwrite: bool, options: dict[str, Any]
) -> dict[str, Any]:
    """Check everything about a run that can be checked without running it.

    Returns:
        What would happen: source, input_size, stages, path, format, size.

    Raises:
        FaeError: as `save` would.
    """
    output = find_output(path, format)
    values = bind_values(output.name, output.parameters, (), options)
    output.check(Job(path, values, overwrite))
    stream = _prepare(stream, path, output)
    with stream.run() as run:
        _check(run, path, output)
        return {
            "source": stream.source.name,
            "input_size": run.input_shape.size,
            "stages": [call.text() for call in stream.calls],
            "path": path,
            "format": output.name,
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
        path: file name, pattern such as "f/{index:04}.png", address, or "-" for the standard
            output.
        format: name of the output; by default it follows from the path.
        overwrite: replace a file of that name.
        keep_damaged: write what could be read of a damaged source, with a warning; otherwise
            nothing is written.
        progress: called with the run after each item; the damage of the source is then only
            reported.
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
    values = bind_values(output.name, output.parameters, (), options)
    keep = keep_damaged or stream.source.live
    job = Job(path, values, overwrite, keep, stream.source.name)
    output.check(job)
    stream = _prepare(stream, path, output)
    begin = time.perf_counter()
    with stream.run() as run:
        _check(run, path, output)
        run.watch = progress
        written = output.write(run, job)
        report = OutputReport(
            path=path,
            format=output.name,
            events=written.events,
            frames=written.frames,
            bytes=written.bytes,
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

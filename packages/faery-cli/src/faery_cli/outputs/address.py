"""Outputs by an address of aestream-io, such as `udp:localhost:3333` or `null:`."""

from typing import TYPE_CHECKING

from faery_cli.errors import OutputError, UsageError
from faery_cli.outputs._registry import Job, Output, Written

if TYPE_CHECKING:
    from faery_cli.run import Run

__all__ = ["ADDRESS", "is_address"]


def is_address(path: str) -> bool:
    """Tell whether a target is an address rather than a file.

    Example:
        >>> is_address("udp:localhost:3333"), is_address("a.es"), is_address("-")
        (True, False, False)
    """
    from aestream_io.uri import parse_uri

    try:
        return parse_uri(path).scheme not in ("file", "-")
    except ValueError:
        return False


def _write(run: "Run", job: Job) -> Written:
    import aestream_io
    from aestream_io.sinks._registry import open_sink

    try:
        sink = open_sink(job.path)
    except aestream_io.UriError as error:
        raise UsageError(str(error)) from error
    except (OSError, aestream_io.EventError) as error:
        raise OutputError(f"{job.path}: {error}") from error
    started = False
    try:
        for item in run:
            if not started:
                sink.start(run.shape.size, item.events.t0)
                started = True
            if len(item.events):
                sink.write(item.events)
        if not started:
            sink.start(run.shape.size, None)
        report = sink.finish()
    except (OSError, aestream_io.EventError) as error:
        sink.abort()
        raise OutputError(f"{job.path}: {error}") from error
    except BaseException:
        sink.abort()
        raise
    notes = list(report.notes)
    if report.lost_events:
        notes.append(f"{report.lost_events} events could not be sent")
    return Written(report.events, bytes=report.bytes, notes=tuple(notes))


ADDRESS = Output(
    "address",
    "where an address of aestream-io leads, such as udp:HOST:PORT",
    (),
    "events",
    _write,
    check=lambda job: None,
    endless=True,
)

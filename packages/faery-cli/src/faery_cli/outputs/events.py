"""Event files, by the formats of aestream-io."""

import sys
from typing import TYPE_CHECKING, Any

from faery_cli.errors import OutputError
from faery_cli.outputs._registry import Job, Output, Written
from faery_cli.registry import Parameter
from faery_cli.units import TEXT

if TYPE_CHECKING:
    from collections.abc import Callable

    from faery_cli.run import Run

__all__ = ["event_outputs"]


def event_outputs() -> tuple[Output, ...]:
    """Give an output for each event format that can be written."""
    import aestream_io.formats

    return tuple(_output(f) for f in aestream_io.formats.formats() if f.open_writer is not None)


def _output(entry: Any) -> Output:
    return Output(
        entry.name,
        entry.title,
        entry.extensions,
        "events",
        _writer(entry.name),
        tuple(
            Parameter(name.replace("-", "_"), TEXT, text, None, named=True)
            for name, text in entry.write_options.items()
        ),
        endless=True,
    )


def _said(error: Exception, path: str) -> str:
    text = str(error)
    if isinstance(error, OSError) and error.strerror:
        text = f"cannot be written ({error.strerror})"
    if path == "-":
        path = "standard output"
    return text if path in text else f"{path}: {text}"


def _writer(format: str) -> "Callable[[Run, Job], Written]":
    def write(run: "Run", job: Job) -> Written:
        import aestream_io

        options = {name: value for name, value in job.values.items() if value is not None}
        target: Any = sys.stdout.buffer if job.path == "-" else job.path
        writer: Any = None

        def begin(t0: int | None) -> Any:
            return aestream_io.open_writer(
                target, size=run.shape.size, format=format, t0=t0, **options
            )

        try:
            for item in run:
                if writer is None:
                    writer = begin(item.events.t0)
                writer.feed(item.events)
            if writer is None:
                writer = begin(None)
            job.check_damage(run)
            report = writer.finish()
        except BaseException as error:
            if writer is not None:
                writer.abort()
            if isinstance(error, OSError | aestream_io.EventError) and not isinstance(
                error, BrokenPipeError
            ):
                raise OutputError(_said(error, job.path)) from error
            raise
        return Written(report.events, bytes=report.bytes, notes=tuple(report.notes))

    return write

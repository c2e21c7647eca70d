"""Writing recordings: whole, or packet by packet, and never half."""

import difflib
import os
from typing import Any

from aestream_io._errors import EventError
from aestream_io._file_writer import FileWriter, Target
from aestream_io._recording import Recording
from aestream_io._report import WriteReport
from aestream_io.formats import (
    Extras,
    Format,
    WriteOptions,
    by_extension,
    by_name,
    extension_of,
    formats,
)
from neuro_kernels import Events, as_events

__all__ = ["FileWriter", "open_writer", "write"]


def open_writer(
    target: Target,
    *,
    size: tuple[int, int],
    format: str | None = None,
    t0: int | None = None,
    **options: Any,
) -> FileWriter:
    """Open a recording for writing packet by packet.

    Args:
        target: path of the file, or an open binary file or pipe (then `format` is needed); a path
            that ends in `.gz` or `.zst` is compressed.
        size: `(width, height)` of the sensor in pixels.
        format: name of the format; None: the one of the file name's ending.
        t0: absolute time of `t == 0`, stored where the format has a place for it.
        **options: options of the format.

    Returns:
        A writer: `feed(events)` any number of times, then `finish()`.

    Raises:
        EventError: unknown ending, format or option, or a path that cannot be written.

    Example:
        >>> import io
        >>> file = io.BytesIO()
        >>> writer = open_writer(file, size=(640, 480), format="es")
        >>> writer.feed(Events([5], [1], [2], [1], size=(640, 480)))
        >>> writer.finish().bytes
        25
    """
    entry = by_name(format) if format is not None else _of_name(target)
    if entry.open_writer is None:
        raise EventError(f"{_name(target)}: {entry.title} can only be read; choose another format")
    for option in options:
        if option not in entry.write_options:
            known = ", ".join(entry.write_options) or "none"
            raise EventError(
                f"{_name(target)}: {entry.title} has no option {option!r} for writing "
                f"(options: {known})"
            )
    return FileWriter(target, entry, WriteOptions(size=size, t0=t0, values=options))


def write(
    path: Target,
    events: "Events | Recording | Any",
    *,
    format: str | None = None,
    size: tuple[int, int] | None = None,
    **options: Any,
) -> WriteReport:
    """Write a recording; it appears under its name complete or not at all.

    Args:
        path: the file; its ending chooses the format, and `.gz` or `.zst` behind it compresses.
        events: Events, a `Recording` (with what else the format can hold), or anything that
            `as_events` takes.
        format: name of the format, whatever the ending.
        size: `(width, height)` of the sensor, if not that of the events.
        **options: options of the format.

    Returns:
        What was written, with notes on what the format could not hold.

    Raises:
        EventError: unknown ending, format or option, a path that cannot be written, or events that
            the format cannot hold; no file is left then.

    Example:
        >>> import tempfile
        >>> events = Events([10, 20], [1, 2], [3, 4], [1, 0], size=(64, 48))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     report = write(f"{folder}/two.dat", events)
        >>> report.format, report.events, report.bytes
        ('dat', 2, 87)
    """
    extras, notes = Extras(), ()
    if isinstance(events, Recording):
        recording = events
        entry = by_name(format) if format is not None else _of_name(path)
        extras, notes = _held_extras(recording, entry)
        if entry.name == "es" and "kind" not in options:
            options["kind"] = _es_kind(extras)
        events = recording.events
        if events is None:
            events = Events.empty(size or (1, 1))
    events = as_events(events)
    with open_writer(
        path, size=size or events.size, format=format, t0=events.t0, **options
    ) as writer:
        writer.feed(events, extras=extras)
        report = writer.finish()
    if not notes:
        return report
    return WriteReport(
        path=report.path,
        format=report.format,
        events=report.events,
        bytes=report.bytes,
        notes=(*notes, *report.notes),
    )


def _held_extras(recording: Recording, entry: Format) -> tuple[Extras, tuple[str, ...]]:
    """What of a recording the format holds, and remarks on the rest."""
    held, notes = {}, []
    for name in ("triggers", "frames", "imu", "colors", "payloads", "exposures"):
        value = getattr(recording, name)
        if value is None or len(value) == 0:
            continue
        if name in entry.holds:
            held[name] = value
        else:
            notes.append(f"{entry.title} cannot hold {name}: {len(value)} left out")
    return Extras(**held), tuple(notes)


def _es_kind(extras: Extras) -> str:
    if extras.payloads is not None:
        return "generic"
    if extras.colors is not None:
        return "color"
    return "atis" if extras.exposures is not None else "dvs"


def _name(target: Target) -> str:
    if isinstance(target, str | os.PathLike):
        return os.fspath(target)
    return str(getattr(target, "name", "stream"))


def _of_name(target: Target) -> Format:
    name = _name(target)
    if not isinstance(target, str | os.PathLike):
        raise EventError(f"{name}: pass format= to say how to write to an open file")
    extension = extension_of(name)
    found = [entry for entry in by_extension(extension) if entry.open_writer is not None]
    if found:
        return found[0]
    known = sorted({e for entry in formats() if entry.open_writer for e in entry.extensions})
    close = difflib.get_close_matches(extension, known, n=1)
    hint = f"; did you mean {close[0]}? Or" if close else ""
    said = f"files named {extension!r} are of no known format" if extension else "has no ending"
    raise EventError(f"{name}: {said}{hint or ';'} use one of {', '.join(known)}, or pass format=")

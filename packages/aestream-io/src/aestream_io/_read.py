"""Reading whole recordings, and asking what they are."""

import os
import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from aestream_io._errors import EventDataWarning, EventError
from aestream_io._open import open_reader
from aestream_io._recording import Recording
from aestream_io._report import DecodeReport, Header, RecordingInfo
from aestream_io.sources.file import FileSource
from neuro_kernels import Events

__all__ = ["info", "read", "read_recording"]

Path = str | os.PathLike[str]


def read(
    path: Path,
    *,
    format: str | None = None,
    strict: bool = False,
    size: tuple[int, int] | None = None,
    span_us: tuple[int, int] | None = None,
    **options: Any,
) -> Events:
    """Read all events of a recording, or those of a span of time.

    Args:
        path: the file; gzip and Zstandard files are decompressed.
        format: name of the format; None: found from the first bytes, then from the file name.
        strict: raise where something had to be skipped, instead of warning.
        size: `(width, height)` of the sensor that overrules what the file says.
        span_us: (begin, end): event times in microseconds to begin at and to end before.
        **options: options of the format.

    Returns:
        Events, times in microseconds as stored, y pointing down.

    Raises:
        EventError: the file cannot be opened, its format is unknown, its header is damaged, it
            holds no events; with `strict`, anything that was skipped.

    Warns:
        EventDataWarning: once, with the counts and the first place, when something was skipped.

    Example:
        >>> import tempfile, aestream_io
        >>> events = Events([10, 20], [1, 2], [3, 4], [1, 0], size=(64, 48))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = aestream_io.write(f"{folder}/two.raw", events)
        ...     read(f"{folder}/two.raw") == events
        True
    """
    if span_us is not None:
        source = FileSource(
            path,
            format=format,
            size=size,
            strict=strict,
            start_us=span_us[0],
            end_us=span_us[1],
            options=options,
        )
        with source:
            return Events.concatenate([Events.empty(source.size, t0=source.t0), *source])
    with open_reader(path, format=format, size=size, measure=False, **options) as reader:
        events = reader.read_all()
        report = reader.report
    if events is None:
        raise EventError(
            f"{os.fspath(path)}: holds timed byte strings and no events; use read_recording"
        )
    _judge(path, report, strict)
    return events


def read_recording(
    path: Path,
    *,
    format: str | None = None,
    strict: bool = False,
    size: tuple[int, int] | None = None,
    **options: Any,
) -> Recording:
    """Read everything that a recording holds, with a report of what was skipped.

    Args:
        path: see `read`.
        format: see `read`.
        strict: see `read`.
        size: see `read`.
        **options: see `read`.

    Returns:
        Events, triggers, colours and so on, with `info` and `report`.

    Raises:
        EventError: see `read`.

    Warns:
        EventDataWarning: see `read`.

    Example:
        >>> import tempfile, aestream_io
        >>> events = Events([10, 20], [1, 2], [3, 4], [1, 0], size=(64, 48))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = aestream_io.write(f"{folder}/two.raw", events)
        ...     recording = read_recording(f"{folder}/two.raw")
        >>> recording.info.format, recording.report.events, len(recording.triggers)
        ('evt3', 2, 0)
    """
    with open_reader(
        path, format=format, size=size, extras=True, measure=False, **options
    ) as reader:
        events = reader.read_all()
        extras = reader.extras()
        header, report = reader.header, reader.report
    _judge(path, report, strict)
    counter = _Counter()
    if events is not None:
        counter.add(events)
    return Recording(
        events=events,
        triggers=extras.triggers,
        frames=extras.frames,
        imu=extras.imu,
        colors=extras.colors,
        payloads=extras.payloads,
        exposures=extras.exposures,
        info=counter.info(path, header, report),
        report=report,
    )


def info(
    path: Path,
    *,
    format: str | None = None,
    size: tuple[int, int] | None = None,
    scan: bool = True,
    **options: Any,
) -> RecordingInfo:
    """Tell what a recording is: format, sensor, number and times of its events.

    Args:
        path: see `read`.
        format: see `read`.
        size: see `read`.
        scan: go through the events, in constant memory, for what the header does not tell; when
            off, such fields are None.
        **options: see `read`.

    Returns:
        Facts about the file.

    Raises:
        EventError: see `read`.

    Warns:
        EventDataWarning: see `read`.

    Example:
        >>> import tempfile, aestream_io
        >>> events = Events([10, 20], [1, 2], [3, 4], [1, 0], size=(64, 48))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = aestream_io.write(f"{folder}/two.raw", events)
        ...     facts = info(f"{folder}/two.raw")
        >>> facts.n_events, facts.n_on, facts.duration_us, facts.size, facts.size_source
        (2, 1, 10, (64, 48), 'header')
    """
    counter = _Counter()
    with open_reader(path, format=format, size=size, measure=False, **options) as reader:
        if scan:
            for events in reader:
                counter.add(events)
        header, report, facts = reader.header, reader.report, reader.facts()
    if not scan:
        return replace(counter.header_only(path, header), **facts)
    _judge(path, report, strict=False)
    return counter.info(path, header, report)


def _judge(path: Path, report: DecodeReport, strict: bool) -> None:
    if report.ok:
        return
    message = f"{os.fspath(path)}: {report.summary()}"
    if strict:
        raise EventError(message)
    warnings.warn(EventDataWarning(message), stacklevel=3)


@dataclass
class _Counter:
    """Facts that only the events tell."""

    n: int = 0
    n_on: int = 0
    first: int | None = None
    last: int | None = None
    width: int = 0
    height: int = 0

    def add(self, events: Events) -> None:
        """Take note of a packet."""
        if len(events) == 0:
            return
        low, high = (
            (int(events.t[0]), int(events.t[-1]))
            if events.is_sorted
            else (int(events.t.min()), int(events.t.max()))
        )
        self.first = low if self.first is None else min(self.first, low)
        self.last = high if self.last is None else max(self.last, high)
        self.n += len(events)
        self.n_on += int(np.count_nonzero(events.p))
        self.width = max(self.width, int(events.x.max()) + 1)
        self.height = max(self.height, int(events.y.max()) + 1)

    def header_only(self, path: Path, header: Header) -> RecordingInfo:
        """Facts of the header alone."""
        return RecordingInfo(
            path=os.fspath(path),
            format=header.format,
            version=header.version,
            size=header.size,
            size_source=header.size_source,
            file_bytes=os.stat(path).st_size,
            t0=header.t0,
            metadata=header.metadata,
        )

    def info(self, path: Path, header: Header, report: DecodeReport) -> RecordingInfo:
        """Facts of the header and of all events."""
        size, origin = header.size, header.size_source
        if size is None and self.n:
            size, origin = (self.width, self.height), "data"
        return RecordingInfo(
            path=os.fspath(path),
            format=header.format,
            version=header.version,
            size=size,
            size_source=origin,
            file_bytes=os.stat(path).st_size,
            n_events=self.n,
            n_on=self.n_on,
            n_off=self.n - self.n_on,
            n_triggers=report.triggers,
            t_first=self.first,
            t_last=self.last,
            t0=header.t0,
            metadata=header.metadata,
        )

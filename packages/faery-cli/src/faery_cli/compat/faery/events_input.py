"""Where streams of events begin."""

import dataclasses
import pathlib
import warnings
from collections.abc import Iterator
from typing import Any, Literal

import numpy as np

from faery_cli.compat.faery import enums
from faery_cli.compat.faery._arrays import EVENTS_DTYPE, as_array
from faery_cli.compat.faery.events_stream import (
    Array,
    EventsStream,
    FiniteEventsStream,
    Live,
    Opened,
)
from faery_cli.compat.faery.timestamp import Time, TimeOrTimecode, parse_time

__all__ = [
    "CsvProperties",
    "events_stream_from_array",
    "events_stream_from_camera",
    "events_stream_from_file",
    "events_stream_from_stdin",
    "events_stream_from_udp",
]


@dataclasses.dataclass
class CsvProperties:
    """How lines of text hold events.

    Args:
        has_header: the first line tells names.
        separator: one character.
        t_index: place of the time in a line, from 0.
        x_index: place of the column.
        y_index: place of the row.
        on_index: place of the polarity.
        t_scale: times are multiplied by 10 to this power to give microseconds.
        on_value: what stands for ON.
        off_value: what stands for OFF.
        skip_errors: leave lines out that cannot be read, rather than raise.
    """

    has_header: bool = True
    separator: bytes = b","
    t_index: int = 0
    x_index: int = 1
    y_index: int = 2
    on_index: int = 3
    t_scale: float = 0.0
    on_value: bytes = b"1"
    off_value: bytes = b"0"
    skip_errors: bool = False

    @classmethod
    def default(cls) -> "CsvProperties":
        """Give the usual ones."""
        return cls()


# Power of ten -> unit of aestream_io's text reader.
_UNITS = {0: "us", 3: "ms", 6: "s", -3: "ns"}


def _csv_options(csv: CsvProperties) -> dict[str, str]:
    if (csv.on_value, csv.off_value) not in ((b"1", b"0"), (b"true", b"false"), (b"1", b"-1")):
        raise ValueError(
            f"CsvProperties: expected on_value 1 and off_value 0, got {csv.on_value!r} and "
            f"{csv.off_value!r}"
        )
    if csv.t_scale not in _UNITS:
        raise ValueError(f"CsvProperties: t_scale: expected 0, 3, 6 or -3, got {csv.t_scale}")
    places = {csv.t_index: "t", csv.x_index: "x", csv.y_index: "y", csv.on_index: "p"}
    columns = "".join(places.get(place, "_") for place in range(max(places) + 1))
    return {
        "columns": columns,
        "separator": csv.separator.decode(),
        "unit": _UNITS[int(csv.t_scale)],
    }


_FORMATS: dict[str | None, str | None] = {
    None: None,
    "aedat": "aedat4",
    "csv": "csv",
    "dat": "dat",
    "es": "es",
    "evt": None,  # the header tells the version
}
_VERSIONS = {"evt2": "evt2", "evt2.1": "evt21", "evt3": "evt3"}


def events_stream_from_array(events: np.ndarray, dimensions: tuple[int, int]) -> FiniteEventsStream:
    """Begin with events in memory.

    Args:
        events: structured array with the fields t, x, y and on (or p), in order of time.
        dimensions: (width, height) in pixels.
    """
    names = events.dtype.names or ()
    polarity = "on" if "on" in (events.dtype.fields or {}) else "p"
    if not {"t", "x", "y"} <= set(names):
        raise ValueError(f"events_stream_from_array: expected fields t, x, y, on, got {names}")
    if events.dtype != EVENTS_DTYPE:
        array = np.empty(len(events), EVENTS_DTYPE)
        for name in "txy":
            array[name] = events[name]
        array["on"] = events[polarity]
        events = array
    return Array(events, dimensions)


def events_stream_from_file(
    path: pathlib.Path | str,
    track_id: int | None = None,
    dimensions_fallback: tuple[int, int] = (1280, 720),
    version_fallback: enums.EventsFileVersion | None = None,
    t0: TimeOrTimecode = Time(0),  # noqa: B008 (a frozen value)
    file_type: enums.EventsFileType | None = None,
    csv_properties: CsvProperties | None = None,
) -> FiniteEventsStream:
    """Begin with a file.

    Args:
        path: an aedat4, csv, dat, es or evt (raw) file.
        track_id: of an aedat4 file, the stream of events; the first one by default.
        dimensions_fallback: (width, height) where the file does not tell.
        version_fallback: of a dat or evt file that does not tell.
        t0: added to the times of an es file.
        file_type: by default it follows from the content.
        csv_properties: how the lines of a csv file hold events; by default that is found out.

    What is damaged is left out; each pass over the events then warns with `EventDataWarning`.

    Raises:
        EventError: no event file that can be read.
    """
    import aestream_io

    if file_type is not None:
        enums.validate(enums.EventsFileType, "EventsFileType", file_type)
    shift = parse_time(t0).microseconds
    format = _FORMATS[file_type]
    options: dict[str, Any] = {}
    if csv_properties is not None and csv_properties != CsvProperties():
        options = _csv_options(csv_properties)
        format = "csv"
    if track_id is not None:
        options["track"] = track_id

    def open_file(size: tuple[int, int] | None, kind: str | None) -> Any:
        return aestream_io.open_reader(str(path), format=kind, size=size, **options)

    try:
        reader = open_file(None, format)
    except aestream_io.EventError:
        if version_fallback not in _VERSIONS:
            raise
        format = _VERSIONS[version_fallback]
        reader = open_file(dimensions_fallback, format)
    with reader:
        told = reader.header.size_source in ("header", "csv header", "plugin", "metadata")
        size = reader.header.size if told else dimensions_fallback
        if reader.header.format != "es":
            # Other formats hold whole times, or tell in their header what is to be added.
            metadata = {key.lower(): value for key, value in reader.header.metadata.items()}
            text = str(metadata.get("t0", "0"))
            shift = int(text) if text.isdecimal() else 0

    def packets() -> Iterator[np.ndarray]:
        with open_file(None if told else size, format) as opened:
            for events in opened:
                array = as_array(events)
                if shift:
                    array["t"] += np.uint64(shift)
                if len(array):
                    yield array
            if not opened.report.ok:
                text = f"{path}: {opened.report.summary()}"
                warnings.warn(text, aestream_io.EventDataWarning, stacklevel=2)

    return Opened(pathlib.Path(path), packets, size)


def events_stream_from_stdin(
    dimensions: tuple[int, int],
    t0: TimeOrTimecode = Time(0),  # noqa: B008 (a frozen value)
    csv_properties: CsvProperties | None = None,
) -> EventsStream:
    """Begin with CSV on the standard input.

    Args:
        dimensions: (width, height) in pixels.
        t0: added to the times.
        csv_properties: how the lines hold events; by default that is found out.
    """
    import sys

    import aestream_io

    shift = np.uint64(parse_time(t0).microseconds)
    options: dict[str, Any] = {}
    if csv_properties is not None:
        options = dict(_csv_options(csv_properties))

    def packets() -> Iterator[np.ndarray]:
        reader = aestream_io.open_reader(sys.stdin.buffer, format="csv", size=dimensions, **options)
        with reader:
            for events in reader:
                array = as_array(events)
                array["t"] += shift
                yield array

    return Live(packets(), dimensions)


def events_stream_from_udp(
    dimensions: tuple[int, int],
    address: tuple[Any, ...],
    format: enums.UdpFormat = "t64_x16_y16_on8",
) -> EventsStream:
    """Begin with UDP datagrams; the stream never ends.

    Args:
        dimensions: (width, height) in pixels.
        address: (host, port) to listen at, or the four items of an IPv6 address.
        format: layout of the datagrams.
    """
    from neuro_kernels.stream import UdpReceiver

    enums.validate(enums.UdpFormat, "UdpFormat", format)

    def packets() -> Iterator[np.ndarray]:
        with UdpReceiver(address[0], address[1], size=dimensions, format=format) as receiver:
            while True:
                events = receiver.read(timeout_s=0.1)
                if events is not None and len(events):
                    yield as_array(events)

    return Live(packets(), dimensions)


def events_stream_from_camera(
    driver: Literal["EventCameraDrivers", "NeuromorphicDrivers", "Auto"] | None = None,
    manufacturer: Literal["Inivation", "Prophesee"] | None = None,
    buffer_size: int = 1024,
) -> EventsStream:
    """Begin with a camera; the stream never ends.

    Args:
        driver: accepted for likeness: there is one kind of driver, that of hw-drivers.
        manufacturer: take a camera of this one only.
        buffer_size: accepted for likeness: packets wait in a ring that drops none in silence.

    Raises:
        MissingError: no camera, or hw-drivers is not installed.
    """
    from faery_cli.errors import FaeError, MissingError
    from faery_cli.sources import AddressSource

    schemes = {"Inivation": ("davis346:", "dvxplorer:"), "Prophesee": ("evk4:",)}
    wanted = (
        schemes[manufacturer] if manufacturer else (*schemes["Prophesee"], *schemes["Inivation"])
    )
    problems = []
    for scheme in wanted:
        try:
            opened = AddressSource(scheme).open()
        except FaeError as error:
            problems.append(error.message)
            continue

        def packets(opened: Any = opened) -> Iterator[np.ndarray]:
            with opened:
                for packet in opened:
                    yield as_array(packet.events)

        return Live(packets(), opened.size)
    raise MissingError(f"no camera was found: {'; '.join(dict.fromkeys(problems))}")

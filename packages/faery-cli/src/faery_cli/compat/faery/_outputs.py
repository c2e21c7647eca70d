"""Where a stream of events can go."""

import os
import pathlib
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from faery_cli.compat.faery import enums
from faery_cli.compat.faery import stream as base
from faery_cli.compat.faery._arrays import as_packet, concatenated
from faery_cli.compat.faery._progress import watched
from faery_cli.compat.faery.timestamp import Time
from faery_cli.outputs._files import complete_file

if TYPE_CHECKING:
    from faery_cli.compat.faery.event_rate import EventRate
    from faery_cli.compat.faery.kinectograph import Kinectograph
    from faery_cli.compat.faery.spectrogram import Spectrogram

__all__ = ["EventsOutput"]

OnProgress = Callable[[Any], None] | None

# File type -> the format of aestream_io; evt by version.
_FORMATS = {"aedat": "aedat4", "csv": "csv", "dat": "dat", "es": "es"}
_EVT = {None: "evt3", "evt3": "evt3", "evt2": "evt2", "evt2.1": "evt21"}


def _csv_header(separator: bytes, size: tuple[int, int]) -> bytes:
    """Give the line of names that programs of Faery's users look for: its polarity is `on`."""
    return separator.join((b"t", b"x@%d" % size[0], b"y@%d" % size[1], b"on")) + b"\n"


def _need_end(stream: Any, what: str) -> None:
    if not isinstance(stream, base.FiniteStream):
        raise TypeError(f"{what} needs a stream that ends; use time_slice or event_slice first")


class EventsOutput:
    """The ends of a chain of events."""

    if TYPE_CHECKING:

        def __iter__(self) -> Any: ...

        def dimensions(self) -> tuple[int, int]: ...

        def time_range(self) -> tuple[Time, Time]: ...

    def to_array(self, on_progress: OnProgress = None) -> np.ndarray:
        """Give all events as one structured array."""
        _need_end(self, "to_array")
        return concatenated(list(watched(self, on_progress)))

    def to_file(
        self,
        path: pathlib.Path | str,
        version: enums.EventsFileVersion | None = None,
        zero_t0: bool = True,
        compression: tuple[enums.EventsFileCompression, int] | None = ("lz4", 1),
        csv_separator: bytes = b",",
        csv_header: bool = True,
        file_type: enums.EventsFileType | None = None,
        on_progress: OnProgress = None,
        enforce_monotonic_timestamps: bool = True,
    ) -> str:
        """Write an event file.

        Args:
            path: the file, replaced if it exists; its folder is made if need be.
            version: of the dat or evt file.
            zero_t0: give the first event's time, from which those of an es file then count.
            compression: of an aedat file, and its level; None for none.
            csv_separator: one character.
            csv_header: begin a csv file with the names of the columns.
            file_type: "aedat", "csv", "dat", "es" or "evt"; by default it follows from the ending.
            on_progress: called with a state at the start, after each packet, and at the end.
            enforce_monotonic_timestamps: raise times that go back to that of the event before.

        Returns:
            The timecode of the time that was taken as 0.
        """
        import aestream_io

        kind = enums.guess(enums.EventsFileType, "EventsFileType", path, file_type)
        if version is not None:
            enums.validate(enums.EventsFileVersion, "EventsFileVersion", version)
        path = pathlib.Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        options: dict[str, Any] = {}
        if kind == "csv":
            options = {"separator": csv_separator.decode(), "header": False}
        elif kind == "dat" and version is not None:
            options = {"version": version.removeprefix("dat")}
        elif kind == "aedat":
            name, level = compression or ("none", None)
            options = {"compression": name}
            if level is not None:
                options["level"] = level
        format = _EVT[version] if kind == "evt" else _FORMATS[kind]
        size = self.dimensions()
        origin = None if zero_t0 and kind in ("es", "evt", "dat") else 0
        last = 0
        with complete_file(os.fspath(path), overwrite=True) as file:
            if kind == "csv" and csv_header:
                file.write(_csv_header(csv_separator, size))
            writer = aestream_io.open_writer(file, size=size, format=format, **options)
            for packet in watched(self, on_progress):
                if not len(packet):
                    continue
                if origin is None:
                    origin = int(packet["t"][0])
                if enforce_monotonic_timestamps:
                    t = np.maximum(np.maximum.accumulate(packet["t"]), last)
                    last = int(t[-1])
                    if (t != packet["t"]).any():
                        packet = packet.copy()
                        packet["t"] = t
                if kind == "es" and origin:
                    packet = packet.copy()
                    packet["t"] -= np.uint64(origin)
                writer.feed(as_packet(packet, size))
            writer.finish()
        return Time(origin or 0).to_timecode()

    def to_stdout(
        self,
        csv_separator: bytes = b",",
        csv_header: bool = True,
        on_progress: OnProgress = None,
    ) -> str:
        """Write CSV to the standard output; gives the timecode of time 0."""
        import aestream_io

        size = self.dimensions()
        sys.stdout.flush()
        if csv_header:
            sys.stdout.buffer.write(_csv_header(csv_separator, size))
        writer = aestream_io.open_writer(
            sys.stdout.buffer,
            size=size,
            format="csv",
            separator=csv_separator.decode(),
            header=False,
        )
        for packet in watched(self, on_progress):
            writer.feed(as_packet(packet, size))
        writer.finish()
        return Time(0).to_timecode()

    def to_udp(
        self,
        address: tuple[Any, ...],
        events_per_packet: int | None = None,
        format: enums.UdpFormat = "t64_x16_y16_on8",
        on_progress: OnProgress = None,
    ) -> None:
        """Send events as UDP datagrams.

        Args:
            address: (host, port), or the four items of an IPv6 address.
            events_per_packet: events in one datagram at most (100 unless given).
            format: their layout.
            on_progress: called with a state at the start, after each packet, and at the end.
        """
        from neuro_kernels.stream import UdpSender

        enums.validate(enums.UdpFormat, "UdpFormat", format)
        size = self.dimensions()
        count = 100 if events_per_packet is None else events_per_packet
        with UdpSender(address[0], address[1], format=format, packet_events=count) as sender:
            for packet in watched(self, on_progress):
                sender.send(as_packet(packet, size))

    def to_event_rate(self, samples: int = 1600, on_progress: OnProgress = None) -> "EventRate":
        """Count events per time."""
        from faery_cli.compat.faery.event_rate import EventRate

        _need_end(self, "to_event_rate")
        return EventRate.from_events(watched(self, on_progress), self.time_range(), samples)

    def to_kinectograph(
        self,
        threshold_quantile: float = 0.9,
        normalized_times_gamma: Callable[[np.ndarray], np.ndarray] = lambda times: times,
        opacities_gamma: Callable[[np.ndarray], np.ndarray] = lambda opacities: opacities,
        on_progress: OnProgress = None,
    ) -> "Kinectograph":
        """Give each pixel the mean time of its events."""
        from faery_cli.compat.faery.kinectograph import Kinectograph

        _need_end(self, "to_kinectograph")
        packets: Iterable[np.ndarray] = watched(self, on_progress)
        return Kinectograph.from_events(
            packets,
            self.dimensions(),
            self.time_range(),
            threshold_quantile,
            normalized_times_gamma,
            opacities_gamma,
        )

    def to_spectrogram(
        self,
        frequency_range: tuple[float, float] = (10.0, 4000.0),
        bins_per_octave: int = 12,
        columns: int = 1600,
        polarity: str = "on_minus_off",
        sampling_rate: float | None = None,
        gamma: float | None = 0.0,
        filter_scale: float = 1.0,
        on_progress: OnProgress = None,
    ) -> "Spectrogram":
        """Give the strength of each frequency of the event rate over time."""
        from faery_cli.compat.faery.spectrogram import Spectrogram

        _need_end(self, "to_spectrogram")
        return Spectrogram.from_events(
            watched(self, on_progress),
            self.dimensions(),
            self.time_range(),
            frequency_range,
            bins_per_octave=bins_per_octave,
            columns=columns,
            polarity=polarity,
            sampling_rate=sampling_rate,
            gamma=gamma,
            filter_scale=filter_scale,
        )

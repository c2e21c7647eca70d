"""Parts of AEDAT 4 files: header, packets' contents, table of packets; read and written.

Numbers of fields are those of the FlatBuffers definitions of dv-processing.
"""

import struct
from dataclasses import dataclass

import numpy as np

from aestream_io._values import Frame, ImuSamples
from aestream_io.formats._flatbuffer import Damaged, Scalar, Structs, build, root
from neuro_kernels import codecs

__all__ = [
    "EVENT_BYTES",
    "HEAD",
    "MAGIC",
    "RISING",
    "Entry",
    "FileHeader",
    "entries_of",
    "event_place",
    "frame_content",
    "frame_of",
    "header_of",
    "imu_content",
    "imu_rows",
    "spell_header",
    "spell_table",
    "trigger_content",
    "trigger_rows",
]

MAGIC = b"#!AER-DAT4.0\r\n"
HEAD = struct.Struct("<ii")  # of a packet: stream, bytes
EVENT_BYTES = 16
_CHANNELS = {0: 1, 16: 3, 24: 4}  # code of the format of a frame -> values of a pixel
# External edges that rise, and pulses; see dv-processing's TriggerType.
RISING = (1, 3, 4, 6, 8)
_EDGES = (2, 1)  # falling, rising


@dataclass(frozen=True)
class FileHeader:
    """What comes before the first packet.

    Attributes:
        compression: 0 none, 1 and 2 LZ4, 3 and 4 Zstandard.
        table: place of the table of packets, -1 for none.
        description: XML.
    """

    compression: int
    table: int
    description: str


@dataclass(frozen=True)
class Entry:
    """One packet in the table: its place (of its content), stream, bytes, and what it holds."""

    place: int
    stream: int
    size: int
    n: int
    t_first: int
    t_last: int


def header_of(data: bytes) -> FileHeader:
    """The header, from the FlatBuffer with its size in front.

    Raises:
        Damaged: it is not one.
    """
    table = root(data, None)  # evutils leaves its letters out
    return FileHeader(
        compression=table.scalar(0, "<i", 0),
        table=table.scalar(1, "<q", -1),
        description=table.text(2),
    )


def spell_header(compression: int, description: str) -> tuple[bytes, int]:
    """The first bytes of a file, and the place in them of the number that says where the table is.

    That number is -1 for now.
    """
    mark = 0x1122334455667788
    data = build(b"IOHE", [Scalar("<i", compression), Scalar("<q", mark), description])
    at = data.index(struct.pack("<q", mark))
    data = data[:at] + struct.pack("<q", -1) + data[at + 8 :]
    return MAGIC + data, len(MAGIC) + at


def entries_of(data: bytes) -> list[Entry]:
    """The table of packets.

    Raises:
        Damaged: it is not one.
    """
    entries = []
    for one in root(data, b"FTAB").tables(0):
        packet = one.place(1)
        if packet is None or packet + HEAD.size > len(data):
            raise Damaged("a packet of the table has no head")
        entries.append(
            Entry(
                one.scalar(0, "<q"),
                *HEAD.unpack_from(data, packet),
                *(one.scalar(field, "<q") for field in (2, 3, 4)),
            )
        )
    return entries


# One table of the list with what tells its fields apart; five numbers of 8 bytes, all aligned.
_ROW = np.dtype(
    [
        *(("pad", "V6"), ("fields", "<u2", 7), ("back", "<i4"), ("place", "<i8")),
        *(("stream", "<i4"), ("size", "<i4"), ("n", "<i8"), ("t_first", "<i8"), ("t_last", "<i8")),
    ]
)


def spell_table(entries: np.ndarray) -> bytes:
    """The table of packets.

    Args:
        entries: int64 (n, 6), the fields of `Entry`.
    """
    n = len(entries)
    rows = np.zeros(n, _ROW)
    rows["fields"] = (14, 44, 4, 12, 20, 28, 36)
    rows["back"] = 14
    for column, name in enumerate(("place", "stream", "size", "n", "t_first", "t_last")):
        rows[name] = entries[:, column]
    spare = 4 * (n % 2)  # of the first row, where the offsets end 4 bytes behind a multiple of 8
    offsets = 4 * n + 20 - spare + (_ROW.itemsize - 4) * np.arange(n)
    return build(b"FTAB", [Structs(n, offsets.astype("<u4").tobytes() + rows.tobytes()[spare:])])


def event_place(data: memoryview) -> tuple[int, int, int]:
    """Place of the first event of a packet, how many are there, and how many are said to be.

    Raises:
        Damaged: it is not a packet of events.
    """
    if data[4:28] == _USUAL_HEAD and len(data) >= 32:
        at, n = 32, int.from_bytes(data[28:32], "little")
    else:
        at, n = root(data, b"EVTS").vector_start(0)
    return at, min(n, max(0, len(data) - at) // EVENT_BYTES), n


# Everything in front of the events: size, place of the root, letters, a table with one vector.
_EVENTS_HEAD = struct.Struct("<II4sHHHHiII")


# The same in all files of DV: everything from the place of the root to the number of events.
_USUAL_HEAD = _EVENTS_HEAD.pack(0, 16, b"EVTS", 0, 6, 8, 4, 6, 4, 0)[4:28]


def frame_of(data: memoryview) -> Frame:
    """A frame.

    Raises:
        Damaged: it is not one, or has fewer pixels than it says.
    """
    table = root(data, b"FRME")
    width, height = table.scalar(6, "<h"), table.scalar(7, "<h")
    channels = _CHANNELS.get(table.scalar(5, "<b"))
    pixels = np.frombuffer(table.bytes(10), np.uint8)
    if channels is None or width < 0 or height < 0 or len(pixels) < width * height * channels:
        raise Damaged("a frame has fewer pixels than it says, or an unknown format")
    shape = (height, width) if channels == 1 else (height, width, channels)
    times = [table.scalar(field, "<q", None) for field in range(1, 5)]
    return Frame(
        t=table.scalar(0, "<q"),
        pixels=pixels[: width * height * channels].reshape(shape).copy(),
        t_start=times[0],
        t_end=times[1],
        exposure_start=times[2],
        exposure_end=times[3],
        position=(table.scalar(8, "<h"), table.scalar(9, "<h")),
    )


def frame_content(frame: Frame) -> bytes:
    """A frame."""
    pixels = np.ascontiguousarray(frame.pixels, np.uint8)
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    code = next(code for code, n in _CHANNELS.items() if n == channels)
    times = (frame.t_start, frame.t_end, frame.exposure_start, frame.exposure_end)
    return build(
        b"FRME",
        [
            Scalar("<q", frame.t),
            *(None if t is None else Scalar("<q", t) for t in times),
            Scalar("<b", code),
            Scalar("<h", pixels.shape[1]),
            Scalar("<h", pixels.shape[0]),
            Scalar("<h", frame.position[0]),
            Scalar("<h", frame.position[1]),
            pixels.tobytes(),
        ],
    )


def imu_rows(data: memoryview) -> tuple[list[int], list[list[float]]]:
    """Times and the ten numbers of `ImuSamples.from_rows`.

    Raises:
        Damaged: not a packet of inertial samples.
    """
    samples = root(data, b"IMUS").tables(0)
    times = [one.scalar(0, "<q") for one in samples]
    return times, [[one.scalar(k, "<f", 0.0) for k in range(1, 11)] for one in samples]


def imu_content(samples: ImuSamples) -> bytes:
    """A packet of inertial samples."""
    rows = zip(samples.t.tolist(), samples.rows().tolist(), strict=True)
    return build(
        b"IMUS",
        [[[Scalar("<q", t), *(Scalar("<f", value) for value in row)] for t, row in rows]],
    )


def trigger_rows(data: memoryview) -> list[tuple[int, int, int]]:
    """Times, kinds and values of triggers.

    Raises:
        Damaged: not a packet of triggers.
    """
    kinds = [(one.scalar(0, "<q"), one.scalar(1, "<b")) for one in root(data, b"TRIG").tables(0)]
    return [(t, kind & 0xFF, int(kind in RISING)) for t, kind in kinds]


def trigger_content(triggers: codecs.Triggers, *, kinds: bool) -> bytes:
    """A packet of triggers; `kinds`: whether their ids are kinds of AEDAT 4."""
    rows = zip(triggers.t.tolist(), triggers.id.tolist(), triggers.value.tolist(), strict=True)
    return build(
        b"TRIG",
        [
            [
                [Scalar("<q", t), Scalar("<b", number if kinds else _EDGES[value & 1])]
                for t, number, value in rows
            ]
        ],
    )

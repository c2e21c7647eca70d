"""What container formats store: LZ4 frames, ECF chunks, records of 16 bytes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from neuro_kernels import _kernels
from neuro_kernels.codecs._buffer import EventBuffer
from neuro_kernels.codecs._values import DecodeCounts
from neuro_kernels.events import EventError, Events

__all__ = [
    "ECF_MOST",
    "PackedPackets",
    "PackedRecords",
    "PacketRun",
    "RecordDecoder",
    "RecordPacker",
    "ecf_count",
    "ecf_decode_into",
    "ecf_encode",
    "encode_records",
    "lz4_compress",
    "lz4_decompress",
    "lz4_decompress_into",
    "reserve_file",
]

ECF_MOST = 65535
_LZ4_FULL = 2
_LZ4_MOST = 255  # bytes that one byte can stand for
_PIECE = 1 << 21  # bytes of packets that are made at once


def lz4_compress(data: Any) -> bytes:
    """Pack bytes as one LZ4 frame.

    Args:
        data: any object that holds bytes in one piece.

    Returns:
        The frame, which any LZ4 program unpacks.

    Example:
        >>> packed = lz4_compress(bytes(1000))
        >>> len(packed), lz4_decompress(packed) == bytes(1000)
        (29, True)
    """
    return _kernels.lz4_compress(data)


def lz4_decompress(data: Any, *, limit: int = 1 << 30) -> bytes:
    """Unpack one LZ4 frame.

    Args:
        data: any object that holds bytes in one piece: the frame, and anything behind it.
        limit: largest result in bytes.

    Returns:
        What was packed.

    Raises:
        EventError: damaged, or larger than `limit`.

    Example:
        >>> lz4_decompress(lz4_compress(b"abc" * 9)) == b"abc" * 9
        True
    """
    most = min(limit, _LZ4_MOST * len(memoryview(data).cast("B")) + 64)
    room = min(most, 1 << 16)
    while True:
        out = np.empty(room, np.uint8)
        status, n, _ = _kernels.lz4_decompress_into(data, out)
        if status == 0:
            return out[:n].tobytes()
        if status != _LZ4_FULL:
            raise EventError(f"LZ4: the frame is damaged ({n} bytes could be unpacked)")
        if room == most:
            raise EventError(f"LZ4: the frame holds more than {most} bytes")
        room = min(most, room * 4)


def lz4_decompress_into(data: Any, out: np.ndarray) -> tuple[str, int, int]:
    """Unpack one LZ4 frame into memory that is there.

    Args:
        data: any object that holds bytes in one piece.
        out: uint8 (n,), filled from the front.

    Returns:
        `"done"`, `"damaged"` (what comes before the damage is unpacked) or `"full"` (there is more
        than `out` has room for), the number of bytes written, and how many bytes of `data` the
        frame takes.

    Example:
        >>> lz4_decompress_into(lz4_compress(b"abc"), np.empty(8, np.uint8))
        ('done', 3, 18)
    """
    status, n, used = _kernels.lz4_decompress_into(data, out)
    return ("done", "damaged", "full")[status], n, used


@dataclass(frozen=True)
class PacketRun:
    """What came of a run of packets.

    Attributes:
        bytes: of whole packets that were consumed.
        events: decoded.
        out_of_range: events of the last packet that lie outside the sensor and were left out.
        time_errors: events of the last packet that are earlier than the one before them.
        last: place of the last packet.
    """

    bytes: int
    events: int
    out_of_range: int
    time_errors: int
    last: int


class RecordDecoder:
    """Turns event records of AEDAT 4 (t int64, x, y int16, polarity, 16 bytes) into columns.

    Args:
        size: `(width, height)` of the sensor; events outside are left out and counted. None: what
            the fields can say.

    Example:
        >>> buffer = EventBuffer(1)
        >>> data = encode_records(Events([7], [1], [2], [1], size=(4, 4)))
        >>> RecordDecoder((4, 4)).feed_into(data, 0, 1, buffer)
        (0, 0)
        >>> buffer.events((4, 4)).t.tolist()
        [7]
    """

    def __init__(self, size: tuple[int, int] | None = None) -> None:
        self._kernel = _kernels.RecordDecoder(*(size or (0, 0)))

    def feed_into(self, data: Any, offset: int, n: int, buffer: EventBuffer) -> tuple[int, int]:
        """Decode `n` records from byte `offset` of `data` behind what `buffer` holds.

        Args:
            data: any object that holds bytes in one piece.
            offset: where the first record begins.
            n: number of records.
            buffer: has room for `n` more events.

        Returns:
            How many events lie outside the sensor and were left out, and how many are earlier than
            the one before them.
        """
        written, outside, back = self._kernel.feed_into(
            data, offset, n, buffer.t, buffer.x, buffer.y, buffer.p, buffer.n
        )
        buffer.n += written
        return outside, back

    def packets_into(
        self,
        data: Any,
        buffer: EventBuffer,
        *,
        stream: int,
        lz4: bool = False,
        scratch: np.ndarray | None = None,
    ) -> PacketRun:
        """Decode whole AEDAT 4 packets of one stream from the front of `data`.

        It ends in front of a packet that is cut, of another stream or kind, damaged, not of the
        form that DV writes, or larger than `buffer` or `scratch` has room for; and behind a packet
        with events outside the sensor or earlier than those before them.

        Args:
            data: any object that holds bytes in one piece: packets with their heads.
            buffer: not enlarged; the events come behind what it holds.
            stream: number of the stream.
            lz4: whether the packets are LZ4 frames.
            scratch: uint8 (n,), memory for one packet unpacked, needed for LZ4.

        Returns:
            What was consumed.

        Example:
            >>> packer = RecordPacker()
            >>> events = Events([7, 9], [1, 2], [2, 2], [1, 0], size=(4, 4))
            >>> [packed] = packer.packets(events, each=2, stream=0)
            >>> buffer = EventBuffer(2)
            >>> RecordDecoder((4, 4)).packets_into(packed.data, buffer, stream=0).bytes
            72
            >>> buffer.events((4, 4)) == events
            True
        """
        room = np.empty(0, np.uint8) if scratch is None else scratch
        run = PacketRun(
            *self._kernel.packets_into(
                data, stream, lz4, room, buffer.t, buffer.x, buffer.y, buffer.p, buffer.n
            )
        )
        buffer.n += run.events
        return run

    @property
    def report(self) -> DecodeCounts:
        """What became of the records; offsets count the bytes of all records given."""
        return DecodeCounts(**self._kernel.counts())


def encode_records(events: Events, *, head: bytes = b"") -> bytes:
    """Events as records of 16 bytes, behind `head`.

    Example:
        >>> encode_records(Events([7], [1], [2], [1], size=(4, 4))).hex(" ", 4)
        '07000000 00000000 01000200 01000000'
    """
    return _kernels.encode_records(events.t, events.x, events.y, events.p, head)


@dataclass(frozen=True)
class PackedRecords:
    """Events as records, in memory that the next call uses again.

    Attributes:
        data: `front` bytes to fill, then the records or the LZ4 frame that holds them.
        t_first: earliest time in microseconds, 0 without events.
        t_last: latest time.
        size: `(width, height)` of the smallest sensor that has all the events.
    """

    data: memoryview
    t_first: int
    t_last: int
    size: tuple[int, int]


@dataclass(frozen=True)
class PackedPackets:
    """Packets of events, in memory that the next ones use again.

    Attributes:
        data: the packets, each with its head.
        table: int64 (n, 4), of each packet the bytes behind its head, the number of events, the
            earliest and the latest time.
        n: number of events in all of them.
        size: `(width, height)` of the smallest sensor that has all the events.
    """

    data: memoryview
    table: np.ndarray
    n: int
    size: tuple[int, int]


class RecordPacker:
    """Turns events into records of 16 bytes, packed or not, in memory that is used again.

    Args:
        lz4: whether the records become an LZ4 frame. It is as small as that of `lz4_compress` and
            made several times as fast, from what each record shares with the one before it.
        front: bytes to leave free in front.

    Example:
        >>> packed = RecordPacker(front=2).pack(Events([7], [1], [2], [1], size=(4, 4)))
        >>> len(packed.data), packed.t_last, packed.size
        (18, 7, (2, 3))
    """

    def __init__(self, *, lz4: bool = False, front: int = 0) -> None:
        self._lz4, self._front = lz4, front
        self._scratch = self._room = np.empty(0, np.uint8)

    def pack(self, events: Events, *, head: bytes = b"") -> PackedRecords:
        """Pack `head` and the records of the events behind it."""
        n = len(head) + 16 * len(events)
        room = self._front + (_kernels.lz4_bound(n) if self._lz4 else n)
        if len(self._room) < room:
            self._room = np.empty(room, np.uint8)
        if self._lz4 and len(self._scratch) < n:
            self._scratch = np.empty(n, np.uint8)
        written, first, last, x, y = _kernels.pack_records(
            *(events.t, events.x, events.y, events.p),
            *(head, self._lz4, self._scratch, self._room[self._front :]),
        )
        size = (x + 1, y + 1) if len(events) else (0, 0)
        return PackedRecords(self._room.data[: self._front + written], first, last, size)

    def packets(
        self, events: Events, *, each: int, stream: int, rest: bool = False
    ) -> Iterator[PackedPackets]:
        """Make AEDAT 4 packets, some at a time.

        Args:
            events: taken from the front.
            each: events in one packet.
            stream: number of the stream.
            rest: whether the last packet may have fewer events; else those stay.

        Yields:
            Packets, valid until the next are asked for.
        """
        columns = (events.t, events.x, events.y, events.p)
        room = max(_PIECE, _kernels.event_packet_bound(each, self._lz4))
        if len(self._room) < room:
            self._room = np.empty(room, np.uint8)
        if self._lz4 and len(self._scratch) < 16 * each + 32:
            self._scratch = np.empty(16 * each + 32, np.uint8)
        start = 0
        while len(events) - start >= (1 if rest else each):
            n_bytes, n, x, y, table = _kernels.pack_packets(
                *columns, start, each, rest, stream, self._lz4, self._scratch, self._room
            )
            start += n
            yield PackedPackets(self._room.data[:n_bytes], table, n, (x + 1, y + 1))


def ecf_count(data: Any) -> int | None:
    """Number of events that an ECF chunk says it has; None for what cannot be a chunk."""
    n = _kernels.ecf_count(data)
    return None if n < 0 else n


def ecf_decode_into(data: Any, buffer: EventBuffer) -> int:
    """Decode one ECF chunk behind what `buffer` holds.

    Args:
        data: any object that holds bytes in one piece: the chunk.
        buffer: has room for `ecf_count(data)` more events; its `n` does not change, so that the
            caller can leave out what pads a chunk.

    Returns:
        Number of whole events; fewer than the chunk says where it is damaged.

    Example:
        >>> buffer = EventBuffer(2)
        >>> chunk = ecf_encode(Events([5, 9], [1, 2], [3, 3], [0, 1], size=(4, 4)))
        >>> ecf_decode_into(chunk, buffer), buffer.t.tolist()
        (2, [5, 9])
    """
    return _kernels.ecf_decode_into(data, buffer.t, buffer.x, buffer.y, buffer.p, buffer.n)


def ecf_encode(events: Events) -> bytes:
    """One ECF chunk of 1 to 65535 events of a sensor of at most 2048 x 2048 pixels.

    Raises:
        EventError: too many events or none, or a sensor that is too large.

    Example:
        >>> ecf_encode(Events([5], [1], [3], [1], size=(4, 4))).hex(" ", -4)
        '04000000 05000000 00000000 01610020 0081'
    """
    if max(events.size) > 2048:
        raise EventError(f"ECF: its coordinates reach to 2048x2048, the sensor is {events.size}")
    if not 1 <= len(events) <= ECF_MOST:
        raise EventError(f"ECF: a chunk holds 1 to {ECF_MOST} events, not {len(events)}")
    return _kernels.ecf_encode(events.t, events.x, events.y, events.p)


def reserve_file(file: int, offset: int, n: int) -> bool:
    """Ask the file system for room ahead of what is written to a file.

    Blocks that are asked for at once cost less than one by one. The size of the file stays;
    truncating the file to its size gives back what was not needed.

    Args:
        file: descriptor of a file that is open for writing.
        offset: where the room begins, in bytes.
        n: number of bytes.

    Returns:
        False where the system or file system cannot, or has no room; writing works all the same.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryFile() as file:
        ...     _ = reserve_file(file.fileno(), 0, 1 << 20)
        ...     file.seek(0, 2)
        0
    """
    return _kernels.reserve_file(file, offset, n)

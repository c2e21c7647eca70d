"""Runs of AEDAT 4 packets that hold events and need no care."""

from aestream_io.formats import _aedat4_parts as parts
from aestream_io.formats._aedat4_packing import Unpacker
from aestream_io.formats._flatbuffer import Damaged
from neuro_kernels import codecs

__all__ = ["decode_run"]


def decode_run(
    data: memoryview,
    buffer: codecs.EventBuffer,
    records: codecs.RecordDecoder,
    unpacker: Unpacker,
    stream: int,
) -> codecs.PacketRun:
    """Decode whole packets of one stream from the front of `data` behind what `buffer` holds.

    It ends in front of a packet that is cut, damaged, of another stream or kind, or larger than
    there is room for, and behind one with events outside the sensor or earlier than before.
    """
    if unpacker.uses_zstd:
        return _decode_zstd(data, buffer, records, unpacker, stream)
    packed = unpacker.name != "none"
    return records.packets_into(data, buffer, stream=stream, lz4=packed, scratch=unpacker.room)


def _decode_zstd(
    data: memoryview,
    buffer: codecs.EventBuffer,
    records: codecs.RecordDecoder,
    unpacker: Unpacker,
    stream: int,
) -> codecs.PacketRun:
    at = last = outside = back = 0
    before = buffer.n
    while not (outside or back) and at + parts.HEAD.size <= len(data):
        number, size = parts.HEAD.unpack_from(data, at)
        begin = at + parts.HEAD.size
        if number != stream or not 0 < size <= len(data) - begin:
            break
        content = unpacker.whole(data[begin : begin + size])
        if content is None or content[8:12] != b"EVTS":
            break
        try:
            place, n, said = parts.event_place(content)
        except Damaged:
            break
        if n < said or n > buffer.capacity - buffer.n:
            break
        outside, back = records.feed_into(content, place, n, buffer)
        last, at = at, begin + size
    return codecs.PacketRun(at, buffer.n - before, outside, back, last)

"""Recordings of ROS: MCAP, ROS 2 databases and ROS 1 bags, read through the `rosbags` library.

Messages that are understood:

    event_camera_msgs/EventPacket   encodings evt3, mono and libcaer
    dvs_msgs/EventArray, prophesee_event_msgs/EventArray
"""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from aestream_io._errors import EventError
from aestream_io._report import Header
from aestream_io.formats._packets import PacketReader
from aestream_io.formats._registry import Extras, Format, ReadOptions, register
from aestream_io.formats._source import ByteSource
from neuro_kernels import codecs

_MARKS = {b"\x89MCAP0\r\n": ".mcap", b"#ROSBAG V2.0": ".bag", b"SQLite format 3\0": ".db3"}
_PACKET = re.compile(r"event_(camera|array)_msgs/msg/Event(Packet|Array)")
_ARRAY = re.compile(r"(dvs|prophesee_event)_msgs/msg/EventArray")
_WRAP = 1 << 31

# Definitions for recordings that do not carry them.
_DEFINITIONS = {
    "event_camera_msgs/msg/EventPacket": (
        "std_msgs/Header header\nuint32 height\nuint32 width\nuint64 seq\nuint64 time_base\n"
        "string encoding\nbool is_bigendian\nuint8[] events\n"
    ),
    "dvs_msgs/msg/Event": "uint16 x\nuint16 y\nbuiltin_interfaces/Time ts\nbool polarity\n",
    "dvs_msgs/msg/EventArray": (
        "std_msgs/Header header\nuint32 height\nuint32 width\ndvs_msgs/Event[] events\n"
    ),
}


class RosbagReader(PacketReader):
    """Reads the messages of one topic."""

    def __init__(self, source: ByteSource, options: ReadOptions) -> None:
        self._name = source.name
        length = source.remaining
        self._copy: str | None = None
        self._reader = self._open(source)
        try:
            self._connection = self._find(options.values.get("topic"))
            self._messages = self._all_messages()
            first = next(self._messages, None)
        except EventError:
            self._reader.close()
            raise
        except Exception as error:  # the library raises whatever it met
            self._reader.close()
            raise EventError(f"{self._name}: the recording is damaged ({error})") from error
        size = None if first is None else (int(first.width), int(first.height))
        if size is not None and not all(0 < side <= 65536 for side in size):
            size = None
        header = Header(
            format="rosbag",
            size=size,
            size_source="header" if size else None,
            metadata={
                "topic": self._connection.topic,
                "type": self._connection.msgtype,
                "encoding": str(getattr(first, "encoding", "")),
            },
        )
        super().__init__(source, header, options)
        self._tally.bytes_read = length or source.offset
        self._restart()
        self._measure()

    def _open(self, source: ByteSource) -> Any:
        try:
            from rosbags.highlevel import AnyReader
            from rosbags.typesys import Stores, get_types_from_msg, get_typestore
        except ImportError as error:
            raise EventError(
                f"{self._name}: recordings of ROS need the extra: pip install 'aestream-io[ros]'"
            ) from error
        store = get_typestore(Stores.LATEST)
        for name, text in _DEFINITIONS.items():
            store.register(get_types_from_msg(text, name))
        reader = AnyReader([self._path(source)], default_typestore=store)
        try:
            reader.open()
        except Exception as error:  # the library raises whatever it met
            raise EventError(f"{self._name}: the recording is damaged ({error})") from error
        return reader

    def _path(self, source: ByteSource) -> Path:
        """The file on disk; a copy of what comes from elsewhere."""
        head = source.peek(16)
        ending = next((e for mark, e in _MARKS.items() if head.startswith(mark)), None)
        if ending is None:
            raise EventError(f"{self._name}: is no MCAP file, ROS 2 database or ROS 1 bag")
        is_file = source.whole_file() is not None and os.path.isfile(self._name)
        if is_file and self._name.endswith(ending):
            return Path(self._name)
        folder = tempfile.mkdtemp(prefix="aestream-io-")
        self._copy = folder
        path = Path(folder, f"copy{ending}")
        with path.open("wb") as file:
            while part := source.read(1 << 20):
                file.write(part)
        return path

    def _find(self, topic: str | None) -> Any:
        known = [
            one
            for one in self._reader.connections
            if _PACKET.fullmatch(one.msgtype) or _ARRAY.fullmatch(one.msgtype)
        ]
        chosen = [one for one in known if topic in (None, one.topic)]
        if chosen:
            return chosen[0]
        there = ", ".join(f"{one.topic} ({one.msgtype})" for one in self._reader.connections[:8])
        wish = "events" if topic is None else f"events on {topic!r}"
        raise EventError(f"{self._name}: has no {wish}; topics: {there or 'none'}")

    def _all_messages(self) -> Iterator[Any]:
        for connection, _, raw in self._reader.messages(connections=[self._connection]):
            yield self._reader.deserialize(raw, connection.msgtype)

    def _restart(self) -> None:
        self._messages = self._all_messages()
        self._decoder: codecs.Decoder | None = None
        self._ended = False
        self._triggers: list[codecs.Triggers] = []

    def _next(self, buffer: codecs.EventBuffer) -> bool:
        if self._ended:
            return False
        try:
            message = next(self._messages, None)
        except Exception as error:  # the library raises whatever it met
            text = f"place where the recording cannot be read on ({error})"
            self._tally.problem("messages", 1, text, None)
            message = None
        if message is None:
            self._ended = True
            return False
        encoding = getattr(message, "encoding", None)
        if encoding is None:
            self._take_array(message, buffer)
        elif encoding == "evt3":
            self._take_evt3(message, buffer)
        elif encoding in ("mono", "libcaer"):
            self._take_words(message, encoding, buffer)
        else:
            text = f"messages of the unknown encoding {encoding!r} left out"
            self._tally.problem("encodings", 1, text, None)
        return True

    def _take_evt3(self, message: Any, buffer: codecs.EventBuffer) -> None:
        if self._decoder is None:
            self._decoder = codecs.decoder("evt3", size=self.header.size)
        before = self._decoder.report
        data = np.ascontiguousarray(message.events, np.uint8)
        events = self._decoder.feed(data)
        after = self._decoder.report
        texts = {
            "out_of_range": "events outside the sensor left out",
            "before_time": "events before the first time or row left out",
            "unknown_words": "words of no known kind skipped",
        }
        for kind, text in texts.items():
            n = getattr(after, kind) - getattr(before, kind)
            self._tally.problem(kind, n, text, None, 2 * n)
        edges = self._decoder.triggers()
        self._tally.triggers += len(edges)
        if self._options.extras:
            self._triggers.append(edges)
        self._put(buffer, (events.t, events.x, events.y, events.p), offset=None)

    def _take_words(self, message: Any, encoding: str, buffer: codecs.EventBuffer) -> None:
        order = ">" if message.is_bigendian else "<"
        data = np.ascontiguousarray(message.events, np.uint8)
        whole = len(data) - len(data) % 8
        text = "bytes of an unfinished word at the end of a message"
        self._tally.problem("truncated_bytes", len(data) - whole, text, None, len(data) - whole)
        base = int(message.time_base)  # nanoseconds
        if encoding == "mono":
            words = data[:whole].view(f"{order}u8")
            t = (base + (words & np.uint64(0xFFFFFFFF)).astype(np.int64)) // 1000
            x = (words >> np.uint64(32) & np.uint64(0xFFFF)).astype(np.int64)
            y = (words >> np.uint64(48) & np.uint64(0x7FFF)).astype(np.int64)
            p = words >> np.uint64(63)
        else:
            pairs = data[:whole].view(f"{order}u4").reshape(-1, 2).astype(np.int64)
            low = pairs[:, 1]
            wraps = np.cumsum(np.diff(low, prepend=low[:1]) < 0)
            t = base // 1000 + low + wraps * _WRAP
            x, y, p = pairs[:, 0] >> 17 & 0x7FFF, pairs[:, 0] >> 2 & 0x7FFF, pairs[:, 0] >> 1 & 1
        self._put(buffer, (t, x, y, p), offset=None, event_bytes=8)

    def _take_array(self, message: Any, buffer: codecs.EventBuffer) -> None:
        rows = [
            (e.ts.sec * 1_000_000 + e.ts.nanosec // 1000, e.x, e.y, e.polarity)
            for e in message.events
        ]
        columns = np.array(rows, np.int64).reshape(-1, 4)
        self._put(
            buffer,
            (columns[:, 0], columns[:, 1], columns[:, 2], columns[:, 3]),
            offset=None,
        )

    def extras(self) -> Extras:
        return Extras(triggers=codecs.Triggers.concatenate(self._triggers))

    def close(self) -> None:
        self._reader.close()
        super().close()
        if self._copy is not None:
            shutil.rmtree(self._copy, ignore_errors=True)


ROSBAG = register(
    Format(
        name="rosbag",
        title="ROS recording",
        extensions=(".mcap", ".bag", ".db3"),
        sniff=lambda head: any(head.startswith(mark) for mark in _MARKS),
        open_reader=RosbagReader,
        read_options={"topic": "where the events are sent (default: the first with events)"},
    )
)

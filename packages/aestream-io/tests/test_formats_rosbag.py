"""Recordings of ROS with the messages of event cameras."""

import warnings
from pathlib import Path

import numpy as np
import pytest
from format_support import SIZE, mutations, sample

import aestream_io
from aestream_io import EventDataWarning, EventError, Events
from neuro_kernels import codecs

typesys = pytest.importorskip("rosbags.typesys")
rosbag1 = pytest.importorskip("rosbags.rosbag1")
rosbag2 = pytest.importorskip("rosbags.rosbag2")

PACKET = "event_camera_msgs/msg/EventPacket"
PACKET_TEXT = """std_msgs/Header header
uint32 height
uint32 width
uint64 seq
uint64 time_base
string encoding
bool is_bigendian
uint8[] events
"""
DVS = {
    "dvs_msgs/msg/Event": "uint16 x\nuint16 y\ntime ts\nbool polarity\n",
    "dvs_msgs/msg/EventArray": (
        "std_msgs/Header header\nuint32 height\nuint32 width\ndvs_msgs/Event[] events\n"
    ),
}
TOPIC = "/event_camera/events"


def packed(events: Events, encoding: str) -> list[tuple[int, bytes]]:
    """Time bases in nanoseconds, and the bytes of each message."""
    pieces = [events[start : start + 900] for start in range(0, len(events), 900)]
    if encoding == "evt3":
        machine = codecs.encoder("evt3", size=events.size)
        data = [machine.feed(piece) for piece in pieces] + [machine.finish()]
        return [(0, one) for one in data]
    out = []
    for piece in pieces:
        first = int(piece.t[0])
        if encoding == "mono":
            words = (
                piece.p.astype(np.uint64) << np.uint64(63)
                | piece.y.astype(np.uint64) << np.uint64(48)
                | piece.x.astype(np.uint64) << np.uint64(32)
                | ((piece.t - first) * 1000).astype(np.uint64)
            )
            out.append((first * 1000, words.astype("<u8").tobytes()))
        else:
            words = np.empty((len(piece), 2), "<u4")
            words[:, 0] = 1 | piece.p.astype(int) << 1 | piece.y.astype(int) << 2
            words[:, 0] |= piece.x.astype("u4") << 17
            words[:, 1] = piece.t - first
            out.append((first * 1000, words.tobytes()))
    return out


def ros2(path: Path, events: Events, encoding: str, plugin: str = "MCAP") -> Path:
    store = typesys.get_typestore(typesys.Stores.ROS2_HUMBLE)
    store.register(typesys.get_types_from_msg(PACKET_TEXT, PACKET))
    header = store.types["std_msgs/msg/Header"](
        stamp=store.types["builtin_interfaces/msg/Time"](sec=1, nanosec=0), frame_id="camera"
    )
    storage = getattr(rosbag2.StoragePlugin, plugin)
    with rosbag2.Writer(path, version=9, storage_plugin=storage) as writer:
        connection = writer.add_connection(TOPIC, PACKET, typestore=store)
        for i, (base, data) in enumerate(packed(events, encoding)):
            message = store.types[PACKET](
                header=header,
                height=SIZE[1],
                width=SIZE[0],
                seq=i,
                time_base=base,
                encoding=encoding,
                is_bigendian=False,
                events=np.frombuffer(data, np.uint8),
            )
            writer.write(connection, 1000 * i, store.serialize_cdr(message, PACKET))
    return next(file for file in path.iterdir() if file.suffix in (".mcap", ".db3"))


@pytest.mark.parametrize("encoding", ["evt3", "mono", "libcaer"])
@pytest.mark.parametrize("plugin", ["MCAP", "SQLITE3"])
def test_event_packets_are_read(encoding, plugin, tmp_path):
    events = sample(4000)
    path = ros2(tmp_path / "bag", events, encoding, plugin)
    found = aestream_io.read_recording(path, strict=True)
    assert found.events == events
    assert (found.info.format, found.info.size) == ("rosbag", SIZE)
    assert found.info.metadata["encoding"] == encoding
    for packet_bytes in (1, 1 << 20):
        with aestream_io.open_reader(path, packet_bytes=packet_bytes, topic=TOPIC) as reader:
            assert Events.concatenate(list(reader)) == events
    with path.open("rb") as file, aestream_io.open_reader(file, format="rosbag") as reader:
        assert reader.read_all() == events
    with pytest.raises(EventError, match=r"no events on '/x'; topics: /event_camera/events"):
        aestream_io.read(path, topic="/x")


def test_arrays_of_ros1_are_read(tmp_path):
    store = typesys.get_typestore(typesys.Stores.ROS1_NOETIC)
    for name, text in DVS.items():
        store.register(typesys.get_types_from_msg(text, name))
    time, kind = store.types["builtin_interfaces/msg/Time"], "dvs_msgs/msg/EventArray"
    events = sample(300)
    rows = [
        store.types["dvs_msgs/msg/Event"](
            x=x, y=y, ts=time(sec=t // 1_000_000, nanosec=t % 1_000_000 * 1000), polarity=bool(p)
        )
        for t, x, y, p in np.asarray(events).tolist()
    ]
    path = tmp_path / "x.bag"
    with rosbag1.Writer(path) as writer:
        connection = writer.add_connection("/dvs/events", kind, typestore=store)
        header = store.types["std_msgs/msg/Header"](
            seq=0, stamp=time(sec=1, nanosec=0), frame_id="c"
        )
        for start in (0, 200):
            part = rows[start : start + 200]
            message = store.types[kind](header=header, height=SIZE[1], width=SIZE[0], events=part)
            writer.write(connection, start, store.serialize_ros1(message, kind))
    assert aestream_io.read(path, strict=True) == events


def test_recordings_without_events_say_what_they_have(tmp_path):
    store = typesys.get_typestore(typesys.Stores.ROS2_HUMBLE)
    with rosbag2.Writer(
        tmp_path / "bag", version=9, storage_plugin=rosbag2.StoragePlugin.MCAP
    ) as writer:
        kind = "std_msgs/msg/String"
        connection = writer.add_connection("/chat", kind, typestore=store)
        writer.write(connection, 0, store.serialize_cdr(store.types[kind](data="hi"), kind))
    with pytest.raises(EventError, match=r"has no events; topics: /chat \(std_msgs/msg/String\)"):
        aestream_io.read(tmp_path / "bag" / "bag.mcap")


def test_damage_is_counted_or_refused_and_never_fatal(tmp_path):
    path = ros2(tmp_path / "bag", sample(3000), "evt3")
    refused, kept = [], 0
    for what, damaged in mutations(path.read_bytes(), 64):
        path.write_bytes(damaged)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", EventDataWarning)
            try:
                found = aestream_io.read_recording(path)
            except EventError as error:
                refused.append(str(error))
                continue
        kept += 1
        assert found.report.ok == (not caught), what
    assert all(str(path) in text for text in refused)
    assert kept + len(refused) == 30

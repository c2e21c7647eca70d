"""AEDAT 1, 2 and 3, and N-MNIST: files made word by word."""

import struct
import warnings

import numpy as np
import pytest
from format_support import mutations, sample

import aestream_io
from aestream_io import EventDataWarning, EventError, Events


def dvs128(x: int, y: int, p: int) -> int:
    return p | x << 1 | y << 8


def davis(x: int, y: int, p: int) -> int:
    return y << 22 | x << 12 | p << 11


def jaer(head: bytes, words: list[tuple[int, int]], size: int = 4) -> bytes:
    return head + b"".join(a.to_bytes(size, "big") + t.to_bytes(4, "big") for a, t in words)


V1 = b"#!AER-DAT1.0\r\n# a comment\r\n"
V2 = b"#!AER-DAT2.0\r\n# AEChip: eu.seebetter.ini.chips.davis.DAVIS240C\r\n"


def rows(events: Events) -> list[tuple[int, ...]]:
    return [tuple(row) for row in np.asarray(events).tolist()]


def test_aedat1_is_turned_upright(tmp_path):
    path = tmp_path / "x.aedat"
    path.write_bytes(jaer(V1, [(dvs128(3, 5, 1), 10), (dvs128(0, 127, 0), 20), (1 << 15, 25)], 2))
    found = aestream_io.read_recording(path, strict=True)
    assert rows(found.events) == [(10, 124, 122, 1), (20, 127, 0, 0)]
    assert found.triggers.t.tolist() == [25]
    assert (found.info.format, found.info.size, found.info.size_source) == (
        *("aedat1", (128, 128), "data"),
    )
    stored = aestream_io.read(path, orientation="stored", polarity="inverted")
    assert rows(stored) == [(10, 3, 5, 0), (20, 0, 127, 1)]


def test_aedat2_of_a_davis_leaves_out_images_and_keeps_triggers(tmp_path):
    path = tmp_path / "x.aedat"
    words = [(davis(3, 5, 1), 10), (1 << 31 | 77, 11), (1 << 10, 12), (davis(239, 179, 0), 13)]
    path.write_bytes(jaer(V2, words))
    found = aestream_io.read_recording(path, strict=True)
    assert rows(found.events) == [(10, 236, 174, 1), (13, 0, 0, 0)]
    assert found.triggers.t.tolist() == [12]
    assert (found.info.format, found.info.size) == ("aedat2", (240, 180))
    assert any("left out: 1" in note for note in found.report.notes)


def test_aedat2_finds_the_chip_from_the_option_or_the_addresses(tmp_path):
    path = tmp_path / "x.aedat"
    for words, size in [
        ([(davis(345, 5, 1), 1)], (346, 260)),
        ([(davis(100, 5, 1), 1)], (240, 180)),
        ([(dvs128(1, 2, 1), 1)], (128, 128)),
    ]:
        path.write_bytes(jaer(b"#!AER-DAT2.0\n", words))
        assert aestream_io.read(path).size == size
    assert aestream_io.read(path, chip="davis640").size == (640, 480)
    with pytest.raises(EventError, match="expected one of dvs128"):
        aestream_io.read(path, chip="dvs")


def test_aedat2_payloads_may_begin_with_a_hash(tmp_path):
    path = tmp_path / "x.aedat"
    word = davis(3, 0x23 << 2, 1)  # its first byte is '#'
    path.write_bytes(jaer(V2, [(word, 0x0A0A0A0A), (word, 0x0A0A0A0B)]))
    assert word >> 24 == 0x23
    assert len(aestream_io.read(path)) == 2


def test_aedat2_times_wrap(tmp_path):
    path = tmp_path / "x.aedat"
    times = [0x7FFFFFFF, 0x80000001, 0xFFFFFFF0, 5, 3, 0xFFFFFFFF, 9]
    path.write_bytes(jaer(V2, [(davis(1, 1, 1), t) for t in times]))
    wrap = 1 << 32
    for packet in (8, 24, 1 << 16):
        with aestream_io.open_reader(path, packet_bytes=packet) as reader:
            t = np.concatenate([events.t for events in reader]).tolist()
        assert t == [*times[:3], wrap + 5, wrap + 3, times[5], wrap + 9]


def packet(kind: int, size: int, events: list[bytes], *, source: int = 1, overflow: int = 0):
    n = len(events)
    place = 4 if kind != 2 else 12
    head = struct.pack("<hhiiiiii", kind, source, size, place, overflow, n, n, n)
    return head + b"".join(events)


def polarity(x: int, y: int, p: int, t: int, valid: int = 1) -> bytes:
    return struct.pack("<Ii", valid | p << 1 | y << 2 | x << 17, t)


V3 = (
    b"#!AER-DAT3.1\r\n#Format: RAW\r\n#Source 1: DVS128\r\n"
    b"#Start-Time: 2016-01-01 10:00:00 (TZ+0200)\r\n#!END-HEADER\r\n"
)


def aedat3(events: Events, per_packet: int = 500) -> bytes:
    words = [
        polarity(x, y, p, t & 0x7FFFFFFF)
        for t, x, y, p in zip(*(getattr(events, c).tolist() for c in "txyp"), strict=True)
    ]
    return V3 + b"".join(
        packet(1, 8, words[i : i + per_packet]) for i in range(0, len(words), per_packet)
    )


def test_aedat3_gives_events_triggers_samples_and_frames(tmp_path):
    frame = struct.pack("<I8i", 1 | 1 << 1, 5, 8, 6, 7, 3, 2, 0, 0)
    frame += np.arange(6, dtype="<u2").__lshift__(8).astype("<u2").tobytes()
    imu = struct.pack("<Ii7f", 1, 9, 1, 2, 3, 4, 5, 6, 25)
    data = V3 + packet(1, 8, [polarity(3, 5, 1, 10), polarity(9, 9, 0, 11, valid=0)])
    data += packet(0, 8, [struct.pack("<Ii", 1 | 2 << 1, 12), struct.pack("<Ii", 1 | 9 << 1, 13)])
    data += packet(3, 36, [imu]) + packet(2, len(frame), [frame])
    data += packet(1, 8, [polarity(0, 127, 0, 1)], overflow=1)
    data += packet(12, 16, [bytes(16)])
    path = tmp_path / "x.aedat"
    path.write_bytes(data)
    found = aestream_io.read_recording(path, strict=True)
    assert rows(found.events) == [(10, 3, 5, 1), ((1 << 31) + 1, 0, 127, 0)]
    assert (found.triggers.t.tolist(), found.triggers.value.tolist()) == ([12], [1])
    assert found.frames[0].pixels.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert (found.frames[0].exposure_start, found.frames[0].t_end) == (6, 8)
    assert found.imu.acceleration.tolist() == [[1, 2, 3]]
    assert found.imu.temperature.tolist() == [25]
    assert (found.info.format, found.info.version, found.info.size) == (
        *("aedat3", "3.1", (128, 128)),
    )


def test_aedat30_counts_rows_from_below(tmp_path):
    path = tmp_path / "x.aedat"
    head = b"#!AER-DAT3.0\r\n#Source 1: DVS128\r\n"
    path.write_bytes(head + packet(1, 8, [polarity(3, 5, 1, 10)]))
    assert rows(aestream_io.read(path, strict=True)) == [(10, 3, 122, 1)]


def test_aedat3_keeps_to_one_camera(tmp_path):
    path = tmp_path / "x.aedat"
    path.write_bytes(
        V3
        + packet(1, 8, [polarity(1, 1, 1, 10)])
        + packet(1, 8, [polarity(2, 2, 1, 11)], source=2)
        + packet(1, 8, [polarity(3, 3, 1, 12)])
    )
    assert aestream_io.read(path).x.tolist() == [1, 3]
    assert aestream_io.read(path, camera=2, size=(128, 128)).x.tolist() == [2]


def test_aedat3_finds_the_next_packet_behind_damage(tmp_path):
    events = sample(2000, size=(128, 128))
    data = bytearray(aedat3(events))
    at = len(V3) + 28 + 4000
    data[at : at + 28] = b"\xff" * 28
    path = tmp_path / "x.aedat"
    path.write_bytes(data)
    with pytest.warns(EventDataWarning, match=f"belong to no packet.*byte {at} "):
        found = aestream_io.read(path)
    assert found == Events.concatenate([events[:500], events[1000:]])


def nmnist(events: Events, path) -> bytes:
    aestream_io.write(path, events, format="nmnist")
    return path.read_bytes()


FILES = {
    "aedat1": lambda e, p: jaer(
        V1, [(dvs128(x, y, q), t) for t, x, y, q in np.asarray(e).tolist()], 2
    ),
    "aedat2": lambda e, p: jaer(V2, [(davis(x, y, q), t) for t, x, y, q in np.asarray(e).tolist()]),
    "aedat3": lambda e, p: aedat3(e),
    "nmnist": nmnist,
}


@pytest.mark.parametrize("name", FILES)
def test_packets_of_any_size_join_to_the_whole(name, tmp_path):
    path = tmp_path / ("x.bin" if name == "nmnist" else "x.aedat")
    events = sample(3000, size=(128, 128))
    path.write_bytes(FILES[name](events, path))
    options = {"orientation": "stored"} if name in ("aedat1", "aedat2") else {}
    whole = aestream_io.read(path, strict=True, **options)
    assert rows(whole) == rows(events)
    for packet_bytes in (1, 997, 1 << 20):
        with aestream_io.open_reader(path, packet_bytes=packet_bytes, **options) as reader:
            assert Events.concatenate(list(reader)) == whole
    assert aestream_io.info(path).format == name


@pytest.mark.parametrize("name", FILES)
def test_damage_is_skipped_counted_and_never_fatal(name, tmp_path):
    path = tmp_path / ("x.bin" if name == "nmnist" else "x.aedat")
    data = FILES[name](sample(1500, size=(128, 128)), path)
    path.write_bytes(data)
    with aestream_io.open_reader(path) as reader:
        header = reader.header.length
    kept, refused = [], []
    for what, damaged in mutations(data, header):
        path.write_bytes(damaged)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", EventDataWarning)
            try:
                found = aestream_io.read_recording(path)
            except EventError as error:
                refused.append(str(error))
                continue
        kept.append(what)
        assert found.report.ok == (not caught), what
        assert found.report.bytes_read == len(damaged), what
        assert len(found.events) <= len(damaged), what
    assert all(str(path) in text for text in refused)
    assert len(kept) >= 20


def test_nmnist_long_times_are_written_with_markers(tmp_path):
    path = tmp_path / "x.bin"
    t = [0, 1 << 22, (1 << 23) - 1, 1 << 23, (1 << 23) + 9, 1 << 25]
    events = Events(t, range(6), range(6), [1, 0] * 3, size=(34, 34))
    aestream_io.write(path, events)
    found = aestream_io.read(path, strict=True, size=(34, 34))
    assert found == events
    assert path.stat().st_size > 5 * 6
    short = events[:3]
    aestream_io.write(path, short)
    assert path.stat().st_size == 15
    with pytest.raises(EventError, match="sort by time"):
        aestream_io.write(path, events[::-1])
    with pytest.raises(EventError, match="at most 256x240"):
        aestream_io.write(path, sample())


def test_the_size_of_nmnist_files_comes_from_the_events(tmp_path):
    path = tmp_path / "x.bin"
    aestream_io.write(path, Events([5], [33], [30], [1], size=(34, 34)))
    found = aestream_io.read_recording(path)
    assert (found.events.size, found.info.size_source) == ((34, 31), "data")
    with aestream_io.open_reader(path) as reader:
        assert reader.header.size == (34, 31)
        assert len(list(reader)) == 1

"""AEDAT 4: streams, compression, missing tables, damage."""

import gzip
import hashlib
import io
import warnings

import numpy as np
import pytest
from format_support import SIZE, mutations, sample
from hypothesis import given, settings
from hypothesis import strategies as st

import aestream_io
from aestream_io import EventDataWarning, EventError, Events, Recording
from aestream_io._values import Frame, ImuSamples
from aestream_io.formats import _aedat4_parts as parts
from aestream_io.formats import aedat4 as reading
from aestream_io.formats._flatbuffer import Damaged, Scalar, Table, build, root
from neuro_kernels import codecs

COMPRESSIONS = ["none", "lz4", "zstd"]
pytest.importorskip("zstandard")
EDGES_T = "4d2ed5f41f80df7e4f420afc70380b266b9978d8ce6390f69967924b8e14d622"


def recording(n: int = 5000) -> Recording:
    events = sample(n)
    empty = aestream_io.RecordingInfo(path="", format="")
    rng = np.random.default_rng(4)
    frames = [
        Frame(t=10, pixels=rng.integers(0, 256, (5, 7), np.uint8)),
        Frame(
            t=20,
            pixels=rng.integers(0, 256, (4, 3, 3), np.uint8),
            exposure_start=11,
            exposure_end=19,
            position=(2, 1),
        ),
        Frame(t=30, pixels=rng.integers(0, 256, (1, 2, 4), np.uint8), t_start=5, t_end=6),
    ]
    return Recording(
        events=events,
        triggers=codecs.Triggers(
            np.array([5, 9]), np.array([1, 2], np.uint8), np.array([1, 0], np.uint8)
        ),
        frames=frames,
        imu=ImuSamples.from_rows(range(2500), rng.normal(size=(2500, 10))),
        info=empty,
        report=aestream_io.DecodeReport(),
    )


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_all_that_a_file_holds_comes_back(compression, tmp_path):
    path = tmp_path / "x.aedat4"
    written = recording(25_000)
    report = aestream_io.write(path, written, compression=compression)
    found = aestream_io.read_recording(path, strict=True)
    for name in ("events", "triggers", "frames", "imu"):
        assert getattr(found, name) == getattr(written, name), name
    assert report.bytes == path.stat().st_size == found.report.bytes_read
    assert found.info.metadata["compression"] == compression
    assert (found.info.size, found.info.n_triggers) == (SIZE, 2)
    quick = aestream_io.info(path, scan=False)
    assert (quick.n_events, quick.n_on) == (25_000, None)
    assert (quick.t_first, quick.t_last) == (found.info.t_first, found.info.t_last)


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("packet_events", [1, 999, 1 << 20])
def test_packets_of_any_size_join_to_the_whole(compression, packet_events, tmp_path):
    path, events = tmp_path / "x.aedat4", sample(2000)
    aestream_io.write(path, events, compression=compression, packet_events=packet_events)
    for packet_bytes in (1, 5000, 1 << 20):
        with aestream_io.open_reader(path, packet_bytes=packet_bytes) as reader:
            assert Events.concatenate(list(reader)) == events


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_a_file_without_its_table_is_whole(compression, tmp_path):
    path, events = tmp_path / "x.aedat4", sample()
    aestream_io.write(path, events, compression=compression, packet_events=700)
    data = path.read_bytes()
    table = parts.header_of(data[len(parts.MAGIC) :]).table
    marked = data.replace(table.to_bytes(8, "little"), b"\xff" * 8, 1)
    path.write_bytes(marked[:table])
    assert aestream_io.read(path, strict=True) == events
    assert aestream_io.info(path, scan=False).n_events is None
    # The header still names a table that was never written.
    path.write_bytes(data[:table])
    assert aestream_io.read(path, strict=True) == events
    # The last packet is cut: what is whole of it is kept.
    path.write_bytes(data[: table - 90])
    with pytest.warns(EventDataWarning, match="unfinished packet"):
        cut = aestream_io.read(path)
    assert 4200 <= len(cut) < 5000
    assert cut == events[: len(cut)]


def test_pipes_and_compressed_files_are_read_and_written(tmp_path):
    events = sample()
    plain, packed = io.BytesIO(), tmp_path / "x.aedat4.gz"
    aestream_io.write(plain, events, format="aedat4")
    notes = aestream_io.write(packed, events).notes
    assert "without a table" in notes[0]
    assert aestream_io.read(packed, strict=True) == events

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    for data in (plain.getvalue(), gzip.decompress(packed.read_bytes())):
        with aestream_io.open_reader(Pipe(data)) as reader:
            assert Events.concatenate(list(reader)) == events
            assert reader.report.ok


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_damage_is_skipped_counted_and_never_fatal(compression, tmp_path):
    path = tmp_path / "x.aedat4"
    aestream_io.write(path, recording(), compression=compression, packet_events=700)
    data = path.read_bytes()
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
        assert len(found.events) <= len(sample()) + 5000, what
        if caught:
            with pytest.raises(EventError):
                aestream_io.read_recording(path, strict=True)
    assert all(str(path) in text for text in refused)
    assert len(kept) >= 22


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_what_follows_damage_is_found_again(compression, tmp_path):
    path, events = tmp_path / "x.aedat4", sample()
    aestream_io.write(path, events, compression=compression, packet_events=500)
    data = bytearray(path.read_bytes())
    with aestream_io.open_reader(path) as reader:
        first = reader.header.length
    size = parts.HEAD.unpack_from(data, first)[1]
    second = first + parts.HEAD.size + size
    data[second : second + 8] = b"\xff" * 8
    path.write_bytes(data)
    with pytest.warns(EventDataWarning, match="belong to no packet") as caught:
        found = aestream_io.read(path)
    assert f"byte {second}" in str(caught[0].message)
    assert found == Events.concatenate([events[:500], events[1000:]])


def test_one_of_several_event_streams_is_chosen(tmp_path):
    path = tmp_path / "x.aedat4"
    aestream_io.write(path, sample(), packet_events=500, compression="none")
    assert aestream_io.read(path, stream="events") == aestream_io.read(path, stream=0)
    with pytest.raises(EventError, match=r"no stream of events 'left' \(streams .*: 0 \(events\)"):
        aestream_io.read(path, stream="left")


def test_wrong_options_say_what_exists(tmp_path):
    for options, message in [
        ({"compression": "rar"}, "expected none, lz4, zstd, got 'rar'"),
        ({"packet_events": 0}, "expected 1 to"),
        ({"size": (40000, 2)}, "at most 32767"),
    ]:
        with pytest.raises(EventError, match=message):
            aestream_io.write(tmp_path / "x.aedat4", sample(), **options)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", COMPRESSIONS)
def test_files_of_dv_processing_give_their_checksums(shared_data, kind):
    path = shared_data / "events" / "synthetic" / f"edges20k_dv_{kind}.aedat4"
    found = aestream_io.read_recording(path, strict=True)
    assert hashlib.sha256(found.events.t.astype("<u8").tobytes()).hexdigest() == EDGES_T
    assert found.events.size == (1280, 720)
    assert (found.info.n_events, found.info.n_on) == (20000, 12302)
    assert aestream_io.info(path, scan=False).n_events == 20000


def test_an_absolute_origin_is_kept(tmp_path):
    events = replace_t0(sample(), 1_700_000_000_000_000)
    aestream_io.write(tmp_path / "x.aedat4", events)
    assert aestream_io.read(tmp_path / "x.aedat4").t0 == events.t0


def replace_t0(events: Events, t0: int) -> Events:
    return Events(events.t, events.x, events.y, events.p, size=events.size, t0=t0)


@settings(deadline=None, max_examples=150)
@given(st.binary(max_size=120), st.integers(0, 200), st.sampled_from(["IOHE", "FTAB", "FRME"]))
def test_any_bytes_are_no_flatbuffer_or_a_bounded_one(noise, at, kind):
    sound = build(kind.encode(), [Scalar("<q", 5), [[Scalar("<i", 1)], ["text"]], b"abc"])
    data = bytearray(sound)
    data[at % len(data) : at % len(data) + len(noise)] = noise
    for readable in (bytes(data), noise):
        try:
            table = root(readable, kind.encode())
            assert len(table.bytes(2)) <= len(readable)
            for one in table.tables(1):
                assert len(one.text(0)) <= len(readable)
            parts.entries_of(readable)
            parts.header_of(readable)
            parts.frame_of(memoryview(readable))
        except Damaged:
            pass


@pytest.mark.parametrize("n", [0, 1, 2, 3, 8])
def test_the_table_of_packets_is_what_the_general_builder_makes(n):
    rng = np.random.default_rng(n)
    entries = rng.integers(0, 1 << 62, (n, 6))
    entries[:, 1:3] = rng.integers(0, 1 << 31, (n, 2))
    fields = [
        [
            Scalar("<q", place),
            Scalar("<Q", stream | size << 32),
            *(Scalar("<q", value) for value in rest),
        ]
        for place, stream, size, *rest in entries.tolist()
    ]
    table = parts.spell_table(entries)
    assert table == build(b"FTAB", [fields])
    assert [tuple(vars(one).values()) for one in parts.entries_of(table)] == [
        tuple(row) for row in entries.tolist()
    ]


def test_a_table_gives_what_was_built():
    data = build(b"TEST", [Scalar("<b", -3), None, [[Scalar("<d", 1.5), "a"], [None, "b"]], "c"])
    table = root(data, b"TEST")
    assert isinstance(table, Table)
    assert table.scalar(0, "<b") == -3
    assert (table.scalar(1, "<q", 9), table.scalar(77, "<q", 8)) == (9, 8)
    assert [one.scalar(0, "<d") for one in table.tables(2)] == [1.5, 0]
    assert table.text(3) == "c"
    with pytest.raises(Damaged, match="expected NOPE"):
        root(data, b"NOPE")


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=300), st.sampled_from(range(5)))
def test_any_bytes_behind_a_header_end_in_events_or_an_error(rest, compression):
    head, _ = parts.spell_header(compression, "<dv/>")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EventDataWarning)
        with aestream_io.open_reader(io.BytesIO(head + rest), size=(9, 9)) as reader:
            assert sum(len(events) for events in reader) <= len(rest)
            assert reader.report.bytes_read == len(head) + len(rest)


@pytest.mark.parametrize("block", [300, 9000, 1 << 20])
@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_reading_all_and_packet_by_packet_agree_whatever_the_damage(
    compression, block, tmp_path, monkeypatch
):
    path = tmp_path / "x.aedat4"
    aestream_io.write(path, recording(4000), compression=compression, packet_events=90)
    monkeypatch.setattr(reading, "_BLOCK", block)
    whole = path.read_bytes()
    for what, data in [("nothing", whole), *mutations(whole, 1900)]:
        path.write_bytes(data)
        try:
            with aestream_io.open_reader(path, size=(300, 200)) as reader:
                parted = Events.concatenate([Events.empty((300, 200)), *reader])
                expected = reader.report
        except EventError:
            continue
        with aestream_io.open_reader(path, size=(300, 200)) as reader:
            assert reader.read_all() == parted, what
            assert reader.report == expected, what

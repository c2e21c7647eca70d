"""What readers make of headers, damage and wrong paths."""

import gzip
import io
import os
import warnings

import numpy as np
import pytest
from format_support import SIZE, mutations, sample
from hypothesis import given, settings
from hypothesis import strategies as st

import aestream_io
from aestream_io import EventDataWarning, EventError
from aestream_io.formats import formats

WRITTEN = {"evt2": ".raw", "evt21": ".raw", "evt3": ".raw", "dat": ".dat", "es": ".es"}


def written(name: str, tmp_path, events=None, **options) -> tuple[bytes, int]:
    """The bytes of a sound file and the length of its header."""
    path = tmp_path / f"sound{WRITTEN[name]}"
    aestream_io.write(path, sample() if events is None else events, format=name, **options)
    with aestream_io.open_reader(path) as reader:
        return path.read_bytes(), reader.header.length


@pytest.mark.parametrize("name", WRITTEN)
def test_damage_is_skipped_counted_and_never_fatal(name, tmp_path):
    data, header = written(name, tmp_path)
    events = sample()
    path = tmp_path / f"damaged{WRITTEN[name]}"
    outcomes = {}
    for what, damaged in mutations(data, header):
        path.write_bytes(damaged)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                recording = aestream_io.read_recording(path)
            except EventError as error:
                outcomes[what] = str(error)
                continue
        outcomes[what] = recording.report
        assert len(recording.events) <= 12 * len(damaged)  # the densest words: EVT3 vectors
        assert recording.report.bytes_read == len(damaged)
        assert recording.report.ok == (not caught)
        assert len(caught) <= 1
        if caught:
            assert caught[0].category is EventDataWarning
            with pytest.raises(EventError):
                aestream_io.read(path, strict=True)
    assert all(str(path) in text for text in outcomes.values() if isinstance(text, str))
    assert "empty" in str(outcomes["empty"])
    assert "not recognised" in str(outcomes["noise"])
    assert outcomes["header only"].events == 0
    half = outcomes[f"cut at {len(data) // 2}"]
    assert 0.3 * len(events) < half.events < 0.7 * len(events)


def test_a_truncated_recording_gives_what_is_there_and_says_so(tmp_path):
    data, header = written("evt2", tmp_path)
    path = tmp_path / "cut.raw"
    path.write_bytes(data[:-3])
    expected = rf"1 bytes of an unfinished word.*byte {len(data) - 4} "
    with pytest.warns(EventDataWarning, match=expected) as w:
        events = aestream_io.read(path)
    assert len(w) == 1
    assert events == sample()[:-1]
    with pytest.raises(EventError, match="unfinished word"):
        aestream_io.read(path, strict=True)
    with pytest.warns(EventDataWarning):
        assert aestream_io.info(path).n_events == len(events)
    assert header < len(data)


def test_events_outside_the_sensor_are_left_out_and_counted(tmp_path):
    path = tmp_path / "x.raw"
    aestream_io.write(path, sample())
    wide = sample().x >= 300
    with pytest.warns(EventDataWarning, match=f"{wide.sum()} events outside the 300x240 sensor"):
        recording = aestream_io.read_recording(path, size=(300, 240))
    assert recording.events.size == (300, 240)
    assert len(recording.events) == (~wide).sum()
    assert recording.info.size_source == "argument"
    assert recording.report.problems[0].count == wide.sum()


HEADERS = [
    (b"% geometry 640x480\n% evt 3.0\n", (640, 480), "header"),
    (b"% evt 3.0\n% format EVT3;width=7;height=9\n", (7, 9), "header"),
    (b"% evt 3.0\n% plugin_name hal_plugin_imx636_evk4\n", (1280, 720), "plugin"),
    (b"% evt 3.0\n% plugin_name hal_plugin_gen31_fx3\n", (640, 480), "plugin"),
    (b"% evt 3.0\n% plugin_name hal_plugin_genx320\n% generation 4.2\n", (320, 320), "plugin"),
    (b"% evt 3.0\n% generation 4.2\n", (1280, 720), "generation"),
    (b"% evt 3.0\n% system_ID 28\n", (640, 480), "generation"),
    (b"% evt 3.0\n% system_ID 49 \r\n% end\r\n", (1280, 720), "generation"),
    (b"% evt 3.0\n% geometry 0x0\n% system_ID x\n", (6, 8), "data"),
]


@pytest.mark.parametrize(("header", "size", "origin"), HEADERS)
def test_the_size_comes_from_the_best_place_there_is(tmp_path, header, size, origin):
    path = tmp_path / "x.raw"
    path.write_bytes(header + bytes([0, 0x80, 7, 0, 5, 0x28]))
    recording = aestream_io.read_recording(path, strict=True)
    assert (recording.events.size, recording.info.size_source) == (size, origin)
    assert bool(recording.report.notes) == (origin == "data")
    info = aestream_io.info(path)
    assert (info.size, info.size_source) == (size, origin)
    with aestream_io.open_reader(path) as reader:
        assert reader.header.size == size
        assert next(iter(reader)).size == size


def test_a_payload_that_looks_like_a_header_line_is_none(tmp_path):
    path = tmp_path / "x.raw"
    # 0x0025 is row 37 in EVT3: the payload begins with '%'.
    path.write_bytes(b"% evt 3.0\n" + bytes([0x25, 0, 0, 0x80, 5, 0x28]))
    events = aestream_io.read(path)
    assert (events.x.tolist(), events.y.tolist()) == ([5], [37])


def test_endless_header_lines_are_refused(tmp_path):
    path = tmp_path / "x.raw"
    path.write_bytes(b"% evt 3.0\n% " + b"a" * (3 << 20))
    with pytest.raises(EventError, match="header is longer than"):
        aestream_io.read(path)


def test_wrong_paths_say_what_to_do(tmp_path):
    aestream_io.write(tmp_path / "right.raw", sample(5))
    with pytest.raises(EventError, match=r"no such file; did you mean '.*right\.raw'"):
        aestream_io.read(tmp_path / "rigth.raw")
    with pytest.raises(EventError, match=r"no such file \(there is no folder"):
        aestream_io.read(tmp_path / "nowhere" / "x.raw")
    with pytest.raises(EventError, match="is a folder"):
        aestream_io.read(tmp_path)
    (tmp_path / "empty.raw").touch()
    with pytest.raises(EventError, match="the file is empty"):
        aestream_io.info(tmp_path / "empty.raw")


def test_unknown_formats_are_described(tmp_path):
    path = tmp_path / "x.raw"
    path.write_bytes(b"\x01\x02PNG" * 9)
    with pytest.raises(EventError, match=r"begins with the bytes 01 02 50 4e 47 .*formats: evt3"):
        aestream_io.read(path)
    path.write_bytes(b"hello world\n")
    with pytest.raises(EventError, match="begins with the text 'hello world'"):
        aestream_io.read(path)
    path.write_bytes(b"% evt 9.9\n")
    with pytest.raises(EventError, match=r"a RAW header of EVT 9\.9"):
        aestream_io.read(path)
    with pytest.raises(EventError, match=r"the header says EVT 9\.9, not EVT 2\.0"):
        aestream_io.read(path, format="evt2")
    with pytest.raises(EventError, match="unknown format 'evt4x'"):
        aestream_io.read(path, format="evt4x")
    aestream_io.write(path, sample(9))
    with pytest.raises(EventError, match="no option 'sensor' for reading"):
        aestream_io.read(path, sensor=3)


def test_a_headless_payload_is_read_when_the_format_is_named(tmp_path):
    data, header = written("evt3", tmp_path)
    path = tmp_path / "bare.bin"
    path.write_bytes(data[header:])
    assert aestream_io.read(path, format="evt3", size=SIZE) == sample()


@pytest.mark.parametrize("name", WRITTEN)
def test_gzip_is_read_as_if_it_were_not_there(name, tmp_path):
    data, _ = written(name, tmp_path)
    path = tmp_path / f"packed{WRITTEN[name]}.gz"
    path.write_bytes(gzip.compress(data))
    assert aestream_io.read(path) == sample()
    aestream_io.write(path, sample(), format=name)
    assert gzip.decompress(path.read_bytes()) == data
    with aestream_io.open_reader(path) as reader:
        assert sum(len(events) for events in reader) == len(sample())


def test_broken_gzip_gives_what_could_be_unpacked(tmp_path):
    data, _ = written("dat", tmp_path)
    path = tmp_path / "packed.dat.gz"
    packed = gzip.compress(data)
    path.write_bytes(packed[: len(packed) // 2])
    with pytest.warns(EventDataWarning, match="compressed data cannot be read to its end"):
        events = aestream_io.read(path)
    assert 0 < len(events) < len(sample())
    assert events == sample()[: len(events)]


@pytest.mark.parametrize("name", WRITTEN)
def test_pipes_are_read_like_files(name, tmp_path):
    data, _ = written(name, tmp_path)

    class Pipe(io.RawIOBase):
        def __init__(self, data):
            self.rest = io.BytesIO(data)

        def readable(self):
            return True

        def readinto(self, buffer):
            return self.rest.readinto(memoryview(buffer)[:97])

    for packed in (data, gzip.compress(data)):
        with aestream_io.open_reader(Pipe(packed)) as reader:
            assert reader.header.size == SIZE
            assert aestream_io.Events.concatenate(list(reader)) == sample()


def test_a_pipe_of_unknown_size_asks_for_it():
    class Pipe(io.BytesIO):
        def seekable(self):
            return False

    data = b"% evt 3.0\n" + bytes([0, 0x80, 7, 0, 5, 0x28])
    with pytest.raises(EventError, match=r"pass size=\(width, height\)"):
        aestream_io.open_reader(Pipe(data))
    with aestream_io.open_reader(Pipe(data), size=(9, 9)) as reader:
        assert [len(events) for events in reader] == [1]


def test_a_file_longer_than_memory_would_be_read_in_packets_of_one_size(tmp_path):
    path = tmp_path / "long.dat"
    aestream_io.write(path, sample(50_000))
    with aestream_io.open_reader(path, packet_bytes=8000) as reader:
        sizes = [len(events) for events in reader]
    assert max(sizes) <= 1001
    assert sum(sizes) == 50_000


def test_triggers_are_kept_through_reading_and_writing(tmp_path):
    words = np.array([0x8001, 0xA101, 0x6005, 7, 0x2805, 0xA200], "<u2")
    path = tmp_path / "edges.raw"
    path.write_bytes(b"% evt 3.0\n% geometry 64x48\n% end\n" + words.tobytes())
    recording = aestream_io.read_recording(path)
    assert recording.triggers.t.tolist() == [4096, 4101]
    assert recording.triggers.id.tolist() == [1, 2]
    assert recording.triggers.value.tolist() == [1, 0]
    assert recording.info.n_triggers == 2
    for name in ("evt2", "evt3"):
        aestream_io.write(tmp_path / "again.raw", recording, format=name)
        again = aestream_io.read_recording(tmp_path / "again.raw")
        assert again.triggers == recording.triggers
        assert again.events == recording.events
    report = aestream_io.write(tmp_path / "again.dat", recording)
    assert report.notes == ("Prophesee DAT cannot hold triggers: 2 left out",)


def test_dat_triggers_and_version_1_are_read(tmp_path):
    path = tmp_path / "x.dat"
    record = (77).to_bytes(4, "little") + (3 << 8 | 1).to_bytes(4, "little")
    path.write_bytes(b"% Version 2\n\x0e\x08" + record)
    recording = aestream_io.read_recording(path)
    assert len(recording.events) == 0
    assert (recording.triggers.t[0], recording.triggers.id[0]) == (77, 3)
    events = sample(100, size=(304, 240))
    aestream_io.write(path, events, version=1)
    assert aestream_io.read(path) == events
    assert aestream_io.info(path).version == "1"
    path.write_bytes(b"% Version 2\n\x07\x08" + record)
    with pytest.raises(EventError, match="the header says type 0x07"):
        aestream_io.read(path)


def test_event_stream_headers_are_checked(tmp_path):
    path = tmp_path / "x.es"
    for data, message in [
        (b"Event Stream\x02", "ends inside its header"),
        (b"Event Stream\x01\x00\x00\x01", "expected Event Stream 2.x, the header says 1.0.0"),
        (b"Event Stream\x02\x00\x00\x03", "the header says 3"),
        (b"Event Stream\x02\x00\x00\x01\x00\x00\x05\x00", "a sensor of 0x5 pixels"),
        (b"Event Stream\x02\x00\x00\x01\x05", "ends inside its header"),
    ]:
        path.write_bytes(data)
        with pytest.raises(EventError, match=message):
            aestream_io.read(path)
    path.write_bytes(b"Event Strzzm\x02\x00\x00\x01\x05\x00\x05\x00")
    with pytest.raises(EventError, match="begins with"):
        aestream_io.read(path, format="es")


def test_event_stream_time_can_be_given_an_origin(tmp_path):
    path = tmp_path / "x.es"
    events = sample(10)
    aestream_io.write(path, events)
    assert aestream_io.read(path, t0=1000).t.tolist() == (events.t + 1000).tolist()


@pytest.mark.parametrize("name", ["color", "atis"])
def test_colour_and_atis_streams_keep_what_belongs_to_their_events(tmp_path, name):
    path, again = tmp_path / "x.es", tmp_path / "again.es"
    head = b"Event Stream\x02\x00\x00" + bytes([4 if name == "color" else 2, 8, 0, 4, 0])
    if name == "color":
        path.write_bytes(head + bytes([5, 1, 0, 3, 0, 10, 20, 30, 0xFF, 1, 2, 0, 0, 0, 1, 2, 3]))
    else:
        path.write_bytes(head + bytes([5 << 2, 1, 0, 3, 0, 0xFE, 3 << 2 | 1, 2, 0, 0, 0]))
    recording = aestream_io.read_recording(path, strict=True)
    if name == "color":
        assert recording.events.t.tolist() == [5, 260]
        assert recording.events.p.tolist() == [1, 1]
        assert recording.colors.tolist() == [[10, 20, 30], [1, 2, 3]]
    else:
        assert recording.events.y.tolist() == [0]
        assert recording.exposures.t.tolist() == [5 + 126 + 3]
        assert recording.exposures.p.tolist() == [0]
    aestream_io.write(again, recording)
    twice = aestream_io.read_recording(again, strict=True)
    assert twice.events == recording.events
    assert twice.exposures == recording.exposures
    assert np.array_equal(twice.colors, recording.colors)


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(
        [b"% evt 3.0\n", b"% evt 2.0\n", b"% Version 2\n\x0c\x08", b"Event Stream\x02"]
    ),
    st.binary(max_size=200),
)
def test_any_bytes_behind_any_mark_end_in_events_or_an_error(mark, rest):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EventDataWarning)
        try:
            with aestream_io.open_reader(io.BytesIO(mark + rest)) as reader:
                whole = sum(len(events) for events in reader)
            assert whole <= 12 * len(rest)
        except EventError:
            pass


def test_every_format_has_its_own_mark():
    heads = [b"% evt 3.0\n", b"% evt 2.0\n", b"% Version 2\n", b"Event Stream\x02\x00\x00\x01"]
    for head, name in zip(heads, ["evt3", "evt2", "dat", "es"], strict=True):
        assert [entry.name for entry in formats() if entry.sniff(head)] == [name]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_named_pipe_has_no_size_to_rely_on(tmp_path):
    import threading

    data, _ = written("evt2", tmp_path)
    path = tmp_path / "pipe.raw"
    os.mkfifo(path)
    feeder = threading.Thread(target=path.write_bytes, args=(data,))
    feeder.start()
    try:
        assert aestream_io.read(path) == sample()
    finally:
        feeder.join()

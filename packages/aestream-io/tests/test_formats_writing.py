"""What writers promise: complete files or none, and remarks on what is lost."""

import gc
import io
from pathlib import Path

import numpy as np
import pytest
from format_support import SIZE, sample
from hypothesis import given, settings
from hypothesis import strategies as st

import aestream_io
from aestream_io import EventError, Events
from neuro_kernels import codecs

NAMES = {"evt2": ".raw", "evt21": ".raw", "evt3": ".raw", "dat": ".dat", "es": ".es"}


@pytest.mark.parametrize("name", NAMES)
def test_what_is_written_is_read_back(name, tmp_path):
    path = tmp_path / f"x{NAMES[name]}"
    report = aestream_io.write(path, sample(), format=name)
    assert aestream_io.read(path, strict=True) == sample()
    assert (report.path, report.format) == (str(path), name)
    assert (report.events, report.bytes) == (len(sample()), path.stat().st_size)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("name", NAMES)
@settings(deadline=None, max_examples=20)
@given(cuts=st.lists(st.integers(0, 3000), max_size=5))
def test_the_file_does_not_depend_on_the_packets(name, cuts):
    events = sample(3000)
    whole, parts = io.BytesIO(), io.BytesIO()
    aestream_io.write(whole, events, format=name)
    with aestream_io.open_writer(parts, size=events.size, format=name) as writer:
        for a, b in zip([0, *sorted(cuts)], [*sorted(cuts), 3000], strict=True):
            writer.feed(events[a:b])
    assert parts.getvalue() == whole.getvalue()


def test_the_ending_chooses_the_format(tmp_path):
    for ending, name in ((".raw", "evt3"), (".dat", "dat"), (".es", "es"), (".RAW", "evt3")):
        assert aestream_io.write(tmp_path / f"x{ending}", sample(3)).format == name
    for path, message in [
        ("x.rwa", r"files named '.rwa' are of no known format; did you mean \.raw"),
        ("x", "has no ending"),
        ("x.jpeg", "Use one of|use one of"),
    ]:
        with pytest.raises(EventError, match=message):
            aestream_io.write(tmp_path / path, sample(3))
    assert not (tmp_path / "x.rwa").exists()


def test_nothing_is_left_when_events_cannot_be_written(tmp_path):
    path = tmp_path / "x.es"
    path.write_bytes(b"precious")
    backwards = sample()[::-1]
    with pytest.raises(EventError, match=r"event 23 .*earlier"):
        aestream_io.write(path, backwards)
    with pytest.raises(EventError, match="no option 'speed' for writing"):
        aestream_io.write(path, sample(), speed=3)
    with pytest.raises(EventError, match="reach to 2048x2048"):
        aestream_io.write(tmp_path / "x.raw", sample(), size=(5000, 240))
    assert [p.name for p in tmp_path.iterdir()] == ["x.es"]
    assert path.read_bytes() == b"precious"


def test_nothing_is_left_when_the_writer_is_interrupted(tmp_path):
    def interrupted() -> None:
        with aestream_io.open_writer(tmp_path / "x.raw.gz", size=SIZE) as writer:
            writer.feed(sample())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_paths_that_cannot_be_written_say_why(tmp_path):
    with pytest.raises(EventError, match="there is no folder"):
        aestream_io.write(tmp_path / "no" / "x.raw", sample(3))
    with pytest.raises(EventError, match="is a folder"):
        aestream_io.write(tmp_path, sample(3), format="evt3")
    with pytest.raises(EventError, match="pass format="):
        aestream_io.write(io.BytesIO(), sample(3))


def test_a_link_keeps_pointing_to_the_written_file(tmp_path):
    (tmp_path / "link.raw").symlink_to(tmp_path / "real.raw")
    aestream_io.write(tmp_path / "link.raw", sample(3))
    assert (tmp_path / "link.raw").is_symlink()
    assert aestream_io.read(tmp_path / "real.raw") == sample(3)


def test_anything_that_holds_events_can_be_written(tmp_path):
    columns = {"x": [1, 2], "y": [3, 4], "t": [10, 20], "p": [True, False]}
    aestream_io.write(tmp_path / "x.raw", columns, size=(9, 9))
    events = aestream_io.read(tmp_path / "x.raw")
    assert np.asarray(events).tolist() == [(10, 1, 3, 1), (20, 2, 4, 0)]
    assert events.size == (9, 9)


def test_header_lines_can_be_added_but_not_forged(tmp_path):
    path = tmp_path / "x.raw"
    aestream_io.write(path, sample(3), metadata={"serial_number": "00042"})
    assert aestream_io.info(path).metadata["serial_number"] == "00042"
    for key, value in (("end", ""), ("two words", "x"), ("key", "a\nb")):
        with pytest.raises(EventError, match="metadata: expected"):
            aestream_io.write(path, sample(3), metadata={key: value})


def test_equal_events_give_equal_files(tmp_path):
    for name in ("a.raw.gz", "b.raw.gz"):
        aestream_io.write(tmp_path / name, sample())
    assert (tmp_path / "a.raw.gz").read_bytes() == (tmp_path / "b.raw.gz").read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_a_recording_without_events_is_a_sound_file(name, tmp_path):
    path = tmp_path / f"x{NAMES[name]}"
    aestream_io.write(path, sample()[:0], format=name)
    assert aestream_io.read(path, strict=True) == sample()[:0]
    info = aestream_io.info(path)
    assert (info.n_events, info.t_first, info.duration_us, info.size) == (0, None, None, SIZE)


@pytest.mark.parametrize("granted", [True, False])
def test_room_asked_for_ahead_does_not_stay(granted, tmp_path, monkeypatch):
    asked, real = [], codecs.reserve_file

    def reserve(file, offset, n):
        asked.append((offset, n))
        return granted and real(file, offset, n)

    monkeypatch.setattr(codecs, "reserve_file", reserve)
    path, n = tmp_path / "x.aedat4", 100_000
    events = Events(np.arange(n), np.arange(n) % 4, np.arange(n) % 3, np.arange(n) % 2, size=(4, 4))
    report = aestream_io.write(path, events, compression="none", packet_events=n // 2)
    assert asked
    assert aestream_io.read(path, strict=True) == events
    assert report.bytes == path.stat().st_size
    blocks = getattr(path.stat(), "st_blocks", 0)
    assert 512 * blocks < report.bytes + (1 << 20)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
@pytest.mark.parametrize("format", ["evt3", "csv", "aedat4", "npz", "hdf5"])
def test_a_full_disk_is_told_with_the_name_of_the_file(format):
    with pytest.raises(EventError, match="/dev/full: cannot be written"):
        aestream_io.write("/dev/full", sample(), format=format)


def test_a_folder_that_takes_no_files_is_not_said_to_be_missing():
    if not Path("/proc/self").is_dir():
        pytest.skip("no such folder on this system")
    with pytest.raises(EventError, match="cannot be written"):
        aestream_io.write("/proc/self/x.raw", sample())


@pytest.mark.parametrize("ending", [".npz", ".h5", ".csv.gz"])
def test_a_writer_that_is_given_up_leaves_nothing_open(ending, tmp_path):
    if ending == ".h5":
        pytest.importorskip("h5py")
    writer = aestream_io.open_writer(tmp_path / f"x{ending}", size=SIZE)
    writer.feed(sample())
    writer.abort()
    del writer
    gc.collect()  # an open file would warn, and a warning is an error here
    assert list(tmp_path.iterdir()) == []

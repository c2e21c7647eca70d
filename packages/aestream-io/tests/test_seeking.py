"""Going to a time in a recording, and recordings compressed with Zstandard."""

import io
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import aestream_io
from aestream_io import EventError, Events
from aestream_io.formats import _time_index
from aestream_io.sources.file import FileSource

SIZE = (320, 240)
FORMATS = ["evt2", "evt21", "evt3", "dat", "es", "csv", "aedat4"]


def random_events(n, seed=0):
    rng = np.random.default_rng(seed)
    return Events(
        np.cumsum(rng.integers(0, 60, n)),
        rng.integers(0, SIZE[0], n),
        rng.integers(0, SIZE[1], n),
        rng.integers(0, 2, n),
        size=SIZE,
    )


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    """Marks lie near each other, so that short recordings have many."""
    monkeypatch.setattr(_time_index, "PIECE_BYTES", 512)
    monkeypatch.setattr(_time_index, "MARK_PIECES", 3)


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    folder = tmp_path_factory.mktemp("seeking")
    events = random_events(5000)
    for name in FORMATS:
        aestream_io.write(folder / name, events, format=name)
    return folder, events


def joined(packets):
    return Events.concatenate([Events.empty(SIZE), *packets])


@pytest.mark.parametrize("format", FORMATS)
@given(targets=st.lists(st.integers(-10, 160_000), min_size=1, max_size=5))
@settings(deadline=None, max_examples=15)
def test_seeking_gives_the_events_from_that_time_on(recordings, format, targets):
    folder, events = recordings
    with aestream_io.open(f"file:{folder}/{format}?format={format}&packet=700") as source:
        for t_us in targets:
            source.seek(t_us)
            assert joined(source) == joined([events[events.t >= t_us]])


@pytest.mark.parametrize("format", FORMATS)
def test_a_span_is_the_same_by_every_way(recordings, format):
    folder, events = recordings
    path = f"{folder}/{format}"
    expected = events.between(30_000, 70_000)
    assert aestream_io.read(path, format=format, span_us=(30_000, 70_000)) == expected
    with aestream_io.open(f"file:{path}?format={format}") as source:
        next(iter(source))
        assert joined(source.between(30_000, 70_000)) == expected
        assert joined(source.between(0, 10_000)) == events.between(0, 10_000)
    with aestream_io.open(f"file:{path}?format={format}&start=30ms&end=70ms") as source:
        frames = list(source.frames(duration_us=10_000, start_us=30_000))
    assert [int(frame.sum()) for frame in frames] == [
        len(events.between(t, t + 10_000)) for t in range(30_000, 70_000, 10_000)
    ]


def test_times_that_step_back_count_as_the_latest(tmp_path):
    t = [10, 40, 20, 50, 30, 60]
    events = Events(t, range(6), [0] * 6, [1] * 6, size=SIZE)
    aestream_io.write(tmp_path / "back.csv", events)
    with pytest.warns(aestream_io.EventDataWarning, match="2 events earlier than the one before"):
        got = aestream_io.read(tmp_path / "back.csv", span_us=(35, 55))
    assert got.t.tolist() == [40, 20, 50, 30]


def test_what_is_no_recording_cannot_seek(tmp_path):
    with (
        aestream_io.open("synth:dots") as source,
        pytest.raises(EventError, match="is no recording and cannot go to a time"),
    ):
        source.seek(5)
    aestream_io.write(tmp_path / "a.dat", random_events(10))

    class Pipe(io.BytesIO):
        def seekable(self):
            return False

    pipe = Pipe((tmp_path / "a.dat").read_bytes())
    with (
        FileSource(pipe) as source,
        pytest.raises(EventError, match="is a pipe and cannot go to a time"),
    ):
        source.seek(5)
    with pytest.raises(EventError, match="the source is closed"):
        source.seek(5)


zstandard = pytest.importorskip("zstandard")


@pytest.mark.parametrize("ending", ["raw", "dat", "es", "csv"])
def test_zstandard_is_read_and_written_like_plain_files(tmp_path, ending):
    events = random_events(20_000)
    report = aestream_io.write(tmp_path / f"a.{ending}.zst", events)
    packed = (tmp_path / f"a.{ending}.zst").read_bytes()
    assert report.bytes == len(packed)
    assert aestream_io.read(tmp_path / f"a.{ending}.zst") == events
    with aestream_io.open(f"{tmp_path}/a.{ending}.zst?packet=9999") as source:
        assert joined(source) == events
        source.seek(100_000)
        assert joined(source) == events[events.t >= 100_000]
    plain = zstandard.ZstdDecompressor().decompressobj().decompress(packed)
    aestream_io.write(tmp_path / f"b.{ending}", events)
    assert plain == (tmp_path / f"b.{ending}").read_bytes()


def test_several_frames_and_pipes_of_zstandard_are_read(tmp_path):
    events = random_events(20_000)
    aestream_io.write(tmp_path / "a.dat", events)
    plain = (tmp_path / "a.dat").read_bytes()
    compress = zstandard.ZstdCompressor().compress
    packed = compress(plain[:7777]) + compress(b"") + compress(plain[7777:])
    (tmp_path / "parts.dat.zst").write_bytes(packed)
    assert aestream_io.read(tmp_path / "parts.dat.zst") == events
    code = "import sys; from aestream_io.cli import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", code, "route", "-", "-?format=dat", "-q"],
        input=packed, capture_output=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout[-8000:] == plain[-8000:]


@pytest.mark.parametrize("damage", ["cut", "flip", "tail"])
def test_damaged_zstandard_gives_what_can_be_read_and_a_warning(tmp_path, damage):
    events = random_events(60_000)
    aestream_io.write(tmp_path / "a.dat", events)
    # Several frames, so that something is readable before the damage.
    plain = (tmp_path / "a.dat").read_bytes()
    compress = zstandard.ZstdCompressor(write_checksum=True).compress
    packed = b"".join(compress(plain[i : i + 40_000]) for i in range(0, len(plain), 40_000))
    if damage == "cut":
        packed = packed[:-5]
    elif damage == "flip":
        packed = packed[:-9] + bytes([packed[-9] ^ 0x10]) + packed[-8:]
    else:
        packed += b"no frame"
    (tmp_path / "bad.dat.zst").write_bytes(packed)
    with pytest.warns(aestream_io.EventDataWarning, match="compressed data cannot be read"):
        got = aestream_io.read(tmp_path / "bad.dat.zst")
    assert len(got) > 40_000
    # Of the frame whose check sum is wrong nobody knows which event it is.
    sound = 50_000 if damage == "flip" else len(got)
    assert got[:sound] == events[:sound]
    with pytest.raises(EventError, match="compressed data cannot be read"):
        aestream_io.read(tmp_path / "bad.dat.zst", strict=True)


def test_without_the_library_the_extra_is_named(tmp_path, monkeypatch):
    (tmp_path / "a.dat.zst").write_bytes(zstandard.ZstdCompressor().compress(b"x"))
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(EventError, match=r"pip install 'aestream-io\[zstd\]'"):
        aestream_io.read(tmp_path / "a.dat.zst")
    with pytest.raises(EventError, match=r"pip install 'aestream-io\[zstd\]'"):
        aestream_io.write(tmp_path / "b.dat.zst", random_events(3))
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.dat.zst"]

"""Files and standard input as sources, files and standard output as sinks."""

import io
import sys
import tracemalloc
import warnings

import numpy as np
import pytest

import aestream_io
from aestream_io import EventDataWarning, EventError, OutputError, UriError
from aestream_io.cli import main
from aestream_io.sources.file import FileSource
from neuro_kernels import Events

SIZE = (320, 240)
ENDINGS = [".raw", ".dat", ".es", ".es.gz"]


def random_events(n, seed=0):
    rng = np.random.default_rng(seed)
    return Events(
        np.sort(rng.integers(0, 10**6, n)),
        rng.integers(0, SIZE[0], n),
        rng.integers(0, SIZE[1], n),
        rng.integers(0, 2, n),
        size=SIZE,
    )


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("packet", ["1", "777", "1MiB"])
def test_a_streamed_file_is_the_file_that_is_read(ending, packet, tmp_path):
    events = random_events(2000)
    path = tmp_path / f"recording{ending}"
    aestream_io.write(path, events)
    with aestream_io.open(f"{path}?packet={packet}") as source:
        assert source.size == SIZE
        assert not source.live
        assert Events.concatenate(list(source)) == aestream_io.read(path)
        stats = source.stats
    assert (stats.events, stats.malformed, stats.out_of_range) == (2000, 0, 0)
    assert stats.bytes > 0


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_is_routed_into_a_file_is_what_was_written_at_once(ending, tmp_path):
    events = random_events(3000)
    at_once, routed = tmp_path / f"a{ending}", tmp_path / f"b{ending}"
    aestream_io.write(at_once, events)
    source = aestream_io.sources.AdaptedSource(events.chunks(123), size=SIZE)
    report = aestream_io.route(source, routed, f"file:{tmp_path}/c{ending}")
    assert routed.read_bytes() == at_once.read_bytes() == (tmp_path / f"c{ending}").read_bytes()
    assert [(s.events, s.bytes) for s in report.sinks] == [(3000, at_once.stat().st_size)] * 2


def test_from_file_to_file_of_another_format(tmp_path):
    events = random_events(5000)
    aestream_io.write(tmp_path / "a.raw", events)
    aestream_io.route(tmp_path / "a.raw", tmp_path / "b.es", f"{tmp_path}/c.bin?format=dat")
    assert aestream_io.read(tmp_path / "b.es") == events
    assert aestream_io.read(tmp_path / "c.bin", format="dat") == events


def test_a_damaged_file_is_streamed_with_one_warning_like_that_of_read(tmp_path):
    path = tmp_path / "damaged.raw"
    aestream_io.write(path, random_events(1000))
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.warns(EventDataWarning) as expected:
        events = aestream_io.read(path)
    with aestream_io.open(path) as source:
        with pytest.warns(EventDataWarning) as got:
            assert Events.concatenate(list(source)) == events
        assert source.stats.malformed > 0
    assert [str(w.message) for w in got] == [str(w.message) for w in expected]
    with (
        aestream_io.open(f"{path}?strict=yes") as source,
        pytest.raises(EventError, match=r"damaged\.raw"),
    ):
        list(source)


def test_a_damaged_file_that_must_be_sound_leaves_no_output(tmp_path):
    path = tmp_path / "damaged.raw"
    aestream_io.write(path, random_events(1000))
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(EventError, match=r"damaged\.raw"):
        aestream_io.route(f"{path}?strict=yes", tmp_path / "out.es")
    assert [p.name for p in tmp_path.iterdir()] == ["damaged.raw"]


def test_the_size_may_be_overruled(tmp_path):
    aestream_io.write(tmp_path / "a.dat", random_events(100))
    with aestream_io.open(f"{tmp_path}/a.dat?size=400x300") as source:
        assert source.size == (400, 300)
        assert next(iter(source)).size == (400, 300)


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("missing.raw", EventError, "missing.raw: no such file"),
        ("empty.raw", EventError, "empty.raw: the file is empty"),
        ("noise.dump", EventError, "the format is not recognised"),
        ("a.raw?format=evt9", EventError, "unknown format 'evt9'"),
        ("a.raw?size=big", UriError, "expected a size such as 640x480"),
        ("a.raw?measure=no", UriError, "unknown option 'measure'"),
        ("a.raw?colour=red", EventError, "has no option 'colour'"),
    ],
)
def test_files_that_cannot_be_streamed_are_refused(name, error, message, tmp_path, capfdbinary):
    aestream_io.write(tmp_path / "a.raw", random_events(10))
    (tmp_path / "empty.raw").touch()
    (tmp_path / "noise.dump").write_bytes(b"\x07" * 100)
    with pytest.raises(error, match=message):
        aestream_io.open(f"{tmp_path}/{name}")
    assert main(["route", f"{tmp_path}/{name}", "null:"]) == (2 if error is UriError else 3)
    out, err = capfdbinary.readouterr()
    assert (out, err.count(b"\n")) == (b"", 1)
    assert message.encode() in err


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("out.xyz", "of no known format"),
        ("nowhere/out.es", "make it first"),
        ("", "has no ending"),
        ("?format=es", "is a folder"),
        ("out.es?colour=red", "no option 'colour'"),
    ],
)
def test_outputs_that_cannot_be_written_are_refused(name, message, tmp_path, capfdbinary):
    with pytest.raises(OutputError, match=message):
        aestream_io.route(random_events(10), f"file:{tmp_path}/{name}")
    assert list(tmp_path.iterdir()) == []
    assert main(["route", "synth:bar?duration=1ms", f"file:{tmp_path}/{name}"]) == 4
    assert capfdbinary.readouterr()[1].count(b"\n") == 1


class Pipe(io.RawIOBase):
    """Bytes that come in small pieces and cannot be sought."""

    def __init__(self, data):
        self._data = data

    def readable(self):
        return True

    def readinto(self, buffer):
        n = min(len(buffer), 5)
        piece, self._data = self._data[:n], self._data[n:]
        buffer[: len(piece)] = piece
        return len(piece)


class Standard:
    def __init__(self, buffer):
        self.buffer = buffer


def test_standard_input_is_streamed(tmp_path, monkeypatch):
    events = random_events(500)
    aestream_io.write(tmp_path / "a.es", events)
    monkeypatch.setattr(sys, "stdin", Standard(Pipe((tmp_path / "a.es").read_bytes())))
    with aestream_io.open("-") as source:
        assert Events.concatenate(list(source)) == events
        assert source.name == "standard input"


def test_standard_output_takes_any_format(capfdbinary):
    events = random_events(500)
    aestream_io.route(events, "-?format=es")
    out, _ = capfdbinary.readouterr()
    with FileSource(io.BytesIO(out), name="output") as source:
        assert Events.concatenate(list(source)) == events
    with pytest.raises(OutputError, match="unknown format 'evt9'"):
        aestream_io.route(events, "-?format=evt9")
    with pytest.raises(UriError, match="unknown option 'colour'"):
        aestream_io.route(events, "-?colour=red")


def test_memory_does_not_grow_with_the_file(tmp_path):
    path = tmp_path / "long.raw"
    aestream_io.route("synth:edges?rate=1e6&duration=2s&size=320x240", path)

    def peak(n):
        with aestream_io.open(path) as source:
            tracemalloc.start()
            for seen, _ in enumerate(source):
                if seen == n:
                    break
            peak_bytes = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return peak_bytes

    assert peak(10**6) < 2 * peak(3) < 80e6


def test_info_and_file_to_file_on_the_command_line(tmp_path, capfdbinary):
    aestream_io.write(tmp_path / "a.raw", random_events(700))
    line = f"input file {tmp_path}/a.raw output file {tmp_path}/b.es -q"
    assert main(line.split()) == 0
    assert aestream_io.read(tmp_path / "b.es") == random_events(700)
    assert main(["info", f"{tmp_path}/b.es"]) == 0
    out, _ = capfdbinary.readouterr()
    facts = dict(row.split(maxsplit=1) for row in out.decode().splitlines() if len(row.split()) > 1)
    assert facts["n_events"] == "700"
    assert facts["size"] == "320x240"
    assert facts["format"] == "es"
    assert main(["info", "--json", f"{tmp_path}/a.raw", f"{tmp_path}/b.es"]) == 0
    out, _ = capfdbinary.readouterr()
    assert [line.count(b'"n_events": 700') for line in out.splitlines()] == [1, 1]
    assert main(["info", f"{tmp_path}/missing.raw"]) == 3
    assert capfdbinary.readouterr()[1].count(b"\n") == 1


def test_a_truncated_recording_is_converted_with_a_warning(tmp_path, capfdbinary):
    path = tmp_path / "a.raw"
    aestream_io.write(path, random_events(700))
    path.write_bytes(path.read_bytes()[:-1])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert main(["route", str(path), str(tmp_path / "b.es"), "-q"]) == 0
    _, err = capfdbinary.readouterr()
    assert err.startswith(b"aestream-io: warning: ")
    assert err.count(b"\n") == 1
    assert len(aestream_io.read(tmp_path / "b.es")) >= 699


def test_the_real_recording_streams_as_it_reads(shared_data):
    path = shared_data / "events" / "dvs.es"
    expected = aestream_io.read(path)
    with aestream_io.open(path) as source:
        windows = list(source.windows(duration_us=10_000))
    assert Events.concatenate(windows) == expected
    assert all(len(np.unique(w.t // 10_000)) <= 1 for w in windows)

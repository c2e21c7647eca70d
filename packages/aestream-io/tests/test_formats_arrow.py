"""Arrow IPC files: what is written, what others write, damage."""

import io
import warnings

import numpy as np
import pytest
from format_support import SIZE, mutations, sample
from hypothesis import given, settings
from hypothesis import strategies as st

import aestream_io
from aestream_io import EventDataWarning, EventError, Events
from aestream_io.formats import Extras
from aestream_io.formats import _arrow_parts as parts
from neuro_kernels import codecs

pytest.importorskip("zstandard")
COMPRESSIONS = ["none", "lz4", "zstd"]


class Pipe(io.BytesIO):
    """Bytes that cannot be gone back in."""

    def seekable(self) -> bool:
        return False


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("n", [0, 1, 65536, 150_000])
def test_what_is_written_is_read_back(compression, n, tmp_path):
    path, plain = tmp_path / "x.arrow", sample(n)
    events = Events(plain.t, plain.x, plain.y, plain.p, size=SIZE, t0=-5)
    edges = codecs.Triggers(np.array([1, 9]), np.array([0, 3], np.uint8), np.array([1, 0], "u1"))
    with aestream_io.open_writer(path, size=SIZE, t0=-5, compression=compression) as writer:
        for start in range(0, n, 40_001):
            writer.feed(events[start : start + 40_001])
        writer.feed(events[:0], extras=Extras(triggers=edges))
    found = aestream_io.read_recording(path, strict=True)
    assert found.events == events
    assert found.triggers == edges
    assert found.report.bytes_read == path.stat().st_size
    assert found.report.notes == ()
    quick = aestream_io.info(path, scan=False)
    assert (quick.n_events, quick.t_last) == (n, int(events.t[-1]) if n else None)
    for packet_bytes in (1, 1 << 22):
        with aestream_io.open_reader(path, packet_bytes=packet_bytes) as reader:
            parts_ = list(reader)
            assert sum(map(len, parts_)) == n
    with aestream_io.open_reader(Pipe(path.read_bytes())) as reader:
        assert reader.read_all() == events


def test_it_is_smaller_than_aedat4(tmp_path):
    sizes = {}
    for name, compression in (("aedat4", "zstd"), ("arrow", "zstd"), ("aedat4", "lz4")):
        path = tmp_path / f"{name}-{compression}"
        report = aestream_io.write(path, sample(50_000), format=name, compression=compression)
        sizes[name, compression] = report.bytes
    assert sizes["arrow", "zstd"] < sizes["aedat4", "zstd"] < sizes["aedat4", "lz4"]


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_an_unfinished_recording_is_read_as_far_as_it_goes(compression, tmp_path):
    path, events = tmp_path / "x.arrow", sample(150_000)
    aestream_io.write(path, events, compression=compression)
    data = path.read_bytes()
    path.write_bytes(data[: data.rindex(parts.END)])
    found = aestream_io.read_recording(path, strict=True)
    assert found.events == events
    assert "not finished" in found.report.notes[0]
    path.write_bytes(data[: data.rindex(parts.END) - 100])
    with pytest.warns(EventDataWarning, match="unfinished batch"):
        assert aestream_io.read(path) == events[:131_072]


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_what_follows_damage_is_found_again(compression, tmp_path):
    path, events = tmp_path / "x.arrow", sample(200_000)
    aestream_io.write(path, events, compression=compression)
    data = bytearray(path.read_bytes())
    with aestream_io.open_reader(path) as reader:
        first = reader.header.length
    second = data.index(parts.MARK, first + 1000)
    data[second + 4 : second + 24] = b"\xfe" * 20
    path.write_bytes(data)
    with pytest.warns(EventDataWarning, match=f"belong to no batch.*byte {second} "):
        found = aestream_io.read(path)
    assert found == Events.concatenate([events[:65536], events[131_072:]])


def test_files_of_other_writers_are_read(tmp_path):
    arrow = pytest.importorskip("pyarrow")
    feather = pytest.importorskip("pyarrow.feather")
    path, events = tmp_path / "x.feather", sample(5000)
    columns = {
        "polarity": arrow.array(events.p.astype(bool)),
        "time": arrow.array(events.t / 1e6),
        "y": arrow.array(events.y.astype("i4")),
        "x": arrow.array(events.x.astype("i8")),
        "more": arrow.array(events.x.astype("f4")),
    }
    for compression in ("uncompressed", "lz4", "zstd"):
        table = arrow.table(columns)
        feather.write_feather(table, path, compression=compression, chunksize=900)
        assert aestream_io.read(path, strict=True, size=SIZE) == events
        assert aestream_io.read_recording(path).info.size_source == "data"
    feather.write_feather(arrow.table({"t": [1], "x": ["a"], "y": [1], "p": [1]}), path)
    with pytest.raises(EventError, match="expected columns of numbers t, x, y and p"):
        aestream_io.read(path)


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_our_files_are_tables_of_arrow_and_polars(compression, tmp_path):
    ipc = pytest.importorskip("pyarrow.ipc")
    polars = pytest.importorskip("polars")
    path, events = tmp_path / "x.arrow", sample(70_000)
    aestream_io.write(path, events, compression=compression)
    table = ipc.open_file(path).read_all()
    table.validate(full=True)
    frame = polars.read_ipc(path)
    for name in "txyp":
        assert np.array_equal(table[name].to_numpy(), getattr(events, name))
        assert np.array_equal(frame[name].to_numpy(), getattr(events, name))
    assert table.schema.metadata[b"width"] == str(SIZE[0]).encode()
    frame.write_ipc(tmp_path / "y.arrow", compression="zstd")
    assert aestream_io.read(tmp_path / "y.arrow", strict=True, size=SIZE) == events


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_damage_is_skipped_counted_and_never_fatal(compression, tmp_path):
    path = tmp_path / "x.arrow"
    with aestream_io.open_writer(path, size=SIZE, compression=compression) as writer:
        writer.feed(sample(70_000))
    with aestream_io.open_reader(path) as reader:
        header = reader.header.length
    refused, kept = [], 0
    for what, damaged in mutations(path.read_bytes(), header):
        path.write_bytes(damaged)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                found = aestream_io.read_recording(path)
            except EventError as error:
                refused.append(str(error))
                continue
        kept += 1
        assert found.report.ok == (not caught), what
        assert found.report.bytes_read == len(damaged), what
        assert len(found.events) <= 140_000, what
    assert all(str(path) in text for text in refused)
    assert kept >= 22


@settings(deadline=None, max_examples=80)
@given(st.binary(max_size=300), st.integers(0, 400))
def test_any_bytes_behind_a_schema_end_in_events_or_an_error(rest, at):
    file = io.BytesIO()
    aestream_io.write(file, sample(20), format="arrow", compression="lz4")
    data = file.getvalue()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EventDataWarning)
        try:
            with aestream_io.open_reader(io.BytesIO(data[:at] + rest)) as reader:
                assert sum(map(len, reader)) <= 20
        except EventError:
            pass

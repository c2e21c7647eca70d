"""NumPy files: columns or records, packed or not, damaged."""

import io
import warnings

import numpy as np
import pytest
from format_support import SIZE, mutations, sample

import aestream_io
from aestream_io import EventDataWarning, EventError, Events


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("n", [0, 1, 100_000])
def test_what_is_written_is_read_back_by_us_and_by_numpy(compressed, n, tmp_path):
    path, events = tmp_path / "x.npz", sample(n)
    with aestream_io.open_writer(path, size=SIZE, t0=77, compressed=compressed) as writer:
        for start in range(0, n, 33_333):
            writer.feed(events[start : start + 33_333])
    found = aestream_io.read_recording(path, strict=True)
    assert found.events == Events(events.t, events.x, events.y, events.p, size=SIZE, t0=77)
    assert found.report.bytes_read == path.stat().st_size
    with np.load(path) as arrays:
        for name in "txyp":
            assert np.array_equal(arrays[name], getattr(events, name))
        assert int(arrays["width"]) == SIZE[0]
    for packet_bytes in (1, 1 << 22):
        with aestream_io.open_reader(path, packet_bytes=packet_bytes) as reader:
            assert sum(map(len, reader)) == n
    with aestream_io.open_reader(io.BytesIO(path.read_bytes())) as reader:
        assert len(reader.read_all()) == n
    assert aestream_io.info(path, scan=False).n_events == n


def test_other_spellings_and_records_are_read(tmp_path):
    path = tmp_path / "x.npz"
    events = sample(500)
    rows = [tuple(row) for row in np.asarray(events).tolist()]
    np.savez(path, ts=events.t / 1e6, xs=events.x, ys=events.y, pol=events.p.astype(int) * 2 - 1)
    assert aestream_io.read(path, size=SIZE) == events
    np.savez(path, events=events.to("tonic"))
    assert aestream_io.read(path, size=SIZE) == events
    np.savez(path, whatever=events.to("dv"))
    assert aestream_io.read(path, size=SIZE) == events
    np.save(tmp_path / "x.npy", events.to("metavision"))
    found = aestream_io.read_recording(tmp_path / "x.npy")
    assert np.asarray(found.events).tolist() == rows
    assert found.info.size_source == "data"
    with aestream_io.open_reader(tmp_path / "x.npy") as reader:
        assert sum(map(len, reader)) == 500


def test_arrays_without_events_say_what_they_are(tmp_path):
    path = tmp_path / "x.npz"
    np.savez(path, a=[1], b=[2])
    with pytest.raises(EventError, match=r"expected arrays t, x, y and p.*found a, b"):
        aestream_io.read(path)
    np.savez(path, t=[1, 2], x=[1, 2], y=[1, 2], p=[1])
    with pytest.warns(EventDataWarning, match="1 values without the others"):
        assert len(aestream_io.read(path)) == 1


def test_python_objects_are_not_loaded(tmp_path):
    path = tmp_path / "x.npz"
    np.savez(path, t=np.array([{}], object), x=[1], y=[1], p=[1])
    with pytest.raises(EventError, match="Python objects"):
        aestream_io.read(path)


def test_a_size_that_the_file_cannot_hold_costs_no_memory(tmp_path):
    path = tmp_path / "x.npy"
    np.save(path, sample(5).to("tonic"))
    data = path.read_bytes()
    path.write_bytes(data.replace(b"(5,), }" + b" " * 11, b"(" + b"9" * 12 + b",), }", 1))
    assert path.stat().st_size == len(data)
    with pytest.warns(EventDataWarning, match="999999999994 events missing"):
        assert len(aestream_io.read(path)) == 5


@pytest.mark.parametrize("compressed", [True, False])
def test_damage_is_skipped_counted_and_never_fatal(compressed, tmp_path):
    path = tmp_path / "x.npz"
    aestream_io.write(path, sample(), compressed=compressed)
    refused, kept = [], 0
    for what, damaged in mutations(path.read_bytes(), 128):
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
        assert len(found.events) <= 5000, what
    assert all(str(path) in text for text in refused)
    assert kept + len(refused) == 30


@pytest.mark.parametrize("ending", [".npy", ".npz"])
@pytest.mark.parametrize("order", ["txyp", "xypt", "xytp"])
@pytest.mark.parametrize("seconds", [False, True])
def test_rows_without_names_are_judged_by_their_numbers(tmp_path, ending, order, seconds):
    events = sample(3000)
    columns = {name: getattr(events, name).astype(np.float64) for name in "txyp"}
    if seconds:
        columns["t"] /= 1e6
        columns["p"] = np.where(events.p, 1.0, -1.0)
    table = np.stack([columns[name] for name in order], 1)
    if not seconds:
        table = table.astype(np.int64)
    path = tmp_path / f"x{ending}"
    if ending == ".npy":
        np.save(path, table)
    else:
        np.savez_compressed(path, events=table)
    recording = aestream_io.read_recording(path, size=SIZE)
    assert recording.events == events
    assert any(f"read as {order}" in note for note in recording.report.notes)
    assert aestream_io.read(path, size=SIZE, columns=order) == events
    with pytest.raises(EventError, match="columns: expected t, x, y, p"):
        aestream_io.read(path, columns="txy")


def test_rows_that_are_stored_by_columns_are_refused_in_one_sentence(tmp_path):
    np.save(tmp_path / "x.npy", np.asfortranarray(np.arange(40).reshape(10, 4)))
    with pytest.raises(EventError, match=r"save numpy\.ascontiguousarray of it"):
        aestream_io.read(tmp_path / "x.npy")


def test_rows_of_anything_are_no_harm(tmp_path):
    for values in ([np.nan] * 4, [np.inf, 1, 2, 1], [1e300] * 4, [-1] * 4):
        np.save(tmp_path / "x.npy", np.array([values] * 9))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", aestream_io.EventDataWarning)
            assert len(aestream_io.read(tmp_path / "x.npy")) <= 9

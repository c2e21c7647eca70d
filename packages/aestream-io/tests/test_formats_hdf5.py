"""HDF5 files of Prophesee (ECF), DSEC, RVT and MVSEC."""

import io
import warnings

import numpy as np
import pytest
from format_support import SIZE, mutations, sample

import aestream_io
from aestream_io import EventDataWarning, EventError, Events
from neuro_kernels import codecs
from neuro_kernels.reference import storage

h5py = pytest.importorskip("h5py")
LAYOUTS = ["prophesee", "dsec"]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("n", [0, 1, 16384, 40_000])
def test_what_is_written_is_read_back(layout, n, tmp_path):
    path, events = tmp_path / "x.hdf5", sample(n)
    report = aestream_io.write(path, events, layout=layout)
    found = aestream_io.read_recording(path, strict=True)
    assert found.events == events
    assert report.bytes == path.stat().st_size == found.report.bytes_read
    assert (found.info.format, found.info.metadata["layout"]) == ("hdf5", layout)
    assert (found.info.size, found.info.size_source) == (SIZE, "header")
    assert aestream_io.info(path, scan=False).n_events == n
    assert [p.name for p in tmp_path.iterdir()] == ["x.hdf5"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_packets_and_cuts_do_not_matter(layout, tmp_path):
    events, path = sample(40_000), tmp_path / "x.h5"
    with aestream_io.open_writer(path, size=SIZE, layout=layout) as writer:
        for start in range(0, 40_000, 7001):
            writer.feed(events[start : start + 7001])
    for packet_bytes in (1, 1 << 15, 1 << 24):
        with aestream_io.open_reader(path, packet_bytes=packet_bytes) as reader:
            assert Events.concatenate(list(reader)) == events
    with aestream_io.open_reader(io.BytesIO(path.read_bytes())) as reader:
        assert reader.read_all() == events
    aestream_io.write(tmp_path / "y.hdf5.gz", events, layout=layout)
    assert aestream_io.read(tmp_path / "y.hdf5.gz", strict=True) == events


def test_prophesee_files_have_what_their_reader_expects(tmp_path):
    path, events = tmp_path / "x.hdf5", sample(20_000)
    edges = codecs.Triggers(
        np.array([5, 70]), np.array([1, 0], np.uint8), np.array([0, 1], np.uint8)
    )
    with aestream_io.open_writer(path, size=SIZE) as writer:
        writer.feed(events, extras=aestream_io.formats.Extras(triggers=edges))
    assert aestream_io.read_recording(path, strict=True).triggers == edges
    with h5py.File(path) as file:
        dataset = file["CD/events"]
        assert dataset.dtype.fields["t"][1] == 8
        assert dataset.dtype.itemsize == 16
        assert dataset.shape == (20_000,)
        filters = dataset.id.get_create_plist()
        assert [filters.get_filter(k)[0] for k in range(filters.get_nfilters())] == [0x8ECF]
        _, chunk = dataset.id.read_direct_chunk((16384,))
        expected = [tuple(row) for row in np.asarray(events[16384:]).tolist()]
        assert storage.ecf_decode(chunk) == expected
        indexes = file["CD/indexes"][:]
        assert (np.diff(indexes["ts"]) == 2000).all()
        for number, ts in indexes.tolist():
            assert number == np.searchsorted(events.t, ts)
        assert file["EXT_TRIGGER/events"].dtype.names == ("p", "t", "id")
    with pytest.raises(EventError, match="at most 2048"):
        aestream_io.write(tmp_path / "y.hdf5", sample(5), size=(3000, 240))


def test_time_may_fall(tmp_path):
    path = tmp_path / "x.hdf5"
    events = Events([900, 5, 700], [1, 2, 3], [0, 0, 0], [1, 0, 1], size=(4, 4))
    aestream_io.write(path, events)
    with pytest.warns(EventDataWarning, match="1 events earlier"):
        assert aestream_io.read(path) == events


def test_dsec_and_rvt_files_are_read(tmp_path):
    path, events = tmp_path / "x.h5", sample(3000)
    with h5py.File(path, "w") as file:
        for name, kind in (("t", "u4"), ("x", "u2"), ("y", "u2"), ("p", "u1")):
            file[f"events/{name}"] = getattr(events, name).astype(kind)
        file["t_offset"] = np.int64(77_000_000)
        file["events/width"], file["events/height"] = 320, 240
    found = aestream_io.read(path, strict=True)
    assert found.t0 == 77_000_000
    assert found == Events(events.t, events.x, events.y, events.p, size=SIZE, t0=77_000_000)
    with h5py.File(path, "a") as file:
        del file["events/width"]
    recording = aestream_io.read_recording(path)
    assert recording.info.size_source == "data"
    with aestream_io.open_reader(path) as reader:
        assert reader.header.size == recording.events.size
        assert sum(map(len, reader)) == 3000


def test_ms_to_idx_is_the_first_event_of_each_millisecond(tmp_path):
    path, events = tmp_path / "x.h5", sample(30_000)
    aestream_io.write(path, events, layout="dsec")
    with h5py.File(path) as file:
        found = file["ms_to_idx"][:]
    assert found.tolist() == np.searchsorted(events.t, 1000 * np.arange(len(found))).tolist()


def test_mvsec_files_are_read_with_either_camera(tmp_path):
    path = tmp_path / "x.hdf5"
    rows = np.array([[3, 5, 1.5e9 + 0.25, 1], [300, 200, 1.5e9 + 0.250001, -1]])
    with h5py.File(path, "w") as file:
        file["davis/left/events"] = rows
        file["davis/right/events"] = rows[:1]
    found = aestream_io.read(path, strict=True)
    t = int(1.5e15)
    assert np.asarray(found).tolist() == [(t + 250_000, 3, 5, 1), (t + 250_001, 300, 200, 0)]
    assert found.size == (346, 260)
    assert len(aestream_io.read(path, side="right")) == 1
    with pytest.raises(EventError, match="expected left or right"):
        aestream_io.read(path, side="up")


def test_other_spellings_are_read(tmp_path):
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        file["events/ts"] = np.array([0.5, np.nan, 0.75])
        file["events/xs"] = np.array([1, 2, 3], "i2")
        file["events/ys"] = np.array([4, 5, 6], "i2")
        file["events/ps"] = np.array([True, False, False])
    with pytest.warns(EventDataWarning, match="1 events whose time is no number"):
        found = aestream_io.read(path)
    assert np.asarray(found).tolist() == [(500_000, 1, 4, 1), (750_000, 3, 6, 0)]
    with h5py.File(path, "w") as file:
        kind = np.dtype([("x", "u2"), ("y", "u2"), ("t", "i8"), ("p", "i1")])
        file["events"] = np.array([(1, 2, 3, -1)], kind)
    assert np.asarray(aestream_io.read(path)).tolist() == [(3, 1, 2, 0)]


def test_files_without_events_say_what_they_have(tmp_path):
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        file["images"] = [1, 2]
    with pytest.raises(EventError, match=r"expected CD/events .*the file has images"):
        aestream_io.read(path)


def test_no_link_is_followed_out_of_a_file(tmp_path):
    path, other = tmp_path / "x.h5", tmp_path / "other.h5"
    aestream_io.write(other, sample(10), layout="dsec")
    with h5py.File(path, "w") as file:
        file["events"] = h5py.ExternalLink(str(other), "/events")
    with pytest.raises(EventError, match="expected CD/events"):
        aestream_io.read(path)


def test_a_size_that_the_file_cannot_hold_is_refused(tmp_path):
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        for name in "txyp":
            file.create_dataset(f"events/{name}", shape=(1 << 40,), dtype="u2", chunks=(1000,))
    with pytest.raises(EventError, match="more than the file holds"):
        aestream_io.read(path, size=(9, 9))


def test_a_damaged_chunk_costs_only_its_events(tmp_path):
    path, events = tmp_path / "x.hdf5", sample(40_000)
    aestream_io.write(path, events)
    with h5py.File(path) as file:
        place = file["CD/events"].id.get_chunk_info(1).byte_offset
    data = bytearray(path.read_bytes())
    data[place : place + 4] = b"\xff" * 4
    path.write_bytes(data)
    with pytest.warns(EventDataWarning, match="16384 events in chunks that cannot be decoded"):
        found = aestream_io.read(path)
    assert found == Events.concatenate([events[:16384], events[32768:]])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_damage_is_skipped_counted_and_never_fatal(layout, tmp_path):
    path = tmp_path / "x.hdf5"
    aestream_io.write(path, sample(), layout=layout)
    refused, kept = [], 0
    for what, damaged in mutations(path.read_bytes(), 96):
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
        assert len(found.events) <= 100_000, what
    assert all(str(path) in text for text in refused)
    assert kept + len(refused) == 30


def test_files_compressed_with_blosc_are_read(tmp_path):
    plugin = pytest.importorskip("hdf5plugin")
    path, events = tmp_path / "x.h5", sample(3000)
    with h5py.File(path, "w") as file:
        for name in "txyp":
            file.create_dataset(f"events/{name}", data=getattr(events, name), **plugin.Blosc())
    assert aestream_io.read(path, strict=True, size=SIZE) == events

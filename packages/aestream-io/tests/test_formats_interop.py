"""Files exchanged with other programs: what we write they read, what they write we read."""

import importlib
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from format_support import sample
from hypothesis import given, settings
from hypothesis import strategies as st

import aestream_io

pytestmark = [pytest.mark.interop, pytest.mark.filterwarnings("ignore")]

NAMES = ("evt2", "evt21", "evt21 little", "evt3", "dat", "es")
AEDAT4 = ("aedat4 none", "aedat4 lz4", "aedat4 zstd")
ENDINGS = {name: {"dat": ".dat", "es": ".es"}.get(name, ".raw") for name in NAMES}
ENDINGS |= dict.fromkeys(AEDAT4, ".aedat4")
SIZE = (640, 480)
Columns = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def events() -> aestream_io.Events:
    """A sensor and a beginning that every peer accepts."""
    plain = sample(20_000, size=SIZE)
    return aestream_io.Events(plain.t + 5000, plain.x, plain.y, plain.p, size=SIZE)


def library(name: str) -> Any:
    """The module, or a skip; peers may warn while they are imported."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip(name)


def by_evutils(path: str, name: str) -> Columns:
    """evutils 0.3."""
    library("evutils")
    reader = importlib.import_module("evutils.io").EventReader(path, max_events=10**9)
    found = reader.read_all()
    return found.t, found.x, found.y, found.p


def by_expelliarmus(path: str, name: str) -> Columns:
    """expelliarmus 1.1."""
    found = library("expelliarmus").Wizard(encoding=name).read(path)
    return found["t"], found["x"], found["y"], found["p"]


def by_faery(path: str, name: str) -> Columns:
    """faery 0.7; it zeroes nothing when told so."""
    found = library("faery").events_stream_from_file(path).to_array()
    return found["t"], found["x"], found["y"], found["on"]


def by_event_stream(path: str, name: str) -> Columns:
    """event_stream 1.6, which leaves the rows as they are stored."""
    with library("event_stream").Decoder(path) as decoder:
        found = np.concatenate(list(decoder))
    return found["t"], found["x"], SIZE[1] - 1 - found["y"], found["on"]


def by_evt3(path: str, name: str) -> Columns:
    """evt3 0.4."""
    found = library("evt3").decode_file(path)
    return found.t, found.x, found.y, found.p


def by_evlib(path: str, name: str) -> Columns:
    """evlib 0.13, which knows EVT 2.1 in the little-endian layout only."""
    frame = library("evlib").load_events(path).collect()
    t = frame["t"].cast(int).to_numpy() if "t" in frame.columns else None
    return t, frame["x"].to_numpy(), frame["y"].to_numpy(), frame["polarity"].to_numpy() > 0


def by_aedat(path: str, name: str) -> Columns:
    """aedat 2.3."""
    packets = [p["events"] for p in library("aedat").Decoder(path) if "events" in p]
    found = np.concatenate(packets)
    return found["t"], found["x"], found["y"], found["on"]


def by_dv(path: str, name: str) -> Columns:
    """dv-processing 2.0."""
    file, parts = library("dv_processing").io.MonoCameraRecording(path), []
    while (batch := file.getNextEventBatch()) is not None:
        parts.append(batch.numpy())
    found = np.concatenate(parts)
    return found["timestamp"], found["x"], found["y"], found["polarity"]


READERS: list[tuple[Callable[[str, str], Columns], str]] = [
    (by_evutils, "evt2"),
    (by_evutils, "evt21"),
    (by_evutils, "evt3"),
    (by_evutils, "dat"),
    (by_expelliarmus, "evt2"),
    (by_expelliarmus, "dat"),
    (by_faery, "evt2"),
    (by_faery, "evt3"),
    (by_faery, "dat"),
    (by_faery, "es"),
    (by_event_stream, "es"),
    (by_evt3, "evt3"),
    (by_evlib, "evt2"),
    (by_evlib, "evt21 little"),
    (by_evlib, "evt3"),
    *((reader, name) for reader in (by_aedat, by_dv, by_faery, by_evutils) for name in AEDAT4),
]


@pytest.mark.parametrize(("reader", "name"), READERS)
def test_our_files_are_read_by_others(reader, name, tmp_path):
    check_our_file(reader, name, tmp_path, events())


def check_our_file(reader, name, folder, wanted):
    path = folder / f"ours{ENDINGS[name]}"
    format, *variant = name.split()
    option = "compression" if format == "aedat4" else "layout"
    aestream_io.write(path, wanted, format=format, **({option: variant[0]} if variant else {}))
    for column, found in zip("txyp", reader(str(path), name), strict=True):
        assert np.array_equal(np.asarray(found).astype(np.int64), getattr(wanted, column)), column


@st.composite
def any_events(draw: st.DrawFn) -> aestream_io.Events:
    """Bursts along rows and lone events, at equal times and far apart."""
    n = draw(st.integers(1, 600))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    gaps = rng.choice([0, 1, 5, 900, 30_000], n, p=[0.5, 0.2, 0.15, 0.1, 0.05])
    x, y, p = (rng.integers(0, top, n) for top in (*SIZE, 2))
    if draw(st.booleans()):
        y[:], x = y[0], np.arange(n)
    columns = x.astype(np.uint16), y.astype(np.uint16), p.astype(np.uint8)
    return aestream_io.Events(5000 + np.cumsum(gaps), *columns, size=SIZE)


@pytest.mark.parametrize(("reader", "name"), READERS)
def test_any_events_that_we_write_are_read_by_others(reader, name):
    @settings(max_examples=12, deadline=None)
    @given(any_events())
    def check(wanted):
        with tempfile.TemporaryDirectory() as folder:
            check_our_file(reader, name, Path(folder), wanted)

    check()


def test_dsec_files_are_exchanged_with_evutils(tmp_path):
    path, wanted = tmp_path / "x.hdf5", events()
    aestream_io.write(path, wanted, layout="dsec")
    for column, found in zip("txyp", by_evutils(str(path), ""), strict=True):
        assert np.array_equal(np.asarray(found).astype(np.int64), getattr(wanted, column)), column
    from_evutils(str(path), "dsec", wanted)
    assert aestream_io.read(path, strict=True) == wanted


def test_npz_files_are_exchanged_with_evutils(tmp_path):
    path, wanted = tmp_path / "x.npz", events()
    aestream_io.write(path, wanted)
    for column, found in zip("txyp", by_evutils(str(path), ""), strict=True):
        assert np.array_equal(np.asarray(found).astype(np.int64), getattr(wanted, column)), column
    from_evutils(str(path), "npz", wanted)
    assert aestream_io.read(path, strict=True, size=SIZE) == wanted


@pytest.mark.parametrize("version", [1, 2, 3])
def test_old_aedat_files_read_as_evutils_reads_them(version, tmp_path):
    from test_formats_aedat_old import FILES

    path, wanted = tmp_path / "x.aedat", sample(3000, size=(128, 128))
    path.write_bytes(FILES[f"aedat{version}"](wanted, path))
    options = {} if version == 3 else {"orientation": "stored"}
    ours = aestream_io.read(path, strict=True, **options)
    for column, theirs in zip("txyp", by_evutils(str(path), ""), strict=True):
        assert np.array_equal(np.asarray(theirs).astype(np.int64), getattr(ours, column)), column


def test_nmnist_files_are_read_by_tonic(tmp_path):
    path, wanted = tmp_path / "x.bin", sample(2000, size=(34, 34))
    aestream_io.write(path, wanted)
    kind = np.dtype([("x", int), ("y", int), ("t", int), ("p", int)])
    found = library("tonic.io").read_mnist_file(str(path), dtype=kind)
    for column in "txyp":
        assert np.array_equal(found[column], getattr(wanted, column)), column


def from_evutils(path: str, name: str, wanted: aestream_io.Events) -> None:
    """evutils 0.3 writes by chunks of its own event array."""
    types = library("evutils.types")
    io = importlib.import_module("evutils.io")
    array = np.zeros(len(wanted), types.Event_dtype)
    for column in "txyp":
        array[column] = getattr(wanted, column)
    with io.EventWriter(path, width=SIZE[0], height=SIZE[1], **EVUTILS_OPTIONS[name]) as writer:
        writer.write(array)


EVUTILS_OPTIONS: dict[str, dict[str, Any]] = {
    "aedat4 none": {"compression": 0},
    "aedat4 lz4": {"compression": 1},
    "aedat4 zstd": {"compression": 3},
    "dsec": {},
    "npz": {},
    "evt21": {"format": "evt21"},
    "evt3": {},
    "dat": {},
}


def from_expelliarmus(path: str, name: str, wanted: aestream_io.Events) -> None:
    """expelliarmus 1.1."""
    kind = [("t", "<i8"), ("x", "<i2"), ("y", "<i2"), ("p", "u1")]
    array = np.zeros(len(wanted), kind)
    for column in "txyp":
        array[column] = getattr(wanted, column)
    library("expelliarmus").Wizard(encoding=name).save(path, array)


def from_faery(path: str, name: str, wanted: aestream_io.Events) -> None:
    """faery 0.7."""
    faery = library("faery")
    version = {"evt2": "evt2", "evt3": "evt3", "dat": "dat2"}.get(name)
    compression = ("lz4", 1) if name == "aedat4 lz4" else ("zstd", 1)
    options = {"compression": compression} if name in AEDAT4[1:] else {"version": version}
    stream = faery.events_stream_from_array(wanted.to("faery"), dimensions=SIZE)
    stream.to_file(path, zero_t0=False, **options)


def from_event_stream(path: str, name: str, wanted: aestream_io.Events) -> None:
    """event_stream 1.6, which takes the rows as they are to be stored."""
    event_stream = library("event_stream")
    array = np.zeros(len(wanted), event_stream.dvs_dtype)
    array["t"], array["x"], array["on"] = wanted.t, wanted.x, wanted.p
    array["y"] = SIZE[1] - 1 - wanted.y
    with event_stream.Encoder(path, "dvs", *SIZE) as encoder:
        encoder.write(array)


def from_dv(path: str, name: str, wanted: aestream_io.Events) -> None:
    """dv-processing 2.0."""
    dv = library("dv_processing")
    kind = getattr(dv.CompressionType, name.split()[1].upper())
    config = dv.io.MonoCameraWriter.EventOnlyConfig("X", SIZE, kind)
    store = dv.EventStore()
    rows = (wanted.t.tolist(), wanted.x.tolist(), wanted.y.tolist(), wanted.p.tolist())
    for t, x, y, p in zip(*rows, strict=True):
        store.push_back(t, x, y, bool(p))
    dv.io.MonoCameraWriter(path, config).writeEvents(store)


def test_frames_samples_and_triggers_of_dv_are_read(tmp_path):
    dv = library("dv_processing")
    path = str(tmp_path / "x.aedat4")
    writer = dv.io.MonoCameraWriter(path, dv.io.MonoCameraWriter.DAVISConfig("X", (64, 48)))
    pixels = np.arange(12, dtype=np.uint8).reshape(3, 4)
    writer.writeFrame(dv.Frame(1005, pixels))
    writer.writeFrame(dv.Frame(1006, np.arange(36, dtype=np.uint8).reshape(3, 4, 3)))
    writer.writeImu(dv.IMU(1001, 20.5, 1, 2, 3, 4, 5, 6, 7, 8, 9))
    writer.writeTrigger(dv.Trigger(1003, dv.TriggerType.EXTERNAL_SIGNAL_RISING_EDGE))
    del writer
    found = aestream_io.read_recording(path, strict=True)
    assert [frame.t for frame in found.frames] == [1005, 1006]
    assert np.array_equal(found.frames[0].pixels, pixels)
    assert found.frames[1].pixels.shape == (3, 4, 3)
    assert (found.imu.t.tolist(), found.imu.temperature.tolist()) == ([1001], [20.5])
    assert found.imu.rotation.tolist() == [[4, 5, 6]]
    assert (found.triggers.t.tolist(), found.triggers.value.tolist()) == ([1003], [1])

    again = str(tmp_path / "again.aedat4")
    aestream_io.write(again, found)
    recording = dv.io.MonoCameraRecording(again)
    assert np.array_equal(recording.getNextFrame().image, pixels)
    assert recording.getNextImuBatch()[0].temperature == 20.5
    assert recording.getNextTriggerBatch()[0].timestamp == 1003


WRITERS: list[tuple[Callable[[str, str, aestream_io.Events], None], str]] = [
    (from_evutils, "evt21"),
    (from_evutils, "evt3"),
    (from_evutils, "dat"),
    (from_expelliarmus, "evt2"),
    (from_expelliarmus, "dat"),
    (from_faery, "evt2"),
    (from_faery, "evt3"),
    (from_faery, "dat"),
    (from_faery, "es"),
    (from_event_stream, "es"),
    *((writer, name) for writer in (from_dv, from_faery, from_evutils) for name in AEDAT4),
]


@pytest.mark.parametrize(("writer", "name"), WRITERS)
def test_files_of_others_are_read(writer, name, tmp_path):
    path, wanted = tmp_path / f"theirs{ENDINGS[name]}", events()
    writer(str(path), name, wanted)
    found = aestream_io.read(path, strict=True, size=SIZE)
    assert aestream_io.info(path).format == name.split()[0]
    # Event Stream files have no beginning of their own: some writers begin at the first event.
    shift = int(wanted.t[0] - found.t[0]) if name == "es" else 0
    assert np.array_equal(found.t + shift, wanted.t)
    for column in "xyp":
        assert np.array_equal(getattr(found, column), getattr(wanted, column)), column

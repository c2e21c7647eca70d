"""No events, and one, in every format that is written, compressed or not, as file and as pipe."""

import io
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import aestream_io
from aestream_io import Events
from aestream_io.formats import formats

SIZE = (34, 30)
# What the format says of itself nowhere.
WITHOUT_SIZE = {"nmnist", "npy"}
NEEDS = {"hdf5": "h5py"}
WAYS = {
    **{(entry.name, ending): {} for entry in formats() if entry.open_writer
       for ending in entry.extensions},
    ("evt21", "little"): {"layout": "little"},
    ("hdf5", "dsec"): {"layout": "dsec"},
    ("arrow", "none"): {"compression": "none"},
    ("arrow", "lz4"): {"compression": "lz4"},
    ("aedat4", "none"): {"compression": "none"},
    ("npz", "plain"): {"compressed": False},
    ("csv", "xypt"): {"columns": "xypt", "separator": ";"},
}  # fmt: skip
few = st.sampled_from([0, 1, 1, 2])


@st.composite
def recordings(draw) -> Events:
    n = draw(few)
    times = sorted(draw(st.lists(st.integers(0, 2**23 - 1), min_size=n, max_size=n)))
    pixels = [draw(st.lists(st.integers(0, top - 1), min_size=n, max_size=n)) for top in (*SIZE, 2)]
    return Events(times, *pixels, size=SIZE)


def same(found: Events, wanted: Events, name: str) -> None:
    for column in "txyp":
        np.testing.assert_array_equal(getattr(found, column), getattr(wanted, column), name)
    assert found.size == wanted.size or name in WITHOUT_SIZE


@pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way[0]} {way[1]}")
def test_few_events_come_back(way, tmp_path):
    name, options = way[0], WAYS[way]
    pytest.importorskip(NEEDS.get(name, "numpy"))
    if name in ("arrow", "aedat4") and not options:
        pytest.importorskip("zstandard")
    entry = next(entry for entry in formats() if entry.name == name)
    ending = way[1] if way[1].startswith(".") else entry.extensions[0]

    @settings(deadline=None, max_examples=12)
    @given(recordings())
    def check(events):
        path = tmp_path / f"x{ending}"
        aestream_io.write(path, events, format=name, **options)
        same(aestream_io.read(path, strict=True), events, name)
        with aestream_io.open(path) as source:
            same(Events.concatenate([Events.empty(source.size), *source]), events, name)
        facts = aestream_io.info(path)
        assert (facts.n_events, facts.n_on) == (len(events), int(events.p.sum()))
        written = io.BytesIO()
        aestream_io.write(written, events, format=name, **options)
        assert written.getvalue() == path.read_bytes()

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check()


@pytest.mark.parametrize("packed", [".gz", ".zst"])
@pytest.mark.parametrize("n", [0, 1, 3000])
def test_every_format_is_compressed_and_read_back(packed, n, tmp_path):
    if packed == ".zst":
        pytest.importorskip("zstandard")
    rng = np.random.default_rng(n)
    events = Events(
        np.sort(rng.integers(0, 10**6, n)), *(rng.integers(0, top, n) for top in (*SIZE, 2)),
        size=SIZE,
    )  # fmt: skip
    for entry in formats():
        if entry.open_writer is None or entry.name == "hdf5":
            continue
        path = tmp_path / f"x{entry.extensions[0]}{packed}"
        aestream_io.write(path, events, format=entry.name)
        same(aestream_io.read(path, size=SIZE, strict=True), events, entry.name)


def test_the_array_of_records_is_one_of_numpy(tmp_path):
    events = Events([5, 9], [1, 2], [3, 4], [1, 0], size=SIZE)
    report = aestream_io.write(tmp_path / "x.npy", events)
    found = np.load(tmp_path / "x.npy")
    assert found.tolist() == [(5, 1, 3, 1), (9, 2, 4, 0)]
    assert found.dtype.names == ("t", "x", "y", "p")
    assert "size of the sensor is not stored" in report.notes[0]

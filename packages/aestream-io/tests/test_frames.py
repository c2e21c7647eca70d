"""Frames of event counts, for each array library."""

import importlib.util

import numpy as np
import pytest

import aestream_io
from aestream_io import EventError, _fused
from aestream_io import frames as frames_module
from aestream_io import windows as windows_module
from aestream_io.sources import AdaptedSource
from neuro_kernels import Events, represent

SIZE = (7, 5)


def random_events(n):
    rng = np.random.default_rng(n)
    return Events(
        np.sort(rng.integers(0, 1000, n)),
        rng.integers(0, SIZE[0], n),
        rng.integers(0, SIZE[1], n),
        rng.integers(0, 2, n),
        size=SIZE,
    )


def test_frames_count_events_by_pixel_and_polarity():
    events = random_events(500)
    source = AdaptedSource(events.chunks(33), size=SIZE)
    got = list(source.frames(duration_us=100, start_us=0))
    assert len(got) == 10
    for k, frame in enumerate(got):
        expected = np.zeros((2, SIZE[1], SIZE[0]), np.float32)
        for e in events:
            for t, x, y, p in zip(e.t, e.x, e.y, e.p, strict=True):
                expected[p, y, x] += 100 * k <= t < 100 * (k + 1)
        np.testing.assert_array_equal(frame, expected)
        assert frame.dtype == np.float32


def test_a_window_without_events_gives_a_frame_of_zeros():
    events = Events([0, 25], [1, 2], [3, 4], [1, 0], size=SIZE)
    frames = list(AdaptedSource([events], size=SIZE).frames(duration_us=10))
    assert [frame.sum() for frame in frames] == [1, 0, 1]


def test_frames_are_fresh():
    events = random_events(100)
    first, second = AdaptedSource([events], size=SIZE).frames(count=50)
    first[:] = -1
    assert second.min() == 0


def test_torch_frames_use_the_memory_of_the_numpy_array():
    torch = pytest.importorskip("torch")
    array = np.zeros((2, 3, 4), np.float32)
    tensor = frames_module.to_backend("torch")(array)
    assert tensor.data_ptr() == array.ctypes.data
    events = random_events(60)
    (frame,) = AdaptedSource([events], size=SIZE).frames(count=60, backend="torch")
    (expected,) = AdaptedSource([events], size=SIZE).frames(count=60)
    assert frame.dtype == torch.float32
    np.testing.assert_array_equal(frame.numpy(), expected)


@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="jax is not installed")
def test_jax_frames_hold_the_same_counts():
    events = random_events(60)
    (frame,) = AdaptedSource([events], size=SIZE).frames(count=60, backend="jax")
    (expected,) = AdaptedSource([events], size=SIZE).frames(count=60)
    np.testing.assert_array_equal(np.asarray(frame), expected)


WINDOWS = {"duration_us": {"duration_us": 130}, "count": {"count": 70},
           "both": {"duration_us": 130, "count": 40}}  # fmt: skip


@pytest.mark.parametrize("cut", WINDOWS.values(), ids=WINDOWS)
@pytest.mark.parametrize("packet", [1, 33, 500])
def test_every_representation_is_that_of_the_window(cut, packet):
    events = random_events(500)

    def stream():
        return AdaptedSource(events.chunks(packet), size=SIZE)

    spans = list(windows_module.spans(events.chunks(packet), **cut))
    surface = represent.DecaySurface(SIZE, 300)
    for k, window in enumerate(spans):
        part, begin, end = window.events, window.begin_us, window.end_us
        surface.feed(part)
        expected = {
            "histogram": represent.histogram(part),
            "binary": represent.binary(part),
            "voxel_grid": represent.voxel_grid(part, 3, span_us=(begin, end - 1)),
            "stacked": represent.stacked_histogram(part, 3, span_us=(begin, end)),
            "time_surface": surface.frame(end - 1),
        }
        for name, frame in expected.items():
            options = {"bins": 3} if name in ("voxel_grid", "stacked") else {}
            if name == "time_surface":
                options = {"tau_us": 300}
            got = list(stream().frames(**cut, representation=name, **options))
            assert len(got) == len(spans)
            np.testing.assert_array_equal(got[k], frame, err_msg=name)
            assert got[k].dtype == np.float32


def test_frames_of_one_channel_merge_or_subtract_polarities():
    events = random_events(200)
    both = represent.histogram(events)
    for polarity, expected in (("merged", both[0] + both[1]), ("signed", both[1] - both[0])):
        (frame,) = AdaptedSource([events], size=SIZE).frames(count=200, polarity=polarity)
        np.testing.assert_array_equal(frame, expected[None])


def test_events_that_come_late_are_counted_in_every_representation():
    events = Events([0, 90, 20, 95, 130, 60], [0, 1, 2, 3, 4, 5], [0] * 6, [1] * 6, size=SIZE)
    for name in ("histogram", "stacked"):
        source = AdaptedSource([events], size=SIZE)
        frames = list(source.frames(duration_us=100, representation=name))
        assert [frame.sum() for frame in frames] == [4, 2]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"representation": "picture"}, "representation: expected one of histogram, binary"),
        ({"bins": 3}, "'histogram' has no option 'bins'"),
        ({"representation": "voxel_grid", "tau_us": 5}, "'voxel_grid' has no option 'tau_us'"),
        ({"representation": "stacked", "bins": 0}, "bins: expected a whole number from 1"),
        ({"representation": "time_surface", "tau_us": 0}, "expected a finite tau_us above 0"),
        ({"representation": "time_surface", "polarity": "split"}, "has no option 'polarity'"),
        ({"dtype": "float64"}, "dtype: expected float32 or uint8"),
        ({"dtype": "uint8", "polarity": "signed"}, "polarity: expected one of split, merged"),
        ({"dtype": "uint8", "representation": "stacked"}, "'stacked' is float32"),
        ({"polarity": "none"}, "polarity: expected one of split, merged, signed"),
    ],
)
def test_options_that_cannot_be_are_refused_before_the_first_event(options, message):
    with pytest.raises(EventError, match=message):
        AdaptedSource([], size=SIZE).frames(count=1, **options)


def test_a_missing_library_names_the_extra(monkeypatch):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(frames_module.importlib, "import_module", missing)
    with pytest.raises(EventError, match=r"needs torch: pip install 'aestream-io\[torch\]'"):
        AdaptedSource([], size=SIZE).frames(count=1, backend="torch")


def test_an_unknown_backend_is_refused():
    with (
        aestream_io.open("synth:bar") as source,
        pytest.raises(EventError, match="backend: expected one of numpy, torch, jax"),
    ):
        source.frames(count=1, backend="tensorflow")


@pytest.mark.parametrize("format", ["evt2", "evt3", "dat", "es", "csv"])
@pytest.mark.parametrize("cut", WINDOWS.values(), ids=WINDOWS)
def test_frames_written_while_decoding_are_those_of_the_packets(format, cut, tmp_path):
    events = random_events(3000)
    path = tmp_path / "sample"
    aestream_io.write(path, events, format=format)
    for options in (
        {},
        {"representation": "binary"},
        {"polarity": "signed"},
        {"dtype": "uint8"},
        {"dtype": "uint8", "representation": "binary", "polarity": "merged"},
        {"representation": "time_surface", "tau_us": 300},
        {"representation": "voxel_grid", "bins": 3},
        {"representation": "voxel_grid", "polarity": "split"},
        {"representation": "stacked"},
    ):
        with aestream_io.open(path) as source:
            fused = list(source.frames(**cut, **options))
            stats = source.stats
        expected = list(AdaptedSource([events], size=SIZE).frames(**cut, **options))
        assert len(fused) == len(expected)
        for one, other in zip(fused, expected, strict=True):
            # The order of the additions differs where parts are added one by one.
            np.testing.assert_allclose(one, other, rtol=0, atol=1e-4)
            assert one.shape == other.shape
            assert one.dtype == other.dtype == options.get("dtype", "float32")
        assert (stats.events, stats.first_t_us) == (3000, int(events.t[0]))
        assert stats.last_t_us == int(events.t[-1])


def test_damage_is_told_at_the_end_of_frames_too(tmp_path):
    path = tmp_path / "cut.dat"
    aestream_io.write(path, random_events(100))
    path.write_bytes(path.read_bytes()[:-3])
    with (
        aestream_io.open(path) as source,
        pytest.warns(aestream_io.EventDataWarning, match="5 bytes of an unfinished word"),
    ):
        assert sum(frame.sum() for frame in source.frames(count=10)) == 99


def test_frames_of_a_source_that_is_being_read_go_on_where_it_is(tmp_path):
    path = tmp_path / "sample.dat"
    aestream_io.write(path, random_events(1000))
    with aestream_io.open(f"{path}?packet=800") as source:
        assert len(next(iter(source))) == 100
        assert sum(frame.sum() for frame in source.frames(count=70)) == 900


@pytest.mark.parametrize("representation", frames_module.REPRESENTATIONS)
@pytest.mark.parametrize("start_us", [None, 300])
def test_frames_written_while_decoding_hold_late_events_and_gaps(
    representation, start_us, tmp_path
):
    rng = np.random.default_rng(4)
    n = 2000
    t = np.abs(np.arange(n) + rng.integers(-40, 40, n)) + 5000 * (np.arange(n) > 1500)
    events = Events(t, np.arange(n) % 7, np.arange(n) % 5, np.arange(n) % 2, size=SIZE)
    path = tmp_path / "late.dat"
    aestream_io.write(path, events)
    options = {"duration_us": 130, "start_us": start_us, "representation": representation}
    with (
        aestream_io.open(path) as source,
        pytest.warns(aestream_io.EventDataWarning, match="earlier"),
    ):
        fused = list(source.frames(**options))
    expected = list(AdaptedSource([events], size=SIZE).frames(**options))
    assert len(fused) == len(expected) > 40
    for one, other in zip(fused, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-4)


@pytest.mark.parametrize("room", [100, 1 << 14])
@pytest.mark.parametrize("cut", [{"duration_us": 7}, {"duration_us": 101}, {"count": 333}])
@pytest.mark.parametrize("kind", ["voxel_grid", "stacked"])
def test_frames_with_an_axis_of_time_do_not_depend_on_the_pieces_they_are_decoded_in(
    room, cut, kind, monkeypatch, tmp_path
):
    monkeypatch.setattr(_fused, "BUFFER_EVENTS", room)
    rng = np.random.default_rng(room)
    n = 3000
    t = np.arange(n) // 3 + rng.integers(0, 2, n) * rng.integers(0, 20, n)
    events = Events(t, np.arange(n) % 7, np.arange(n) % 5, rng.integers(0, 2, n), size=SIZE)
    path = tmp_path / "late.dat"
    aestream_io.write(path, events)
    for polarity in ("split", "merged", "signed"):
        options = {**cut, "representation": kind, "bins": 4, "polarity": polarity}
        with (
            aestream_io.open(path) as source,
            pytest.warns(aestream_io.EventDataWarning, match="earlier"),
        ):
            fused = list(source.frames(**options))
        expected = list(AdaptedSource([events], size=SIZE).frames(**options))
        assert len(fused) == len(expected) > 5
        for one, other in zip(fused, expected, strict=True):
            np.testing.assert_allclose(one, other, rtol=0, atol=1e-4)


@pytest.mark.parametrize("kind", frames_module.REPRESENTATIONS)
@pytest.mark.parametrize("cut", WINDOWS.values(), ids=WINDOWS)
@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_every_kind_of_frame_is_handed_to_every_library(kind, cut, backend, tmp_path):
    library = pytest.importorskip(backend)
    path = tmp_path / "sample.dat"
    aestream_io.write(path, random_events(500))
    options = {**cut, "representation": kind}
    with aestream_io.open(path) as source:
        frames = list(source.frames(**options, backend=backend))
    with aestream_io.open(path) as source:
        expected = list(source.frames(**options))
    assert len(frames) == len(expected) > 2
    for one, other in zip(frames, expected, strict=True):
        assert isinstance(one, library.Tensor if backend == "torch" else library.Array)
        np.testing.assert_array_equal(np.asarray(one), other)


def test_frames_of_files_are_written_while_decoding(monkeypatch, tmp_path):
    path = tmp_path / "sample.dat"
    aestream_io.write(path, random_events(500))
    monkeypatch.setattr(aestream_io.sources.file.FileSource, "_packets", None)
    for kind in frames_module.REPRESENTATIONS:
        for cut in WINDOWS.values():
            with aestream_io.open(path) as source:
                assert len(list(source.frames(**cut, representation=kind))) > 2

"""Frames of event counts, for each array library."""

import importlib.util

import numpy as np
import pytest

import aestream_io
from aestream_io import EventError
from aestream_io import frames as frames_module
from aestream_io.sources import AdaptedSource
from neuro_kernels import Events

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

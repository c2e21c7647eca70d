"""Grids of parts and of many events, and histograms of bytes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nk_support import cuts, event_lists, split

from neuro_kernels import EventError, Events, _kernels, represent
from neuro_kernels.reference import represent as reference


@given(event_lists(), cuts, st.sampled_from(["split", "merged", "signed"]))
def test_voxel_grids_of_parts_accumulate_to_that_of_the_whole(events, places, polarity):
    options = {"span_us": (0, 1000), "polarity": polarity}
    grid = np.zeros_like(represent.voxel_grid(events, 3, **options))
    for part in split(events, places):
        represent.voxel_grid(part, 3, out=grid, accumulate=True, **options)
    whole = represent.voxel_grid(events, 3, **options)
    np.testing.assert_allclose(grid, whole, atol=1e-4)
    with pytest.raises(EventError, match="give both"):
        represent.voxel_grid(events, 3, accumulate=True)


@given(event_lists(), cuts, st.sampled_from(["split", "merged"]))
def test_frames_of_bytes_are_those_of_numbers_up_to_255(events, places, polarity):
    numbers = represent.histogram(events, polarity=polarity)
    got = represent.histogram(events, polarity=polarity, dtype="uint8")
    assert got.dtype == np.uint8
    np.testing.assert_array_equal(got, np.minimum(numbers, 255))
    counter = represent.FrameCounter(events.size, polarity=polarity, mark=True, dtype=np.uint8)
    for part in split(events, places):
        counter.add(part)
    np.testing.assert_array_equal(counter.take(), numbers > 0)
    assert not counter.take().any()


@pytest.mark.parametrize(("n", "shown"), [(255, 255), (256, 255), (300, 255), (70_000, 255)])
def test_frames_of_bytes_end_at_255(n, shown):
    ones = np.ones(n, int)
    events = Events(np.arange(n), 0 * ones, 0 * ones, ones, size=(1, 1))
    assert represent.histogram(events, dtype="uint8").tolist() == [[[0]], [[shown]]]
    counter = represent.FrameCounter((1, 1), mark=True, dtype="uint8")
    counter.add(events)
    assert counter.take().tolist() == [[[0]], [[1]]]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dtype": "float64"}, "dtype: expected float32 or uint8, got 'float64'"),
        ({"dtype": "picture"}, "dtype: expected float32 or uint8"),
        ({"dtype": "uint8", "polarity": "signed"}, "expected one of split, merged, got 'signed'"),
        ({"dtype": "uint8", "out": np.zeros((2, 1, 1), np.float32)}, "C-contiguous uint8"),
        (
            {"dtype": "uint8", "out": np.zeros((2, 1, 1), np.uint8), "accumulate": True},
            "are not added up",
        ),
    ],
)
def test_dtypes_that_a_histogram_cannot_have_are_refused(options, message):
    with pytest.raises(EventError, match=message):
        represent.histogram(Events.empty((1, 1)), **options)


@pytest.mark.parametrize("polarity", ["signed", "merged", "split"])
@pytest.mark.parametrize("order", ["sorted", "shuffled", "two runs", "late ones"])
@pytest.mark.parametrize(("bins", "span"), [(1, (0, 9)), (3, (100, 900)), (4, (-500, 2000))])
def test_voxel_grids_of_many_events_are_the_sum_of_those_of_few(polarity, order, bins, span):
    rng = np.random.default_rng(len(order) + bins)
    n = 80_000
    t = np.sort(rng.integers(0, 1000, n))
    if order == "shuffled":
        t = rng.permutation(t)
    if order == "two runs":
        t = np.concatenate([t[: n // 2] * 2, t[n // 2 :] - 500])
    if order == "late ones":
        t[::997] = 3
    columns = (rng.integers(0, 320, n), rng.integers(0, 210, n), rng.integers(0, 2, n))
    events = Events(t, *columns, size=(320, 210))
    options = {"span_us": span, "polarity": polarity}
    whole = represent.voxel_grid(events, bins, **options)
    grid = np.zeros_like(whole)
    for first in range(0, n, 1000):  # few enough for the other way
        part = events[first : first + 1000]
        represent.voxel_grid(part, bins, out=grid, accumulate=True, **options)
    np.testing.assert_allclose(whole, grid, atol=1e-4)
    twice = represent.voxel_grid(events, bins, out=whole, accumulate=True, **options)
    np.testing.assert_allclose(twice, 2 * grid, atol=2e-4)


def test_voxel_grids_of_many_events_leave_out_those_outside_the_frame():
    rng = np.random.default_rng(3)
    n = 40_000
    t = np.sort(rng.integers(0, 1000, n))
    x, y = rng.integers(0, 330, n).astype(np.uint16), rng.integers(0, 215, n).astype(np.uint16)
    p = rng.integers(0, 2, n).astype(np.uint8)
    got, expected = np.zeros((2, 210, 320), np.float32), np.zeros((2, 210, 320))
    outside = _kernels.voxel_grid(t, x, y, p, got, 320, 210, 0, 2, 0, 1e-3, -1.0, 1.0)
    reference.voxel_grid(t, x, y, p, expected, start=0, scale=1e-3, off=-1, on=1)
    assert outside == int(((x >= 320) | (y >= 210)).sum())
    np.testing.assert_allclose(got, expected, atol=1e-4)

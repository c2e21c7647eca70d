import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from nk_support import cuts, event_lists, split

from neuro_kernels import EventError, Events, _kernels, represent
from neuro_kernels.reference import represent as reference

int64 = st.integers(-(2**63) + 1, 2**63 - 1)


def columns(events):
    return events.t, events.x, events.y, events.p


@given(event_lists())
def test_the_histogram_is_that_of_the_reference(events):
    expected = np.zeros((2, events.height, events.width), np.float32)
    assert reference.histogram(events.x, events.y, events.p, expected) == 0
    got = represent.histogram(events)
    assert got.dtype == np.float32
    np.testing.assert_array_equal(got, expected)


@given(event_lists(), cuts)
def test_histograms_of_parts_accumulate_to_that_of_the_whole(events, places):
    out = np.zeros((2, events.height, events.width), np.float32)
    for part in split(events, places):
        assert represent.histogram(part, out=out, accumulate=True) is out
    np.testing.assert_array_equal(out, represent.histogram(events))


@given(event_lists())
def test_a_given_array_is_overwritten(events):
    out = np.full((2, events.height, events.width), 7, np.float32)
    represent.histogram(events, out=out)
    np.testing.assert_array_equal(out, represent.histogram(events))


@given(
    st.integers(1, 5),
    st.integers(1, 5),
    hnp.arrays(np.uint16, (20, 2), elements=st.integers(0, 6) | st.just(65535)),
)
def test_events_outside_the_frame_are_counted_and_left_out(width, height, places):
    x, y = np.ascontiguousarray(places.T)
    t, p = np.arange(20), (np.arange(20) % 2).astype(np.uint8)
    got, expected = np.zeros((2, 2, height, width), np.float32)
    outside = _kernels.histogram(t, x, y, p, got)
    assert outside == reference.histogram(x, y, p, expected)
    np.testing.assert_array_equal(got, expected)
    last = np.full((2, height, width), _kernels.NO_EVENT)
    latest = last.copy()
    assert _kernels.mark_latest(t, x, y, p, last) == outside
    assert reference.mark_latest(t, x, y, p, latest) == outside
    np.testing.assert_array_equal(last, latest)


def test_events_outside_their_own_size_are_reported_not_hidden():
    wrong = Events._wrap(*columns(Events([0], [5], [0], [0], size=(9, 9))), size=(3, 3))
    with pytest.raises(EventError, match="histogram: 1 events lie outside"):
        represent.histogram(wrong)
    with pytest.raises(EventError, match="feed: 1 events lie outside"):
        represent.DecaySurface((3, 3), 10).feed(wrong)


@pytest.mark.parametrize(
    "out",
    [
        np.zeros((2, 3, 4)),
        np.zeros((2, 4, 3), np.float32),
        np.zeros((2, 4, 6), np.float32)[:, :, ::2],
        [[0.0]],
        np.broadcast_to(np.float32(0), (2, 3, 4)),
    ],
)
def test_arrays_that_cannot_take_the_result_are_refused(out):
    with pytest.raises(EventError, match=r"expected a writable C-contiguous float32 \(2, 3, 4\)"):
        represent.histogram(Events.empty((4, 3)), out=out)
    with pytest.raises(EventError, match=r"expected a writable C-contiguous float32 \(2, 3, 4\)"):
        represent.DecaySurface((4, 3), 5).frame(0, out=out)


def test_accumulating_into_nothing_is_refused():
    with pytest.raises(EventError, match="no out was given"):
        represent.histogram(Events.empty((4, 3)), accumulate=True)


@given(event_lists(max_side=6), st.floats(1e-3, 1e6), st.integers(-500, 20000))
def test_the_decay_surface_is_that_of_the_reference(events, tau_us, moment):
    t_us = moment + (int(events.t.min()) if len(events) else 0)
    seen = events[events.t <= t_us]
    last = np.full((2, events.height, events.width), _kernels.NO_EVENT)
    reference.mark_latest(*columns(seen), last)
    expected = reference.decay(last, t_us, tau_us, _kernels.NO_EVENT)
    got = represent.decay_surface(events, tau_us, t_us)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, expected, rtol=2e-7, atol=2**-126)


@given(hnp.arrays(np.int64, (1, 1, 37), elements=int64), int64, st.floats(1e-3, 1e20))
def test_decay_holds_at_any_time_and_rate(last, t, tau):
    got = np.empty(last.shape, np.float32)
    _kernels.decay(last, t, tau, got)
    expected = reference.decay(last, t, tau, _kernels.NO_EVENT)
    np.testing.assert_allclose(got, expected, rtol=2e-7, atol=2**-126)


def test_decay_is_accurate_over_its_whole_range():
    age = np.linspace(0, 100_000_000, 200_001).astype(np.int64)
    got = np.empty(age.shape, np.float32)
    _kernels.decay(-age, 0, 1e6, got)
    expected = np.exp(-age / 1e6)
    normal = expected >= 2.0**-125
    error = np.abs(got[normal] / expected[normal] - 1)
    assert error.max() < 2e-7
    assert (got[expected < 2.0**-126] == 0).all()
    assert got[0] == 1


@given(event_lists(max_side=6), cuts, st.randoms(use_true_random=False))
def test_surfaces_depend_neither_on_packets_nor_on_order(events, places, random):
    one, many = (represent.DecaySurface(events.size, 30.0) for _ in range(2))
    one.feed(events)
    parts = split(events, places)
    random.shuffle(parts)
    for part in parts:
        many.feed(part)
    t_us = int(events.t.max()) if len(events) else 0
    np.testing.assert_array_equal(many.frame(t_us), one.frame(t_us))
    np.testing.assert_array_equal(represent.decay_surface(events, 30.0), one.frame(t_us))


def test_pixels_that_never_fired_are_zero_and_later_events_count_as_now():
    surface = represent.DecaySurface((2, 1), 10.0)
    assert not surface.frame(2**62).any()
    surface.feed(Events([100], [0], [0], [0], size=(2, 1)))
    assert surface.frame(50)[0].tolist() == [[1, 0]]
    assert surface.frame(110)[0, 0, 0] == pytest.approx(np.exp(-1), rel=1e-6)
    surface.reset()
    assert not surface.frame(100).any()


@pytest.mark.parametrize("tau_us", [0, -1, float("nan"), float("inf")])
def test_time_constants_that_cannot_be_are_refused(tau_us):
    with pytest.raises(EventError, match="finite tau_us above 0"):
        represent.DecaySurface((1, 1), tau_us)


def test_events_of_another_sensor_are_refused():
    with pytest.raises(EventError, match="made for a sensor of 1x1, got events of 2x2"):
        represent.DecaySurface((1, 1), 5).feed(Events.empty((2, 2)))

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nk_support import cuts, event_lists, split

from neuro_kernels import Events
from neuro_kernels.reference import render as reference
from neuro_kernels.render import DECAYS, Intensity, Recency, Shading, decay_table
from neuro_kernels.render._shading import bucket_values, intensity_weights

SHADING = Shading(levels=7, off=1, on=8)


@settings(deadline=None)
@given(event_lists(), st.sampled_from(DECAYS), st.integers(1, 10**6), st.integers(-1000, 10**6))
def test_the_recency_picture_equals_its_definition(events, kind, tau_us, later):
    decay = decay_table(kind, tau_us, SHADING)
    surface = Recency(events.size)
    assert surface.feed(events) == len(events)
    now = (int(events.t[-1]) if len(events) else 0) + later
    last, polarity = reference.recency(events.t, events.x, events.y, events.p, events.size)
    expected = reference.recency_shade(last, polarity, now, decay.table, decay.shift)
    np.testing.assert_array_equal(surface.frame(now, decay), expected)


@settings(deadline=None)
@given(event_lists(max_step_us=2000), cuts, st.sampled_from([1.0, 3.7, 60.0, 5000.0, 1e6]))
def test_the_intensity_sums_equal_their_definition_for_any_packets(events, places, tau_us):
    surface = Intensity(events.size, tau_us)
    for part in split(events, places):
        assert surface.feed(part) == len(part)
    weights, fade, shift = intensity_weights(tau_us)
    expected, origin = reference.intensity(
        events.t, events.x, events.y, events.p, events.size, weights, fade, shift
    )
    np.testing.assert_array_equal(surface._state.sums(), expected)
    table = np.arange(2 * 8192).reshape(2, 8192).astype(np.uint8)
    drawn = np.empty(events.size[::-1], np.uint8)
    surface._state.shade(table, drawn)
    np.testing.assert_array_equal(drawn, reference.intensity_shade(expected, table))
    if len(events):
        assert surface._state.origin == origin


@settings(deadline=None)
@given(event_lists(sorted_time=True), st.floats(100, 1e5))
def test_intensity_approximates_the_exact_leaky_sum(events, tau_us):
    surface = Intensity(events.size, tau_us)
    surface.feed(events)
    now = int(events.t[-1]) if len(events) else 0
    exact = np.zeros(events.size[::-1])
    np.add.at(exact, (events.y, events.x), np.exp((events.t - now) / tau_us))
    # A weight is tabulated in steps of at most tau/100.
    np.testing.assert_allclose(np.abs(surface.sums(now)), exact, rtol=0.02, atol=1e-6)


@settings(deadline=None)
@given(event_lists(), cuts, st.integers(0, 10**4))
def test_feeding_in_packets_gives_the_picture_of_feeding_at_once(events, places, tau_us):
    decay = decay_table("exponential", tau_us + 1, SHADING)
    whole, parts = Recency(events.size), Recency(events.size)
    whole.feed(events)
    for part in split(events, places):
        parts.feed(part)
    now = int(events.t.max()) if len(events) else 0
    np.testing.assert_array_equal(parts.frame(now, decay), whole.frame(now, decay))


@pytest.mark.parametrize("make", [Recency, lambda size: Intensity(size, 1000.0)])
def test_feeding_stops_before_the_first_event_at_the_limit(make):
    surface = make((4, 4))
    events = Events([0, 5, 10, 7, 12], [0] * 5, [0] * 5, [1] * 5, size=(4, 4))
    assert surface.feed(events, until_us=10) == 2
    assert surface.feed(events[2:], until_us=10) == 0
    assert surface.feed(events[2:], until_us=12) == 2


@pytest.mark.parametrize("make", [Recency, lambda size: Intensity(size, 1000.0)])
def test_events_outside_the_picture_are_counted_and_left_out(make):
    surface = make((2, 2))
    events = Events([0, 1, 2], [0, 2, 0], [0, 0, 3], [1, 1, 1], size=(4, 4))
    assert surface.feed(events) == 3
    assert surface.outside == 2


def test_a_recording_longer_than_the_stamps_reach_keeps_its_recent_pixels():
    span = 2**30
    decay = decay_table("window", 1000, Shading(levels=1, off=1, on=2))
    surface = Recency((3, 1))
    t = [0, span - 10, 3 * span - 5, 3 * span]
    surface.feed(Events(t, [0, 1, 1, 2], [0] * 4, [1, 1, 0, 1], size=(3, 1)))
    assert surface.frame(3 * span, decay).tolist() == [[0, 1, 2]]
    assert surface.frame(3 * span + 2000, decay).tolist() == [[0, 0, 0]]
    assert surface.frame(2**62, decay).tolist() == [[0, 0, 0]]


def test_stamps_that_move_down_keep_their_age():
    span = 2**30
    decay = decay_table("window", 2**20, Shading(levels=1, off=1, on=2))
    surface = Recency((2, 1))
    surface.feed(Events([0, span - 100, span + 50], [0, 0, 1], [0] * 3, [0, 1, 0], size=(2, 1)))
    assert surface.frame(span + 50, decay).tolist() == [[2, 1]]
    # One bucket is 2^9 us wide here.
    assert surface.frame(span - 100 + 2**20 + 2**9, decay).tolist() == [[0, 1]]


@pytest.mark.parametrize("make", [Recency, lambda size: Intensity(size, 50.0)])
def test_times_at_the_ends_of_64_bits_do_no_harm(make):
    surface = make((1, 1))
    ends = [-(2**63), 2**63 - 1, 0, -(2**63)]
    assert (
        surface.feed(Events(ends, [0] * 4, [0] * 4, [1] * 4, size=(1, 1)), until_us=2**63 - 1) == 4
    )


def test_a_surface_without_events_is_background():
    decay = decay_table("exponential", 1000, SHADING)
    assert not Recency((3, 2)).frame(123, decay).any()
    surface = Intensity((3, 2), 1000)
    assert not surface.frame(123, SHADING, white=1).any()
    assert surface.quantile(0.99, 123) == 0


def test_the_quantile_of_intensity_is_that_of_the_lit_pixels():
    n = 100
    x = np.repeat(np.arange(n), np.arange(1, n + 1)).astype(np.uint16)
    surface = Intensity((2 * n, 1), 1e6)
    zeros = np.zeros(len(x))
    surface.feed(
        Events(zeros.astype(int), x, zeros.astype(int), zeros.astype(int), size=(2 * n, 1))
    )
    assert surface.quantile(0.5, 0) == pytest.approx(50, rel=0.03)
    assert surface.quantile(1.0, 0) == pytest.approx(100, rel=0.03)


def test_intensity_shows_the_last_polarity_and_full_brightness_at_white():
    surface = Intensity((2, 1), 1e6)
    surface.feed(Events([0] * 5, [0, 0, 0, 1, 1], [0] * 5, [0, 0, 1, 1, 0], size=(2, 1)))
    assert surface.frame(0, SHADING, white=2).tolist() == [[14, 7]]
    assert surface.frame(10**9, SHADING, white=2).tolist() == [[0, 0]]


def test_decay_tables_follow_their_formula_and_end_in_the_background():
    shading = Shading(levels=100, off=1, on=101)
    for kind, half in (("exponential", np.log(2)), ("linear", 1.0)):
        decay = decay_table(kind, 10_000, shading)
        assert decay.table[0, int(10_000 * half) >> decay.shift] == pytest.approx(50, abs=1)
        assert decay.table[1, int(10_000 * half) >> decay.shift] == pytest.approx(150, abs=1)
    for kind in DECAYS:
        decay = decay_table(kind, 10_000, shading)
        assert decay.table[:, 0].tolist() == [100, 200]
        assert decay.table[:, -1].tolist() == [0, 0]
        assert (np.diff(decay.table[0].astype(int)) <= 0).all()


def test_bucket_values_lie_inside_their_bucket():
    values = bucket_values()
    used = np.flatnonzero(values)
    buckets = values[used].astype(np.float32).view(np.uint32) >> 18
    np.testing.assert_array_equal(buckets, used)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: decay_table("sharp", 10, SHADING), "exponential, linear, window"),
        (lambda: decay_table("window", 0, SHADING), "at least 1"),
        (lambda: decay_table("window", float("nan"), SHADING), "at least 1"),
        (lambda: decay_table("window", 2e9, SHADING), "18 minutes"),
        (lambda: Shading(levels=0, off=1, on=1), "levels"),
        (lambda: Shading(levels=100, off=1, on=200), "on"),
        (lambda: Intensity((1, 1), 0.5), "at least 1"),
        (lambda: Recency((0, 1)), "width and height"),
    ],
)
def test_wrong_parameters_are_refused_with_what_was_expected(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_pictures_are_drawn_into_memory_that_is_given():
    out = np.full((2, 3), 9, np.uint8)
    decay = decay_table("exponential", 1000, SHADING)
    assert Recency((3, 2)).frame(0, decay, out=out) is out
    assert not out.any()
    with pytest.raises(ValueError, match="shape"):
        Recency((3, 2)).frame(0, decay, out=np.zeros((3, 2), np.uint8))

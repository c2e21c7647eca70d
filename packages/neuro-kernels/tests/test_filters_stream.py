"""Filters that remember: each equals its reference, whatever the packets."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nk_support import cuts, event_lists, split

from neuro_kernels import EventError, Events, filters
from neuro_kernels.reference import filters as reference


def any_text(text) -> Any:
    """Hide from the type checker what the test is about."""
    return text


def fed(filter, events, places=()):
    """Everything that comes out of a filter for events cut at places."""
    parts = [filter.feed(part) for part in split(events, places)]
    if hasattr(filter, "finish"):
        parts.append(filter.finish())
    return Events.concatenate(parts)


windows = st.sampled_from([0, 1, 50, 1000, 2**40])


@given(event_lists(max_side=4), windows, cuts)
def test_refractory_equals_its_reference_in_any_packets(events, period, places):
    keep = reference.refractory(events.t, events.x, events.y, period, {})
    assert fed(filters.Refractory(events.size, period), events, places) == events[keep]


@given(
    event_lists(max_side=4),
    st.sampled_from(["trail", "stc_cut_trail", "stc_keep_trail"]),
    windows,
    cuts,
)
def test_bursts_equal_their_reference_in_any_packets(events, mode, threshold, places):
    keep = reference.bursts(events.t, events.x, events.y, events.p, mode, threshold, {})
    filter = filters.Bursts(events.size, mode, threshold_us=threshold)
    assert fed(filter, events, places) == events[keep]


@given(
    event_lists(max_side=3),
    st.sampled_from([(1.0, 1e6), (500.0, 20_000.0), (50.0, 520.0)]),
    st.booleans(),
    st.tuples(st.integers(0, 7), st.integers(0, 7)),
    cuts,
)
def test_flicker_equals_its_reference_in_any_packets(events, band, passing, counts, places):
    stop, start = sorted(counts)
    filter = filters.Flicker(
        events.size,
        low_hz=band[0],
        high_hz=band[1],
        mode="pass" if passing else "stop",
        start=start,
        stop=stop,
    )
    keep = reference.flicker(
        events.t,
        events.x,
        events.y,
        events.p,
        (filter.shortest_us, filter.longest_us),
        passing,
        start,
        stop,
        {},
    )
    assert fed(filter, events, places) == events[keep]


@given(event_lists(max_side=4), st.sampled_from([0.2, 0.5, 1.0, 3.0]), st.booleans(), cuts)
def test_saturated_lines_equal_their_reference_in_any_packets(events, ratio, rows, places):
    line, pixels = (events.y, events.width) if rows else (events.x, events.height)
    filter = filters.SaturatedLines(events.size, ratio, lines="row" if rows else "column")
    keep = reference.saturated_lines(line, int(ratio * pixels))
    assert fed(filter, events, places) == events[keep]


@given(event_lists(), st.sampled_from([1, 999, 10_000, 10**9]), windows, cuts)
def test_the_rate_limit_equals_its_reference_in_any_packets(events, rate, window, places):
    burst = min(max(1, rate * window // 1_000_000), 10**12)
    keep = reference.rate_limit(events.t, rate, burst)
    assert fed(filters.RateLimit(rate, window_us=window), events, places) == events[keep]


@given(event_lists(), cuts, st.randoms(use_true_random=False))
def test_a_remap_moves_pixels_and_drops_those_without_place(events, places, random):
    rng = np.random.default_rng(random.randrange(2**32))
    shape = (events.height, events.width)
    x, y = rng.integers(-1, 5, shape), rng.integers(-1, 4, shape)
    out = fed(filters.Remap(x, y, size=(4, 3)), events, places)
    new_x, new_y = x[events.y, events.x], y[events.y, events.x]
    inside = (new_x >= 0) & (new_x < 4) & (new_y >= 0) & (new_y < 3)
    assert out == Events(
        events.t[inside], new_x[inside], new_y[inside], events.p[inside], size=(4, 3)
    )


@given(event_lists(), cuts, st.integers(0, 2**32 - 1))
def test_a_mask_keeps_its_pixels(events, places, seed):
    mask = np.random.default_rng(seed).random((events.height, events.width)) < 0.5
    assert fed(filters.PixelMask(mask), events, places) == events[mask[events.y, events.x]]


def test_a_dropped_run_that_goes_on_stays_dropped():
    events = Events(range(9), [0] * 9, [1] * 8 + [0], [1] * 9, size=(3, 2))
    lines = filters.SaturatedLines(events.size, 1.0)
    for part in (events[:4], events[4:5], events[5:8]):
        assert not len(lines.feed(part))
    assert not len(lines.feed(events[8:]))
    assert lines.finish().t.tolist() == [8]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: filters.Refractory((4, 4), -1), "whole microseconds"),
        (lambda: filters.Bursts((4, 4), any_text("both"), threshold_us=1), "trail, stc_cut_trail"),
        (lambda: filters.Flicker((4, 4), low_hz=60, high_hz=50), "low_hz <= high_hz"),
        (lambda: filters.Flicker((4, 4), mode=any_text("drop")), "stop or pass"),
        (lambda: filters.Flicker((4, 4), start=9), "stop <= start <= 7"),
        (lambda: filters.SaturatedLines((4, 4), 0), "ratio above 0"),
        (lambda: filters.SaturatedLines((4, 4), 1, lines=any_text("diagonal")), "row or column"),
        (lambda: filters.RateLimit(0), "a rate from 1"),
        (lambda: filters.PixelMask(np.ones((2, 2))), "expected bool"),
        (lambda: filters.Remap(np.ones((2, 2)), np.ones((2, 3)), size=(2, 2)), "two maps"),
    ],
)
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises(EventError, match=message):
        make()


def test_events_of_another_sensor_are_refused():
    other = Events.empty((5, 5))
    for filter in (
        filters.Refractory((4, 4), 10),
        filters.SaturatedLines((4, 4), 0.5),
        filters.PixelMask(np.ones((4, 4), bool)),
        filters.Remap(np.zeros((4, 4)), np.zeros((4, 4)), size=(4, 4)),
    ):
        with pytest.raises(EventError, match="made for a sensor of 4x4"):
            filter.feed(other)

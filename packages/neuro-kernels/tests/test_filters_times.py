"""New times for events, and events by their times: each kernel equals its reference."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nk_support import event_lists

from neuro_kernels import EventError, Events, filters
from neuro_kernels.reference import filters as reference

factors = st.sampled_from([0.0, 0.5, 1.0, 2.0, 1 / 3, -1.5, 1e-9, 1e6, 1e300])


@given(event_lists(), factors, st.sampled_from([0, 17, -(2**40)]))
def test_stretched_times_are_those_of_the_reference(events, factor, origin):
    expected = reference.stretch_times(events.t, factor, origin)
    np.testing.assert_array_equal(filters.stretch_times(events.t, factor, origin=origin), expected)


@given(
    event_lists(),
    st.sampled_from([0, 1, 100, 2**31 - 1]),
    st.integers(0, 2**40),
    st.integers(-5, 2**64),
)
def test_jittered_times_are_those_of_the_reference(events, most, first, seed):
    moved = filters.jitter_times(events.t, most, first=first, seed=seed)
    np.testing.assert_array_equal(moved, reference.jitter_times(events.t, most, first, seed))
    assert (np.abs(moved - events.t) <= most).all()


@given(event_lists(), st.integers(0, 200))
def test_jitter_goes_on_where_a_stream_was_cut(events, place):
    place %= len(events) + 1
    parts = [
        filters.jitter_times(events.t[:place], 50, seed=7),
        filters.jitter_times(events.t[place:], 50, first=place, seed=7),
    ]
    whole = filters.jitter_times(events.t, 50, seed=7)
    np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_jitter_reaches_both_ends_about_equally_often():
    steps = filters.jitter_times(np.zeros(30_000, np.int64), 1, seed=5)
    counts = np.bincount(steps + 1, minlength=3)
    assert counts.min() > 9_700
    assert counts.max() < 10_300


@given(event_lists(), st.sampled_from([1, 10**4, 2**20, 2**55]))
def test_events_are_put_in_order_however_far_apart(events, factor):
    t = (events.t % 10_000) * factor
    events = events.replace(t=t)
    order = np.argsort(t, kind="stable")
    ordered = events.in_order()
    assert ordered == events[order]
    assert ordered.is_sorted


def test_the_ends_of_time_are_put_in_order():
    low, high = np.iinfo(np.int64).min, np.iinfo(np.int64).max
    events = Events([high, low, 0], [0, 1, 2], [0] * 3, [1] * 3, size=(3, 1))
    assert events.in_order().x.tolist() == [1, 2, 0]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: filters.stretch_times(t, float("nan")), "finite factor"),
        (lambda t: filters.jitter_times(t, -1), "whole microseconds"),
        (lambda t: filters.jitter_times(t, 2**31), "at most 2147483647"),
    ],
)
def test_what_cannot_be_is_refused(call, message):
    with pytest.raises(EventError, match=message):
        call(np.zeros(3, np.int64))


def test_replaced_columns_are_checked_and_the_others_shared():
    events = Events([1, 2], [0, 3], [0, 1], [1, 0], size=(4, 2), t0=9)
    assert events.is_sorted
    moved = events.replace(x=[3, 0])
    assert moved == Events([1, 2], [3, 0], [0, 1], [1, 0], size=(4, 2), t0=9)
    assert moved.t is events.t
    assert not events.replace(t=[2, 1]).is_sorted
    assert not moved.x.flags.writeable
    for wrong, message in (
        ({"x": [4, 0]}, "column x"),
        ({"size": (3, 2)}, "column x"),
        ({"p": [1, 2]}, "column p"),
        ({"t": [1]}, "differ in length"),
        ({"t": [0.5, 1.5]}, "expected int64"),
    ):
        with pytest.raises(EventError, match=message):
            events.replace(**wrong)

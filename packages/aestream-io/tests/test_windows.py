"""Windows of streams: their places must not depend on the packets."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aestream_io.sources import AdaptedSource
from aestream_io.windows import Windower, windows
from neuro_kernels import EventError, Events

SIZE = (4, 4)


def make(t):
    n = len(t)
    index = np.arange(n)  # tells the events apart
    return Events(np.asarray(t, np.int64), index % 4, index // 4 % 4, index % 2, size=SIZE)


@st.composite
def streams(draw, max_events=60):
    """Event times with gaps, coincidences and, at times, steps back; and cuts into packets."""
    steps = draw(
        st.lists(
            st.one_of(st.integers(0, 3), st.integers(0, 60), st.integers(-5, 0)),
            max_size=max_events,
        )
    )
    t = draw(st.integers(-100, 100)) + np.cumsum([0, *steps])[: len(steps)]
    cuts = draw(st.lists(st.integers(0, len(steps)), max_size=8).map(sorted))
    events = make(t)
    packets = [events[a:b] for a, b in zip([0, *cuts], [*cuts, len(t)], strict=True)]
    return events, packets


def naive(events, duration, count, start):
    """The definition, event by event."""
    begin, latest, held, out = start, None, [], []
    for i, t in enumerate(events.t.tolist()):
        latest = t if latest is None else max(latest, t)
        if start is not None and latest < start:
            continue
        if begin is None:
            begin = latest
        while duration is not None and latest >= begin + duration:
            out.append(held)
            held, begin = [], begin + duration
        held.append(i)
        if count is not None and len(held) == count:
            out.append(held)
            held, begin = [], latest
    return [events[w] if w else events[:0] for w in ([*out, held] if held else out)]


durations = st.one_of(st.none(), st.integers(1, 40))
counts = st.one_of(st.none(), st.integers(1, 12))


@given(streams(), durations, counts, st.one_of(st.none(), st.integers(-120, 120)))
@settings(deadline=None, max_examples=400)
def test_windows_match_the_definition_for_any_packets(stream, duration, count, start):
    events, packets = stream
    if duration is None and count is None:
        duration = 10
    got = list(windows(packets, duration_us=duration, count=count, start_us=start))
    assert got == naive(events, duration, count, start)


@given(streams())
@settings(deadline=None)
def test_windows_lose_and_repeat_nothing(stream):
    events, packets = stream
    for options in ({"duration_us": 7}, {"count": 3}, {"duration_us": 9, "count": 2}):
        got = list(windows(packets, **options))
        assert Events.concatenate([*got, events[:0]]) == events


def test_duration_windows_are_half_open_and_keep_silence():
    got = list(windows([make([0, 9, 10, 19, 45])], duration_us=10))
    assert [w.t.tolist() for w in got] == [[0, 9], [10, 19], [], [], [45]]


def test_a_full_window_is_given_at_once():
    cutter = Windower(count=2)
    assert [len(w) for w in cutter.feed(make([1, 2]))] == [2]
    assert list(cutter.finish()) == []


def test_whichever_comes_first_ends_a_window():
    got = list(windows([make([0, 1, 2, 3, 20, 21])], duration_us=10, count=3))
    assert [w.t.tolist() for w in got] == [[0, 1, 2], [3], [20, 21]]


@pytest.mark.parametrize("size", [SIZE, (1280, 720)])
def test_a_window_inside_one_packet_is_a_view(size):
    events = Events([0, 1, 2, 10], [0] * 4, [0] * 4, [1] * 4, size=size)
    first, *_ = windows([events], duration_us=5)
    assert np.shares_memory(first.t, events.t)
    assert first.size == size


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "give duration_us, count, or both"),
        ({"duration_us": 0}, "duration_us: expected a whole number from 1"),
        ({"count": 1.5}, "count: expected a whole number from 1"),
    ],
)
def test_bad_windows_are_refused_before_anything_is_read(options, message):
    source = AdaptedSource(iter([]), size=SIZE)
    with pytest.raises(EventError, match=message):
        source.windows(**options)
    with pytest.raises(EventError, match=message):
        source.frames(**options)

"""Windows of streams: their places must not depend on the packets."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import aestream_io
from aestream_io.sources import AdaptedSource
from aestream_io.windows import Windower, spans, windows
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


@given(streams(), durations, counts, st.none() | st.integers(-120, 120))
@settings(deadline=None)
def test_spans_touch_and_hold_their_events(stream, duration, count, start):
    if duration is None and count is None:
        count = 3
    _, packets = stream
    cut = list(spans(packets, duration_us=duration, count=count, start_us=start))
    assert all(w.size == SIZE and all(len(part) for part in w.parts) for w in cut)
    assert [w.events for w in cut] == list(
        windows(packets, duration_us=duration, count=count, start_us=start)
    )
    for window, following in itertools.pairwise(cut):
        assert following.begin_us in (window.end_us, window.end_us - 1)
    for window in cut:
        assert window.begin_us < window.end_us
        assert len(window.events) == 0 or window.events.t.max() < window.end_us
        if duration is not None:
            assert window.end_us - window.begin_us <= duration


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def test_windows_close_by_the_clock_while_nothing_comes():
    clock = Clock()
    got = []

    def packets():
        yield make([100, 105])
        clock.now = 0.000_004
        yield Events.empty(SIZE)
        assert got == []
        clock.now = 0.000_005  # event time 110 by now: the first window is over
        yield Events.empty(SIZE)
        assert got == [(100, [100, 105])]
        clock.now = 0.000_026
        yield Events.empty(SIZE)
        assert got[1:] == [(110, []), (120, [])]
        yield make([118, 133])  # one event comes late, the other in its time
        yield make([141])
        clock.now = 1.0
        yield make([142])  # while events come, they alone tell the time

    for window in spans(packets(), duration_us=10, clock=clock):
        got.append((window.begin_us, window.events.t.tolist()))
    assert got[3:] == [(130, [118, 133]), (140, [141, 142])]


@given(streams(), st.integers(1, 40))
@settings(deadline=None)
def test_a_clock_that_stands_still_changes_nothing(stream, duration):
    _, packets = stream
    silent = [p for packet in packets for p in (packet, Events.empty(SIZE))]
    by_clock = spans(silent, duration_us=duration, clock=lambda: 0.0)
    expected = spans(packets, duration_us=duration)
    for window, other in itertools.zip_longest(by_clock, expected):
        assert (window.begin_us, window.end_us) == (other.begin_us, other.end_us)
        assert window.events == other.events


def test_live_windows_of_a_silent_network_source_end():
    events = make(np.arange(10) * 100)
    with aestream_io.open("udp:127.0.0.1:0?size=4x4&timeout=20s") as source:
        aestream_io.route(events, f"udp:127.0.0.1:{source.port}")
        stream = source.windows(duration_us=20_000)
        assert next(stream) == events
        assert len(next(stream)) == 0, "the sender has fallen silent, and time goes on"
        aestream_io.route(make([905]), f"udp:127.0.0.1:{source.port}")
        while len(late := next(stream)) == 0:
            pass
        assert late.t.tolist() == [905]

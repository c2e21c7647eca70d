from itertools import pairwise

import numpy as np
import pytest
from fae_support import cuts, event_lists, moving_edge, stream_of
from hypothesis import given, settings
from hypothesis import strategies as st

from faery_cli import UsageError
from faery_cli.registry import stages
from faery_cli.stages.cut import PATIENCE
from faery_cli.units import Duration
from neuro_kernels import Events

# A chain for each stage from events to events; the test below fails when one is missing.
CHAINS = {
    "anti-flicker": [("anti-flicker", ("100Hz", "2kHz")), ("anti-flicker", (1, 1e5))],
    "chunks": [("chunks", (7,))],
    "downsample": [("downsample", (2,))],
    "jitter": [],  # needs events in order of time: tested below
    "label": [("label", (np.arange(200) % 3, 1))],
    "lines": [("lines", (0.5,)), ("lines", (0.3, "column"))],
    "map": [("map", (lambda events: events[events.p == 1],))],
    "mask": [],  # needs a picture of the sensor's size: tested below
    "merge": [],  # needs events in order of time: tested below
    "polygon": [("polygon", (((0, 0), (9, 1), (4, 9)),))],
    "rate-limit": [("rate-limit", (1000, "5ms"))],
    "refractory": [("refractory", ("4ms",))],
    "shift": [("shift", ("-3ms",))],
    "stretch": [("stretch", (2.5,))],
    "tap": [("tap", ("10ms",))],
    "trail": [("trail", ("stc_keep_trail", "5ms")), ("trail", ("trail",))],
    "undistort": [("undistort", (8, 8, 4, 4))],
    "crop": [("crop", (1, None, 0, 2))],
    "cut": [("cut", (0.01, 0.1)), ("cut", (0.02, None)), ("cut", (None, 0.05, True))],
    "denoise": [("denoise", ("5ms",))],
    "event-slice": [("event-slice", (5, 50))],
    "flip": [("flip", ("left-right",)), ("flip", ("other-diagonal",))],
    "hot-pixels": [("hot-pixels", (1.5,)), ("hot-pixels", (1.5, "20ms"))],
    "pace": [("pace", (1e9,))],
    "packet-slice": [],  # needs regularize before it: tested below
    "polarity": [("polarity", ("on",)), ("polarity", ("invert",))],
    "regularize": [("regularize", (100,))],
    "rotate": [("rotate", ("clockwise",))],
    "time-slice": [("time-slice", (0.01, 0.1, True))],
}


def test_each_stage_of_events_has_a_chain_here():
    known = {e.name for e in stages() if (e.takes, e.gives) == ("events", "events")}
    assert known == set(CHAINS)


def applied(stream, name, values):
    if name == "hot-pixels" and len(values) == 2:
        return stream.then(name, values[0], learn=values[1])
    if name in ("cut", "time-slice") and len(values) == 3:
        return stream.then(name, *values[:2], zero=values[2])
    return stream.then(name, *values)


@pytest.mark.parametrize(
    ("name", "values"), [pytest.param(*c, id=c[0]) for v in CHAINS.values() for c in v]
)
@settings(deadline=None, max_examples=40)
@given(events=event_lists(), places=cuts, again=st.booleans())
def test_the_result_never_depends_on_packets_nor_on_reading_twice(
    name, values, events, places, again
):
    whole = applied(stream_of(events), name, values).events()
    parts = applied(stream_of(events, places, again=again), name, values).events()
    assert parts == whole


@settings(deadline=None, max_examples=40)
@given(event_lists(), cuts, st.sampled_from([50.0, 333.3]))
def test_regular_packets_do_not_depend_on_the_packets_that_came(events, places, rate):
    chain = [stream_of(events, p).regularize(rate).packet_slice(0, 40) for p in ((), places)]
    whole, parts = ([(p.begin_us, p.end_us, p.events) for p in s.run()] for s in chain)
    assert parts == whole


@settings(deadline=None)
@given(event_lists(sorted_time=True), st.sampled_from([50.0, 333.3]))
def test_regular_packets_cover_time_without_gaps(events, rate):
    packets = list(stream_of(events).regularize(rate).run())
    assert sum(len(p.events) for p in packets) == len(events)
    for k, packet in enumerate(packets):
        assert packet.begin_us == int(events.t[0]) + int(k * 1e6 / rate + 0.5)
        assert all(packet.begin_us <= t < packet.end_us for t in packet.events.t)
    for before, after in pairwise(packets):
        assert before.end_us == after.begin_us


@settings(deadline=None, max_examples=40)
@given(event_lists(), cuts, st.integers(-20_000, 200_000))
def test_a_regular_stream_may_begin_at_a_given_moment(events, places, after):
    start = (int(events.t[0]) if len(events) else 0) + after
    pair = [
        stream_of(events, p).then("regularize", 200, start=Duration(start)).events()
        for p in ((), places)
    ]
    assert pair[0] == pair[1]
    if len(pair[0]):
        first = int(np.argmax(events.t >= start))
        assert pair[0] == events[first:]


def test_an_event_that_comes_late_stays_in_the_current_packet():
    events = Events([0, 12_000, 8_000, 21_000], [0] * 4, [0] * 4, [1] * 4, size=(1, 1))
    packets = [e.t.tolist() for e in stream_of(events).regularize("100Hz")]
    assert packets == [[0], [12_000, 8_000], [21_000]]


def test_crop_keeps_the_rectangle_and_moves_its_corner():
    events = moving_edge()
    kept = stream_of(events).crop(5, 20, 3, 9).events()
    inside = (events.x >= 5) & (events.x < 20) & (events.y >= 3) & (events.y < 9)
    assert kept.size == (15, 6)
    np.testing.assert_array_equal(kept.x, events.x[inside] - 5)
    np.testing.assert_array_equal(kept.y, events.y[inside] - 3)
    np.testing.assert_array_equal(kept.t, events.t[inside])


def test_cut_counts_from_the_first_event_and_time_slice_by_the_clock():
    events = Events([1000, 1500, 2000, 2500], [0] * 4, [0] * 4, [1] * 4, size=(1, 1), t0=7)
    assert stream_of(events).cut("500us", "1500us").events().t.tolist() == [1500, 2000]
    assert stream_of(events).time_slice("1500us", "2ms").events().t.tolist() == [1500]
    zeroed = stream_of(events).cut("500us", None, zero=True).events()
    assert zeroed.t.tolist() == [0, 500, 1000]
    assert zeroed.t0 == 1507


def test_cut_stops_reading_after_many_events_past_the_end_but_not_after_one_wrong_time():
    n = PATIENCE + 10
    t = np.concatenate([[0, 10**9, 5], np.full(n, 10**8), [6], np.full(n, 10**8)])
    events = Events(t, [0] * len(t), [0] * len(t), [1] * len(t), size=(1, 1))
    stream = stream_of(events, [2, 500, PATIENCE + 5]).cut(0, 1)
    assert stream.events().t.tolist() == [0, 5]
    with stream.run() as run:
        list(run)
    assert run.reports[0].events_out < len(events)


def test_an_endless_stream_ends_at_the_cut():
    class Endless:
        def __iter__(self):
            k = 0
            while True:
                yield Events([k], [0], [0], [1], size=(1, 1))
                k += 100_000

        def __getitem__(self, _):
            return Events.empty((1, 1))

    from fae_support import Packets

    from faery_cli import Stream

    source = Packets(Endless(), again=False, finite=False)
    stream = Stream(source).cut(0, 1)
    assert stream.shape.finite
    source.opened = 0
    assert len(stream.events()) == 10


@pytest.mark.parametrize(
    ("way", "picture"),
    [
        # The letter F in a 3x5 picture, and what the screen shows after the turn.
        (("flip", "left-right"), ["###", "..#", ".##", "..#", "..#"]),
        (("flip", "top-bottom"), ["#..", "#..", "##.", "#..", "###"]),
        (("flip", "main-diagonal"), ["#####", "#.#..", "#...."]),
        (("flip", "other-diagonal"), ["....#", "..#.#", "#####"]),
        (("rotate", "clockwise"), ["#####", "..#.#", "....#"]),
        (("rotate", "counterclockwise"), ["#....", "#.#..", "#####"]),
        (("rotate", "half"), ["..#", "..#", ".##", "..#", "###"]),
    ],
)
def test_turns_are_named_by_what_the_screen_shows(way, picture):
    letter = np.array([[c == "#" for c in row] for row in ["###", "#..", "##.", "#..", "#.."]])
    y, x = np.nonzero(letter)
    events = Events([0] * len(x), x, y, [1] * len(x), size=(3, 5))
    turned = stream_of(events).then(*way).events()
    shown = np.full(turned.size[::-1], ".")
    shown[turned.y, turned.x] = "#"
    assert ["".join(row) for row in shown] == picture


def test_hot_pixels_removes_the_hot_one_and_reads_a_file_twice():
    events = moving_edge()
    stream = stream_of(events, [100, 2000])
    clean = stream.hot_pixels(3).events()
    assert not ((clean.x == 7) & (clean.y == 5)).any()
    assert len(events) - len(clean) < 600
    assert stream.source.opened == 2


def test_two_stages_that_learn_read_a_file_three_times():
    stream = stream_of(moving_edge(), [100, 2000])
    twice = stream.hot_pixels(3).crop(0, 20, 0, 30).hot_pixels(2)
    whole = stream_of(moving_edge()).hot_pixels(3).crop(0, 20, 0, 30).hot_pixels(2)
    assert twice.events() == whole.events()
    assert stream.source.opened == 3


@pytest.mark.parametrize(
    ("chain", "message"),
    [
        (lambda s: s.crop(5, 3, 0, 2), "left < right"),
        (lambda s: s.crop(0, 100, 0, 2), "<= 40 \\(the width\\)"),
        (lambda s: s.crop(0, 10, 0), None),
        (lambda s: s.cut(1, 0.5), "end must come after"),
        (lambda s: s.packet_slice(0, 2), "after regularize"),
        (lambda s: s.event_slice(5, 2), "start <= end"),
        (lambda s: s.hot_pixels(-1), "above zero"),
        (lambda s: s.denoise(0), "at least 1us"),
        (lambda s: s.polarity("up"), "unknown polarity 'up'"),
        (lambda s: s.polarity(), "which is missing"),
        (lambda s: s.crop(1, 2, 3, 4, 5), "at most 4"),
        (lambda s: s.crop(left=1, lefft=2), "did you mean 'left'"),
        (lambda s: s.crop(1, left=1), "twice"),
        (lambda s: s.scale(2), "put render before"),
        (lambda s: s.render().crop(0, 1), "put it before render"),
        (lambda s: s.then("crpo"), "did you mean 'crop'"),
        (lambda s: s.render(levels=0), "1 to 125"),
        (lambda s: s.render(tau="2h"), "1us to 1min"),
        (lambda s: s.render(speed=1e-9), "closer than 1us"),
    ],
)
def test_wrong_values_are_refused_with_what_was_expected(chain, message):
    stream = stream_of(moving_edge())
    if message is None:
        chain(stream).events()
        return
    with pytest.raises(UsageError, match=message):
        chain(stream).run()


def test_an_endless_stream_needs_a_time_to_count_hot_pixels():
    stream = stream_of(moving_edge(), finite=False)
    with pytest.raises(UsageError, match="--learn"):
        stream.hot_pixels(3).run()


def test_events_of_an_endless_stream_are_refused():
    with pytest.raises(UsageError, match="never ends"):
        stream_of(moving_edge(), finite=False).events()


def test_a_stream_says_what_it_is_and_which_method_was_meant():
    stream = stream_of(moving_edge()).crop(0, 10, 0, 10).render(fps=10)
    assert repr(stream).startswith("<Stream packets : crop ")
    assert " : render --fps 10Hz>" in repr(stream)
    with pytest.raises(AttributeError, match="no attribute 'crpo'; did you mean 'crop'"):
        stream.crpo(1)
    assert not hasattr(stream, "__array__")

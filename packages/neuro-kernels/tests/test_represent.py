import itertools

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
    # Arrays of their own, so that a step past the end of one is seen by the sanitizers.
    got = np.zeros((2, height, width), np.float32)
    expected = np.zeros((2, height, width), np.float32)
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


POLARITIES = {"split": (1, 1), "merged": (1, 1), "signed": (-1, 1)}


@given(event_lists(), st.sampled_from(sorted(POLARITIES)))
def test_polarities_are_split_merged_or_signed(events, polarity):
    off, on = POLARITIES[polarity]
    planes = 2 if polarity == "split" else 1
    expected = np.zeros((planes, events.height, events.width), np.float32)
    reference.accumulate(events.x, events.y, events.p, expected, off=off, on=on)
    np.testing.assert_array_equal(represent.histogram(events, polarity=polarity), expected)
    if polarity != "signed":
        marked = represent.binary(events, polarity=polarity)
        np.testing.assert_array_equal(marked, np.minimum(expected, 1))


@given(
    event_lists(max_side=5),
    st.integers(1, 6),
    st.sampled_from(sorted(POLARITIES)),
    st.none() | st.tuples(st.integers(-50, 3000), st.integers(0, 9000)),
)
def test_the_voxel_grid_is_that_of_the_reference(events, bins, polarity, span):
    off, on = POLARITIES[polarity]
    span_us = None if span is None else (span[0], span[0] + span[1])
    begin, end = span_us or ((int(events.t.min()), int(events.t.max())) if len(events) else (0, 0))
    shape = (bins, events.height, events.width)
    expected = np.zeros((2, *shape) if polarity == "split" else shape)
    scale = (bins - 1) / (end - begin) if end > begin else 0.0
    assert (
        reference.voxel_grid(*columns(events), expected, start=begin, scale=scale, off=off, on=on)
        == 0
    )
    got = represent.voxel_grid(events, bins, span_us=span_us, polarity=polarity)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, expected, atol=1e-4, rtol=1e-5)


@given(st.lists(int64, min_size=1, max_size=20), int64, st.floats(1e-9, 1e3), st.integers(1, 5))
def test_voxel_grids_hold_at_any_time(times, start, scale, bins):
    t = np.array(times, np.int64)
    zero, p = np.zeros(len(t), np.uint16), np.ones(len(t), np.uint8)
    got = np.zeros((bins, 1, 1), np.float32)
    _kernels.voxel_grid(t, zero, zero, p, got, 1, 1, 0, bins, start, scale, 1.0, 1.0)
    expected = np.zeros((bins, 1, 1))
    reference.voxel_grid(t, zero, zero, p, expected, start=start, scale=scale, off=1, on=1)
    np.testing.assert_allclose(got, expected, atol=1e-3)


def test_many_events_fill_whole_blocks_and_outsiders_are_counted_there_too():
    rng = np.random.default_rng(4)
    n = 5000
    t = np.sort(rng.integers(0, 10**6, n))
    x, y = rng.integers(0, 50, (2, n)).astype(np.uint16)
    y[1700:1710] = 50
    p = rng.integers(0, 2, n).astype(np.uint8)
    got, expected = np.zeros((2, 4, 50, 50), np.float32), np.zeros((2, 4, 50, 50))
    scale = 3 / 10**6
    outside = _kernels.voxel_grid(t, x, y, p, got, 50, 50, 10_000, 4, 0, scale, 1.0, 1.0)
    assert outside == 10
    reference.voxel_grid(t, x, y, p, expected, start=0, scale=scale, off=1, on=1)
    np.testing.assert_allclose(got, expected, atol=1e-4)
    frame, counts = np.zeros((2, 2, 50, 50), np.float32)
    assert _kernels.accumulate(t, x, y, p, frame, 50, 50, 2500, 2.0, 3.0) == 10
    reference.accumulate(x, y, p, counts, off=2, on=3)
    np.testing.assert_array_equal(frame, counts)
    frame.fill(0)
    assert _kernels.mark_places(t, x, y, p, frame, 50, 50, 2500) == 10
    np.testing.assert_array_equal(frame, counts > 0)


@given(event_lists(max_side=6), st.integers(1, 5), st.none() | st.integers(1, 4000))
def test_stacked_histograms_count_each_slice(events, bins, duration):
    begin = int(events.t.min()) if len(events) else 0
    latest = np.maximum.accumulate(events.t) if len(events) else events.t
    end = begin + duration if duration else (int(latest.max()) if len(events) else 0) + 1
    span_us = (begin, end) if duration else None
    stack = represent.stacked_histogram(events, bins, span_us=span_us)
    assert stack.shape == (bins, 2, events.height, events.width)
    for k in range(bins):
        inside = (latest - begin) * bins // (end - begin) == k
        np.testing.assert_array_equal(stack[k], represent.histogram(events[inside]))


@given(event_lists(max_side=6), st.floats(1e-3, 1e6))
def test_a_surface_painted_in_order_of_time_is_the_surface_fed(events, tau_us):
    order = np.argsort(events.t, kind="stable")
    sorted_ = Events(*(c[order] for c in columns(events)), size=events.size)
    surface = represent.DecaySurface(events.size, tau_us)
    surface.feed(events)
    t_us = int(events.t.max()) if len(events) else 0
    np.testing.assert_array_equal(represent.decay_surface(sorted_, tau_us), surface.frame(t_us))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda e: represent.histogram(e, polarity="both"), "expected one of split, merged, sig"),
        (lambda e: represent.binary(e, polarity="signed"), "expected one of split, merged, got"),
        (lambda e: represent.voxel_grid(e, 0), "bins: expected a whole number from 1, got 0"),
        (lambda e: represent.stacked_histogram(e, 2.5), "bins: expected a whole number"),
        (lambda e: represent.voxel_grid(e, 2, span_us=(5, 4)), r"expected \(begin, end\)"),
        (lambda e: represent.voxel_grid(e, 2, out=np.zeros((3, 3, 4), np.float32)), "out: exp"),
    ],
)
def test_representations_that_cannot_be_are_refused(call, message):
    with pytest.raises(EventError, match=message):
        call(Events.empty((4, 3)))


def test_kernels_refuse_arrays_that_are_too_small():
    t, x, p = np.zeros(1, np.int64), np.zeros(1, np.uint16), np.zeros(1, np.uint8)
    out = np.zeros(8, np.float32)
    with pytest.raises(ValueError, match="smaller than the frame"):
        _kernels.accumulate(t, x, x, p, out, 3, 3, 0, 1.0, 1.0)
    with pytest.raises(ValueError, match="smaller than the frame"):
        _kernels.mark_places(t, x, x, p, out, 2, 2, 5)
    with pytest.raises(ValueError, match="bins do not fit"):
        _kernels.voxel_grid(t, x, x, p, out, 2, 2, 4, 2, 0, 1.0, 1.0, 1.0)
    with pytest.raises(ValueError, match="smaller than the frame"):
        _kernels.voxel_grid(t, x, x, p, out, 2, 2, 0, 3, 0, 1.0, 1.0, 1.0)


@st.composite
def rules(draw):
    """A window rule with at least one limit, and perhaps a start."""
    duration = draw(st.none() | st.integers(1, 60) | st.integers(1000, 10**6))
    count = draw(st.none() | st.integers(1, 20) | st.integers(60, 140))
    if duration is None and count is None:
        count = 7
    return duration, count, draw(st.none() | st.integers(-120, 3000))


def run_cutter(cutter, events, places):
    """Feed parts of a recording; return the frames with their spans."""
    out, frame = [], cutter.empty()
    for part in split(events, places):
        row = 0
        while True:
            row, span = cutter.add(part, row, len(part), frame)
            if span is None:
                assert row == len(part)
                break
            out.append((*span, frame))
            frame = cutter.empty()
    if span := cutter.finish():
        out.append((*span, frame))
    return out


@given(
    st.lists(st.integers(0, 3) | st.integers(0, 60) | st.integers(-5, 0), max_size=60),
    st.integers(1, 6),
    cuts,
    rules(),
)
def test_frames_are_cut_as_the_reference_says(steps, repeat, places, rule):
    duration, count, start = rule
    t = np.cumsum(np.array(steps * repeat, np.int64))
    k = np.arange(len(t))
    events = Events(t, k % 5, k // 5 % 3, k % 2, size=(5, 3))
    cutter = represent.FrameCutter((5, 3), duration_us=duration, count=count, start_us=start)
    got = run_cutter(cutter, events, places)
    expected = reference.cut(t.tolist(), duration=duration, count=count, start=start)
    assert [window[:2] for window in got] == [window[:2] for window in expected]
    for (*_, frame), (*_, index) in zip(got, expected, strict=True):
        chosen = np.zeros(len(t), bool)
        chosen[index] = True
        np.testing.assert_array_equal(frame, represent.histogram(events[chosen]))


def test_cut_frames_may_mark_and_merge_and_refuse_what_cannot_be():
    events = Events([1, 2, 3], [0, 0, 1], [0, 0, 0], [1, 0, 1], size=(2, 1))
    cutter = represent.FrameCutter((2, 1), count=3, mark=True, polarity="merged")
    ((begin, end, frame),) = run_cutter(cutter, events, [])
    assert (begin, end, frame.tolist()) == (1, 4, [[[1, 1]]])
    with pytest.raises(EventError, match="give duration_us, count, or both"):
        represent.FrameCutter((2, 1))
    with pytest.raises(EventError, match="count: expected a whole number from 1"):
        represent.FrameCutter((2, 1), count=0)
    with pytest.raises(EventError, match="1 events lie outside"):
        represent.FrameCutter((1, 1), count=9).add(events, 0, 3, np.zeros((2, 1, 1), np.float32))
    with pytest.raises(ValueError, match="rows lie outside"):
        cutter.add(events, 2, 4, frame)


@given(event_lists(), cuts, st.sampled_from(["split", "merged", "signed"]), st.booleans())
def test_a_counter_gives_the_frames_of_the_parts(events, places, polarity, mark):
    if mark and polarity == "signed":
        with pytest.raises(EventError, match="polarity: expected one of split, merged"):
            represent.FrameCounter(events.size, polarity=polarity, mark=mark)
        return
    counter = represent.FrameCounter(events.size, polarity=polarity, mark=mark)
    make = represent.binary if mark else represent.histogram
    for _ in range(2):
        for part in split(events, places):
            counter.add(part)
        np.testing.assert_array_equal(counter.take(), make(events, polarity=polarity))
    assert not counter.take().any()


@pytest.mark.parametrize("n", [255, 256, 257, 1023, 100_000])
def test_counts_beyond_a_byte_are_kept(n):
    k = np.arange(n)
    events = Events(k, k % 7 // 6, np.zeros(n, int), k % 3 // 2, size=(2, 1))
    expected = represent.histogram(events)
    for polarity, frame in (
        ("split", expected),
        ("merged", expected.sum(0, keepdims=True)),
        ("signed", expected[1:] - expected[:1]),
    ):
        counter = represent.FrameCounter((2, 1), polarity=polarity)
        for part in events.chunks(100):
            counter.add(part)
        np.testing.assert_array_equal(counter.take(), frame)
    counter = represent.FrameCounter((2, 1), mark=True)
    counter.add(events)
    np.testing.assert_array_equal(counter.take(), expected > 0)


def test_large_frames_are_counted_as_small_ones():
    rng = np.random.default_rng(2)
    n, size = 60_000, (700, 500)
    columns = np.arange(n), rng.integers(0, 700, n), rng.integers(0, 500, n), rng.integers(0, 2, n)
    # One pixel fires often enough to pass what a byte holds.
    columns[1][:3000] = columns[2][:3000] = 5
    events = Events(*columns, size=size)
    expected = np.zeros((2, 500, 700), np.float32)
    np.add.at(expected, (events.p, events.y, events.x), 1)
    out = np.full((2, 500, 700), 9, np.float32)
    assert represent.histogram(events, out=out) is out
    np.testing.assert_array_equal(out, expected)
    np.testing.assert_array_equal(represent.histogram(events), expected)
    signed = represent.histogram(events, polarity="signed")
    np.testing.assert_array_equal(signed, expected[1:] - expected[:1])
    np.testing.assert_array_equal(represent.binary(events), expected > 0)
    outside = Events(*columns, size=(701, 500))
    counter = represent.FrameCounter(size)
    counter.add(outside)
    columns[1][7] = 700
    with pytest.raises(EventError, match="1 events lie outside"):
        counter.add(Events(*columns, size=(701, 500)))


def test_frames_that_are_held_are_not_written_again():
    n, size = 60_000, (700, 500)
    events = Events(np.arange(n), np.arange(n) % 700, np.zeros(n, int), np.ones(n, int), size=size)
    kept = represent.histogram(events)
    before = kept.copy()
    for _ in range(3):
        represent.histogram(events[: n // 2])
    np.testing.assert_array_equal(kept, before)


@given(
    st.lists(st.integers(0, 3) | st.integers(0, 60) | st.integers(-5, 0), max_size=60),
    st.integers(1, 300),
    cuts,
    rules(),
)
def test_windows_are_cut_as_the_reference_says(steps, repeat, places, rule):
    duration, count, start = rule
    t = np.cumsum(np.array(steps * repeat, np.int64))
    cutter = represent.WindowCutter(duration_us=duration, count=count, start_us=start)
    edges = [0, *sorted(min(place, len(t)) for place in places), len(t)]
    got, rows = [], []
    for a, b in itertools.pairwise(edges):
        row, span = a, None
        while row < b or span is not None:
            first, row, span = cutter.cut(t, row, b)
            rows.extend(range(first, row))
            if span is not None:
                got.append((*span, rows))
                rows = []
    if span := cutter.finish():
        got.append((*span, rows))
    assert got == [
        (begin, end, list(index))
        for begin, end, index in reference.cut(
            t.tolist(), duration=duration, count=count, start=start
        )
    ]

"""Words of the DAVIS cameras, there and back, cut anywhere, damaged, and after gaps."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw_drivers.columns import Columns
from hw_drivers.words.davis import DavisStream, DavisWriter
from hw_drivers.words.inivation import Orientation
from neuro_kernels import Events

SIZE = (346, 260)


def columns_of(seed, n=2000, span_us=200_000, start_us=0):
    random = np.random.default_rng(seed)
    t = np.sort(random.integers(start_us, start_us + span_us, n))
    x, y = random.integers(0, SIZE[0], n), random.integers(0, SIZE[1], n)
    p = random.integers(0, 2, n)
    return Columns(t, x.astype(np.uint16), y.astype(np.uint16), p.astype(np.uint8))


def as_events(columns):
    return Events(columns.t, columns.x, columns.y, columns.p, size=SIZE)


def joined(decoded):
    return Events.concatenate([Events.empty(SIZE), *(d.events for d in decoded)])


@pytest.mark.parametrize("invert", [False, True])
def test_events_there_and_back(invert):
    columns = columns_of(1)
    data = DavisWriter(invert_xy=invert).events(columns).tobytes()
    stream = DavisStream(SIZE, events=Orientation(invert_xy=invert))
    assert stream.feed(data).events == as_events(columns)
    assert stream.report.events == 2000
    assert stream.report.bytes_read == len(data)


@given(seed=st.integers(0, 50), cuts=st.lists(st.integers(0, 8000), max_size=6))
def test_cutting_changes_nothing(seed, cuts):
    columns = columns_of(seed)
    data = DavisWriter().events(columns).tobytes()
    edges = [0, *sorted(min(c, len(data)) for c in cuts), len(data)]
    stream = DavisStream(SIZE)
    parts = [stream.feed(data[a:b]) for a, b in itertools.pairwise(edges)]
    assert joined(parts) == as_events(columns)


def test_silence_of_many_wraps_counts_them_all():
    times = [5, 40 * 0x8000 + 7, 41 * 0x8000, 4000 * 0x8000]
    columns = Columns(np.array(times), *(np.zeros(4, d) for d in (np.uint16, np.uint16, np.uint8)))
    data = DavisWriter().events(columns).tobytes()
    assert DavisStream(SIZE).feed(data).events.t.tolist() == times


@given(data=st.binary(max_size=400))
def test_arbitrary_bytes_never_raise_and_time_never_steps_back(data):
    stream = DavisStream(SIZE)
    reset = 1 in np.frombuffer(data[: len(data) & ~1], "<u2")  # the clock may start again
    parts = [stream.feed(data[:100]), stream.feed(data[100:], after_gap=len(data) % 2 == 0)]
    for part in parts:
        assert part.events.is_sorted or reset
        assert (part.events.x < SIZE[0]).all()
        assert (part.events.y < SIZE[1]).all()


def test_outside_events_are_left_out_and_counted():
    words = np.array([0x8001, 0x1000 | 260, 0x3001, 0x1001, 0x3000 | 346, 0x3000 | 345], "<u2")
    stream = DavisStream(SIZE)
    assert stream.feed(words.tobytes()).events.x.tolist() == [345]
    assert stream.report.out_of_range == 2


@pytest.mark.parametrize("seed", range(6))
def test_after_a_gap_only_right_events_are_delivered(seed):
    columns = columns_of(seed, span_us=0x7000)  # no wrap: its loss could not be known
    truth = set(zip(*(getattr(columns, c).tolist() for c in "txyp"), strict=True))
    words = DavisWriter().events(columns)
    random = np.random.default_rng(seed)
    for _ in range(20):
        stop, start = np.sort(random.integers(0, len(words), 2))
        stream = DavisStream(SIZE)
        parts = [stream.feed(words[:stop].tobytes())]
        parts.append(stream.feed(words[start:].tobytes(), after_gap=True))
        got = joined(parts)
        assert set(zip(*(getattr(got, c).tolist() for c in "txyp"), strict=True)) <= truth


def imu_words(raw, *, scale=0b1110_0000):
    data = np.array(raw, ">i2").tobytes()
    keep = [range(6) if scale >> 7 & 1 else [], range(6, 8) if scale >> 5 & 1 else [],
            range(8, 14) if scale >> 6 & 1 else []]  # fmt: skip
    body = [0x5000 | data[i] for part in keep for i in part]
    return [0x0005, 0x5300 | scale, *body, 0x0007]


def test_imu_samples_in_physical_units():
    # 4 g and 500 degrees per second; 1 g along z, half the range around x.
    words = DavisWriter().at(70_000, imu_words([0, 0, 8192, 340, 16384, 0, -16384],
                                               scale=0b1110_0101))  # fmt: skip
    imu = DavisStream(SIZE, imu=Orientation(flip_y=True)).feed(words.tobytes()).imu
    assert imu.t.tolist() == [70_000]
    assert imu.acceleration[0] == pytest.approx([0, 0, 9.80665])
    assert imu.rotation[0] == pytest.approx(np.deg2rad([250, 0, -250]))
    assert imu.temperature[0] == pytest.approx(36)


@pytest.mark.parametrize("scale", [0b1000_0000, 0b0100_0000, 0b0010_0000, 0b1100_0000])
def test_imu_samples_with_parts_switched_off(scale):
    words = DavisWriter().at(1, imu_words([1, 2, 3, 4, 5, 6, 7], scale=scale))
    imu = DavisStream(SIZE).feed(words.tobytes()).imu
    assert len(imu) == 1
    assert np.isnan(imu.acceleration).all() == (not scale >> 7 & 1)
    assert np.isnan(imu.rotation).all() == (not scale >> 6 & 1)
    assert np.isnan(imu.temperature).all() == (not scale >> 5 & 1)


@pytest.mark.parametrize("keep", [5, 12, 16])
def test_damaged_imu_samples_are_left_out(keep):
    words = imu_words([1] * 7)
    damaged = words[:keep] + words[keep + 1 :]
    data = np.concatenate([DavisWriter().at(1, damaged + words)])
    imu = DavisStream(SIZE).feed(data.tobytes()).imu
    assert len(imu) == 1


def frame_words(reset, signal, window=None):
    """Words of a frame whose levels are given as (columns, rows)."""
    words = []
    if window is not None:
        for value in window:
            words += [0x5100 | value >> 8, 0x5200 | value & 0xFF]
    words.append(8)
    for kind, levels in ((11, reset), (12, signal)):
        if kind == 12:
            words += [14, 15]
        for column in levels:
            words += [kind, *(0x4000 | column.astype(int)), 13]
    return [*words, 10]


def test_frames_are_reset_minus_signal_where_the_pixel_is():
    random = np.random.default_rng(3)
    reset = random.integers(500, 1000, SIZE)
    signal = random.integers(1, 500, SIZE)
    words = DavisWriter().at(1000, frame_words(reset, signal))
    stream = DavisStream(SIZE)
    (frame,) = stream.feed(words.tobytes()).frames
    assert frame.pixels.shape == (260, 346)
    assert (frame.pixels >> 6 == (reset - signal).T).all()
    assert (frame.start_us, frame.exposure_start_us, frame.end_us) == (1000, 1000, 1000)
    assert (frame.x, frame.y) == (0, 0)


def test_dark_and_overrun_pixels():
    reset, signal = np.full(SIZE, 600), np.full(SIZE, 700)
    reset[0, 0], signal[1, 0] = 300, 0
    words = DavisWriter().at(0, frame_words(reset, signal))
    (frame,) = DavisStream(SIZE).feed(words.tobytes()).frames
    assert frame.pixels[0, 0] >> 6 == frame.pixels[0, 1] >> 6 == 1023
    assert frame.pixels[5, 5] == 0


@pytest.mark.parametrize("flip", [(False, False), (True, False), (False, True)])
def test_orientation_and_region(flip):
    shape = (20, 10)
    signal = np.arange(200).reshape(shape) + 1
    reset = np.full(shape, 700)
    words = DavisWriter().at(0, frame_words(reset, signal, window=(30, 40, 49, 49)))
    orientation = Orientation(flip_x=flip[0], flip_y=flip[1])
    (frame,) = DavisStream(SIZE, frames=orientation).feed(words.tobytes()).frames
    expected = (reset - signal).T[:: -1 if flip[1] else 1, :: -1 if flip[0] else 1]
    assert (frame.pixels >> 6 == expected).all()
    assert (frame.x, frame.y) == (
        346 - 1 - 49 if flip[0] else 30,
        260 - 1 - 49 if flip[1] else 40,
    )


@given(cuts=st.lists(st.integers(0, 1000), max_size=5))
def test_frames_cut_anywhere_are_the_same(cuts):
    signal = np.arange(200).reshape(20, 10) + 1
    words = frame_words(np.full((20, 10), 700), signal, window=(0, 0, 19, 9))
    data = DavisWriter().at(0, words + words).tobytes()
    edges = [0, *sorted(min(c, len(data)) for c in cuts), len(data)]
    stream = DavisStream(SIZE)
    frames = []
    for a, b in itertools.pairwise(edges):
        frames += stream.feed(data[a:b]).frames
    assert len(frames) == 2
    assert (frames[0].pixels == frames[1].pixels).all()


@pytest.mark.parametrize("lost", [20, 100, 300])
def test_a_frame_with_a_lost_word_is_dropped_and_counted(lost):
    words = frame_words(np.full((20, 10), 700), np.full((20, 10), 5), window=(0, 0, 19, 9))
    damaged = words[:lost] + words[lost + 1 :]
    stream = DavisStream(SIZE)
    data = DavisWriter().at(0, damaged + words).tobytes()
    assert len(stream.feed(data).frames) == 1
    assert stream.dropped_frames == 1


def test_edges_and_clock_reset():
    writer = DavisWriter()
    data = np.concatenate([writer.at(10, [3]), writer.at(20, [2]), writer.at(90_000, [4])])
    stream = DavisStream(SIZE)
    triggers = stream.feed(data.tobytes()).triggers
    assert triggers.t.tolist() == [10, 20, 90_000]
    assert triggers.value.tolist() == [1, 0, 1]
    assert triggers.id.tolist() == [0, 0, 1]
    assert stream.feed(np.array([1, 0x8003, 3], "<u2").tobytes()).triggers.t.tolist() == [3]

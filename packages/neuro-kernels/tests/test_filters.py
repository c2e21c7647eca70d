import hashlib
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from nk_support import cuts, event_lists, split

from neuro_kernels import EventError, Events, _kernels, filters
from neuro_kernels.reference import filters as reference

ratios = st.sampled_from([0.5, 1.0, 1.5, 2.0, 3.0, 10.0])


@pytest.fixture(scope="session")
def dvs(shared_data):
    """A real recording in Event Stream format, rows turned to count downwards."""
    return es_dvs((shared_data / "events" / "dvs.es").read_bytes())


def es_dvs(data):
    """Decode Event Stream 2.0 DVS, one byte at a time: slow, and independent of the codecs."""
    assert data[:12] == b"Event Stream"
    assert data[12:16] == b"\x02\x00\x00\x01"
    width, height = np.frombuffer(data[16:20], "<u2").tolist()
    rows, t, i = [], 0, 20
    while i < len(data):
        step = data[i]
        if step == 0xFF:
            t += 0x7F
            i += 1
            continue
        if step == 0xFE:
            raise AssertionError("reset is not expected in this file")
        t += step >> 1
        x = data[i + 1] | data[i + 2] << 8
        y = data[i + 3] | data[i + 4] << 8
        rows.append((t, x, height - 1 - y, step & 1))
        i += 5
    return Events(*np.array(rows).T, size=(width, height))


def pixel_counts(events):
    counts = np.zeros((events.height, events.width), np.uint32)
    np.add.at(counts, (events.y, events.x), 1)
    return counts


@given(
    hnp.arrays(
        np.uint32, hnp.array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.integers(0, 12)
    ),
    ratios,
)
def test_the_hot_pixel_mask_is_that_of_the_reference(counts, ratio):
    mask = np.empty(counts.shape, np.uint8)
    _kernels.hot_pixel_mask(counts, ratio, mask)
    np.testing.assert_array_equal(mask.astype(bool), reference.hot_pixel_mask(counts, ratio))


@given(event_lists(max_side=6), ratios)
def test_hot_pixels_keeps_the_events_of_the_reference_mask(events, ratio):
    mask = reference.hot_pixel_mask(pixel_counts(events), ratio)
    hot = filters.HotPixels(events.size, ratio)
    hot.count(events)
    np.testing.assert_array_equal(hot.mask(), mask)
    assert hot.apply(events) == events[mask[events.y, events.x]]
    assert filters.hot_pixels(events, ratio) == hot.apply(events)


@given(event_lists(max_side=6), ratios, cuts, cuts)
def test_hot_pixels_do_not_depend_on_packets(events, ratio, counted, applied):
    hot = filters.HotPixels(events.size, ratio)
    for part in split(events, counted):
        hot.count(part)
    parts = [hot.apply(part) for part in split(events, applied)]
    assert Events.concatenate(parts) == filters.hot_pixels(events, ratio)


def test_counting_more_events_brings_the_mask_up_to_date():
    hot = filters.HotPixels((2, 1))
    assert hot.mask().tolist() == [[True, True]]
    hot.count(Events([0] * 8, [1] * 8, [0] * 8, [1] * 8, size=(2, 1)))
    assert hot.mask().tolist() == [[True, False]]
    hot.count(Events([0] * 8, [0] * 8, [0] * 8, [1] * 8, size=(2, 1)))
    assert hot.mask().tolist() == [[True, True]]


def test_counts_stay_at_the_largest_number_they_can_hold():
    counts = np.array([[2**32 - 2]], np.uint32)
    column = np.zeros(5, np.uint16)
    p = np.zeros(5, np.uint8)
    assert _kernels.count_pixels(np.zeros(5, np.int64), column, column, p, counts) == 0
    assert counts.tolist() == [[2**32 - 1]]


def test_hot_pixels_of_a_real_recording_are_those_that_faery_removes(dvs, shared_data):
    with open(shared_data / "faery" / "expected_dvs.json") as file:
        expected = json.load(file)["dvs"]
    assert len(dvs) == 473225
    for ratio, kept in ((3.0, 473213), (2.0, 473156)):
        result = filters.hot_pixels(dvs, ratio)
        numbers = expected[f"filter-hot-pixels {ratio} (whole recording as one packet)"]
        assert len(result) == kept == numbers["events"]
        assert int(result.p.sum()) == numbers["on"]
        assert int(result.t.sum()) == numbers["sum_t"]
        counts = pixel_counts(result).astype("<u4").tobytes()
        assert hashlib.sha256(counts).hexdigest() == numbers["count_map_sha256"]


@given(st.integers(0, 70), st.integers(0, 2**32 - 1), st.integers(0, 3))
def test_selection_picks_what_numpy_picks_and_writes_nothing_else(n, seed, room):
    rng = np.random.default_rng(seed)
    columns = [
        rng.integers(0, 2**40, n),
        rng.integers(0, 2**16, n, dtype=np.uint16),
        rng.integers(0, 2**16, n, dtype=np.uint16),
        rng.integers(0, 2, n, dtype=np.uint8),
    ]
    keep = (rng.random(n) < rng.random()).astype(np.uint8) * rng.integers(1, 256, dtype=np.uint8)
    kept = int(np.count_nonzero(keep))
    taken = max(0, kept - room)  # room for fewer: the first ones are taken
    whole = [np.full(taken + 8, 77, column.dtype) for column in columns]
    assert _kernels.select_events(*columns, keep, *(out[:taken] for out in whole)) == taken
    for out, column in zip(whole, columns, strict=True):
        np.testing.assert_array_equal(out[:taken], column[keep != 0][:taken])
        assert (out[taken:] == 77).all()


@given(event_lists(max_side=8), st.integers(0, 200), st.booleans())
def test_background_activity_is_that_of_the_reference(events, window_us, itself):
    keep = reference.background_activity(events.t, events.x, events.y, window_us, itself, {})
    assert filters.background_activity(events, window_us, itself=itself) == events[keep]


@given(event_lists(max_side=8), st.integers(0, 200), st.booleans(), cuts)
def test_background_activity_does_not_depend_on_packets(events, window_us, itself, places):
    one = filters.BackgroundActivity(events.size, window_us, itself=itself)
    many = filters.BackgroundActivity(events.size, window_us, itself=itself)
    parts = [many.feed(part) for part in split(events, places)]
    assert Events.concatenate(parts) == one.feed(events)


@pytest.mark.parametrize("itself", [False, True])
def test_background_activity_of_many_events_passes_over_those_outside_of_the_sensor(itself):
    rng = np.random.default_rng(0)
    n, width, height = 3000, 40, 30
    t = np.sort(rng.integers(0, n, n))
    x, y = rng.integers(0, width, n).astype("u2"), rng.integers(0, height, n).astype("u2")
    x[1400] = y[2999] = 60000
    inside = np.delete(np.arange(n), [1400, 2999])
    last = np.full(_kernels.background_activity_cells(width, height), _kernels.NEVER_FIRED)
    columns = (t, x, y, rng.integers(0, 2, n).astype(np.uint8))
    out = tuple(np.empty_like(column) for column in columns)
    kept = _kernels.background_activity(*columns, width, height, 50, itself, last, *out)
    keep = reference.background_activity(t[inside], x[inside], y[inside], 50, itself, {})
    for column, found in zip(columns, out, strict=True):
        np.testing.assert_array_equal(found[:kept], column[inside][keep])


@pytest.mark.parametrize(
    ("second", "kept"),
    [
        ((10, 5, 5), 0),  # the same pixel
        ((10, 4, 4), 1),
        ((10, 6, 5), 1),
        ((10, 7, 5), 0),  # two pixels away
        ((110, 5, 6), 1),  # the last microsecond of the window
        ((111, 5, 6), 0),
        ((9, 5, 6), 0),  # earlier than the event before it
    ],
)
def test_an_event_is_supported_by_its_neighbours_for_the_window(second, kept):
    events = Events(*zip((10, 5, 5), second, strict=True), [1, 0], size=(9, 9))
    assert len(filters.background_activity(events, 100)) == kept
    if second[1:] == (5, 5):
        assert len(filters.background_activity(events, 100, itself=True)) == 1


def test_the_frame_does_not_wrap_around_at_its_edges():
    events = Events([0, 1, 2], [8, 0, 0], [3, 4, 8], [1, 1, 1], size=(9, 9))
    assert len(filters.background_activity(events)) == 0


def test_resetting_forgets_what_was_seen():
    events = Events([0, 1], [4, 5], [4, 4], [1, 1], size=(9, 9))
    noise = filters.BackgroundActivity(events.size)
    noise.feed(events[:1])
    noise.reset()
    assert len(noise.feed(events[1:])) == 0


def test_background_activity_of_a_real_recording_keeps_what_moves(dvs):
    dvs = dvs[60000:160000]
    keep = reference.background_activity(dvs.t, dvs.x, dvs.y, 2000, False, {})
    assert filters.background_activity(dvs, 2000) == dvs[keep]


@pytest.mark.parametrize("ratio", [0, -1.0, float("nan"), float("inf")])
def test_ratios_that_cannot_be_are_refused(ratio):
    with pytest.raises(EventError, match="finite ratio above 0"):
        filters.HotPixels((4, 4), ratio)


@pytest.mark.parametrize("window_us", [-1, 0.5, 2**63, True])
def test_windows_that_cannot_be_are_refused(window_us):
    with pytest.raises(EventError, match="whole microseconds"):
        filters.BackgroundActivity((4, 4), window_us)


def test_events_of_another_sensor_are_refused():
    events = Events.empty((5, 4))
    for method in (
        filters.HotPixels((4, 4)).count,
        filters.HotPixels((4, 4)).apply,
        filters.BackgroundActivity((4, 4)).feed,
    ):
        with pytest.raises(EventError, match="made for a sensor of 4x4, got events of 5x4"):
            method(events)


def test_events_outside_the_frame_are_counted_by_the_kernels_and_never_written():
    columns = (
        np.zeros(3, np.int64),
        *np.array([[0, 2, 1], [0, 0, 3]], np.uint16),
        np.ones(3, np.uint8),
    )
    counts, keep = np.zeros((3, 2), np.uint32), np.empty(3, np.uint8)
    assert _kernels.count_pixels(*columns, counts) == 2
    assert counts.sum() == 1
    assert _kernels.mark_by_pixel(*columns, np.ones((3, 2), np.uint8), keep) == 1
    assert keep.tolist() == [1, 0, 0]
    last = np.zeros(_kernels.background_activity_cells(2, 3), np.int64)
    out = tuple(np.empty_like(column) for column in columns)
    assert _kernels.background_activity(*columns, 2, 3, 5, False, last, *out) == 1
    assert (out[1][0], out[2][0]) == (0, 0)

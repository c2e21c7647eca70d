import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nk_support import cuts, event_lists, split

from neuro_kernels import EventError, Events


def make(n=5, **kwargs):
    t = np.arange(n, dtype=np.int64) * 10
    x = np.arange(n, dtype=np.uint16)
    return Events(t, x, x.copy(), (x % 2).astype(np.uint8), size=(100, 50), **kwargs)


def address(array):
    return array.__array_interface__["data"][0]


def test_columns_have_their_dtypes_and_no_copy_is_made_of_them():
    t, x = np.array([1, 2]), np.array([3, 4], np.uint16)
    p = np.array([True, False])
    events = Events(t, x, x, p, size=(10, 10))
    assert [events.t.dtype, events.x.dtype, events.p.dtype] == [np.int64, np.uint16, np.uint8]
    assert address(events.t) == address(t)
    assert address(events.x) == address(x)
    assert address(events.p) == address(p)
    assert t.flags.writeable  # the caller's own array is not touched


@pytest.mark.parametrize("dtype", [np.uint64, ">i8", np.int32, np.uint8])
def test_other_integer_types_of_time_are_taken_without_loss(dtype):
    events = Events(np.array([1, 200], dtype), [0, 0], [0, 0], [0, 1], size=(1, 1))
    assert events.t.tolist() == [1, 200]
    assert events.t.dtype == np.int64
    assert events.t.dtype.isnative


def test_unsigned_time_of_the_same_width_is_not_copied():
    t = np.array([1, 2**62], np.uint64)
    assert address(Events(t, [0, 0], [0, 0], [0, 1], size=(1, 1)).t) == address(t)


def test_fields_of_a_packed_structure_become_contiguous_aligned_columns():
    array = np.zeros(4, [("p", "u1"), ("t", "<i8"), ("x", "<u2"), ("y", "<u2")])
    events = Events(*(array[name] for name in "txyp"), size=(1, 1))
    for column in (events.t, events.x, events.y, events.p):
        assert column.flags.c_contiguous
        assert column.flags.aligned


def test_columns_cannot_be_written_and_attributes_cannot_be_set():
    events = make()
    with pytest.raises(ValueError, match="read-only"):
        events.t[0] = 1
    with pytest.raises(AttributeError, match="immutable"):
        events.t = np.zeros(5)
    with pytest.raises(AttributeError, match="immutable"):
        del events.x
    with pytest.raises(TypeError, match="unhashable"):
        hash(events)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (([1], [1, 2], [1], [1]), r"differ in length \(t 1, x 2, y 1, p 1\)"),
        (([0.5], [1], [1], [1]), "column t: expected int64 microseconds, got float64"),
        (([1], [1.0], [1], [1]), "column x: .* got float64"),
        (([1], [-1], [1], [1]), "column x: .* got -1 at index 0"),
        (([1, 1], [1, 1], [1, 65536], [1, 1]), "column y: .* got 65536 at index 1"),
        (([2**63], [1], [1], [1]), "column t: .* got 9223372036854775808 at index 0"),
        (([1], [10], [1], [1]), "column x: expected values below the width 10, got 10 at index 0"),
        (([1], [1], [20], [1]), "column y: expected values below the height 20"),
        (([1, 1], [1, 1], [1, 1], [1, 2]), "column p: expected 0 .* got 2 at index 1"),
        (([1], [1], [1], [-1]), "column p: .* got -1 at index 0"),
        (([[1]], [1], [1], [1]), r"column t: expected one dimension, got shape \(1, 1\)"),
        (([1], ["a"], [1], [1]), "column x: .* got <U1"),
        (([True], [1], [1], [1]), "column t: .* got bool"),
    ],
)
def test_columns_that_cannot_be_right_are_refused(columns, message):
    with pytest.raises(EventError, match=message):
        Events(*columns, size=(10, 20))


@pytest.mark.parametrize("size", [(0, 1), (1, 65537), (1, 2, 3), 5, None, (1.5, 2), ("a", 2)])
def test_sizes_that_cannot_be_right_are_refused(size):
    with pytest.raises(EventError, match="size: expected"):
        Events([], [], [], [], size=size)


@pytest.mark.parametrize("t0", [1.5, "now", True])
def test_origins_that_are_no_integers_are_refused(t0):
    with pytest.raises(EventError, match="t0: expected"):
        make(t0=t0)


def test_every_refusal_is_a_value_error():
    with pytest.raises(ValueError, match="size"):
        Events([], [], [], [], size=(0, 0))


@given(event_lists(), st.integers(-250, 250), st.integers(-250, 250))
def test_slices_are_views_of_the_same_memory(events, a, b):
    part = events[a:b]
    assert part.t.tolist() == events.t.tolist()[a:b]
    assert (part.size, part.t0) == (events.size, events.t0)
    if len(part):
        for name in "txyp":
            assert np.shares_memory(getattr(part, name), getattr(events, name))
            assert not getattr(part, name).flags.writeable


@given(event_lists(), st.integers(1, 7) | st.integers(-7, -1))
def test_slices_with_a_step_are_contiguous_and_in_order(events, step):
    part = events[::step]
    assert part.x.tolist() == events.x.tolist()[::step]
    assert part.t.flags.c_contiguous
    assert part.is_sorted == Events(part.t, part.x, part.y, part.p, size=part.size).is_sorted


@given(event_lists(), st.randoms(use_true_random=False))
def test_masks_and_index_arrays_pick_events(events, random):
    mask = np.array([random.random() < 0.5 for _ in range(len(events))], bool)
    assert events.is_sorted in (True, False)
    assert events[mask].y.tolist() == [y for y, keep in zip(events.y, mask, strict=True) if keep]
    assert events[np.flatnonzero(mask)] == events[mask]
    assert events[np.flatnonzero(mask).tolist()] == events[mask]
    assert events[mask].is_sorted == bool((np.diff(events[mask].t) >= 0).all())


def test_wrong_indices_are_refused():
    with pytest.raises(EventError, match="mask: expected 5 values"):
        make()[np.ones(4, bool)]
    with pytest.raises(EventError, match="index: expected"):
        make()[np.ones(5)]
    with pytest.raises(EventError, match="index: expected"):
        make()["t"]
    with pytest.raises(IndexError):
        make()[5]


def test_an_integer_gives_one_event_by_name():
    event = make()[-1]
    assert event == (40, 4, 4, 0)
    assert event.t == 40
    assert type(event.x) is int


@given(event_lists(), st.integers(-100, 400), st.integers(-100, 400))
def test_between_is_half_open_sorted_or_not(events, a, b):
    base = int(events.t.min()) if len(events) else 0
    kept = events.between(base + a, base + b)
    assert kept == events[(events.t >= base + a) & (events.t < base + b)]


def test_between_of_sorted_events_is_a_view():
    events = make()
    assert np.shares_memory(events.between(10, 30).t, events.t)
    assert events.between(10, 30).t.tolist() == [10, 20]


@given(event_lists(), st.integers(1, 50))
def test_chunks_cover_all_events_in_order(events, n):
    parts = list(events.chunks(n))
    assert all(len(part) == n for part in parts[:-1])
    assert all(parts)
    if parts:
        assert Events.concatenate(parts) == events


def test_plain_iteration_gives_chunks():
    events = Events(
        np.zeros(70000, np.int64),
        np.zeros(70000, np.uint16),
        np.zeros(70000, np.uint16),
        np.zeros(70000, np.uint8),
        size=(1, 1),
    )
    assert [len(chunk) for chunk in events] == [65536, 4464]


def test_chunks_below_one_event_are_refused():
    with pytest.raises(EventError, match="at least 1"):
        make().chunks(0)


@given(event_lists(), cuts)
def test_concatenation_undoes_any_split(events, places):
    assert Events.concatenate(split(events, places)) == events


def test_concatenation_refuses_parts_of_another_sensor_and_nothing():
    with pytest.raises(EventError, match=r"part 1 has size \(3, 3\)"):
        Events.concatenate([make(), Events.empty((3, 3))])
    with pytest.raises(EventError, match="t0 7"):
        Events.concatenate([make(), make(t0=7)])
    with pytest.raises(EventError, match="at least one"):
        Events.concatenate([])


def test_equality_compares_columns_size_and_origin():
    assert make() == make()
    assert make() != make(4)
    assert make() != make(t0=1)
    events = make()
    assert events != Events(events.t, events.x, events.y, 1 - events.p, size=events.size)
    assert events != Events(events.t, events.x, events.y, events.p, size=(99, 99))
    assert events != "events"


def test_is_sorted_sees_one_step_back():
    events = Events([1, 2, 1], [0, 0, 0], [0, 0, 0], [0, 0, 0], size=(1, 1))
    assert not events.is_sorted
    assert events[:2].is_sorted
    assert Events.empty((1, 1)).is_sorted


def test_duration_spans_the_earliest_to_the_latest_event():
    assert Events([5, 2, 4], [0] * 3, [0] * 3, [0] * 3, size=(1, 1)).duration_us == 3
    assert make().duration_us == 40
    assert Events.empty((1, 1)).duration_us == 0


def test_repr_shows_count_size_duration_and_rate():
    assert repr(make()) == "Events(5 events, 100x50, 4e-05 s, 1.25e+05 events/s)"
    assert repr(Events.empty((2, 3), t0=9)) == "Events(0 events, 2x3, 0 s, t0=9)"


@given(event_lists())
def test_pickling_and_copying_give_equal_events(events):
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        again = pickle.loads(pickle.dumps(events, protocol))
        assert again == events
        assert not again.t.flags.writeable
    assert copy.deepcopy(events) == events


@given(event_lists())
def test_numpy_sees_a_structured_array(events):
    array = np.asarray(events)
    assert array.dtype.names == ("t", "x", "y", "p")
    for name in "txyp":
        assert array[name].tolist() == getattr(events, name).tolist()


@pytest.mark.skipif(np.lib.NumpyVersion(np.__version__) < "2.0.0", reason="copy= came with numpy 2")
def test_a_structured_view_without_a_copy_is_refused():
    with pytest.raises(ValueError, match="always a copy"):
        np.asarray(make(), copy=False)

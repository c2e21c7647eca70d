import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nk_support import event_lists

from neuro_kernels import EventError, Events, as_events

pytestmark = pytest.mark.any_level

STRUCTURED = ["faery", "tonic", "metavision", "dv", "aestream"]


def make():
    return Events([10, 20, 30], [0, 1, 2], [5, 5, 4], [1, 0, 1], size=(3, 6))


@pytest.mark.parametrize(
    ("kind", "descr", "itemsize"),
    [
        ("faery", [("t", "u8"), ("x", "u2"), ("y", "u2"), ("on", "?")], 13),
        ("tonic", [("x", "i2"), ("y", "i2"), ("t", "i8"), ("p", "?")], 13),
        ("metavision", [("x", "u2"), ("y", "u2"), ("p", "i2"), ("t", "i8")], 16),
        ("dv", [("timestamp", "i8"), ("x", "i2"), ("y", "i2"), ("polarity", "i1")], 16),
        ("aestream", [("timestamp", "i8"), ("x", "i2"), ("y", "i2"), ("polarity", "i1")], 13),
    ],
)
def test_structured_arrays_have_the_fields_of_each_library(kind, descr, itemsize):
    array = make().to(kind)
    assert [(n, array.dtype[n]) for n in array.dtype.names] == [(n, np.dtype(d)) for n, d in descr]
    assert array.dtype.itemsize == itemsize
    assert array["x"].tolist() == [0, 1, 2]


def test_faery_arrays_answer_to_both_names_of_polarity():
    array = make().to("faery")
    assert array["p"].tolist() == array["on"].tolist() == [True, False, True]


@pytest.mark.parametrize("kind", [*STRUCTURED, "dict"])
@given(events=event_lists())
def test_what_was_converted_is_accepted_again(kind, events):
    if kind == "faery" and len(events) and events.t.min() < 0:
        with pytest.raises(EventError, match="it keeps t as uint64"):
            events.to(kind)
        return
    assert as_events(events.to(kind), size=events.size, t0=events.t0) == events


@pytest.mark.parametrize("kind", ["tonic", "dv", "aestream"])
def test_coordinates_that_a_library_cannot_hold_are_refused(kind):
    events = Events([0], [40000], [0], [0], size=(50000, 1))
    with pytest.raises(EventError, match="it keeps x as int16"):
        events.to(kind)


def test_unknown_kinds_are_refused_with_the_known_ones():
    with pytest.raises(EventError, match=r"expected one of aestream, .*tonic.*got 'pandas'"):
        make().to("pandas")


def test_the_dict_holds_the_columns_themselves():
    events = make()
    assert events.to("dict")["t"] is events.t


def test_events_are_accepted_as_they_are():
    events = make()
    assert as_events(events) is events
    assert as_events(events, size=[3, 6]) is events
    wider = as_events(events, size=(10, 10), t0=5)
    assert (wider.size, wider.t0) == ((10, 10), 5)
    assert np.shares_memory(wider.t, events.t)


@given(st.permutations("txyp"), st.sampled_from(["i1", "u1", "i2", "<i4", ">i4", "u8", "f4", "f8"]))
def test_any_field_order_and_type_is_accepted(order, dtype):
    array = np.zeros(3, [(name, dtype) for name in order])
    for name in order:
        array[name] = getattr(make(), name)
    assert as_events(array) == make()


@pytest.mark.parametrize("t", ["t", "ts", "timestamp", "timestamps", "time"])
@pytest.mark.parametrize(("x", "y"), [("x", "y"), ("xs", "ys")])
@pytest.mark.parametrize("p", ["p", "ps", "polarity", "polarities", "on", "pol"])
def test_the_usual_spellings_are_accepted(t, x, y, p):
    e = make()
    assert as_events({t: e.t, x: e.x, y: e.y, p: e.p}) == e


def test_npz_files_are_accepted(tmp_path):
    np.savez(tmp_path / "a.npz", **make().to("dict"))
    with np.load(tmp_path / "a.npz") as columns:
        assert as_events(columns) == make()


def test_objects_with_columns_as_attributes_are_accepted():
    class Decoded:
        timestamp, x, y, polarity = make().t, make().x, make().y, make().p

    assert as_events(Decoded()) == make()


@pytest.mark.parametrize("order", ["txyp", "xytp", "xypt"])
@pytest.mark.parametrize("dtype", [np.int64, np.float32, np.uint16])
def test_rows_of_four_numbers_are_accepted_in_the_order_named(order, dtype):
    rows = np.stack([getattr(make(), name) for name in order], axis=1).astype(dtype)
    assert as_events(rows, order=order) == make()
    assert as_events(rows.tolist(), order=order) == make()


def test_polarity_may_be_minus_one_and_one_or_boolean():
    e = make()
    for p in ([1, -1, 1], [True, False, True], np.array([1, -1, 1], np.float32)):
        assert as_events({"t": e.t, "x": e.x, "y": e.y, "p": p}) == e


@pytest.mark.parametrize("p", [[0, -1, 1], [0, 2, 1], [-2, -1, 1], [0.5, 0, 1]])
def test_other_polarities_are_refused(p):
    e = make()
    with pytest.raises(EventError, match="column p"):
        as_events({"t": e.t, "x": e.x, "y": e.y, "p": p})


def test_time_differences_become_microseconds():
    e = make()
    t = (e.t * 1000).astype("timedelta64[ns]")
    assert as_events({"t": t, "x": e.x, "y": e.y, "p": e.p}) == e


@pytest.mark.parametrize("bad", [0.5, np.nan, np.inf, 1e30])
def test_time_that_is_no_whole_number_of_microseconds_is_refused(bad):
    e = make()
    with pytest.raises(EventError, match=r"column t: expected int64 microseconds, got .* index 1"):
        as_events({"t": [0.0, bad, 1.0], "x": e.x, "y": e.y, "p": e.p})


def test_the_size_is_inferred_from_the_largest_coordinates_or_given():
    e = make()
    assert as_events(e.to("dict")).size == (3, 6)
    assert as_events(e.to("dict"), size=(640, 480)).size == (640, 480)
    with pytest.raises(EventError, match="no event to infer it from"):
        as_events(e[:0].to("dict"))
    assert len(as_events(e[:0].to("dict"), size=(4, 4))) == 0


@pytest.mark.parametrize(
    ("obj", "message"),
    [
        ({"t": [1], "x": [1], "y": [1]}, "the mapping has no column p .* it has t, x, y"),
        (np.zeros(2, [("a", "u1")]), "the structured array has no column t"),
        (np.zeros((2, 2), [("t", "u1")]), "flat array"),
        (np.zeros((2, 3)), r"shape \(n, 4\), got float64 of shape \(2, 3\)"),
        (np.zeros(4), r"shape \(4,\)"),
        (5, "cannot read events from int"),
        (None, "cannot read events from NoneType"),
    ],
)
def test_what_holds_no_events_is_refused(obj, message):
    with pytest.raises(EventError, match=message):
        as_events(obj)


def test_an_order_that_names_no_columns_is_refused():
    with pytest.raises(EventError, match="order: expected the letters"):
        as_events(np.zeros((1, 4)), order="xyzt")


class Numpy:
    """What dv-processing's EventStore and tensors have in common."""

    def __init__(self, array):
        self.array = array

    def numpy(self):
        return self.array


def test_stores_that_give_numpy_arrays_are_accepted():
    assert as_events(Numpy(make().to("dv"))) == make()


@given(event_lists(), st.sampled_from([13, 16, 24]), st.booleans())
def test_records_of_any_stride_and_direction_are_accepted(events, itemsize, backwards):
    dtype = np.dtype(
        {
            "names": ["t", "x", "y", "p"],
            "formats": ["i8", "i2", "u2", "?"],
            "offsets": [0, 8, 10, 12],
            "itemsize": itemsize,
        }
    )
    array = np.zeros(2 * len(events), dtype)[::2]
    for name in "txyp":
        array[name] = getattr(events, name)
    if backwards:
        assert as_events(array[::-1], size=events.size) == events[::-1]
    else:
        assert as_events(array, size=events.size) == events


def test_negative_coordinates_in_signed_fields_are_refused():
    array = make().to("tonic")
    array["x"][1] = -2
    with pytest.raises(EventError, match=r"column x: .* got -2 at index 1"):
        as_events(array)

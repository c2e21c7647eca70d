"""The compiled kernels behind Events against their numpy references."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from neuro_kernels import _kernels, codecs
from neuro_kernels.reference import events as reference

FIELDS = {"t": "t", "x": "x", "y": "y", "p": "p"}


@given(st.integers(0, 5000), st.lists(st.integers(0, 4999), max_size=2))
def test_is_sorted_finds_a_step_back_wherever_it_is(n, places):
    t = np.arange(n, dtype=np.int64) // 3
    for place in places:
        if place < n:
            t[place] -= 2
    assert _kernels.is_sorted(t) == reference.is_sorted(t)


@given(hnp.arrays(np.int64, st.integers(0, 6)))
def test_is_sorted_holds_at_the_limits_of_int64(t):
    assert _kernels.is_sorted(t) == reference.is_sorted(t)


@st.composite
def layouts(draw):
    """Records with t, x, y, p in any order, with any gaps between and after them."""
    offsets, formats, at = {}, {"t": "i8", "x": "i2", "y": "u2", "p": "i1"}, 0
    for name in draw(st.permutations("txyp")):
        at += draw(st.integers(0, 3))
        offsets[name] = at
        at += np.dtype(formats[name]).itemsize
    return np.dtype(
        {
            "names": list(offsets),
            "formats": [formats[name] for name in offsets],
            "offsets": list(offsets.values()),
            "itemsize": at + draw(st.integers(0, 5)),
        }
    )


@given(layouts(), st.integers(0, 50), st.sampled_from([1, 2, -1, -3]), st.integers(0, 2**32 - 1))
def test_records_become_columns_and_columns_records(dtype, n, step, seed):
    rng = np.random.default_rng(seed)
    count = n * abs(step)
    memory = rng.integers(0, 256, count * dtype.itemsize, dtype=np.uint8)
    records = memory.view(dtype)[::step]
    at = [dtype.fields[name][1] for name in "txyp"]
    columns = [np.empty(n, d) for d in (np.int64, np.uint16, np.uint16, np.uint8)]
    _kernels.records_to_columns(records, *at, *columns)
    for got, expected in zip(columns, reference.records_to_columns(records, FIELDS), strict=True):
        np.testing.assert_array_equal(got, expected)

    filled, expected = (np.full(count * dtype.itemsize, 7, np.uint8) for _ in range(2))
    _kernels.columns_to_records(*columns, *at, filled.view(dtype)[::step])
    reference.columns_to_records(*columns, FIELDS, expected.view(dtype)[::step])
    np.testing.assert_array_equal(filled, expected)


def test_kernels_refuse_arrays_they_would_have_to_copy():
    with pytest.raises(TypeError):
        _kernels.is_sorted(np.zeros(4, np.int32))
    with pytest.raises(TypeError):
        _kernels.is_sorted(np.zeros(8, np.int64)[::2])


def test_fields_outside_the_record_are_refused():
    columns = [np.empty(2, d) for d in (np.int64, np.uint16, np.uint16, np.uint8)]
    records = np.zeros(2, [("t", "i8"), ("x", "u2"), ("y", "u2"), ("p", "u1")])
    for at in ([6, 8, 10, 12], [0, 8, 10, 13], [-1, 8, 10, 12]):
        with pytest.raises(ValueError, match="outside the record"):
            _kernels.records_to_columns(records, *at, *columns)
    with pytest.raises(ValueError, match="length"):
        _kernels.records_to_columns(records[:1], 0, 8, 10, 12, *columns)


def test_read_only_outputs_are_refused():
    records = np.zeros(2, [("t", "i8"), ("x", "u2"), ("y", "u2"), ("p", "u1")])
    columns = [np.empty(2, d) for d in (np.int64, np.uint16, np.uint16, np.uint8)]
    records.flags.writeable = False
    with pytest.raises(ValueError, match="not writeable"):
        _kernels.columns_to_records(*columns, 0, 8, 10, 12, records)


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=100))
def test_the_range_of_times_is_that_of_the_filled_part(times):
    buffer = codecs.EventBuffer(len(times) + 3)
    buffer.t[:] = 2**63 - 1
    buffer.t[: len(times)] = times
    buffer.n = len(times)
    assert buffer.time_range() == (min(times), max(times))
    buffer.clear()
    with pytest.raises(ValueError, match="expected 1 or more"):
        buffer.time_range()

"""Exchange with other libraries, each tested where it is installed."""

import ctypes
import sys

import numpy as np
import pytest
from hypothesis import given
from nk_support import event_lists

from neuro_kernels import EventError, Events, as_events

pytestmark = pytest.mark.any_level


def make(t0=7):
    columns = [
        np.array([10, 20, 30]),
        np.array([0, 1, 2], np.uint16),
        np.array([5, 5, 4], np.uint16),
        np.array([1, 0, 1], np.uint8),
    ]
    return Events(*columns, size=(640, 480), t0=t0)


def address(array):
    return array.__array_interface__["data"][0]


def holders(events):
    """Count the references to the column t."""
    return sys.getrefcount(events.t)


class ArrowSchema(ctypes.Structure):
    pass


class ArrowArray(ctypes.Structure):
    pass


ArrowSchema._fields_ = [
    ("format", ctypes.c_char_p),
    ("name", ctypes.c_char_p),
    ("metadata", ctypes.c_void_p),
    ("flags", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("children", ctypes.POINTER(ctypes.POINTER(ArrowSchema))),
    ("dictionary", ctypes.c_void_p),
    ("release", ctypes.CFUNCTYPE(None, ctypes.POINTER(ArrowSchema))),
    ("private_data", ctypes.c_void_p),
]
ArrowArray._fields_ = [
    ("length", ctypes.c_int64),
    ("null_count", ctypes.c_int64),
    ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    ("children", ctypes.POINTER(ctypes.POINTER(ArrowArray))),
    ("dictionary", ctypes.c_void_p),
    ("release", ctypes.CFUNCTYPE(None, ctypes.POINTER(ArrowArray))),
    ("private_data", ctypes.c_void_p),
]


class ArrowStream(ctypes.Structure):
    _fields_ = (
        ("get_schema", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)),
        ("get_next", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)),
        ("get_last_error", ctypes.c_void_p),
        ("release", ctypes.CFUNCTYPE(None, ctypes.c_void_p)),
        ("private_data", ctypes.c_void_p),
    )


def opened(capsule, name, kind):
    get = ctypes.pythonapi.PyCapsule_GetPointer
    get.restype, get.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    return kind.from_address(get(capsule, name))


def test_the_arrow_schema_names_types_and_metadata():
    capsule = make().__arrow_c_schema__()
    schema = opened(capsule, b"arrow_schema", ArrowSchema)
    children = [schema.children[i].contents for i in range(schema.n_children)]
    assert schema.format == b"+s"
    assert [(c.name, c.format) for c in children] == [
        (b"t", b"l"),
        (b"x", b"S"),
        (b"y", b"S"),
        (b"p", b"C"),
    ]
    expected = {b"events.width": b"640", b"events.height": b"480", b"events.t0_us": b"7"}
    at, found = schema.metadata + 4, []
    for _ in range(2 * ctypes.c_int32.from_address(schema.metadata).value):
        length = ctypes.c_int32.from_address(at).value
        found.append(ctypes.string_at(at + 4, length))
        at += 4 + length
    assert dict(zip(found[::2], found[1::2], strict=True)) == expected


def test_arrow_arrays_are_the_columns_memory():
    events = make()
    _schema, capsule = events.__arrow_c_array__()
    array = opened(capsule, b"arrow_array", ArrowArray)
    assert (array.length, array.null_count, array.n_children) == (3, 0, 4)
    for i, name in enumerate("txyp"):
        child = array.children[i].contents
        assert (child.length, child.n_buffers, child.buffers[0]) == (3, 2, None)
        assert child.buffers[1] == address(getattr(events, name))


def test_arrow_arrays_keep_the_columns_alive_until_released():
    events = make()
    before = holders(events)
    _schema, capsule = events.__arrow_c_array__()
    assert holders(events) == before + 1
    array = opened(capsule, b"arrow_array", ArrowArray)
    array.release(ctypes.byref(array))
    assert holders(events) == before
    assert not array.release
    del capsule  # a released array is not released again
    assert holders(events) == before


def test_dropped_capsules_release_what_they_hold():
    events = make()
    before = holders(events)
    capsules = [events.__arrow_c_array__(), events.__arrow_c_stream__()]
    assert holders(events) == before + 2
    capsules.clear()
    assert holders(events) == before


def test_an_arrow_stream_gives_one_batch_and_then_ends():
    events = make()
    before = holders(events)
    capsule = events.__arrow_c_stream__()
    stream = opened(capsule, b"arrow_array_stream", ArrowStream)
    schema, batch, end = ArrowSchema(), ArrowArray(), ArrowArray()
    here = ctypes.addressof(stream)
    assert stream.get_schema(here, ctypes.addressof(schema)) == 0
    assert stream.get_next(here, ctypes.addressof(batch)) == 0
    assert stream.get_next(here, ctypes.addressof(end)) == 0
    assert batch.length == 3
    assert not end.release
    del capsule  # the batch outlives the stream
    assert batch.children[0].contents.buffers[1] == address(events.t)
    schema.release(ctypes.byref(schema))
    batch.release(ctypes.byref(batch))
    assert holders(events) == before


@pytest.mark.skipif(
    np.lib.NumpyVersion(np.__version__) < "2.1.0",
    reason="numpy 2.1 was the first to exchange read-only arrays by DLPack",
)
def test_columns_are_exchanged_by_dlpack_without_a_copy():
    events = make()
    for name in "txyp":
        column = getattr(events, name)
        assert address(np.from_dlpack(column)) == address(column)


def test_pyarrow_takes_the_columns_without_a_copy():
    pyarrow = pytest.importorskip("pyarrow")
    events = make()
    batch = events.to("arrow")
    batch.validate(full=True)
    for name in "txyp":
        assert batch.column(name).buffers()[1].address == address(getattr(events, name))
    again = as_events(batch)
    assert again == events
    assert address(again.t) == address(events.t)
    assert as_events(pyarrow.table(events)) == events
    assert as_events(pyarrow.RecordBatchReader.from_stream(events).read_all()) == events
    assert pyarrow.table(make(t0=None)).schema.metadata.keys() == {
        b"events.width",
        b"events.height",
    }


@given(event_lists())
def test_arrow_batches_come_back_whole(events):
    pytest.importorskip("pyarrow")
    assert as_events(events.to("arrow")) == events


def test_polars_takes_the_columns_without_a_copy():
    polars = pytest.importorskip("polars")
    events = make(t0=None)
    frame = events.to("polars")
    assert frame.columns == ["t", "x", "y", "p"]
    for name in "txyp":
        assert address(frame[name].to_numpy()) == address(getattr(events, name))
    assert as_events(frame, size=(640, 480)) == events
    assert as_events(frame.lazy(), size=(640, 480)) == events
    durations = frame.with_columns(polars.col("t").cast(polars.Duration("us")))
    assert as_events(durations, size=(640, 480)) == events


def test_pandas_frames_are_accepted():
    pandas = pytest.importorskip("pandas")
    events = make(t0=None)
    frame = pandas.DataFrame(events.to("dict")).rename(columns={"p": "polarity"})
    assert as_events(frame, size=(640, 480)) == events
    frame["t"] = pandas.to_timedelta(frame["t"], unit="us")
    assert as_events(frame, size=(640, 480)) == events


def test_torch_takes_the_columns_without_a_copy():
    pytest.importorskip("torch")
    events = make(t0=None)
    tensors = events.to("torch")
    for name in "txyp":
        assert tensors[name].data_ptr() == address(getattr(events, name))
    again = as_events(tensors, size=(640, 480))
    assert again == events
    assert address(again.t) == address(events.t)


@given(event_lists())
def test_torch_tensors_are_accepted(events):
    torch = pytest.importorskip("torch")
    rows = torch.from_numpy(np.stack([getattr(events, n).astype(np.int64) for n in "txyp"], axis=1))
    assert as_events(rows, size=events.size) == events
    assert as_events(rows.double().requires_grad_(), size=events.size) == events
    assert as_events(events.to("torch"), size=events.size) == events


def test_jax_takes_the_columns_and_cuts_no_time():
    pytest.importorskip("jax")
    events = make(t0=None)
    assert as_events(events.to("jax"), size=(640, 480)) == events
    late = Events([2**40], [0], [0], [0], size=(1, 1))
    with pytest.raises(EventError, match="jax_enable_x64"):
        late.to("jax")


@pytest.mark.parametrize(
    ("kind", "package"),
    [("arrow", "pyarrow"), ("polars", "polars"), ("torch", "torch"), ("jax", "jax")],
)
def test_a_library_that_is_absent_is_named(kind, package, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.setitem(sys.modules, "jax.numpy", None)
    with pytest.raises(ImportError, match=rf"to '{kind}' needs the package .*: pip install "):
        make().to(kind)

"""Recordings: time grids, events, their files."""

from __future__ import annotations

import contextlib
import copy
import io
import pickle
import warnings
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import nir_core as nc

GRIDS = hnp.arrays(bool, hnp.array_shapes(min_dims=3, max_dims=3, min_side=1, max_side=6))


@given(GRIDS, st.sampled_from([0.1, 1e-3, 1e-4, 0.3, 1 / 3, 7.0]), st.floats(0, 0.9))
def test_events_and_grid_hold_the_same(data: np.ndarray, dt: float, shift: float) -> None:
    grid = nc.TimeGriddedData(data, dt)
    assert grid.to_event(time_shift=shift * dt).to_time_gridded(dt) == grid


@given(GRIDS.map(lambda g: np.repeat(g, 200, axis=1)), st.sampled_from([1e-3, 1e-4, 0.1]))
@settings(max_examples=30)
def test_times_in_single_precision_fall_into_their_steps(data: np.ndarray, dt: float) -> None:
    events = nc.TimeGriddedData(data, dt).to_event()
    rough = nc.EventData(events.idx, events.time.astype(np.float32), events.n_neurons, events.t_max)
    assert (rough.to_time_gridded(dt).data == data).all()


def test_multiples_of_dt_open_their_step_and_the_last_instant_counts() -> None:
    events = nc.EventData([[0, 0, 0]], [[0.3, 0.6, 1.0]], 1, 1.0)
    assert np.nonzero(events.to_time_gridded(0.1).data[0, :, 0])[0].tolist() == [3, 6, 9]
    assert nc.EventData([[-1]], [[np.inf]], 1, 0.3).to_time_gridded(0.1).n_time_steps == 3
    assert nc.EventData([[0]], [[0.34]], 1, 0.35).to_time_gridded(0.1).data[0, 3, 0]


def test_values_that_meet_add_up() -> None:
    data = nc.ValuedEventData([[1, 1, 0, -1]], [[0.0, 0.4, 0.6, np.inf]], 2, 1.0, [[1, 2, 4, 9]])
    assert data.to_time_gridded(0.5).data.tolist() == [[[0, 3], [4, 0]]]


def test_events_outside_of_the_recording_are_refused() -> None:
    with pytest.raises(nc.NirError, match="1 of 2 events lie outside"):
        nc.EventData([[0, 0]], [[0.5, 1.2]], 1, 1.0).to_time_gridded(0.1)
    with pytest.raises(nc.NirError, match="seconds"):
        nc.EventData([[0]], [[-0.1]], 1, 1.0)
    with pytest.raises(nc.NirError, match="-1 to 1"):
        nc.EventData([[2]], [[0.1]], 2, 1.0)
    with pytest.raises(nc.NirError, match="whole numbers"):
        nc.EventData([[0.5]], [[0.1]], 2, 1.0)
    with pytest.raises(nc.NirError, match="agree in shape"):
        nc.EventData([[0]], [[0.1, 0.2]], 2, 1.0)
    with pytest.raises(nc.NirError, match="positive"):
        nc.TimeGriddedData(np.zeros((1, 1, 1)), 0.0)


def test_events_that_do_not_fit_are_told() -> None:
    grid = nc.TimeGriddedData(np.ones((2, 3, 1), bool), 1.0)
    with pytest.warns(nc.NirWarning, match="2 events did not fit"):
        assert grid.to_event(2).idx.shape == (2, 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        grid.to_event(3)
    with pytest.raises(nc.NirError, match="boolean"):
        nc.TimeGriddedData(np.ones((1, 1, 1)), 1.0).to_event()


def recordings() -> nc.NIRGraphData:
    grid = nc.TimeGriddedData(np.arange(24.0).reshape(2, 4, 3), 1e-3)
    events = nc.TimeGriddedData(np.eye(3, dtype=bool)[None], 0.1).to_event()
    valued = nc.ValuedEventData(events.idx, events.time, 3, 0.3, np.ones(events.shape, np.float32))
    inner = nc.NIRGraphData({"z": nc.NIRNodeData({"v": grid}), "a": nc.NIRNodeData({})})
    return nc.NIRGraphData(
        {
            "lif.1": nc.NIRNodeData({"z spikes": events, "v": grid, "i": valued}),
            "block": nc.NIRGraphData({"deeper": inner}),
        }
    )


def test_recordings_are_values() -> None:
    data = recordings()
    twins = (recordings(), copy.deepcopy(data), pickle.loads(pickle.dumps(data)))
    for twin in twins:
        assert twin == data
        assert hash(twin) == hash(data)
    assert data != nc.NIRGraphData({})
    array = data.nodes["lif.1"].observables["v"].data
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1
    with pytest.raises(nc.NirTypeError, match="cannot be changed"):
        data.nodes["x"] = nc.NIRNodeData({})
    with pytest.raises(nc.NirTypeError, match="expected NIRNodeData"):
        nc.NIRGraphData({"a": 3})


def test_nested_recordings_come_back_in_order(tmp_path: Path) -> None:
    data = recordings()
    nc.save_data(tmp_path / "a.h5", data)
    back = nc.load_data(tmp_path / "a.h5")
    assert back == data
    assert list(back.nodes) == ["lif.1", "block"]
    assert list(back.nodes["lif.1"].observables) == ["z spikes", "v", "i"]
    assert list(back.nodes["block"].nodes["deeper"].nodes) == ["z", "a"]
    file = io.BytesIO()
    nc.write_data(file, data, "gzip", 9)
    assert nc.read_data(file.getvalue()) == data


def test_recordings_are_compared_with_any_graph() -> None:
    lif = nc.LIF(0.1, 1.0, 0.0, np.ones((3,)))
    inner = nc.NIRGraph.from_list(nc.Input([2, 3]), nc.Scale(np.ones((2, 3))))
    graph = nc.NIRGraph(
        {"a": nc.Input([3]), "lif": lif, "o": nc.Output([3]), "block": inner}, [], type_check=False
    )
    grid = nc.TimeGriddedData(np.zeros((1, 2, 3)), 0.1)
    wide = nc.TimeGriddedData(np.zeros((1, 2, 6)), 0.1)
    nested = nc.NIRGraphData({"scale": nc.NIRNodeData({"v": wide})})
    nc.NIRGraphData({"lif": nc.NIRNodeData({"v": grid}), "block": nested}).check_nodes(graph)
    with pytest.raises(nc.NirError, match=r"/lif: the observables have \[6\] neurons"):
        nc.NIRGraphData({"lif": nc.NIRNodeData({"v": wide})}).check_nodes(graph)
    with pytest.raises(nc.NirError, match="/nope"):
        nc.NIRGraphData({"nope": nc.NIRNodeData({})}).check_nodes(graph)
    with pytest.raises(nc.NirTypeError, match="not a graph"):
        nc.NIRGraphData({"lif": nested}).check_nodes(graph)


def test_names_that_hdf5_cannot_hold_are_refused(tmp_path: Path) -> None:
    for name in ("a/b", ".", ""):
        with pytest.raises(nc.NirError, match="cannot be written"):
            nc.save_data(tmp_path / "a.h5", nc.NIRGraphData({name: nc.NIRNodeData({})}))
    assert not list(tmp_path.iterdir())


def small_file() -> bytes:
    file = io.BytesIO()
    nc.save_data(file, recordings())
    return file.getvalue()


SMALL = small_file()


def spoil(change: Any) -> bytes:
    file = io.BytesIO(SMALL)
    with h5py.File(file, "r+") as h5:
        change(h5)
    return file.getvalue()


def replace(h5: Any, path: str, value: Any) -> None:
    del h5[path]
    h5[path] = value


LIF = "nodes/lif.1/observables/"
SPOILT = {
    "no type at the root": lambda h: h.attrs.__delitem__("__type__"),
    "another type at the root": lambda h: h.attrs.__setitem__("__type__", "NIRNodeData"),
    "a number as type": lambda h: h.attrs.__setitem__("__type__", 3),
    "several types": lambda h: h.attrs.__setitem__("__type__", ["NIRGraphData"] * 2),
    "a long type": lambda h: h["nodes/lif.1"].attrs.__setitem__("__type__", "x" * 5000),
    "an unknown observable": lambda h: h[LIF + "v"].attrs.__setitem__("__type__", "Audio"),
    "no nodes": lambda h: h.__delitem__("nodes"),
    "nodes is an array": lambda h: replace(h, "nodes", np.ones(3)),
    "no observables": lambda h: h.__delitem__("nodes/lif.1/observables"),
    "no data": lambda h: h.__delitem__(LIF + "v/data"),
    "text as data": lambda h: replace(h, LIF + "v/data", "text"),
    "complex data": lambda h: replace(h, LIF + "v/data", np.ones((1, 1, 1), complex)),
    "data with two axes": lambda h: replace(h, LIF + "v/data", np.ones((2, 2))),
    "an external link": lambda h: replace(h, LIF + "v/data", h5py.ExternalLink("x.h5", "/y")),
    "a soft link": lambda h: replace(h, LIF + "v/data", h5py.SoftLink("/nodes")),
    "a group that contains itself": lambda h: h.__setitem__("nodes/block/nodes/x", h["nodes"]),
    "an extra field": lambda h: h.__setitem__(LIF + "v/extra", 1),
    "no dt": lambda h: h[LIF + "v"].attrs.__delitem__("dt"),
    "dt is text": lambda h: h[LIF + "v"].attrs.__setitem__("dt", "fast"),
    "dt is negative": lambda h: h[LIF + "v"].attrs.__setitem__("dt", -1.0),
    "dt is not a number": lambda h: h[LIF + "v"].attrs.__setitem__("dt", np.nan),
    "dt is an array": lambda h: h[LIF + "v"].attrs.__setitem__("dt", [1.0, 2.0]),
    "t_max is infinite": lambda h: h[LIF + "z spikes"].attrs.__setitem__("t_max", np.inf),
    "half a neuron": lambda h: h[LIF + "z spikes"].attrs.__setitem__("n_neurons", 2.5),
    "infinite neurons": lambda h: h[LIF + "z spikes"].attrs.__setitem__("n_neurons", np.inf),
    "too few neurons": lambda h: h[LIF + "z spikes"].attrs.__setitem__("n_neurons", 1),
    "negative neurons": lambda h: h[LIF + "z spikes"].attrs.__setitem__("n_neurons", -5),
    "idx of reals": lambda h: replace(h, LIF + "z spikes/idx", np.zeros((1, 3))),
    "idx and time differ": lambda h: replace(h, LIF + "z spikes/idx", np.zeros((1, 2), int)),
    "value differs": lambda h: replace(h, LIF + "i/value", np.zeros((1, 2))),
    "time is not a number": lambda h: replace(h, LIF + "i/time", np.full((1, 3), np.nan)),
}


@pytest.mark.parametrize("name", SPOILT)
def test_damaged_recordings_are_refused(name: str) -> None:
    with pytest.raises(nc.NirFileError):
        nc.load_data(spoil(SPOILT[name]))


def test_more_than_the_limits_is_refused() -> None:
    nc.load_data(SMALL, limits=nc.Limits(max_bytes=2000))
    with pytest.raises(nc.NirFileError, match="max_bytes"):
        nc.load_data(SMALL, limits=nc.Limits(max_bytes=100))
    with pytest.raises(nc.NirFileError, match="max_depth"):
        nc.load_data(SMALL, limits=nc.Limits(max_depth=2))
    with pytest.raises(nc.NirFileError, match="max_nodes"):
        nc.load_data(SMALL, limits=nc.Limits(max_nodes=3))


def test_a_graph_is_not_taken_for_recordings() -> None:
    file = io.BytesIO()
    nc.write(file, nc.NIRGraph.from_list(nc.Scale([1.0])))
    with pytest.raises(nc.NirFileError, match="use read"):
        nc.load_data(file.getvalue())


@given(st.data())
@settings(max_examples=150)
def test_flipped_bytes_never_escape_as_other_errors(data: Any) -> None:
    content = bytearray(SMALL)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.sampled_from([len(content), len(content), len(content) // 2]))
    with contextlib.suppress(nc.NirFileError):
        nc.load_data(bytes(content[:cut]))


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(nc.NirFileError):
        nc.load_data(content)
    with pytest.raises(nc.NirFileError):
        nc.load_data(SMALL[:100] + content)

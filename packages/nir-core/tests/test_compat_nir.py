"""Programs written for nir, run with nir itself (interop) and with nir_core.compat.nir."""

from __future__ import annotations

import copy
import importlib
import inspect
import io
import pickle
import pkgutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from nir_strategies import graphs

import nir_core as core
from nir_core.compat import nir as compat
from nir_core.compat import stand_in
from nir_core.interop import rebuild

BOTH = [pytest.param("nir", marks=pytest.mark.interop), "nir_core.compat.nir"]


@pytest.fixture(params=BOTH)
def nir(request: pytest.FixtureRequest) -> Any:
    return pytest.importorskip(request.param)


def full(value: float, n: int = 3) -> np.ndarray:
    return np.full(n, value)


def lif(nir: Any, n: int = 3) -> Any:
    return nir.LIF(tau=full(0.01, n), r=full(1, n), v_leak=full(0, n), v_threshold=full(1, n))


def test_a_network_is_built_edited_written_and_read(nir: Any, tmp_path: Path) -> None:
    nodes = {
        "input": nir.Input(input_type=np.array([2])),
        "fc": nir.Affine(weight=np.ones((3, 2)), bias=np.zeros(3)),
        "lif": lif(nir),
        "output": nir.Output(output_type=np.array([3])),
    }
    edges = [("input", "fc"), ("fc", "lif"), ("lif", "output")]
    graph = nir.NIRGraph(nodes, edges)
    graph.nodes["lif"].tau = full(0.02)
    graph.nodes["lif"].tau[1] = 0.5
    graph.nodes["w_rec"] = nir.Linear(np.eye(3))
    graph.edges.append(("lif", "w_rec"))
    graph.edges += [("w_rec", "lif")]
    graph.metadata["author"] = {"name": "me", "year": 2024}
    graph.infer_types()
    assert graph.check_types()
    nir.write(tmp_path / "net.nir", graph)
    back = nir.read(str(tmp_path / "net.nir"))
    assert isinstance(back, nir.NIRGraph)
    assert isinstance(back, nir.NIRNode)
    assert sorted(back.nodes) == sorted(graph.nodes)
    assert set(back.edges) == set(graph.edges)
    assert back.nodes["lif"].tau.tolist() == [0.02, 0.5, 0.02]
    assert back.nodes["lif"].v_reset.tolist() == [0, 0, 0]
    assert back.metadata == graph.metadata
    back.nodes["lif"].tau[:] = 1  # what was read can be changed
    assert back.nodes["lif"].tau.tolist() == [1, 1, 1]
    assert core.read(tmp_path / "net.nir") == core.from_nir(graph)


def test_from_list_names_nodes_and_adds_the_ends(nir: Any) -> None:
    graph = nir.NIRGraph.from_list(nir.Linear(np.ones((3, 2))), lif(nir), lif(nir))
    assert list(graph.nodes) == ["input", "linear", "lif", "lif_1", "output"]
    assert graph.edges == [
        ("input", "linear"),
        ("linear", "lif"),
        ("lif", "lif_1"),
        ("lif_1", "output"),
    ]
    assert graph.inputs["input"].input_type["input"].tolist() == [2]
    assert graph.outputs["output"].output_type["output"].tolist() == [3]
    assert graph.input_type["input"].tolist() == [2]
    assert graph.output_type["output"].tolist() == [3]
    listed = nir.NIRGraph.from_list([nir.Input(np.array([3])), lif(nir), nir.Output((3,))])
    assert list(listed.nodes) == ["input", "lif", "output"]


def test_missing_inputs_and_outputs_are_added_by_inference(nir: Any) -> None:
    graph = nir.NIRGraph(nodes={"a": lif(nir), "b": lif(nir)}, edges=[("a", "b")])
    assert sorted(graph.nodes) == ["a", "b", "input_a", "output_b"]
    assert sorted(graph.edges) == [("a", "b"), ("b", "output_b"), ("input_a", "a")]


def test_shapes_of_convolutions_pools_and_flatten_are_inferred(nir: Any) -> None:
    graph = nir.NIRGraph.from_list(
        nir.Input(np.array([2, 12, 12])),
        nir.Conv2d(None, np.ones((4, 2, 3, 3)), 1, 1, 1, 1, np.zeros(4)),
        nir.SumPool2d(np.array([2, 2]), np.array([2, 2]), np.array([0, 0])),
        nir.AvgPool2d(np.array([3, 3]), np.array([3, 3]), np.array([0, 0])),
        nir.Flatten(None, 0),
        nir.Linear(np.ones((5, 16))),
    )
    shapes = {n: list(node.output_type["output"]) for n, node in graph.nodes.items()}
    assert shapes == {
        "input": [2, 12, 12],
        "conv2d": [4, 12, 12],
        "sumpool2d": [4, 6, 6],
        "avgpool2d": [4, 2, 2],
        "flatten": [16],
        "linear": [5],
        "output": [5],
    }
    assert tuple(graph.nodes["conv2d"].input_shape) == (12, 12)
    assert tuple(graph.nodes["conv2d"].stride) == (1, 1)
    assert graph.nodes["flatten"].input_type["input"].tolist() == [4, 2, 2]


def test_dictionaries_make_the_same_graph_again(nir: Any) -> None:
    inner = nir.NIRGraph.from_list(lif(nir))
    graph = nir.NIRGraph(
        {"input": nir.Input(np.array([3])), "block": inner, "output": nir.Output(np.array([3]))},
        [("input", "block"), ("block", "output")],
        metadata={"k": 1},
    )
    content = graph.to_dict()
    assert content["type"] == "NIRGraph"
    assert sorted(content["nodes"]["block"]["nodes"]) == ["input", "lif", "output"]
    assert content["nodes"]["input"]["shape"].tolist() == [3]
    assert sorted(content["nodes"]["block"]["nodes"]["lif"]) == [
        "metadata",
        "r",
        "tau",
        "type",
        "v_leak",
        "v_reset",
        "v_threshold",
    ]
    content["nodes"]["block"]["nodes"]["lif"]["tau"][0] = 7  # a copy
    assert graph.nodes["block"].nodes["lif"].tau[0] == 0.01
    again = nir.dict2NIRNode(graph.to_dict())
    assert core.from_nir(again) == core.from_nir(graph)
    assert core.from_nir(nir.NIRGraph.from_dict(graph.to_dict())) == core.from_nir(graph)
    single = nir.dict2NIRNode({"type": "Scale", "scale": full(2.0)})
    assert isinstance(single, nir.Scale)
    assert nir.str2NIRNode("CubaLIF") is nir.CubaLIF


def test_wrong_graphs_raise_what_callers_catch(nir: Any) -> None:
    ends = {"a": nir.Input(np.array([3])), "b": nir.Output(np.array([2]))}
    with pytest.raises(ValueError, match="mismatch"):
        nir.NIRGraph(dict(ends), [("a", "b")])
    with pytest.raises(ValueError, match="'c'"):
        nir.NIRGraph(dict(ends), [("a", "c")])
    with pytest.raises(ValueError, match="uplicate"):
        nir.NIRGraph({"a": lif(nir), "b": lif(nir)}, [("a", "b"), ("a", "b")])
    with pytest.raises(ValueError):  # noqa: PT011 - the words differ
        nir.NIRGraph({"a": nir.Flatten(None)}, [])
    with pytest.raises(AssertionError):
        nir.LIF(tau=full(1, 2), r=full(1), v_leak=full(0), v_threshold=full(1))
    with pytest.raises(AssertionError):
        nir.str2NIRNode("Nothing")
    with pytest.raises(AssertionError):
        nir.Scale.from_dict({"type": "LIF"})
    with pytest.raises(AttributeError):
        nir.NIRNode()
    with pytest.raises(ValueError, match="padding"):
        nir.Conv1d(8, np.ones((2, 1, 3)), 1, "full", 1, 1, np.zeros(2))
    with pytest.raises(TypeError):
        nir.Scale()
    nir.NIRGraph(dict(ends), [("a", "b")], type_check=False)


def test_own_node_classes_work_as_in_nir(nir: Any) -> None:
    @dataclass(eq=False)
    class Double(nir.NIRNode):
        size: np.ndarray

        def __post_init__(self) -> None:
            self.input_type = {"input": self.size}
            self.output_type = {"output": self.size}

    node = Double(np.array([3]), metadata={"note": "x"})
    assert isinstance(node, nir.NIRNode)
    assert node.to_dict()["type"] == "Double"
    assert node.metadata == {"note": "x"}
    graph = nir.NIRGraph.from_list(node)
    assert list(graph.nodes) == ["input", "double", "output"]


def test_nodes_are_told_apart_by_identity_and_copied_whole(nir: Any) -> None:
    node = lif(nir)
    assert node == node
    assert node != lif(nir)
    assert (node == lif(nir)) is False
    graph = nir.NIRGraph.from_list(node)
    for twin in (copy.deepcopy(graph), pickle.loads(pickle.dumps(graph))):
        twin.nodes["lif"].tau[0] = 9
        assert graph.nodes["lif"].tau[0] == 0.01
        assert twin.edges == graph.edges


def test_open_files_are_written_and_read(nir: Any) -> None:
    file = io.BytesIO()
    nir.write(file, nir.NIRGraph.from_list(lif(nir)), compression=None)
    assert sorted(nir.read(file).nodes) == ["input", "lif", "output"]


def test_versions_and_missing_files(nir: Any, tmp_path: Path) -> None:
    serialization = importlib.import_module(f"{nir.__name__}.serialization")
    nir.write(str(tmp_path / "a.nir"), nir.NIRGraph.from_list(lif(nir)))
    assert serialization.read_version(tmp_path / "a.nir") == "1.0.8"
    assert nir.version == nir.__version__ == "1.0.8"
    with pytest.raises(OSError, match="none"):
        nir.read(tmp_path / "none.nir")
    (tmp_path / "b.nir").write_bytes(b"not a file of HDF5")
    with pytest.raises(OSError):  # noqa: PT011 - the words differ
        nir.read(tmp_path / "b.nir")


def test_shape_helpers(nir: Any) -> None:
    utils = importlib.import_module(f"{nir.__name__}.ir.utils")
    assert utils.calculate_conv_output((10, 8), (1, 0), 1, (3, 3), 1).tolist() == [10, 6]
    assert utils.calculate_conv_output(10, 0, 2, 3, 2).tolist() == [3]
    assert utils.calculate_conv_output((5, 6), "same", 1, 3, 1).tolist() == [5, 6]
    assert utils.calculate_conv_output((5, 6), "valid", 1, 3, 1).tolist() == [3, 4]
    assert utils.calc_flatten_output(np.array([2, 3, 4]), 1, -1).tolist() == [2, 12]
    assert utils.calc_flatten_output((2, 3, 4), 0, 1).tolist() == [6, 4]
    assert utils.parse_shape_argument((1, 2), "input")["input"].tolist() == [1, 2]
    assert utils.parse_shape_argument(None, "input") == {"input": None}
    assert (utils.ensure_str(b"a"), utils.ensure_str("b")) == ("a", "b")
    with pytest.raises(TypeError):
        utils.ensure_str(3)


def test_cuba_neurons_spread_their_input_weight(nir: Any) -> None:
    values = {"tau_syn": full(1), "tau_mem": full(1), "r": full(1), "v_leak": full(0)}
    assert nir.CubaLI(**values, w_in=2.0).w_in.tolist() == [2, 2, 2]
    node = nir.CubaLIF(**values, v_threshold=full(1))
    assert node.w_in.tolist() == [1, 1, 1]
    assert node.v_reset.tolist() == [0, 0, 0]
    old = {**node.to_dict()}
    del old["v_reset"]
    assert nir.dict2NIRNode(old).v_reset.tolist() == [0, 0, 0]


def test_data_are_gridded_written_and_checked(nir: Any, tmp_path: Path) -> None:
    spikes = np.zeros((2, 4, 3), dtype=bool)
    spikes[0, 1, 2] = spikes[0, 3, 0] = spikes[1, 0, 1] = True
    grid = nir.TimeGriddedData(spikes, 0.5)
    events = grid.to_event(4, time_shift=0.1)
    assert (grid.n_samples, grid.n_time_steps, grid.n_neurons, grid.t_max) == (2, 4, 3, 2.0)
    assert events.idx.tolist() == [[2, 0, -1, -1], [1, -1, -1, -1]]
    assert events.time[0, :2].tolist() == [0.6, 1.6]
    assert (events.to_time_gridded(0.5).data == spikes).all()
    valued = nir.ValuedEventData(events.idx, events.time, 3, 2.0, np.full(events.idx.shape, 0.5))
    assert valued.to_time_gridded(0.5).data.sum() == 1.5
    node = nir.NIRNodeData({"spikes": events, "grid": grid, "v": valued})
    data = nir.NIRGraphData({"lif": node})
    data.check_nodes(nir.NIRGraph.from_list(lif(nir)))
    with pytest.raises(ValueError, match="lif"):
        data.check_nodes(nir.NIRGraph.from_list(lif(nir, 4)))
    with pytest.raises(KeyError, match="lif"):
        data.check_nodes(nir.NIRGraph.from_list(nir.Scale(full(1))))
    nir.write_data(str(tmp_path / "data.nir"), data)
    back = nir.read_data(str(tmp_path / "data.nir"))
    read = back.nodes["lif"].observables
    assert sorted(read) == ["grid", "spikes", "v"]
    assert (read["grid"].data == spikes).all()
    assert read["grid"].dt == 0.5
    assert (read["spikes"].idx == events.idx).all()
    assert (read["spikes"].time == events.time).all()
    assert isinstance(read["v"], nir.ValuedEventData)
    assert (read["v"].value == 0.5).all()
    with pytest.raises(ValueError, match="time_shift"):
        grid.to_event(2, time_shift=0.5)
    with pytest.raises(ValueError):  # noqa: PT011 - the words differ
        nir.TimeGriddedData(spikes[0], 0.5)
    with pytest.raises(TypeError):
        nir.NIRNodeData([events])


def modules_of(name: str) -> list[Any]:
    root = importlib.import_module(name)
    names = [m.name for m in pkgutil.walk_packages(root.__path__, f"{name}.")]
    return [root, *map(importlib.import_module, names)]


@pytest.mark.interop
@pytest.mark.parametrize("package", ["nir"])
def test_every_public_name_exists_with_the_same_arguments(package: str) -> None:
    pytest.importorskip(package)
    for theirs in modules_of(package):
        ours = importlib.import_module(f"nir_core.compat.{theirs.__name__}")
        for name, value in vars(theirs).items():
            home = getattr(value, "__name__" if inspect.ismodule(value) else "__module__", package)
            if name.startswith("_") or str(home).partition(".")[0] != package:
                continue
            assert hasattr(ours, name), f"{theirs.__name__}.{name}"
            mine = getattr(ours, name)
            if inspect.isclass(value) or inspect.isfunction(value):
                wanted = list(inspect.signature(value).parameters)
                assert list(inspect.signature(mine).parameters) == wanted, name
            if inspect.isclass(value):
                for attribute in dir(value):
                    known = attribute.startswith("_") or hasattr(mine, attribute)
                    assert known or attribute in mine.__dataclass_fields__, (name, attribute)
        assert set(getattr(theirs, "__all__", ())) <= set(getattr(ours, "__all__", ()))


# What follows is better than in nir on purpose.


def test_shapes_that_nir_gets_wrong_are_right() -> None:
    wide = compat.Conv2d((10, 10), np.ones((2, 1, 3, 5)), 1, 0, 1, 1, np.zeros(2))
    assert wide.output_type["output"].tolist() == [2, 8, 6]
    grouped = compat.Conv2d((6, 6), np.ones((4, 1, 3, 3)), 1, 1, 1, 4, np.zeros(4))
    assert grouped.input_type["input"].tolist() == [4, 6, 6]
    with pytest.raises(core.NirError, match="larger than"):
        compat.Conv2d((2, 2), np.ones((2, 1, 5, 5)), 1, 0, 1, 1, np.zeros(2))


def test_numbers_for_a_whole_layer_build_write_and_read(tmp_path: Path) -> None:
    graph = compat.NIRGraph.from_list(
        compat.Linear(np.ones((3, 2))), compat.LIF(0.01, 1.0, 0.0, 1.0), compat.Scale(2.0)
    )
    assert graph.output_type["output"].tolist() == [3]
    compat.write(tmp_path / "a.nir", graph)
    assert compat.read(tmp_path / "a.nir").nodes["lif"].tau.tolist() == [0.01] * 3


def test_an_open_file_can_be_written_again() -> None:
    file = io.BytesIO()
    for node in (compat.Scale(full(1)), lif(compat), compat.Scale(full(1))):
        compat.write(file, compat.NIRGraph.from_list(node))
        assert list(compat.read(file).nodes)[1] == type(node).__name__.lower()


def test_the_callers_containers_are_left_alone() -> None:
    nodes, edges = {"a": lif(compat)}, []
    content = {"type": "Input", "shape": np.array([2])}
    compat.NIRGraph(nodes, edges)
    compat.dict2NIRNode(content)
    assert (list(nodes), edges, list(content)) == (["a"], [], ["type", "shape"])


def test_a_nested_graph_takes_its_shape_from_outside() -> None:
    inner = compat.NIRGraph(
        {"in": compat.Input(None), "pool": compat.SumPool2d(2, 2, 0), "out": compat.Output(None)},
        [("in", "pool"), ("pool", "out")],
        type_check=False,
    )
    graph = compat.NIRGraph.from_list(compat.Input((1, 4, 4)), inner, compat.Output(None))
    assert inner.output_type["out"].tolist() == [1, 2, 2]
    assert graph.nodes["nirgraph"] is inner


def test_nodes_without_a_class_in_nir_are_not_written(tmp_path: Path) -> None:
    @dataclass(eq=False)
    class Own(compat.NIRNode):
        def __post_init__(self) -> None:
            self.input_type = self.output_type = {"input": np.array([1])}

    graph = compat.NIRGraph({"own": Own()}, [], type_check=False)
    with pytest.raises(core.NirTypeError, match="/own: Own is not a node"):
        compat.write(tmp_path / "a.nir", graph)
    assert not (tmp_path / "a.nir").exists()
    with pytest.raises(core.NirTypeError, match="from_list"):
        compat.write(tmp_path / "a.nir", compat.Scale(full(1)))


@given(graphs())
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_graphs_pass_through_the_mutable_form(graph: core.NIRGraph) -> None:
    mutable = rebuild(graph, compat, type_check=False)
    back = core.from_nir(mutable)
    assert list(back.nodes) == list(graph.nodes)
    assert back.shapes.keys() == graph.shapes.keys()
    assert rebuild(back, compat, type_check=False).to_dict().keys() == mutable.to_dict().keys()
    assert core.from_nir(compat.dict2NIRNode({**mutable.to_dict(), "type_check": False})) == back


def test_inference_agrees_with_that_of_nir_core() -> None:
    @given(graphs(depth=0))
    @settings(max_examples=40)
    def agrees(graph: core.NIRGraph) -> None:
        mutable = rebuild(graph, compat, type_check=False)
        for name, shape in graph.shapes.items():
            got = mutable.nodes[name].output_type["output"]
            if got is not None and len(got):
                assert tuple(got) == shape.output

    agrees()


def test_hdf5_groups_become_dictionaries(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    from nir_core.compat.nir import serialization

    graph = compat.NIRGraph.from_list(lif(compat))
    graph.metadata = {"a": {"b": "text"}}
    compat.write(tmp_path / "a.nir", graph)
    with h5py.File(tmp_path / "a.nir") as file:
        content = serialization.hdf2dict(file["node"])
        assert content["metadata"] == {"a": {"b": "text"}}
        assert content["nodes"]["lif"]["type"] == "LIF"
        node = serialization.read_node(file["node"])
    assert core.from_nir(node) == core.from_nir(graph)
    with h5py.File(tmp_path / "b.nir", "w") as file:
        file["node/x"] = h5py.ExternalLink("a.nir", "/node")
        with pytest.raises(core.NirFileError, match="file itself"):
            serialization.hdf2dict(file["node"])


def test_a_library_that_imports_nir_gets_the_stand_in() -> None:
    with stand_in("nir"):
        import nir
        from nir.ir.graph import NIRGraph
    assert nir is compat
    assert NIRGraph is compat.NIRGraph
    with pytest.raises(core.NirError, match="nirtorch"), stand_in("torch"):
        raise AssertionError("not reached")


def test_what_is_wrong_is_said_in_the_words_of_nir(nir: Any) -> None:
    ends = {"a": nir.Input(np.array([2])), "z": nir.Output(np.array([2]))}
    inside = nir.NIRGraph(ends, [("a", "z"), ("a", "z")], type_check=False)
    with pytest.raises(ValueError, match="Duplicate edge: ") as told:
        nir.NIRGraph(ends, [("a", "z"), ("a", "z")])
    assert "('a', 'z')" in str(told.value)
    with pytest.raises(ValueError, match="In subgraph 'sub': Duplicate edge"):
        nir.NIRGraph({**ends, "sub": inside}, [("a", "sub"), ("sub", "z")])
    nodes = {"a": nir.Input(np.array([1, 5])), "b": nir.Flatten(None, 0), "z": nir.Output(None)}
    with pytest.raises(ValueError, match=r"type mismatch: b\.output: \[5\] -> a\.input: \[1 5\]"):
        nir.NIRGraph(nodes, [("a", "b"), ("b", "a"), ("b", "z")])


def test_groups_may_be_written_once_per_axis(nir: Any) -> None:
    weight = np.ones((4, 1, 3, 3))
    conv = nir.Conv2d((9, 9), weight, (1, 2), (1, 1), (1, 1), (1, 1), np.zeros(4))
    assert conv.output_type["output"].tolist() == [4, 9, 5]
    grouped = compat.Conv2d((9, 9), weight, 1, 0, 1, (2, 2), np.zeros(4))
    assert grouped.input_type["input"].tolist() == [2, 9, 9]
    with pytest.raises(core.NirError, match="groups"):
        compat.Conv2d((9, 9), weight, 1, 0, 1, (1, 2), np.zeros(4))


def test_events_of_one_sample_need_no_sample_axis(nir: Any, tmp_path: Path) -> None:
    event = nir.EventData(np.array([0, 1, 0]), np.array([0.1, 0.2, 0.3]), 2, 1.0)
    valued = nir.ValuedEventData(np.array([1]), np.array([0.2]), 2, 1.0, np.array([0.5]))
    data = nir.NIRGraphData({"lif": nir.NIRNodeData({"z": event, "v": valued})})
    nir.write_data(tmp_path / "a.nir", data)
    for reader in (nir.read_data, core.read_data):
        back = reader(tmp_path / "a.nir").nodes["lif"].observables
        for name, one in (("z", event), ("v", valued)):
            assert back[name].idx.tolist() == one.idx.tolist()
            assert back[name].time.tolist() == one.time.tolist()
        assert back["v"].value.tolist() == [0.5]
    assert back["z"].n_samples == 1
    assert back["v"].to_time_gridded(0.5).data.tolist() == [[[0.0, 0.5], [0.0, 0.0]]]

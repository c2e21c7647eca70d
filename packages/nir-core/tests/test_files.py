"""Graphs survive a .nir file; the files are lean, atomic and readable for others."""

from __future__ import annotations

import io
import tracemalloc
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from nir_strategies import graphs

import nir_core as nc


def stored(graph: nc.NIRGraph, **options: object) -> bytes:
    file = io.BytesIO()
    nc.write(file, graph, **options)  # type: ignore[arg-type]
    return file.getvalue()


@given(graphs())
@settings(max_examples=60)
def test_every_graph_comes_back_equal_and_in_order(graph: nc.NIRGraph) -> None:
    again = nc.read(stored(graph), check="off")
    assert again == graph
    assert hash(again) == hash(graph)
    assert list(again.nodes) == list(graph.nodes)


def chain(*nodes: nc.NIRNode) -> nc.NIRGraph:
    return nc.NIRGraph.from_list(*nodes)


@pytest.mark.parametrize("compression", ["auto", None, "gzip", "lzf", 0, 9])
def test_compression_does_not_change_the_graph(compression: object, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    graph = chain(nc.Linear(rng.normal(size=(80, 60))), nc.LIF(*np.full((4, 80), 0.1)))
    nc.write(tmp_path / "a.nir", graph, compression)  # type: ignore[arg-type]
    assert nc.read(tmp_path / "a.nir") == graph


def test_small_arrays_are_not_compressed_and_constant_large_ones_are(tmp_path: Path) -> None:
    graph = chain(nc.Scale(np.ones(10)), nc.Linear(np.ones((2000, 10))), nc.Scale(np.ones(2000)))
    nc.write(tmp_path / "a.nir", graph, "gzip")
    with h5py.File(tmp_path / "a.nir") as file:
        nodes = file["node/nodes"]
        assert nodes["scale/scale"].compression is None
        assert nodes["linear/weight"].compression == "gzip"
    assert len(stored(graph)) < 20_000
    rng = np.random.default_rng(0)
    noise = chain(nc.Linear(rng.normal(size=(100, 100))))
    nc.write(tmp_path / "b.nir", noise)
    with h5py.File(tmp_path / "b.nir") as file:
        assert file["node/nodes/linear/weight"].compression is None


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "net.nir"
    graph = chain(nc.Scale([1.0]))
    nc.write(path, graph)
    bad = graph.replace(metadata={"x": None})
    with pytest.raises(nc.NirTypeError, match="metadata 'x'"):
        nc.write(path, bad)
    assert nc.read(path) == graph
    assert [p.name for p in tmp_path.iterdir()] == ["net.nir"]


def test_a_write_follows_a_link_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link.nir").symlink_to(tmp_path / "real" / "net.nir")
    nc.write(tmp_path / "link.nir", chain(nc.Scale([1.0])))
    assert (tmp_path / "link.nir").is_symlink()
    assert nc.read(tmp_path / "real" / "net.nir")


@pytest.mark.parametrize("name", ["a/b", ".", "..", "a\0b", "\ud800"])
def test_names_that_hdf5_cannot_hold_are_refused_with_the_reason(name: str) -> None:
    graph = nc.NIRGraph(
        {"i": nc.Input([1]), name: nc.Scale([1.0]), "o": nc.Output([1])},
        [("i", name), (name, "o")],
    )
    with pytest.raises(nc.NirError, match=r"cannot be written to a \.nir file because"):
        stored(graph)


def test_shapes_that_do_not_follow_are_refused() -> None:
    graph = nc.NIRGraph(
        {"i": nc.Input(None), "p": nc.SumPool2d(2, 2, 0), "o": nc.Output(None)},
        [("i", "p"), ("p", "o")],
    )
    with pytest.raises(nc.NirError, match="give an Input its shape"):
        stored(graph)


def test_wrong_graphs_are_not_written_unless_asked_for(tmp_path: Path) -> None:
    nodes = {"i": nc.Input([3]), "s": nc.Scale(np.ones(2)), "o": nc.Output([2])}
    graph = nc.NIRGraph(nodes, [("i", "s"), ("s", "o")], type_check=False)
    with pytest.raises(nc.NirError, match="not written: NIR020"):
        nc.write(tmp_path / "a.nir", graph)
    with pytest.warns(nc.NirWarning, match="NIR020"):
        nc.write(tmp_path / "a.nir", graph, check="lenient")
    with pytest.raises(nc.NirError, match="NIR020"):
        nc.read(tmp_path / "a.nir")
    with pytest.warns(nc.NirWarning, match="NIR020"):
        assert nc.read(tmp_path / "a.nir", check="lenient") == graph
    assert nc.read(tmp_path / "a.nir", type_check=False) == graph


def test_wrong_calls_say_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(nc.NirTypeError, match="from_list"):
        nc.write(tmp_path / "a.nir", nc.Scale(1.0))  # type: ignore[arg-type]
    with pytest.raises(nc.NirTypeError, match="compression is"):
        nc.write(tmp_path / "a.nir", chain(nc.Scale([1.0])), "zip")
    with pytest.raises(FileNotFoundError, match="not a folder"):
        nc.write(tmp_path / "none" / "a.nir", chain(nc.Scale([1.0])))
    with pytest.raises(IsADirectoryError):
        nc.write(tmp_path, chain(nc.Scale([1.0])))
    with pytest.raises(FileNotFoundError):
        nc.read(tmp_path / "none.nir")
    with pytest.raises(nc.NirTypeError, match="check is"):
        nc.read(tmp_path / "none.nir", check="maybe")  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_streams_paths_and_bytes_read_alike(tmp_path: Path) -> None:
    graph = chain(nc.Scale([1.0]))
    nc.write(str(tmp_path / "a.nir"), graph)
    data = (tmp_path / "a.nir").read_bytes()
    with open(tmp_path / "a.nir", "rb") as file:
        assert nc.read(file) == nc.read(data) == nc.read(tmp_path / "a.nir") == graph
    assert nc.read_version(data) == "1.0.8"


def test_thousand_nodes_stay_small() -> None:
    lif = nc.LIF(*np.full((4, 10), 0.1))
    assert len(stored(chain(*[lif] * 1000))) < 3_000_000


def test_old_files_are_read(nir_data: Path) -> None:
    lif = nc.read(nir_data / "lif" / "lif_norse.nir")
    assert lif.nodes["1"].v_reset.tolist() == [0]
    assert nc.read_version(nir_data / "lif" / "lif_norse.nir") == "0.1.1"
    braille = nc.read(nir_data / "braille" / "braille_noDelay_bias_zero.nir")
    assert braille.nodes["lif1.lif"].tau_mem.shape == (38,)
    assert braille.edges[0] in [("fc1", "lif1.lif"), ("input", "fc1")] or len(braille.edges) == 7


def test_a_file_whose_output_shape_is_wrong_is_refused_and_readable_unchecked(
    nir_data: Path,
) -> None:
    path = nir_data / "lif" / "lif_rockpool.nir"
    with pytest.raises(nc.NirError, match=r"NIR020 error at /output.*\(1, 1, 1\), got \(1,\)"):
        nc.read(path)
    assert len(nc.read(path, check="off").nodes) == 4


def test_a_reset_of_zero_is_left_out_for_readers_that_do_not_know_it(tmp_path: Path) -> None:
    # nir up to 1.0.5 has no v_reset and refuses unknown fields; later ones fill in zeros.
    half = np.full(2, 0.5)
    graph = chain(nc.LIF(half, half, half, half), nc.IF(half, half, -half))
    nc.write(tmp_path / "a.nir", graph)
    with h5py.File(tmp_path / "a.nir") as file:
        assert "v_reset" not in file["node/nodes/lif"]
        assert "v_reset" in file["node/nodes/if"]
    assert nc.read(tmp_path / "a.nir") == graph


def test_an_edge_of_a_nested_graph_that_names_no_node_can_still_be_opened(tmp_path: Path) -> None:
    # Two files of the NIR paper are like this: the node is "lif1", the edges say "lif".
    inner = nc.NIRGraph(
        {"input": nc.Input([2]), "lif1": nc.Scale([1.0, 2.0]), "output": nc.Output([2])},
        [("input", "lif"), ("lif", "output")],
        type_check=False,
    )
    graph = nc.NIRGraph(
        {"i": nc.Input([2]), "block": inner, "o": nc.Output([2])},
        [("i", "block"), ("block", "o")],
        type_check=False,
    )
    nc.write(tmp_path / "a.nir", graph, check="off")
    with pytest.raises(nc.NirError, match=r"NIR001 error at /block.*did you mean 'lif1'\?"):
        nc.read(tmp_path / "a.nir")
    with pytest.warns(nc.NirWarning, match="NIR001"):
        assert nc.read(tmp_path / "a.nir", check="lenient") == graph


@pytest.mark.parametrize("charset", ["ascii", "utf-8"])
@pytest.mark.parametrize("padding", ["STR_NULLTERM", "STR_NULLPAD", "STR_SPACEPAD"])
def test_texts_of_one_length_are_read_as_other_programs_pad_them(
    charset: str, padding: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.nir"
    nc.write(path, nc.NIRGraph.from_list(nc.Scale([1.0])))
    with h5py.File(path, "r+") as file:
        del file["node/nodes/scale/type"]
        kind = h5py.h5t.py_create(h5py.string_dtype(charset, 9), logical=True)
        kind.set_strpad(getattr(h5py.h5t, padding))
        place, space = file["node/nodes/scale"].id, h5py.h5s.create(h5py.h5s.SCALAR)
        filler = " " if padding == "STR_SPACEPAD" else chr(0)
        value = np.array("Scale".ljust(9, filler).encode(), "S9")
        dataset = h5py.h5d.create(place, b"type", kind, space)
        dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, value, mtype=kind)
    assert nc.read(path).nodes["scale"] == nc.Scale([1.0])


@pytest.mark.parametrize("kind", ["nir", "nirz"])
@pytest.mark.parametrize("order", ["C", "F", "spread"])
def test_writing_a_large_weight_takes_no_second_copy_of_it(
    kind: str, order: str, tmp_path: Path
) -> None:
    weight = np.random.default_rng(0).normal(size=(2000, 2100))
    if order == "spread":
        weight = np.broadcast_to(weight[:1], (2000, 2100))
    else:
        weight = np.asarray(weight, order=order)  # type: ignore[call-overload]
    weight.setflags(write=False)
    graph = nc.NIRGraph.from_list(nc.Linear(weight))
    path = tmp_path / f"a.{kind}"
    nc.write(path, nc.NIRGraph.from_list(nc.Linear(np.ones((600, 600)))))  # imports and caches
    tracemalloc.start()
    nc.write(path, graph)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # Not a tenth, as for 400 MB: pieces of 4 MiB are worked on at a time.
    assert peak < 0.45 * weight.nbytes
    assert np.array_equal(nc.read(path).nodes["linear"].weight, weight)  # type: ignore[attr-defined]


@pytest.mark.parametrize("format", ["nir", "nirz", "text"])
def test_an_open_file_is_written_and_read_as_a_whole(format: str) -> None:
    graph, other = chain(nc.Scale([1.0, 2.0])), chain(nc.Threshold(np.arange(300.0)))
    file = io.BytesIO()
    nc.write(file, other, format=format)
    nc.write(file, graph, format=format)
    assert nc.read(file) == graph
    assert nc.read(file) == graph
    with pytest.raises(nc.NirError):
        nc.write(file, nc.NIRGraph({"a": nc.Output([1])}, [("b", "a")], type_check=False))
    assert nc.read(file) == graph


@pytest.mark.parametrize(
    "value",
    [
        [1, 2.5],
        [True, 2],
        [[1, 2], [3, 4]],
        [[1.0, 2], [3, float("nan")]],
        [np.float64(1.5), np.float64(2.0)],
        [],
        ["a", ""],
    ],
)
def test_lists_in_the_metadata_come_back_equal(value: list[object]) -> None:
    graph = chain(nc.Scale([1.0])).replace(metadata={"x": value})
    assert nc.read(stored(graph)) == graph


@pytest.mark.parametrize("value", [[1, "a"], [[1], [2, 3]], [2**62 + 1, 0.5], [None], [{"a": 1}]])
def test_lists_that_hdf5_cannot_hold_as_they_are_are_refused(value: list[object]) -> None:
    graph = chain(nc.Scale([1.0])).replace(metadata={"x": value})
    with pytest.raises(nc.NirTypeError, match="lists of one kind"):
        stored(graph)

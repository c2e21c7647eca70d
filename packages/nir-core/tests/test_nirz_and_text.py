"""The .nirz container and the text form: round trips, laziness, and refusal of damage."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nir_strategies import graphs

import nir_core as nc
from nir_core._lazy import LazyArray, is_mapped
from nir_core.files._limits import Budget
from nir_core.files._nirz_arrays import StoredArrays

LIF = nc.LIF(*(np.full(40, v) for v in (0.01, 1.0, 0.0, 1.0)))


def stored(graph: nc.NIRGraph, format: str = "nirz") -> bytes:
    file = io.BytesIO()
    nc.write(file, graph, format=format)
    return file.getvalue()


def network(rows: int = 40, columns: int = 300) -> nc.NIRGraph:
    weight = np.random.default_rng(0).normal(size=(rows, columns))
    return nc.NIRGraph.from_list(nc.Linear(weight), LIF)


@pytest.mark.parametrize("format", ["nirz", "text"])
@given(graph=graphs())
@settings(max_examples=60)
def test_every_graph_comes_back_equal_and_in_order(format: str, graph: nc.NIRGraph) -> None:
    again = nc.read(stored(graph, format), check="off")
    assert again == graph
    assert hash(again) == hash(graph)
    assert list(again.nodes) == list(graph.nodes)
    assert again.edges == graph.edges


ODD = {
    "none": None,
    "nan": float("nan"),
    "inf": float("-inf"),
    "bytes": b"\x00\xff",
    "nested": [[1, "a"], [2.5, None]],
    "array": np.arange(6, dtype=np.uint8).reshape(2, 3),
    "scalar": np.float32(0.1),
    "$array": 3,
    "empty": {},
    "": "no name",
}


@pytest.mark.parametrize("format", ["nirz", "text"])
def test_metadata_of_every_kind_come_back(format: str) -> None:
    graph = nc.NIRGraph.from_list(nc.Scale([1.0])).replace(metadata=ODD)
    again = nc.read(stored(graph, format))
    assert hash(again) == hash(graph)
    assert type(again.metadata["scalar"]) is np.float32
    assert np.isnan(again.metadata["nan"])
    assert again.metadata["nested"] == ((1, "a"), (2.5, None))


@pytest.mark.parametrize("format", ["nirz", "text"])
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "i1", "i8", "u1", "u8", "?", ">f4"])
def test_number_types_come_back(format: str, dtype: str) -> None:
    values = np.array([0, 1, 1], dtype=dtype)
    graph = nc.NIRGraph.from_list(nc.Scale(values))
    assert nc.read(stored(graph, format), check="off").nodes["scale"] == nc.Scale(values)


@pytest.mark.parametrize("format", ["nirz", "text"])
@pytest.mark.parametrize("name", ["a/b", ".", "a b", '"', "->", "é\n", "\x00", "\ud800", "#x"])
def test_any_name_can_be_written(format: str, name: str) -> None:
    graph = nc.NIRGraph(
        {"i": nc.Input([1]), name: nc.Scale([1.0]), "o": nc.Output([1])},
        [("i", name), (name, "o")],
    )
    assert list(nc.read(stored(graph, format)).nodes) == ["i", name, "o"]


def test_the_ending_of_the_name_decides(tmp_path: Path) -> None:
    for name, start in (("a.nirz", b"\x89NIRZ"), ("a.nirt", b"nir-text"), ("a.nir", b"\x89HDF")):
        nc.write(tmp_path / name, network())
        assert (tmp_path / name).read_bytes().startswith(start)
        assert nc.read(tmp_path / name) == network()
    nc.write(tmp_path / "b.nir", network(), format="nirz")
    assert nc.read(tmp_path / "b.nir") == network()
    with pytest.raises(nc.NirTypeError, match="format is"):
        nc.write(tmp_path / "c", network(), format="zip")
    with pytest.raises(nc.NirTypeError, match="leave compression out"):
        nc.write(tmp_path / "c.nirz", network(), "gzip")


def test_equal_small_arrays_are_stored_once() -> None:
    many = nc.NIRGraph.from_list(*[LIF.replace(r=np.full(40, 1.0)) for _ in range(50)])
    data = stored(many)
    arrays = json.loads(data[16 : 16 + int.from_bytes(data[8:16], "little")])["arrays"]
    # tau, r = v_threshold, v_leak = v_reset: three arrays of one shape, so they share a row
    assert arrays == [["float64", [40], 0, 960, 3]]
    assert nc.read(data) == many


def test_weights_stay_in_the_file_until_they_are_looked_at(tmp_path: Path) -> None:
    nc.write(tmp_path / "a.nirz", network())
    graph = nc.read(tmp_path / "a.nirz")
    weight = graph.nodes["linear"].weight
    assert is_mapped(weight)
    assert not weight.flags.writeable
    assert nc.check(graph).ok
    assert graph == network()


def test_lazy_arrays_of_a_nir_file_are_not_loaded_to_look_at_the_graph(tmp_path: Path) -> None:
    nc.write(tmp_path / "a.nir", network())
    graph = nc.read(tmp_path / "a.nir", lazy=True)
    weight = graph.nodes["linear"].weight
    assert isinstance(weight, LazyArray)
    assert weight.shape == (40, 300)
    nc.check(graph)
    nc.draw(graph)
    nc.stats(graph)
    repr(graph.nodes["linear"])
    assert graph.shapes["linear"].output == (40,)
    assert is_mapped(weight)
    x = np.ones((3, 300))
    assert (
        nc.run(graph, x, dt=1e-3, profile="nir").output
        == nc.run(network(), x, dt=1e-3, profile="nir").output
    ).all()
    assert not is_mapped(weight)
    assert graph == network()
    assert nc.diff(graph, network()).differences == ()


def test_a_lazy_array_notices_that_its_file_changed(tmp_path: Path) -> None:
    nc.write(tmp_path / "a.nir", network())
    graph = nc.read(tmp_path / "a.nir", lazy=True)
    nc.write(tmp_path / "a.nir", network(40, 301))
    with pytest.raises(nc.NirFileError, match="changed since"):
        np.asarray(graph.nodes["linear"].weight)


def test_text_with_weights_by_reference_needs_them_again() -> None:
    graph = network()
    text = nc.to_text(graph, weights="reference")
    assert len(text) < 3000
    assert "weight float64[40,300] blake2b:" in text
    assert nc.from_text(text, weights=graph) == graph
    assert nc.from_text(text, weights=[graph.nodes["linear"].weight]) == graph
    with pytest.raises(nc.NirFileError, match="no array with the hash"):
        nc.from_text(text)
    assert nc.to_text(graph, weights=10**6) == nc.to_text(graph)


def test_text_ignores_comments_and_empty_lines() -> None:
    text = nc.to_text(network())
    spaced = text.replace("node lif", "\n# the neurons\nnode lif").replace("\n", "\r\n")
    assert nc.read(spaced.encode()) == network()


HEADER = {
    "format": "nirz",
    "version": 1,
    "graph": {
        "type": "NIRGraph",
        "nodes": {
            "i": {"type": "Input", "input_type": [2]},
            "s": {"type": "Scale", "scale": 0},
            "o": {"type": "Output", "output_type": [2]},
        },
        "edges": [["i", "s"], ["s", "o"]],
    },
    "arrays": [["float64", [2], 0, 16]],
}


def container(header: Any = HEADER, blob: bytes = bytes(16), length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    text += b" " * (-(len(text) + 16) % 64)
    size = len(text) if length is None else length
    return b"\x89NIRZ\r\n\x01" + size.to_bytes(8, "little") + text + blob


def changed(**entries: Any) -> dict[str, Any]:
    return {**HEADER, **entries}


def with_node(**entries: Any) -> dict[str, Any]:
    nodes = {**HEADER["graph"]["nodes"], "s": {"type": "Scale", "scale": 0, **entries}}  # type: ignore
    return changed(graph={**HEADER["graph"], "nodes": nodes})  # type: ignore[dict-item]


def test_the_container_of_these_tests_is_right() -> None:
    assert nc.read(container()).nodes["s"] == nc.Scale([0.0, 0.0])


TWO = [["float64", [2], 0, 16], ["float64", [1], 16, 24]]
DAMAGED = {
    "empty": (b"\x89NIRZ\r\n\x01", "first 16 bytes"),
    "header longer than the file": (container(length=10**6), "claims"),
    "header absurd": (container(length=2**63), "claims"),
    "not JSON": (container(b"{"), "not JSON"),
    "not UTF-8": (container(b"\xff\xfe"), "not JSON"),
    "deep JSON": (container(b"[" * 100_000), "not JSON"),
    "a list": (container([1]), "'nirz'"),
    "NaN in JSON": (container(b'{"format": NaN}'), "NaN"),
    "entry twice": (container(b'{"format":"nirz","format":"nirz"}'), "twice"),
    "other format": (container(changed(format="zip")), "'nirz'"),
    "newer version": (container(changed(version=3)), "version 3"),
    "version true": (container(changed(version=True)), "version True"),
    "unknown entry": (container(changed(extra=1)), "NIR070"),
    "no arrays": (container(changed(arrays=None)), "list of arrays"),
    "array is text": (container(changed(arrays=["x"])), "array 0"),
    "array type": (container(changed(arrays=[["object", [2], 0, 16]])), "array 0"),
    "array type a list": (container(changed(arrays=[[["float64"], [2], 0, 16]])), "array 0"),
    "array type complex": (container(changed(arrays=[["complex128", [1], 0, 16]])), "array 0"),
    "negative shape": (container(changed(arrays=[["float64", [-2], 0, 16]])), "whole numbers"),
    "fractional shape": (container(changed(arrays=[["float64", [2.0], 0, 16]])), "whole numbers"),
    "boolean shape": (container(changed(arrays=[["float64", [True], 0, 8]])), "whole numbers"),
    "33 axes": (container(changed(arrays=[["float64", [1] * 33, 0, 8]])), "whole numbers"),
    "end before begin": (container(changed(arrays=[["float64", [2], 16, 0]])), "takes 16"),
    "size and shape": (container(changed(arrays=[["float64", [3], 0, 16]])), "takes 24"),
    "huge shape": (container(changed(arrays=[["float64", [2**40, 2**40], 0, 16]])), "takes"),
    "past the end": (container(changed(arrays=[["float64", [3], 0, 24]])), "end at byte"),
    "trailing bytes": (container(blob=bytes(24)), "end at byte"),
    "overlap": (
        container(changed(arrays=[TWO[0], ["float64", [1], 8, 16]])),
        "overlaps the one before",
    ),
    "gap": (
        container(changed(arrays=[TWO[0], ["float64", [1], 24, 32]]), bytes(32)),
        "leaves a gap",
    ),
    "misaligned": (container(changed(arrays=[["float64", [1], 4, 12]]), bytes(12)), "aligned"),
    "out of order": (container(changed(arrays=TWO[::-1]), bytes(24)), "array 0"),
    "bytes in the padding": (
        container(changed(arrays=[["uint8", [2], 0, 2], ["float64", [2], 8, 24]]), b"\1" * 24),
        "not zero",
    ),
    "boolean of 2": (
        container(changed(arrays=[["bool", [2], 0, 2]]), b"\1\2"),
        "neither 0 nor 1",
    ),
    "row of no arrays": (container(changed(arrays=[["float64", [2], 0, 0, 0]]), b""), "0 arrays"),
    "row of empty arrays": (
        container(changed(arrays=[["float64", [0], 0, 0, 2**40]]), b""),
        "cannot stand for",
    ),
    "row of a fractional count": (
        container(changed(arrays=[["float64", [1], 0, 16, 2.0]])),
        "whole numbers",
    ),
    "row of six": (container(changed(arrays=[["float64", [1], 0, 16, 2, 0]])), "expected"),
    "row too short": (container(changed(arrays=[["float64", [1], 0, 16, 3]])), "takes 24"),
    "row past the end": (container(changed(arrays=[["float64", [1], 0, 800, 100]])), "at byte"),
    "bytes between the arrays of a row": (
        container(changed(arrays=[["uint8", [2], 0, 10, 2]]), b"\1" * 10),
        "zeros between",
    ),
    "boolean of 2 in a row": (
        container(changed(arrays=[["bool", [2], 0, 10, 2]]), b"\1" + bytes(8) + b"\2"),
        "neither 0 nor 1",
    ),
    "array out of range": (container(with_node(scale=1)), "not the number of an array"),
    "array of a negative number": (container(with_node(scale=-1)), "not the number of an array"),
    "array by a boolean": (container(with_node(scale=True)), "not the number of an array"),
    "array by text": (container(with_node(scale="0")), "not the number of an array"),
    "field unknown": (container(with_node(gain=0)), "NIR070 error at /s"),
    "type unknown": (container(with_node(type="Scales")), "/s: unknown node type"),
    "type missing": (container(with_node(type=None)), "/s: the entry 'type'"),
    "metadata a list": (container(with_node(metadata=[1])), "/s: the entry 'metadata'"),
    "metadata tag": (container(with_node(metadata={"a": {"$code": "x"}})), "'$code'"),
    "metadata bytes": (container(with_node(metadata={"a": {"$bytes": "zz"}})), "cannot be read"),
    "no graph": (container(changed(graph=None)), "expected a dictionary"),
    "nodes a list": (
        container(changed(graph={"type": "NIRGraph", "nodes": [], "edges": []})),
        "'nodes'",
    ),
    "edge of three": (
        container(changed(graph={**HEADER["graph"], "edges": [["i", "s", "o"]]})),  # type: ignore
        "pair of names",
    ),
    "edge to nowhere": (
        container(changed(graph={**HEADER["graph"], "edges": [["i", "x"]]})),  # type: ignore
        "NIR001",
    ),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_containers_are_refused(name: str, tmp_path: Path) -> None:
    data, message = DAMAGED[name]
    (tmp_path / "a.nirz").write_bytes(data)
    for source in (data, tmp_path / "a.nirz"):
        with pytest.raises(nc.NirError, match=message.replace("$", r"\$")):
            nc.read(source)


GOOD = container()


@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(1, 255)), max_size=5))
@settings(max_examples=200)
def test_flipped_bits_never_end_in_another_error(flips: list[tuple[int, int]]) -> None:
    data = bytearray(GOOD)
    for at, change in flips:
        data[at] ^= change
    with contextlib.suppress(nc.NirError):
        nc.read(bytes(data))


@given(st.binary(max_size=200), st.integers(0, len(GOOD)))
def test_arbitrary_bytes_never_end_in_another_error(data: bytes, size: int) -> None:
    for text in (b"\x89NIRZ\r\n\x01" + data, b"nir-text 1\n" + data, GOOD[:size]):
        with contextlib.suppress(nc.NirError):
            nc.read(text)


BROKEN_TEXTS = {
    "other head": ("nir-text 2\n", "line 1: expected 'nir-text 1'"),
    "no such type": ("nir-text 1\nnode a Lif\n", "/a: unknown node type 'Lif'"),
    "indentation": ("nir-text 1\nnode a Scale\n   scale float64[] 1.0\n", "line 3: expected 2"),
    "stray indentation": ("nir-text 1\n  edge a -> b\n", "line 2"),
    "name twice": ("nir-text 1\nnode a Scale\nnode a Scale\n", "line 3: the name 'a'"),
    "field twice": ("nir-text 1\nnode a Input\n  input_type [1]\n  input_type [1]", "line 4"),
    "no arrow": ("nir-text 1\nedge a b\n", "line 2: an edge is written"),
    "after the edge": ("nir-text 1\nedge a -> b c\n", "nothing may follow"),
    "open quotes": ('nir-text 1\nedge "a -> b\n', "line 2: the quotes"),
    "no name": ("nir-text 1\nedge -> b\n", "line 2"),
    "value": ("nir-text 1\nnode a Input\n  input_type [1,\n", "line 3: the value of 'input_type'"),
    "number": ("nir-text 1\nnode a Scale\n  scale float64[1] [x]\n", "/a: a number of type"),
    "count": ("nir-text 1\nnode a Scale\n  scale float64[3] [1.0]\n", "takes 3 numbers, got 1"),
    "dtype": ("nir-text 1\nnode a Scale\n  scale object[1] [1.0]\n", "expected an array such as"),
    "overflow": ("nir-text 1\nnode a Scale\n  scale int8[1] [1000]\n", "a number of type int8"),
    "not an array": ("nir-text 1\nnode a Scale\n  scale 3\n", "expected an array such as"),
}


@pytest.mark.parametrize("name", BROKEN_TEXTS)
def test_broken_texts_are_refused_with_the_line_or_node(name: str) -> None:
    text, message = BROKEN_TEXTS[name]
    with pytest.raises(nc.NirFileError, match=message):
        nc.from_text(text)


SMALL_TEXT = nc.to_text(nc.NIRGraph.from_list(nc.Linear(np.ones((2, 3))), nc.LIF(1, 1, 0, 1)))


@given(st.data())
@settings(max_examples=100)
def test_changed_texts_never_end_in_another_error(data: st.DataObject) -> None:
    lines = SMALL_TEXT.split("\n")
    at = data.draw(st.integers(0, len(lines) - 1))
    lines[at] = data.draw(st.one_of(st.text(max_size=30), st.sampled_from(lines)))
    with contextlib.suppress(nc.NirError):
        nc.from_text("\n".join(lines))


def test_many_single_numbers_in_the_metadata_are_not_mixed_up() -> None:
    numbers = {f"n{i}": np.float64(i // 2) for i in range(40)}
    graph = nc.NIRGraph.from_list(nc.Scale([1.0], metadata=numbers))
    file = io.BytesIO()
    nc.write(file, graph, format="nirz")
    assert nc.read(file.getvalue()) == graph


FIELDS = st.sampled_from([0, 1, 2, 3, 4, 8, 16, 20, 24, 32, -1, 2**63, True, 1.0, "8", None])
SHAPES = st.one_of(st.lists(FIELDS, max_size=3), FIELDS)
KINDS = st.sampled_from(["float64", "uint8", "object", 3])
ENTRIES = st.one_of(
    st.tuples(KINDS, SHAPES, FIELDS, FIELDS).map(list),
    st.tuples(KINDS, SHAPES, FIELDS, FIELDS, FIELDS).map(list),
    st.sampled_from([["uint8", [2], 0, 2], ["uint8", [], 8, 9], ["float64", [1], 8, 16], "x", []]),
)


@given(st.lists(ENTRIES, max_size=4), st.binary(min_size=32, max_size=32))
@settings(max_examples=300, deadline=None)
def test_arrays_of_arbitrary_tables_lie_inside_the_blob_and_in_order(
    table: list[Any], blob: bytes
) -> None:
    try:
        arrays = StoredArrays(blob, 0, table, Budget(nc.Limits()))
    except nc.NirError:
        return
    with contextlib.suppress(nc.NirError):
        every = [arrays.load(i, ()) for i in range(arrays.count)]
        places = [a.__array_interface__["data"][0] for a in every if a.size]
        assert places == sorted(places)
        assert sum(a.nbytes for a in every) <= len(blob)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["float64", "uint8", "int16", "bool"]),
            st.lists(st.integers(1, 3), max_size=3),
            st.integers(1, 5),
        ),
        max_size=5,
    ),
    st.randoms(use_true_random=False),
)
@settings(max_examples=100, deadline=None)
def test_a_row_of_several_arrays_is_so_many_rows(
    rows: list[tuple[str, list[int], int]], random: Any
) -> None:
    blob, short, long = b"", [], []
    for name, shape, count in rows:
        begin = 0
        for i in range(count):
            blob += bytes(-len(blob) % 8)
            size = int(np.prod(shape)) * np.dtype(name).itemsize
            long.append([name, shape, len(blob), len(blob) + size])
            begin = len(blob) if i == 0 else begin
            blob += bytes(random.randrange(2) for _ in range(size))
        short.append([name, shape, begin, len(blob), count])
    a, b = (StoredArrays(blob, 0, table, Budget(nc.Limits())) for table in (short, long))
    assert a.count == b.count == len(long)
    for i in random.sample(range(a.count), a.count):
        x, y = a.load(i, ()), b.load(i, ())
        assert x.tobytes() == y.tobytes()
        assert (x.dtype, x.shape, x.flags.writeable) == (y.dtype, y.shape, False)


def test_small_arrays_of_every_type_and_shape_come_back() -> None:
    rng = np.random.default_rng(0)
    kinds = ("float16", "float32", "float64", "int8", "uint16", "bool")
    scales = [
        nc.Scale((rng.random(shape) * 3).astype(kind))
        for kind in kinds
        for shape in ((), (3,), (1, 5), (0, 2))
        for _ in range(3)
    ]
    nodes = {f"s{i}": scale for i, scale in enumerate(scales)}
    graph = nc.NIRGraph({**nodes, "cuba": nc.CubaLI([1.0], [1.0], [1.0], [0.0])}, [], None, False)
    file = io.BytesIO()
    nc.write(file, graph, format="nirz", check="off")
    read = nc.read(file.getvalue(), check="off")
    assert read == graph
    assert all(not read.nodes[name].scale.flags.writeable for name in nodes)  # type: ignore


def test_every_changed_byte_of_a_small_container_is_noticed() -> None:
    graph = nc.NIRGraph.from_list(nc.Affine(np.eye(3), np.ones(3)), nc.Threshold([0.5, 1.0, 2.0]))
    file = io.BytesIO()
    nc.write(file, graph, format="nirz")
    data = file.getvalue()
    length = int.from_bytes(data[8:16], "little")
    rng = np.random.default_rng(0)
    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] ^= 1 << int(rng.integers(8))
        with pytest.raises(nc.NirError):
            nc.read(bytes(changed))
    # A file without the sum is taken at its word.
    header = json.loads(data[16 : 16 + length])
    assert len(header.pop("crc32")) == 8
    assert nc.read(container(header, data[16 + length :])) == graph
    for wrong in ("", "0123ABCD", 5, None):
        with pytest.raises(nc.NirFileError, match="checksum"):
            nc.read(container({**header, "crc32": wrong}, data[16 + length :]))

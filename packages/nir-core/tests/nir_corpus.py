"""Ways to damage a .nir file: each takes an open h5py file, or the bytes, and changes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import h5py
import numpy as np

TEXT = h5py.string_dtype()
LIF = "node/nodes/lif"
FC = "node/nodes/fc"
Edit = Callable[[h5py.File], None]


def text(group: Any, name: str, value: Any) -> None:
    group.create_dataset(name, data=value, dtype=TEXT)


def node(parent: Any, name: str, kind: str, **fields: Any) -> Any:
    group = parent.create_group(name)
    text(group, "type", kind)
    for key, value in fields.items():
        group.create_dataset(key, data=value)
    return group


def graph_group(parent: Any, name: str) -> Any:
    """An empty graph: input -> output of two elements."""
    group = parent.create_group(name)
    text(group, "type", "NIRGraph")
    nodes = group.create_group("nodes")
    node(nodes, "input", "Input", shape=np.array([2]))
    node(nodes, "output", "Output", shape=np.array([2]))
    text(group, "edges", np.array([["input", "output"]], dtype=object))
    return group


def base(file: h5py.File) -> None:
    """input (3) -> fc -> lif (2) -> output, as the nir package writes it."""
    text(file, "version", "1.0.8")
    root = file.create_group("node")
    text(root, "type", "NIRGraph")
    nodes = root.create_group("nodes")
    node(nodes, "input", "Input", shape=np.array([3]))
    fc = node(nodes, "fc", "Affine")
    fc.create_dataset("weight", data=np.ones((2, 3)), compression="gzip")
    fc.create_dataset("bias", data=np.zeros(2), compression="gzip")
    names = ("tau", "r", "v_leak", "v_threshold", "v_reset")
    values = (0.01, 1.0, 0.0, 1.0, 0.0)
    node(nodes, "lif", "LIF", **{n: np.full(2, v) for n, v in zip(names, values, strict=True)})
    node(nodes, "output", "Output", shape=np.array([2]))
    edges = [["input", "fc"], ["fc", "lif"], ["lif", "output"]]
    text(root, "edges", np.array(edges, dtype=object))


def put(path: str, value: Any, **options: Any) -> Edit:
    """Replace a dataset."""

    def edit(file: h5py.File) -> None:
        if path in file:
            del file[path]
        file.create_dataset(path, data=value, **options)

    return edit


def drop(path: str) -> Edit:
    def edit(file: h5py.File) -> None:
        del file[path]

    return edit


def link(path: str, target: Any) -> Edit:
    def edit(file: h5py.File) -> None:
        if path in file:
            del file[path]
        file[path] = target(file) if callable(target) else target

    return edit


def declared(path: str, shape: tuple[int, ...], **options: Any) -> Edit:
    """A dataset that declares a shape and holds nothing."""

    def edit(file: h5py.File) -> None:
        del file[path]
        file.create_dataset(path, shape=shape, dtype="f8", **options)

    return edit


def edges(*pairs: tuple[str, str]) -> Edit:
    start = [("input", "fc"), ("fc", "lif"), ("lif", "output")]
    return put("node/edges", np.array([*start, *pairs], dtype=object), dtype=TEXT)


def external_storage(file: h5py.File) -> None:
    del file[f"{FC}/weight"]
    file.create_dataset(
        f"{FC}/weight", shape=(2, 3), dtype="f8", external=[("/etc/hostname", 0, 48)]
    )


def virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((2, 3), "f8")
    layout[:] = h5py.VirtualSource("other.h5", "x", (2, 3))
    del file[f"{FC}/weight"]
    file.create_virtual_dataset(f"{FC}/weight", layout)


def foreign_filter(file: h5py.File) -> None:
    del file[f"{FC}/weight"]
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk((2, 3))
    plist.set_filter(32015, h5py.h5z.FLAG_OPTIONAL)
    space = h5py.h5s.create_simple((2, 3))
    made = h5py.h5d.create(file[FC].id, b"weight", h5py.h5t.IEEE_F64LE, space, plist)
    made.write(h5py.h5s.ALL, h5py.h5s.ALL, np.ones((2, 3)))


def huge_chunk(file: h5py.File) -> None:
    del file[f"{FC}/weight"]
    made = file.create_dataset(
        f"{FC}/weight",
        shape=(2, 3),
        maxshape=(None, None),
        chunks=(1 << 12, 1 << 13),
        dtype="f8",
        compression="gzip",
    )
    made[...] = 1


def low_level(path: str, tid: Any, shape: tuple[int, ...] = (2,)) -> Edit:
    """A dataset of an unusual HDF5 type."""

    def edit(file: h5py.File) -> None:
        parent, name = path.rsplit("/", 1)
        if path in file:
            del file[path]
        space = h5py.h5s.create_simple(shape)
        h5py.h5d.create(file[parent].id, name.encode(), tid, space)

    return edit


def references(file: h5py.File) -> None:
    del file[f"{LIF}/tau"]
    file.create_dataset(f"{LIF}/tau", data=[file.ref, file.ref], dtype=h5py.ref_dtype)


def ragged(file: h5py.File) -> None:
    del file[f"{LIF}/tau"]
    made = file.create_dataset(f"{LIF}/tau", (2,), dtype=h5py.vlen_dtype(np.float64))
    made[0] = [1.0, 2.0]


def nested(depth: int) -> Edit:
    def edit(file: h5py.File) -> None:
        group = file["node/nodes"]
        for _ in range(depth):
            group = graph_group(group, "deep")["nodes"]

    return edit


def deep_metadata(file: h5py.File) -> None:
    group = file["node"].create_group("metadata")
    for _ in range(60):
        group = group.create_group("m")


def null_space(path: str) -> Edit:
    def edit(file: h5py.File) -> None:
        del file[path]
        file.create_dataset(path, data=h5py.Empty("f8"))

    return edit


def stored_type(file: h5py.File) -> None:
    del file[f"{LIF}/tau"]
    file[f"{LIF}/tau"] = np.dtype("f8")


def conv(**changes: Any) -> Edit:
    """A convolution beside the network, with some fields changed; None leaves one out."""
    fields: dict[str, Any] = {
        "input_shape": np.array([8, 8]),
        "weight": np.ones((2, 1, 3, 3)),
        "stride": np.array([1, 1]),
        "padding": np.array([0, 0]),
        "dilation": np.array([1, 1]),
        "groups": 1,
        "bias": np.zeros(2),
        **changes,
    }

    def edit(file: h5py.File) -> None:
        group = node(file["node/nodes"], "conv", "Conv2d")
        for name, value in fields.items():
            if isinstance(value, str):
                text(group, name, value)
            elif value is not None:
                group.create_dataset(name, data=value)

    return edit


def bad_utf8(path: str) -> Edit:
    def edit(file: h5py.File) -> None:
        del file[path]
        file.create_dataset(path, data=np.array(b"\xff\xfeLIF"), dtype="S5")

    return edit


def attribute(path: str, name: str, value: Any) -> Edit:
    def edit(file: h5py.File) -> None:
        file[path].attrs[name] = value

    return edit


# name -> (edit, what the message must hold). Damage that must be refused.
REFUSED: dict[str, tuple[Edit, str]] = {
    "no node": (drop("node"), "no group 'node'"),
    "node is a dataset": (lambda f: (drop("node")(f), put("node", 1.0)(f))[1], "/node"),
    "version is a number": (put("version", 1.0), "/version: expected text"),
    "version is a list": (put("version", ["1", "2"], dtype=TEXT), "/version: expected one text"),
    "version from the future": (put("version", "99.0.0", dtype=TEXT), "NIR071"),
    "version is empty": (put("version", "", dtype=TEXT), "NIR071"),
    "type missing": (drop(f"{LIF}/type"), "/node/nodes/lif: the node has no 'type'"),
    "type unknown": (put(f"{LIF}/type", "Lif", dtype=TEXT), "/node/nodes/lif/type: unknown"),
    "type dangerous": (put(f"{LIF}/type", "__import__", dtype=TEXT), "unknown node type"),
    "type is a number": (put(f"{LIF}/type", 3), "/node/nodes/lif/type: expected text"),
    "type is a list": (put(f"{LIF}/type", ["LIF", "LI"], dtype=TEXT), "expected one text"),
    "type is empty": (put(f"{LIF}/type", "", dtype=TEXT), "unknown node type ''"),
    "type is not UTF-8": (bad_utf8(f"{LIF}/type"), "not UTF-8"),
    "type is a group": (
        lambda f: (drop(f"{LIF}/type")(f), f[LIF].create_group("type"))[0],
        "/node/nodes/lif/type: expected a dataset",
    ),
    "root is one neuron": (
        lambda f: f.move(LIF, "x") or f.move("node", "y") or f.move("x", "node"),
        "a single LIF",
    ),
    "field missing": (drop(f"{LIF}/tau"), "/node/nodes/lif: LIF needs the field 'tau'"),
    "field unknown": (put(f"{LIF}/refractory", 1.0), "NIR070 error at /lif"),
    "graph field unknown": (put("node/ports", 1.0), "NIR070 error at /"),
    "field is a group": (
        lambda f: (drop(f"{LIF}/tau")(f), f[LIF].create_group("tau"))[0],
        "/node/nodes/lif/tau: expected a dataset",
    ),
    "field is a soft link": (link(f"{LIF}/tau", h5py.SoftLink("/node/nodes/lif/r")), "a soft link"),
    "field is a dangling link": (link(f"{LIF}/tau", h5py.SoftLink("/none")), "a soft link"),
    "field is an external link": (
        link(f"{LIF}/tau", h5py.ExternalLink("other.nir", "/x")),
        "/node/nodes/lif/tau: an external link",
    ),
    "node is a soft link": (link(LIF, h5py.SoftLink("/node/nodes/fc")), "/nodes/lif: a soft link"),
    "node is an external link": (link(LIF, h5py.ExternalLink("o.nir", "/node")), "external link"),
    "node group is a link to itself": (
        lambda f: f.__setitem__("node/nodes/loop", f["node"]),
        "linked from more than one place",
    ),
    "two nodes are one group": (lambda f: f.__setitem__("node/nodes/twin", f[LIF]), "linked from"),
    "neuron is a dataset": (put(LIF, 1.0), "/node/nodes/lif: expected a group"),
    "name with a slash": (
        lambda f: f.move(LIF, "node/nodes/a/b"),
        "a node named 'a/b' written by nir",
    ),
    "nodes missing": (drop("node/nodes"), "/node: the graph has no 'nodes'"),
    "nodes is a dataset": (put("node/nodes", 1.0), "/node/nodes: expected a group"),
    "edges missing": (drop("node/edges"), "/node: the graph has no 'edges'"),
    "edges are numbers": (put("node/edges", np.ones((2, 2))), "/node/edges: expected text"),
    "edges of three": (put("node/edges", [["a", "b", "c"]], dtype=TEXT), "pairs of names"),
    "edges in a row": (put("node/edges", ["input", "fc"], dtype=TEXT), "pairs of names"),
    "edges are one text": (put("node/edges", "input", dtype=TEXT), "pairs of names"),
    "edge to nowhere": (edges(("lif", "lfi")), "NIR001"),
    "edge twice": (edges(("fc", "lif")), "NIR002"),
    "edge into the input": (edges(("lif", "input")), "NIR008"),
    "edges not UTF-8": (
        put("node/edges", np.array([[b"\xff", b"\xfe"]], dtype="S1")),
        "not UTF-8",
    ),
    "edges without space": (null_space("node/edges"), "/node/edges"),
    "external raw storage": (external_storage, "/node/nodes/fc/weight: the data lie in another"),
    "virtual dataset": (virtual, "/node/nodes/fc/weight: virtual"),
    "360 GB declared": (declared(f"{FC}/weight", (300_000, 150_000)), "/node/nodes/fc/weight"),
    "360 GB declared in chunks": (
        declared(f"{FC}/weight", (300_000, 150_000), chunks=(64, 64), compression="gzip"),
        "/node/nodes/fc/weight",
    ),
    "unwritten array": (declared(f"{FC}/weight", (2, 3)), "but the file holds 0"),
    "unwritten chunks": (declared(f"{FC}/weight", (2, 3), chunks=(1, 3)), "the file holds 0"),
    "filter from a plug-in": (foreign_filter, "filter 32015 is not one of"),
    "a chunk far larger than its data": (huge_chunk, "/node/nodes/fc/weight"),
    "weight is text": (put(f"{FC}/weight", np.array([[b"1"]], dtype="S4")), "got text"),
    "weight is varying text": (put(f"{FC}/weight", [["1"]], dtype=TEXT), "got text"),
    "weight is ragged": (ragged, "lists of varying length"),
    "weight is records": (
        put(f"{FC}/weight", np.zeros((2, 3), [("a", "f4"), ("b", "f4")])),
        "records",
    ),
    "weight is complex": (put(f"{FC}/weight", np.ones((2, 3), complex)), "/fc/weight: expected"),
    "weight is references": (references, "references"),
    "weight is opaque": (
        put(f"{LIF}/tau", np.array([b"ab", b"cd"], dtype="V2")),
        "opaque",
    ),
    "weight is an enumeration": (
        put(f"{LIF}/tau", np.array([0, 1]), dtype=h5py.enum_dtype({"A": 0, "B": 1, "C": 2})),
        "/node/nodes/lif/tau: expected real numbers, got an enumeration",
    ),
    "shape of infinite length": (
        put("node/nodes/input/shape", np.array([np.inf])),
        "/node/nodes/input: the lengths of a shape are below 2**62",
    ),
    "shape beyond 64 bits": (
        put("node/nodes/input/shape", np.array([2**64 - 1], np.uint64)),
        "/node/nodes/input: the lengths of a shape are below 2**62",
    ),
    "shape of very many axes": (
        put("node/nodes/input/shape", np.ones(100_000, np.int64)),
        "/node/nodes/input: a shape has at most 64 axes",
    ),
    "weight is a bit field": (low_level(f"{LIF}/tau", h5py.h5t.STD_B8LE), "bit fields"),
    "weight is a date": (low_level(f"{LIF}/tau", h5py.h5t.UNIX_D32LE), "times"),
    "elements are arrays": (
        low_level(f"{LIF}/tau", h5py.h5t.array_create(h5py.h5t.IEEE_F64LE, (3,))),
        "arrays as elements",
    ),
    "weight of 128 bits": (put(f"{LIF}/tau", np.ones(2, np.longdouble)), "/node/nodes/lif/tau"),
    "field is a stored type": (stored_type, "a stored type"),
    "weight without space": (null_space(f"{FC}/weight"), "/node/nodes/fc/weight: the dataset is"),
    "weight of no rows": (put(f"{FC}/weight", np.ones((0, 3))), "NIR032"),
    "weight is a number": (put(f"{FC}/weight", 1.0), "NIR023"),
    "weight is a vector": (put(f"{FC}/weight", np.ones(3)), "NIR023"),
    "weight has four axes": (put(f"{FC}/weight", np.ones((1, 1, 2, 3))), "NIR020"),
    "bias too long": (put(f"{FC}/bias", np.zeros(5)), "NIR024 error at /fc"),
    "tau too long": (put(f"{LIF}/tau", np.full(3, 0.1)), "/lif"),
    "tau is NaN": (put(f"{LIF}/tau", np.array([0.1, np.nan])), "NIR040 error at /lif"),
    "tau is negative": (put(f"{LIF}/tau", np.array([0.1, -0.1])), "NIR041 error at /lif"),
    "tau is zero": (put(f"{LIF}/tau", np.zeros(2)), "NIR041"),
    "weight is infinite": (put(f"{FC}/weight", np.full((2, 3), np.inf)), "NIR040 error at /fc"),
    "padding unknown": (conv(padding="full"), "/node/nodes/conv: Conv2d.padding"),
    "padding of three": (conv(padding=np.array([1, 2, 3])), "Conv2d.padding"),
    "stride zero": (conv(stride=np.array([0, 0])), "NIR028 error at /conv"),
    "stride fractional": (conv(stride=np.array([1.5, 1.0])), "Conv2d.stride"),
    "groups zero": (conv(groups=0), "NIR028"),
    "groups do not divide": (conv(groups=2, weight=np.ones((3, 1, 3, 3))), "NIR025"),
    "groups a list": (conv(groups=np.array([1, 2])), "Conv2d.groups"),
    "kernel too large": (conv(weight=np.ones((2, 1, 9, 9))), "NIR026"),
    "kernel flat": (conv(weight=np.ones((2, 1, 3))), "NIR023"),
    "same with stride": (conv(padding="same", stride=np.array([2, 2])), "NIR027"),
    "stride missing": (conv(stride=None), "needs the field 'stride'"),
    "input shape fractional": (conv(input_shape=np.array([1.5, 2])), "Conv2d.input_shape"),
    "input shape missing": (drop("node/nodes/input/shape"), "needs the field 'input_type'"),
    "input shape negative": (put("node/nodes/input/shape", np.array([-3])), "/input"),
    "input shape text": (put("node/nodes/input/shape", "3", dtype=TEXT), "/input/shape"),
    "input shape matrix": (put("node/nodes/input/shape", np.ones((2, 2))), "/input"),
    "output shape wrong": (put("node/nodes/output/shape", np.array([1, 2])), "NIR020"),
    "100 nested graphs": (nested(100), "levels deep"),
    "metadata is a dataset": (put("node/metadata", 1.0), "/node/metadata: expected a group"),
    "metadata too deep": (deep_metadata, "levels deep"),
    "metadata holds records": (
        put("node/metadata/a", np.zeros(2, [("a", "f4")])),
        "/node/metadata/a",
    ),
    "metadata holds a link": (
        link("node/metadata/a", h5py.ExternalLink("o.nir", "/")),
        "external link",
    ),
    "metadata holds an object": (
        lambda f: f.create_dataset("node/metadata/a", data=f.ref, dtype=h5py.ref_dtype),
        "references",
    ),
    "spread from nothing": (attribute(f"{LIF}/tau", "broadcast_from", [7]), "was not spread"),
    "spread but different": (
        lambda f: (
            put(f"{LIF}/tau", np.array([0.1, 0.2]))(f),
            attribute(f"{LIF}/tau", "broadcast_from", [1])(f),
        )[1],
        "the values differ",
    ),
    "spread from text": (attribute(f"{LIF}/tau", "broadcast_from", "x"), "short list"),
    "spread from many": (attribute(f"{LIF}/tau", "broadcast_from", [1] * 99), "short list"),
}

# Unusual but right: must be read without a word.
ACCEPTED: dict[str, Edit] = {
    "unchanged": lambda f: None,
    "version missing": drop("version"),
    "old version": put("version", "0.1.1", dtype=TEXT),
    "reset missing": drop(f"{LIF}/v_reset"),
    "self-edge": edges(("lif", "lif")),
    "big-endian numbers": put(f"{FC}/weight", np.ones((2, 3), ">f4")),
    "half precision": put(f"{FC}/weight", np.ones((2, 3), "f2")),
    "fixed-length type": put(f"{LIF}/type", np.array(b"LIF"), dtype="S3"),
    "fixed-length edges": put(
        "node/edges", np.array([["input", "fc"], ["fc", "lif"], ["lif", "output"]], dtype="S8")
    ),
    "numbers for the layer": put(f"{LIF}/tau", 0.01),
    "types of old writers": lambda f: f[LIF].create_group("input_type") and None,
    "empty metadata": lambda f: f["node"].create_group("metadata") and None,
    "chunks without compression": put(f"{FC}/weight", np.ones((2, 3)), chunks=(1, 3)),
    "shuffled, compressed and checked": put(
        f"{FC}/weight", np.ones((2, 3)), compression="gzip", shuffle=True, fletcher32=True
    ),
    "lzf": put(f"{FC}/weight", np.ones((2, 3)), compression="lzf"),
    "stray group beside the graph": lambda f: f.create_group("other") and None,
}

# Read, but `check` says what is odd about it.
NOTED: dict[str, tuple[Edit, str]] = {
    "small integers": (put(f"{FC}/weight", np.ones((2, 3), "i1")), "NIR045"),
    "booleans": (put(f"{FC}/weight", np.ones((2, 3), bool)), "NIR045"),
    "milliseconds": (put(f"{LIF}/tau", np.full(2, 20.0)), "NIR044"),
    "island": (lambda f: nested(1)(f), "NIR005"),
    "no outputs": (
        lambda f: (
            drop("node/nodes/output")(f),
            put("node/edges", [["input", "fc"], ["fc", "lif"]], dtype=TEXT)(f),
        )[1],
        "NIR004",
    ),
    "unreadable semantics": (put("node/metadata/semantics", 3.0), "NIR061"),
}

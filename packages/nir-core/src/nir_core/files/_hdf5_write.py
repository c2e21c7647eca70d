"""Writing .nir files in the layout of nir 1.0.8, without its weight.

Arrays up to 4 KiB are stored inside their object headers, larger ones in chunks with a
checksum, compressed where that pays; the groups of nodes keep the order of creation. What
nir cannot hold, such as one number for a whole layer, is spread out, and an attribute (which
nir does not look at) tells our reader.
"""

# pyright: reportAttributeAccessIssue=false
# The compiled modules of h5py come without type information.
from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from typing import Any

import h5py
import numpy as np
from h5py import h5a, h5d, h5f, h5g, h5p, h5s, h5t, h5z

from nir_core._values import in_order, same_array
from nir_core.errors import NirError, NirTypeError
from nir_core.files._hdf5_nodes import BROADCAST, INFERRED, SEQUENCE, TERMINALS
from nir_core.findings import node_path
from nir_core.graph import NIRGraph
from nir_core.nodes import Affine, Conv1d, Conv2d, Flatten, Linear, NIRNode
from nir_core.shapes import NodeShapes, ShapeMap

__all__ = ["NIR_VERSION", "Compression", "Writer", "legal_name", "write_hdf5"]

# The version of the nir package whose layout is written.
NIR_VERSION = "1.0.8"

Compression = str | int | None
_COMPACT_LIMIT = 4096
_CHUNK_BYTES = 1 << 20


def _worth_compressing(array: np.ndarray) -> bool:
    """Try a sample: weights of a trained network hardly shrink, constant parameters vanish."""
    step = max(1, array.size // 8)
    width = min(step, 256)
    # flat[] copies what it takes, in order, wherever the numbers lie.
    sample = b"".join(array.flat[i : i + width].tobytes() for i in range(0, array.size, step))
    return len(zlib.compress(sample, 1)) < 0.7 * len(sample)


class Writer:
    """Creates groups and datasets with as few calls as HDF5 needs."""

    def __init__(self, file: h5f.FileID, compression: Compression, options: Any = None) -> None:
        self.file, self.compression, self.options = file, compression, options
        self.text = h5t.py_create(h5py.string_dtype(), logical=True)
        self.scalar = h5s.create(h5s.SCALAR)
        self.compact = h5p.create(h5p.DATASET_CREATE)
        self.compact.set_layout(h5d.COMPACT)
        self.compact.set_fill_time(h5d.FILL_TIME_NEVER)
        self.compact.set_obj_track_times(False)
        self.plain = h5p.create(h5p.GROUP_CREATE)
        self.plain.set_obj_track_times(False)
        self.ordered = h5p.create(h5p.GROUP_CREATE)
        self.ordered.set_obj_track_times(False)
        self.ordered.set_link_creation_order(h5p.CRT_ORDER_TRACKED | h5p.CRT_ORDER_INDEXED)
        self.utf8 = h5p.create(h5p.LINK_CREATE)
        self.utf8.set_char_encoding(h5t.CSET_UTF8)
        self.spaces: dict[tuple[int, ...], h5s.SpaceID] = {(): self.scalar}
        self.words: dict[str, np.ndarray] = {}
        self.types: dict[np.dtype, h5t.TypeID] = {}

    def group(self, parent: Any, name: str, ordered: bool = False) -> h5g.GroupID:
        return h5g.create(
            parent, name.encode(), lcpl=self.utf8, gcpl=self.ordered if ordered else self.plain
        )

    def put_word(self, parent: Any, name: str, word: str) -> None:
        """Store a word of nir's own, such as the class of a node, at its full length."""
        value = self.words.get(word)
        if value is None:
            value = self.words[word] = np.array(word.encode())
        tid = self.types.get(value.dtype)
        if tid is None:
            tid = self.types[value.dtype] = h5t.py_create(value.dtype, logical=True)
        dataset = h5d.create(parent, name.encode(), tid, self.scalar, self.compact, lcpl=self.utf8)
        dataset.write(h5s.ALL, h5s.ALL, value, mtype=tid)

    def put_text(self, parent: Any, name: str, text: str) -> None:
        dataset = h5d.create(parent, name.encode(), self.text, self.scalar, lcpl=self.utf8)
        value = np.array(text, dtype=h5py.string_dtype())
        dataset.write(h5s.ALL, h5s.ALL, value)

    def put_texts(self, parent: Any, name: str, array: np.ndarray) -> h5d.DatasetID:
        space = h5s.create_simple(array.shape)
        dataset = h5d.create(parent, name.encode(), self.text, space, lcpl=self.utf8)
        dataset.write(h5s.ALL, h5s.ALL, array)
        return dataset

    def put(self, parent: Any, name: str, value: Any) -> h5d.DatasetID:
        array = np.asarray(value)
        shape = array.shape
        space = self.spaces.get(shape)
        if space is None:
            space = self.spaces[shape] = h5s.create_simple(shape)
        tid = self.types.get(array.dtype)
        if tid is None:
            tid = self.types[array.dtype] = h5t.py_create(array.dtype, logical=True)
        plist = self.compact if array.nbytes <= _COMPACT_LIMIT else self.large(array)
        dataset = h5d.create(parent, name.encode(), tid, space, plist, lcpl=self.utf8)
        if array.flags.c_contiguous and array.size:
            dataset.write(h5s.ALL, h5s.ALL, array, mtype=tid)
        elif array.size:
            self.pieces(dataset, array, tid)
        return dataset

    def pieces(self, dataset: h5d.DatasetID, array: np.ndarray, tid: h5t.TypeID) -> None:
        """Write an array that does not lie in order, without a copy of all of it."""
        space, start = dataset.get_space(), 0
        for part in in_order(array):
            space.select_hyperslab((start, *(0,) * (array.ndim - 1)), part.shape)
            dataset.write(h5s.create_simple(part.shape), space, part, mtype=tid)
            start += len(part)

    def large(self, array: np.ndarray) -> h5p.PropDCID:
        """Chunks with a checksum; what is small has that of its object header."""
        how = self.compression
        if how == "auto":
            how = "gzip" if _worth_compressing(array) else None
        plist = h5p.create(h5p.DATASET_CREATE)
        chunk = list(array.shape)
        for axis, _ in enumerate(chunk):  # whole trailing axes, pieces of the leading ones
            rest = int(np.prod(chunk[axis + 1 :], dtype=np.int64)) * array.itemsize
            chunk[axis] = max(1, min(chunk[axis], _CHUNK_BYTES // max(1, rest)))
        plist.set_chunk(tuple(chunk))
        if how == "lzf":
            plist.set_filter(h5z.FILTER_LZF, h5z.FLAG_OPTIONAL)
        elif how == "szip":
            plist.set_szip(h5z.SZIP_NN_OPTION_MASK, 8)
        elif how is not None:
            level = self.options if how == "gzip" and self.options is not None else how
            plist.set_deflate(4 if level == "gzip" else int(level))
        plist.set_fletcher32()
        return plist

    def mark(self, dataset: h5d.DatasetID, name: str, values: tuple[int, ...] = (1,)) -> None:
        array = np.array(values, dtype=np.int64)
        tid = h5t.py_create(array.dtype)
        space = h5s.create_simple(array.shape) if array.size else h5s.create_simple((0,))
        attribute = h5a.create(dataset, name.encode(), tid, space)
        if array.size:
            attribute.write(array)


def _default_reset(node: NIRNode) -> bool:
    """Whether v_reset is what a reader makes when it is absent."""
    reset, threshold = node.__dict__["v_reset"], node.__dict__["v_threshold"]
    if reset.shape != threshold.shape or reset.dtype != threshold.dtype:
        return False
    if reset.nbytes <= _COMPACT_LIMIT:
        return np.asarray(reset).tobytes() == bytes(reset.nbytes)
    return same_array(reset, np.zeros(threshold.shape, threshold.dtype))


def legal_name(name: str, where: str) -> str:
    reason = ""
    if "/" in name:
        reason = "HDF5 takes '/' as a separator"
    elif "\0" in name:
        reason = "HDF5 ends names at NUL"
    elif name in ("", ".", ".."):
        reason = "HDF5 gives it another meaning"
    else:
        try:
            name.encode("utf-8")
        except UnicodeEncodeError:
            reason = "it is not valid Unicode"
    if reason:
        raise NirError(
            f"{where}: the name {name!r} cannot be written to a .nir file because {reason}; "
            "rename it"
        )
    return name


class GraphWriter:
    """Walks a graph and writes it."""

    def __init__(self, out: Writer) -> None:
        self.out = out

    def graph(self, group: Any, graph: NIRGraph, shapes: ShapeMap, path: tuple[str, ...]) -> None:
        out = self.out
        inner = out.group(group, "nodes", ordered=True)
        for name, node in graph.nodes.items():
            legal_name(name, node_path(*path))
            child = out.group(inner, name)
            if isinstance(node, NIRGraph):
                self.graph(child, node, shapes.nested[name], (*path, name))
            else:
                self.node(child, node, shapes[name], (*path, name))
        edges = np.empty((len(graph.edges), 2), dtype=h5py.string_dtype())
        for row, edge in enumerate(graph.edges):
            edges[row] = edge
        out.put_texts(group, "edges", edges)
        out.put_word(group, "type", "NIRGraph")
        self.metadata(group, graph.metadata, node_path(*path))

    def node(self, group: Any, node: NIRNode, shapes: NodeShapes, path: tuple[str, ...]) -> None:
        kind = type(node).__name__
        for field in node.field_names():
            if field == "v_reset" and _default_reset(node):
                continue  # nir up to 1.0.5 knows no v_reset; absent means zeros to all others
            if field in node._parameters:
                self.parameter(group, node, field, shapes)
            elif kind in TERMINALS or field in ("input_shape", "input_type"):
                self.shape(group, node, field, shapes, path)
            elif isinstance(value := getattr(node, field), str):
                self.out.put_word(group, field, value)
            else:
                self.out.put(group, field, np.asarray(value, dtype=np.int64))
        self.out.put_word(group, "type", kind)
        self.metadata(group, node.metadata, node_path(*path))

    def parameter(self, group: Any, node: NIRNode, field: str, shapes: NodeShapes) -> None:
        array = node.__dict__[field]
        target: tuple[int, ...] | None
        if field == "weight":
            target = array.shape
        elif isinstance(node, (Affine, Linear)):
            target = node.weight.shape[-2:-1] if array.ndim == 0 else array.shape
        elif isinstance(node, (Conv1d, Conv2d)):
            target = node.weight.shape[:1] if array.ndim == 0 else array.shape
        else:
            target = shapes.input
        if target is None or array.shape == target:
            self.out.put(group, field, array)
            return
        try:
            spread = np.broadcast_to(array, target)
        except ValueError:
            self.out.put(group, field, array)
            return
        self.out.mark(self.out.put(group, field, spread), BROADCAST, array.shape)

    def shape(
        self, group: Any, node: NIRNode, field: str, shapes: NodeShapes, path: tuple[str, ...]
    ) -> None:
        own = getattr(node, field)
        if isinstance(node, (Conv1d, Conv2d)):
            given, found = own, None if shapes.input is None else shapes.input[1:]
        else:
            given = next(iter(own.values()))
            found = shapes.input
        value = given if given is not None else found
        if value is None:
            if isinstance(node, Flatten):
                return
            raise NirError(
                f"{node_path(*path)}: the shape does not follow from the graph, and nir demands "
                "it; give an Input its shape, or the convolution its input_shape"
            )
        array = np.asarray(value, dtype=np.int64)
        if isinstance(node, Conv1d):
            array = array.reshape(())
        name = "shape" if type(node).__name__ in TERMINALS else field
        dataset = self.out.put(group, name, array)
        if given is None:
            self.out.mark(dataset, INFERRED)

    def metadata(self, group: Any, metadata: Mapping[str, Any], where: str) -> None:
        if metadata:
            self.mapping(self.out.group(group, "metadata", ordered=True), metadata, where)

    def mapping(self, group: Any, content: Mapping[str, Any], where: str) -> None:
        for name, value in content.items():
            place = f"{where} metadata {name!r}"
            legal_name(name, place)
            if isinstance(value, Mapping):
                self.mapping(self.out.group(group, name, ordered=True), value, place)
            elif isinstance(value, str):
                self.out.put_text(group, name, value)
            elif isinstance(value, tuple):
                self.sequence(group, name, value, place)
            else:
                array = np.asarray(value)
                if array.dtype.kind not in "fiub":
                    raise NirTypeError(
                        f"{place}: a .nir file holds numbers, text, arrays and lists of one kind,"
                        f" got {type(value).__name__}"
                    )
                self.out.put(group, name, array)

    def sequence(self, group: Any, name: str, value: tuple[Any, ...], place: str) -> None:
        if value and all(isinstance(item, str) for item in value):
            self.out.put_texts(group, name, np.array(value, dtype=h5py.string_dtype()))
            return
        array = _numbers(value)
        if array is None:
            raise NirTypeError(
                f"{place}: a .nir file holds lists of one kind (text, or numbers that are exact "
                f"in one type), got {value!r}"
            )
        self.out.mark(self.out.put(group, name, array), SEQUENCE)


def _numbers(value: tuple[Any, ...]) -> np.ndarray | None:
    """Give a list of numbers, or of equally long lists of them, as an array that equals it."""
    try:
        array = np.array(value)
    except (ValueError, OverflowError):  # lists of several lengths
        return None
    if array.dtype.kind not in "fiub" or array.dtype.itemsize > 8:
        return None
    given = list(_leaves(value))
    same = len(given) == array.size and all(
        one == stored or one != one
        for one, stored in zip(given, array.reshape(-1).tolist(), strict=True)
    )
    return array if same else None


def _leaves(value: Any) -> Iterator[Any]:
    for item in value:
        if isinstance(item, tuple):
            yield from _leaves(item)
        elif not isinstance(item, np.ndarray):
            yield item


def write_hdf5(
    file: h5f.FileID, graph: NIRGraph, compression: Compression, options: Any = None
) -> None:
    """Write a graph into an empty, open HDF5 file."""
    out = Writer(file, compression, options)
    root = h5g.open(file, b"/")
    out.put_text(root, "version", NIR_VERSION)
    GraphWriter(out).graph(out.group(root, "node"), graph, graph.shapes, ())

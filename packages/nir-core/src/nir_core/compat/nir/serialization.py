"""Reading and writing files, with the loader and the writer of nir_core."""

from __future__ import annotations

import pathlib
from contextlib import contextmanager
from typing import IO, Any

import h5py

import nir_core as core
from nir_core.compat import nir
from nir_core.compat._errors import NirOSError
from nir_core.compat.nir import data_ir
from nir_core.compat.nir import ir as nodes
from nir_core.compat.nir.ir.graph import NIRGraph
from nir_core.compat.nir.ir.node import NIRNode
from nir_core.data._convert import rebuilt
from nir_core.errors import NirFileError, NirTypeError
from nir_core.interop import rebuild

__all__ = [
    "h5py",
    "hdf2dict",
    "nir",
    "read",
    "read_data",
    "read_node",
    "read_version",
    "try_byte_to_str",
    "write",
    "write_data",
]

Source = str | pathlib.Path | IO[bytes]


@contextmanager
def _file_errors() -> Any:
    """Make errors of files also OSError, which callers of nir expect."""
    try:
        yield
    except NirOSError:
        raise
    except NirFileError as error:
        raise NirOSError(str(error)) from error


def read(filename: Source, type_check: bool = True) -> NIRGraph:
    """Read a graph from a .nir file, without following links.

    Args:
        filename: a path or an open binary file.
        type_check: infer and check the types of the graph, those of nested graphs too.

    Returns:
        A mutable graph; its arrays are its own.

    Raises:
        NirOSError: the file is damaged or unsafe.
        NirError: with `type_check`, what is wrong with the graph.
    """
    with _file_errors():
        graph = core.read(filename, check="off")
    return rebuild(graph, nodes, type_check=type_check)


def read_version(filename: Source) -> str:
    """Give the version text of a .nir file.

    Raises:
        NirOSError: the file is damaged or has none.
    """
    with _file_errors():
        version = core.read_version(filename)
        if version is None:
            raise NirFileError(f"{filename}: the file tells no version")
    return version


def write(
    filename: Source,
    graph: NIRNode,
    compression: Any = "gzip",
    compression_opts: Any = None,
) -> None:
    """Write a graph to a .nir file.

    Args:
        filename: a path or an open binary file.
        graph: the graph.
        compression: "gzip", "lzf", "szip", a gzip level or None; small arrays stay as they are.
        compression_opts: level for "gzip".

    Raises:
        NirError: the graph cannot stand in a file; the message says why.
    """
    if not isinstance(graph, NIRGraph) and type(graph).__name__ != "NIRGraph":
        raise NirTypeError(
            f"write needs a NIRGraph, got {type(graph).__name__}; "
            "wrap a single node with NIRGraph.from_list(node)"
        )
    content = core.from_nir(graph, type_check=False)
    core.write(filename, content, compression, compression_opts, format="nir", check="off")


def read_data(path: Source) -> data_ir.NIRGraphData:
    """Read recordings from a file, without following links.

    Args:
        path: a path or an open binary file.

    Raises:
        NirOSError: the file is damaged, unsafe or holds no recordings.
    """
    with _file_errors():
        data = core.load_data(path)
    return rebuilt(data, data_ir)


def write_data(
    filename: Source,
    graph_data: Any,
    compression: Any = "gzip",
    compression_opts: Any = None,
) -> None:
    """Write recordings to a file; nested ones too.

    Args:
        filename: a path or an open binary file.
        graph_data: the recordings.
        compression: as for `write`.
        compression_opts: level for "gzip".
    """
    core.save_data(filename, graph_data, compression, compression_opts)


def try_byte_to_str(a: Any) -> Any:
    """Give text for UTF-8 bytes, and anything else as it is.

    Example:
        >>> try_byte_to_str(b"lif"), try_byte_to_str(3)
        ('lif', 3)
    """
    return a.decode("utf-8") if isinstance(a, bytes) else a


def hdf2dict(node: Any) -> dict[str, Any]:
    """Give an open HDF5 group of a graph file as the dictionary that `from_dict` takes.

    Args:
        node: a group with a dataset `type`. Links to other files are not followed.
    """
    content: dict[str, Any] = {}
    for name in node:
        if not isinstance(node.get(name, getlink=True), h5py.HardLink):
            raise NirOSError(f"{node.name}/{name}: only data of the file itself are read")
        item = node[name]
        if isinstance(item, h5py.Group):
            inner = {key: hdf2dict(item[key]) for key in item} if name == "nodes" else None
            content[name] = _read_metadata(node) if name == "metadata" else inner or hdf2dict(item)
        else:
            content[name] = try_byte_to_str(item[()])
    return content


def _read_metadata(node: Any) -> dict[str, Any]:
    """Give the metadata of an open HDF5 group."""
    return hdf2dict(node["metadata"]) if "metadata" in node else {}


def read_node(node: Any) -> NIRNode:
    """Give the node that an open HDF5 group holds.

    Args:
        node: the group `node` of a graph file, or one inside it.
    """
    return nodes.dict2NIRNode(hdf2dict(node))

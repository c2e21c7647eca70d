"""`read` and `write`: graphs in files; `load_data` and `save_data`: recordings in files."""

from __future__ import annotations

import os
import warnings
from typing import IO, TYPE_CHECKING, Any

from nir_core.checks import check as check_graph
from nir_core.checks import check_structure
from nir_core.errors import NirError, NirTypeError, NirWarning
from nir_core.files._atomic import replacing
from nir_core.files._data import load_data, read_data, save_data, write_data
from nir_core.files._formats import format_for, read_as, sniff, write_as, write_path
from nir_core.files._limits import Limits
from nir_core.files._sources import Check, PathLike, guarded, known_compression, opened
from nir_core.findings import Finding, Report, summary
from nir_core.graph import NIRGraph

if TYPE_CHECKING:
    from nir_core.files._hdf5_write import Compression

__all__ = [
    "Limits",
    "load_data",
    "read",
    "read_data",
    "read_version",
    "save_data",
    "write",
    "write_data",
]


def load(
    path: PathLike | IO[bytes] | bytes, limits: Limits | None = None, lazy: bool = False
) -> tuple[NIRGraph, list[Finding], str]:
    """Give the unchecked graph of a file, the findings about the file, and its name."""
    source, name = opened(path)

    def action() -> Any:
        return read_as(sniff(source), source, limits or Limits(), lazy)

    return (*guarded(name, action), name)


def read(
    path: PathLike | IO[bytes] | bytes,
    *,
    check: Check = "strict",
    type_check: bool | None = None,
    lazy: bool = False,
    limits: Limits | None = None,
) -> NIRGraph:
    """Read a graph from a .nir, .nirz or text file, without following links or running code.

    The format is known by the first bytes. Arrays of a .nirz file stay in it until they are
    looked at; their values are then not part of the check.

    Args:
        path: a path, an open binary file (all of it, wherever it stands) or the content of one.
        check: "strict" raises on every error that `nir_core.check` finds in structure, shapes
            and values; "lenient" gives them as one NirWarning; "off" looks at nothing.
        type_check: True for "strict" and False for "off", as nir has it.
        lazy: leave large arrays of a .nir file in it until they are looked at.
        limits: what the file may ask for.

    Returns:
        The graph, its nodes in the order of the file.

    Raises:
        NirFileError: the file is damaged, unsafe or not a NIR file; the message names the
            path inside the file.
        NirError: with "strict", listing what is wrong with the graph.
        FileNotFoundError: there is no such file.

    Example:
        >>> import io
        >>> from nir_core import NIRGraph, Scale, write
        >>> file = io.BytesIO()
        >>> write(file, NIRGraph.from_list(Scale([1.0, 2.0])))
        >>> read(file.getvalue())
        NIRGraph(3 nodes, 2 edges: input -> scale -> output)
    """
    if type_check is not None:
        check = "strict" if type_check else "off"
    if check not in ("strict", "lenient", "off"):
        raise NirTypeError(f"check is 'strict', 'lenient' or 'off', got {check!r}")
    graph, findings, name = load(path, limits, lazy)
    if check != "off":
        errors = Report((*findings, *check_graph(graph))).errors
        if errors and check == "strict":
            raise NirError(f"{name}: {summary(errors)}")
        if errors:
            warnings.warn(f"{name}: {summary(errors)}", NirWarning, stacklevel=2)
    return graph


def read_version(path: PathLike | IO[bytes] | bytes) -> str | None:
    """Give the version text of a .nir file; None when it has none, as the other formats.

    Args:
        path: a path, an open binary file (all of it, wherever it stands) or the content of one.

    Raises:
        NirFileError: the file is damaged or not a NIR file.
    """
    source, name = opened(path)

    def action() -> Any:
        from nir_core.files._hdf5_read import read_hdf5_version

        return read_hdf5_version(source) if sniff(source) == "nir" else None

    return guarded(name, action)


def write(
    path: PathLike | IO[bytes],
    graph: NIRGraph,
    compression: Compression = "auto",
    compression_opts: Any = None,
    *,
    format: str | None = None,
    check: Check = "strict",
) -> None:
    """Write a graph to a .nir file that nir 1.0.4 to 1.0.8 read, or to .nirz or text.

    A .nirz file holds any graph as it is, opens at once whatever its size, and is about a
    hundred times faster for many small nodes; the text form (.nirt) is for reading and
    comparing. In a .nir file, numbers that stand for a whole layer are spread over it, and
    shapes that follow from the graph are filled in; `read` undoes both. The file appears
    whole or not at all.

    Args:
        path: a path or an open binary file; one that is open for reading, too, is replaced.
        graph: the graph.
        compression: "auto" compresses arrays that shrink by it; "gzip", "lzf", "szip", a gzip
            level 0 to 9, or None. Arrays under 4 KiB are never compressed.
        compression_opts: level for "gzip".
        format: "nir", "nirz" or "text"; when not given, the ending of the name decides.
        check: "strict" refuses a graph whose structure or shapes are wrong, "lenient" warns.

    Raises:
        NirError: the graph is wrong, a name cannot stand in a .nir file, or a shape that nir
            demands does not follow.
        NirTypeError: the argument is not a NIRGraph.
    """
    if not isinstance(graph, NIRGraph):
        raise NirTypeError(
            f"write needs a nir_core.NIRGraph, got {type(graph).__name__}; "
            "wrap a single node with NIRGraph.from_list(node), and turn objects of the nir package "
            "with nir_core.from_nir"
        )
    known_compression(compression)
    if check != "off":
        errors = check_structure(graph).errors
        if errors and check == "strict":
            raise NirError(f"the graph is not written: {summary(errors)}")
        if errors:
            warnings.warn(summary(errors), NirWarning, stacklevel=2)
    if hasattr(path, "write"):
        kind = format_for("", format)
        write_as(kind, path, graph, compression, compression_opts)  # type: ignore[arg-type]
        return
    kind = format_for(os.fspath(path), format)  # type: ignore[arg-type]
    with replacing(path) as draft:  # type: ignore[arg-type]
        write_path(kind, str(draft), graph, compression, compression_opts)

"""`read` and `write`: graphs in files."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal

from nir_core.checks import check as check_graph
from nir_core.checks import check_structure
from nir_core.errors import NirError, NirFileError, NirTypeError, NirWarning
from nir_core.files._atomic import replacing
from nir_core.files._limits import Limits
from nir_core.findings import Finding, Report, summary
from nir_core.graph import NIRGraph

if TYPE_CHECKING:
    from nir_core.files._hdf5_write import Compression

__all__ = ["Limits", "read", "read_version", "write"]

Check = Literal["strict", "lenient", "off"]
PathLike = str | os.PathLike[str]


def _content(source: PathLike | IO[bytes] | bytes) -> tuple[str | bytes, str]:
    """Give what can be opened, and a name for messages."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        return bytes(source), "the given bytes"
    if hasattr(source, "read"):
        return source.read(), str(getattr(source, "name", "the given stream"))  # type: ignore
    path = os.fspath(source)  # type: ignore[arg-type]
    with open(path, "rb"):  # a missing or forbidden file speaks for itself
        return path, path


def _guarded(name: str, action: Any) -> Any:
    """Run a reader of untrusted data and put the name of the file before its messages."""
    try:
        return action()
    except NirFileError as error:
        raise NirFileError(f"{name}: {error}") from error.__cause__


def load(
    path: PathLike | IO[bytes] | bytes, limits: Limits | None = None
) -> tuple[NIRGraph, list[Finding], str]:
    """Give the unchecked graph of a file, the findings about the file, and its name."""
    source, name = _content(path)

    def action() -> Any:
        from nir_core.files._hdf5_read import read_hdf5

        return read_hdf5(source, limits or Limits())

    return (*_guarded(name, action), name)


def read(
    path: PathLike | IO[bytes] | bytes,
    *,
    check: Check = "strict",
    type_check: bool | None = None,
    limits: Limits | None = None,
) -> NIRGraph:
    """Read a graph from a .nir file, without following links or running code.

    Args:
        path: a path, an open binary file or the content of one.
        check: "strict" raises on every error that `nir_core.check` finds in structure, shapes
            and values; "lenient" gives them as one NirWarning; "off" looks at nothing.
        type_check: True for "strict" and False for "off", as nir has it.
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
    graph, findings, name = load(path, limits)
    if check != "off":
        errors = Report((*findings, *check_graph(graph))).errors
        if errors and check == "strict":
            raise NirError(f"{name}: {summary(errors)}")
        if errors:
            warnings.warn(f"{name}: {summary(errors)}", NirWarning, stacklevel=2)
    return graph


def read_version(path: PathLike | IO[bytes] | bytes) -> str | None:
    """Give the version text of a .nir file, or None when it has none.

    Args:
        path: a path, an open binary file or the content of one.

    Raises:
        NirFileError: the file is damaged or not a NIR file.
    """
    source, name = _content(path)

    def action() -> Any:
        from nir_core.files._hdf5_read import read_hdf5_version

        return read_hdf5_version(source)

    return _guarded(name, action)


def write(
    path: PathLike | IO[bytes],
    graph: NIRGraph,
    compression: Compression = "auto",
    compression_opts: Any = None,
    *,
    check: Check = "strict",
) -> None:
    """Write a graph to a .nir file that nir 1.0.4 to 1.0.8 read.

    Numbers that stand for a whole layer are spread over it, and shapes that follow from the
    graph are filled in; `read` undoes both. The file appears whole or not at all.

    Args:
        path: a path or an open binary file.
        graph: the graph.
        compression: "auto" compresses arrays that shrink by it; "gzip", "lzf", "szip", a gzip
            level 0 to 9, or None. Arrays under 4 KiB are never compressed.
        compression_opts: level for "gzip".
        check: "strict" refuses a graph whose structure or shapes are wrong, "lenient" warns.

    Raises:
        NirError: the graph is wrong, a name cannot stand in a .nir file, or a shape that nir
            demands does not follow.
        NirTypeError: the argument is not a NIRGraph.
    """
    if not isinstance(graph, NIRGraph):
        raise NirTypeError(
            f"write needs a nir_core.NIRGraph, got {type(graph).__name__}; "
            "wrap a single node with NIRGraph.from_list(node)"
        )
    if not (
        compression in ("auto", "gzip", "lzf", "szip", None)
        or (isinstance(compression, int) and 0 <= compression <= 9)
    ):
        raise NirTypeError(
            "compression is 'auto', 'gzip', 'lzf', 'szip', None or a level 0 to 9, "
            f"got {compression!r}"
        )
    if check != "off":
        errors = check_structure(graph).errors
        if errors and check == "strict":
            raise NirError(f"the graph is not written: {summary(errors)}")
        if errors:
            warnings.warn(summary(errors), NirWarning, stacklevel=2)
    if hasattr(path, "write"):
        path.write(_image(graph, compression, compression_opts))  # type: ignore[union-attr]
        return
    with replacing(Path(path)) as draft:  # type: ignore[arg-type]
        _write_to(str(draft), graph, compression, compression_opts, in_memory=False)


def _write_to(
    name: str, graph: NIRGraph, compression: Compression, options: Any, *, in_memory: bool
) -> bytes:
    from h5py import h5f, h5p

    from nir_core.files._hdf5_write import write_hdf5

    access = h5p.create(h5p.FILE_ACCESS)
    access.set_fclose_degree(h5f.CLOSE_STRONG)
    access.set_libver_bounds(h5f.LIBVER_V18, h5f.LIBVER_V18)
    if in_memory:
        access.set_fapl_core(1 << 16, False)
    encoded = name.encode("utf-8", "surrogateescape")
    file = h5f.create(encoded, h5f.ACC_TRUNC, fapl=access)
    try:
        write_hdf5(file, graph, compression, options)
        h5f.flush(file)
        return file.get_file_image() if in_memory else b""
    finally:
        file.close()


def _image(graph: NIRGraph, compression: Compression, options: Any) -> bytes:
    return _write_to("graph.nir", graph, compression, options, in_memory=True)

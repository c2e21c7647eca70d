"""The file formats by name: which one a file is, and how each is read and written."""

# pyright: reportAttributeAccessIssue=false
# The compiled modules of h5py come without type information.
from __future__ import annotations

import io
import os
from collections.abc import Callable
from math import prod
from typing import IO, TYPE_CHECKING, Any, Literal

from nir_core.errors import NirFileError, NirTypeError
from nir_core.files._limits import Limits
from nir_core.files._sources import emptied
from nir_core.findings import Finding
from nir_core.graph import NIRGraph
from nir_core.nodes._network import Network

if TYPE_CHECKING:
    from nir_core.files._hdf5_write import Compression

__all__ = ["Format", "format_for", "hdf5_bytes", "hdf5_file", "read_as", "sniff", "write_as"]

Format = Literal["nir", "nirz", "text"]
_SUFFIXES: dict[str, Format] = {".nirz": "nirz", ".nirt": "text", ".txt": "text"}
_AT_ONCE = 1 << 24  # bytes; HDF5 writes smaller files in very many small pieces
_NIRZ = b"\x89NIRZ\r\n\x01"


def format_for(name: str, chosen: str | None) -> Format:
    """Give the format to write: the chosen one, or that of the name's ending."""
    if chosen is None:
        return _SUFFIXES.get(os.path.splitext(name)[1].lower(), "nir")
    if chosen not in ("nir", "nirz", "text"):
        raise NirTypeError(f"format is 'nir', 'nirz' or 'text', got {chosen!r}")
    return chosen  # type: ignore[return-value]


def sniff(source: str | bytes) -> Format:
    """Give the format of a file by its first bytes; HDF5 may stand further inside."""
    if isinstance(source, bytes):
        head = source[:16]
    else:
        with open(source, "rb") as file:
            head = file.read(16)
    if head.startswith(_NIRZ):
        return "nirz"
    if head.removeprefix(b"\xef\xbb\xbf").startswith(b"nir-text"):
        return "text"
    return "nir"


def read_as(
    kind: Format, source: str | bytes, limits: Limits, lazy: bool
) -> tuple[NIRGraph, list[Finding]]:
    """Read a graph and the findings about its file."""
    if kind == "nirz":
        from nir_core.files._nirz import read_nirz

        return read_nirz(source, limits)
    if kind == "text":
        return _read_text(source, limits)
    from nir_core.files._hdf5_read import read_hdf5

    return read_hdf5(source, limits, lazy=lazy)


def _read_text(source: str | bytes, limits: Limits) -> tuple[NIRGraph, list[Finding]]:
    from nir_core.files._text import read_text_form

    if isinstance(source, bytes):
        data = source
    else:
        size = os.path.getsize(source)
        if size > limits.max_bytes:
            raise NirFileError(f"the file has more than {limits.max_bytes} bytes")
        with open(source, "rb") as file:
            data = file.read()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NirFileError(f"the text is not UTF-8: {error}") from None
    return read_text_form(text.replace("\r\n", "\n"), limits)


def write_as(
    kind: Format, file: IO[bytes], graph: NIRGraph, compression: Compression, options: Any
) -> None:
    """Write a graph to an open binary file."""
    if kind == "nir":
        content = _hdf5_bytes(graph, compression, options)
        emptied(file).write(content)
        return
    if compression not in ("auto", None):
        raise NirTypeError(f"only .nir files are compressed; leave compression out for {kind!r}")
    if kind == "nirz":
        from nir_core.files._nirz import write_nirz

        write_nirz(emptied(file), graph)
    else:
        from nir_core.files._text import to_text

        content = to_text(graph).encode("utf-8")
        emptied(file).write(content)


def write_path(
    kind: Format, path: str, graph: NIRGraph, compression: Compression, options: Any
) -> None:
    """Write a graph to a new file; HDF5 goes straight to disk."""
    if kind == "nir":
        _hdf5_file(path, graph, compression, options)
        return
    with open(path, "wb") as file:
        write_as(kind, file, graph, compression, options)


def _hdf5_bytes(graph: NIRGraph, compression: Compression, options: Any) -> bytes:
    from nir_core.files._hdf5_write import write_hdf5

    return hdf5_bytes(lambda file: write_hdf5(file, graph, compression, options))


def hdf5_bytes(fill: Callable[[Any], None]) -> bytes:
    """Give the bytes of an HDF5 file that `fill` writes."""
    import h5py

    # HDF5 1.14 refuses the image of a file that was still open: this one is closed first.
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", libver=("v108", "v108")) as file:
        fill(file.id)
    return buffer.getvalue()


def _hdf5_file(path: str, graph: NIRGraph, compression: Compression, options: Any) -> None:
    from nir_core.files._hdf5_write import write_hdf5

    def fill(file: Any) -> None:
        write_hdf5(file, graph, compression, options)

    hdf5_file(path, fill, in_memory=_bytes_of(graph) <= _AT_ONCE)


def _bytes_of(graph: Network) -> int:
    """Bytes of all parameters, those that one number stands for at their full size."""
    total = 0
    for kind in graph.by_class:
        if issubclass(kind, Network):
            total += sum(_bytes_of(node) for node in graph.of_class(kind).values())
        for arrays in graph.columns(kind).values():
            total += sum(array.nbytes for array in arrays)
    spread = 56 * sum(prod(shapes.input) for shapes in graph.shapes.values() if shapes.input)
    return total + spread


def hdf5_file(path: str, fill: Callable[[Any], None], *, in_memory: bool = False) -> None:
    """Make an HDF5 file that `fill` writes; `in_memory` until it is complete."""
    from h5py import h5f, h5p

    access = h5p.create(h5p.FILE_ACCESS)
    access.set_fclose_degree(h5f.CLOSE_STRONG)
    if in_memory:
        access.set_fapl_core(1 << 20, True)
    # From 1.8 on, object headers carry checksums and groups can keep their order.
    access.set_libver_bounds(h5f.LIBVER_V18, h5f.LIBVER_V18)
    file = h5f.create(path.encode("utf-8", "surrogateescape"), h5f.ACC_TRUNC, fapl=access)
    try:
        fill(file)
    finally:
        file.close()

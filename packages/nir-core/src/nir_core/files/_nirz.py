"""The .nirz container: a JSON header and one blob of aligned arrays, mapped into memory.

    8 bytes   magic  89 4E 49 52 5A 0D 0A 01
    8 bytes   length of the header, little-endian
    header    JSON, padded with spaces so that the blob starts at a multiple of 64
    blob      arrays one after the other, zeros between them for alignment, nothing else

Header: {"format": "nirz", "version": 2, "graph": {...}, "arrays": [[dtype, shape, begin, end]]}.
A parameter in the graph is the number of an array. Version 1 knows no rows for several arrays.
"""

from __future__ import annotations

import json
import mmap
import os
from typing import IO, Any

from nir_core.errors import NirFileError
from nir_core.files._document import DocumentReader, describe
from nir_core.files._limits import Budget, Limits
from nir_core.files._nirz_arrays import Blob, StoredArrays
from nir_core.findings import Finding
from nir_core.graph import NIRGraph

__all__ = ["MAGIC", "read_nirz", "write_nirz"]

MAGIC = b"\x89NIRZ\r\n\x01"
VERSION = 2
VERSIONS = (1, 2)
# As in safetensors: a header of this size would be damage or an attack.
MAX_HEADER = 100_000_000


def write_nirz(file: IO[bytes], graph: NIRGraph) -> None:
    """Write a graph; arrays go to the file without a copy.

    Args:
        file: an open binary file.
        graph: the graph.

    Raises:
        NirError: the metadata hold what JSON and arrays cannot.
    """
    blob = Blob()
    content = {
        "format": "nirz",
        "version": VERSION,
        "graph": describe(graph, blob.store, blob.store_all),
        "arrays": blob.table,
    }
    header = json.dumps(
        content, separators=(",", ":"), allow_nan=False, check_circular=False
    ).encode("ascii")
    header += b" " * (-(len(header) + 16) % 64)
    file.write(MAGIC)
    file.write(len(header).to_bytes(8, "little"))
    file.write(header)
    for piece in blob.pieces():
        file.write(piece)


def _refuse_constant(text: str) -> Any:
    raise NirFileError(f"the header holds {text}, which is not JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise NirFileError("the header names an entry twice")
    return result


def _header(view: Any, size: int) -> tuple[dict[str, Any], int]:
    if size < 16:
        raise NirFileError("the file ends within its first 16 bytes")
    length = int.from_bytes(view[8:16], "little")
    if length > min(MAX_HEADER, size - 16):
        raise NirFileError(f"the header claims {length} bytes, the file has {size - 16}")
    try:
        text = bytes(view[16 : 16 + length]).decode("utf-8")
        content = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_once)
    except NirFileError:
        raise
    except (ValueError, RecursionError) as error:
        raise NirFileError(f"the header is not JSON: {error}") from None
    if not isinstance(content, dict) or content.get("format") != "nirz":
        raise NirFileError("the header does not say 'nirz'")
    version = content.get("version")
    if type(version) is not int or version not in VERSIONS:
        known = " and ".join(map(str, VERSIONS))
        raise NirFileError(f"the file is of version {version!r:.40}, this reader knows {known}")
    return content, 16 + length


def read_nirz(source: str | bytes, limits: Limits) -> tuple[NIRGraph, list[Finding]]:
    """Read a graph whose arrays stay in the file until they are looked at.

    Args:
        source: path, or the content of a file.
        limits: what the file may ask for.

    Returns:
        The unchecked graph and the findings about the file.

    Raises:
        NirFileError: the file is damaged.
    """
    view: Any = source
    if not isinstance(source, bytes):
        with open(source, "rb") as file:
            if os.fstat(file.fileno()).st_size < 16:
                raise NirFileError("the file ends within its first 16 bytes")
            view = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    size = len(view)
    header, start = _header(view, size)
    budget = Budget(limits)
    arrays = StoredArrays(view, start, header.get("arrays"), budget)
    reader = DocumentReader(arrays.load, budget, arrays.load_all)
    budget.take_nodes(1, "/")
    graph = reader.graph(header.get("graph"))
    for name in header:
        if name not in ("format", "version", "graph", "arrays"):
            reader.findings.append(Finding("NIR070", "/", f"the header has no entry {name!r:.80}"))
    return graph, reader.findings

"""The .nirz container: a JSON header and one blob of aligned arrays, mapped into memory.

    8 bytes   magic  89 4E 49 52 5A 0D 0A 01
    8 bytes   length of the header, little-endian
    header    JSON, padded with spaces so that the blob starts at a multiple of 64
    blob      arrays one after the other, zeros between them for alignment, nothing else

Header: {"format":"nirz","version":2,"crc32":"0123abcd","graph":{...},"arrays":[[dtype,shape,
begin,end]]}. A parameter in the graph is the number of an array. Version 1 knows no rows for
several arrays. The checksum, eight hexadecimal digits, is that of the header with zeros in its
place and, where it has no more than 4 MiB, of the blob; a file may leave it out.
"""

from __future__ import annotations

import json
import mmap
import os
import re
from typing import IO, Any
from zlib import crc32

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
# A larger blob stays where it is until it is looked at.
_SUMMED = 1 << 22
_NO_SUM = "00000000"
_SUM_FIELD = re.compile(rb'\{"format":"nirz","version":\d+,"crc32":"([0-9a-f]{8})"')


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
        "crc32": _NO_SUM,
        "graph": describe(graph, blob.store, blob.store_all),
        "arrays": blob.table,
    }
    header = json.dumps(
        content, separators=(",", ":"), allow_nan=False, check_circular=False
    ).encode("ascii")
    header += b" " * (-(len(header) + 16) % 64)
    total = crc32(header)
    if blob.end <= _SUMMED:
        for piece in blob.pieces():
            total = crc32(piece, total)
    place = _sum_place(header)
    file.write(MAGIC)
    file.write(len(header).to_bytes(8, "little"))
    file.write(header[: place[0]] + b"%08x" % total + header[place[1] :])
    for piece in blob.pieces():
        file.write(piece)


def _sum_place(header: bytes) -> tuple[int, int]:
    """Give where the digits of the checksum begin and end; (0, 0) where there is none."""
    found = _SUM_FIELD.match(header)
    return found.span(1) if found else (0, 0)


def _check_sum(header: bytes, view: Any, start: int) -> None:
    """Refuse a file whose bytes are not those that were written."""
    begin, end = _sum_place(header)
    if not end:
        return
    total = crc32(header[:begin] + _NO_SUM.encode() + header[end:])
    if len(view) - start <= _SUMMED:
        total = crc32(memoryview(view)[start:], total)
    if header[begin:end] != b"%08x" % total:
        raise NirFileError("the checksum does not fit the content: the file is damaged")


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
    raw = bytes(view[16 : 16 + length])
    _check_sum(raw, view, 16 + length)
    try:
        text = raw.decode("utf-8")
        content = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_once)
    except NirFileError:
        raise
    except (ValueError, RecursionError) as error:
        raise NirFileError(f"the header is not JSON: {error}") from None
    if not isinstance(content, dict) or content.get("format") != "nirz":
        raise NirFileError("the header does not say 'nirz'")
    if "crc32" in content and _sum_place(raw) == (0, 0):
        raise NirFileError("the checksum is eight hexadecimal digits behind the version")
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
        if name not in ("format", "version", "crc32", "graph", "arrays"):
            reader.findings.append(Finding("NIR070", "/", f"the header has no entry {name!r:.80}"))
    return graph, reader.findings

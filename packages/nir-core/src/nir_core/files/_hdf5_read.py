"""Reading .nir files: opening what nobody has checked, and what stands beside the graph."""

# pyright: reportAttributeAccessIssue=false
# The compiled modules of h5py come without type information.
from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

import numpy as np
from h5py import h5f, h5g, h5p

from nir_core.errors import NirFileError
from nir_core.files._hdf5_heap import RawFile, TextHeap
from nir_core.files._hdf5_nodes import Reader
from nir_core.files._hdf5_safe import Group, read_numbers
from nir_core.files._limits import Budget, Limits
from nir_core.findings import Finding
from nir_core.graph import NIRGraph

__all__ = ["read_dataset", "read_hdf5", "read_hdf5_version", "with_reader"]

T = TypeVar("T")
_AT_ONCE = 1 << 24  # bytes; HDF5 asks for smaller files in very many small pieces


def _version_finding(version: str) -> Finding | None:
    major = version.split(".")[0]
    if major in ("0", "1"):
        return None
    return Finding(
        "NIR071",
        "/",
        "the file is of a version that is not known",
        "0.x or 1.x",
        repr(version[:40]),
        "read it with check='lenient' if you must",
    )


def _open(source: str | bytes) -> h5f.FileID:
    if isinstance(source, bytes):
        return h5f.open_file_image(source)
    access = h5p.create(h5p.FILE_ACCESS)
    access.set_fclose_degree(h5f.CLOSE_STRONG)
    access.set_file_locking(False, True)
    return h5f.open(source.encode("utf-8", "surrogateescape"), h5f.ACC_RDONLY, fapl=access)


def with_reader(
    source: str | bytes, budget: Budget, action: Callable[[Group, Reader], T], lazy: bool = False
) -> T:
    """Open untrusted data and act on the root group; whatever goes wrong is a NirFileError."""
    keep = source if lazy and isinstance(source, str) else None
    if keep is None and isinstance(source, str) and os.path.getsize(source) <= _AT_ONCE:
        with open(source, "rb") as stream:
            source = stream.read()
    raw = RawFile(source)
    file = None
    try:
        reader = Reader(budget, TextHeap(raw), keep)
        file = _open(source)
        return action(Group(h5g.open(file, b"/"), "", budget), reader)
    except NirFileError:
        raise
    except Exception as error:
        raise NirFileError(f"{budget.at}: {_told(error)}") from error
    finally:
        if file is not None:
            file.close()
        raw.close()


def read_hdf5(
    source: str | bytes, limits: Limits, *, lazy: bool = False
) -> tuple[NIRGraph, list[Finding]]:
    """Read the graph of a .nir file and the findings about the file itself.

    Args:
        source: path, or the content of a file.
        limits: what the file may ask for.
        lazy: leave large arrays in the file; only for a path.

    Returns:
        The unchecked graph and the findings.

    Raises:
        NirFileError: the file is damaged, unsafe or not a NIR file.
    """
    return with_reader(
        source,
        Budget(limits),
        lambda root, reader: (_graph(root, reader), reader.findings),
        lazy,
    )


def _told(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return f"the HDF5 data are damaged: {text}"


def _graph(root: Group, reader: Reader) -> NIRGraph:
    names = root.names()
    if "node" not in names:
        raise NirFileError("/: there is no group 'node', so this is not a NIR graph")
    if "version" in names:
        finding = _version_finding(reader.text(root.dataset("version"), "/version"))
        if finding:
            reader.findings.append(finding)
    reader.budget.take_nodes(1, "/node")
    node = reader.node(root.group("node"), (), 1)
    if not isinstance(node, NIRGraph):
        raise NirFileError(
            f"/node: the file holds a single {type(node).__name__}, expected a NIRGraph"
        )
    return node


def _version(root: Group, reader: Reader) -> str | None:
    if "version" not in root.names():
        return None
    return reader.text(root.dataset("version"), "/version")


def read_hdf5_version(source: str | bytes) -> str | None:
    """Give the version text of a .nir file, or None when it has none."""
    return with_reader(source, Budget(Limits()), _version)


def read_dataset(source: str, path: str, budget: Budget) -> np.ndarray:
    """Read one array of a file by its path, with the same care as a whole graph."""

    def action(root: Group, reader: Reader) -> np.ndarray:
        *groups, name = path.strip("/").split("/")
        here = root
        for step in groups:
            here = here.group(step)
        return read_numbers(here.dataset(name), path, budget)

    return with_reader(source, budget, action)

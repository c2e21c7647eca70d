"""Opening HDF5 files with care: no link is followed out of a file, no size is believed."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from aestream_io._errors import EventError
from aestream_io.formats._source import ByteSource

__all__ = [
    "ECF_FILTER",
    "ROWS",
    "careful",
    "check",
    "filters_of",
    "h5py_module",
    "member",
    "open_file",
    "parts_of",
]

ECF_FILTER = 0x8ECF
ROWS = 1 << 16  # rows that are read at once
_MOST_CHUNK = 1 << 26  # bytes; no recorder makes larger chunks
# One stored byte stands for no more bytes than this in any recording; what says so is damaged.
_MOST_RATIO = 5000
_BLOSC_FILTERS = range(32000, 32100)


def h5py_module(name: str) -> Any:
    """h5py, for a file called `name`.

    Raises:
        EventError: it is not installed.
    """
    try:
        import h5py
    except ImportError as error:
        raise EventError(
            f"{name}: HDF5 files need h5py; install the extra: pip install 'aestream-io[hdf5]'"
        ) from error
    return h5py


def open_file(source: ByteSource) -> Any:
    """The file behind a source, as `h5py.File`.

    Raises:
        EventError: h5py is missing, or the file is damaged.
    """
    h5py = h5py_module(source.name)
    source.peek(8)
    data: Any = source.whole_file()
    if data is None:  # compressed, or a pipe
        parts = []
        while part := source.read(1 << 20):
            parts.append(part)
        data = io.BytesIO(b"".join(parts))
    with careful(source.name):
        return h5py.File(data, "r")


@contextmanager
def careful(name: str) -> Iterator[None]:
    """Turn whatever the HDF5 library meets in a damaged file into one sentence.

    Raises:
        EventError: instead of any other exception.
    """
    try:
        yield
    except EventError:
        raise
    except Exception as error:  # h5py raises whatever the library met
        raise EventError(f"{name}: the HDF5 file is damaged ({_first_line(error)})") from error


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]


def member(group: Any, path: str) -> Any:
    """A group or dataset inside the file, or None; links that lead out of it are not followed."""
    import h5py

    for name in path.split("/"):
        if not isinstance(group, h5py.Group):
            return None
        link = group.get(name, getlink=True) if name in group else None
        if not isinstance(link, h5py.HardLink):
            return None
        group = group[name]
    if isinstance(group, h5py.Dataset) and (group.external or group.is_virtual):
        return None
    return group


def filters_of(dataset: Any) -> list[int]:
    """Numbers of the filters of a dataset."""
    plist = dataset.id.get_create_plist()
    return [int(plist.get_filter(i)[0]) for i in range(plist.get_nfilters())]


def check(dataset: Any, name: str) -> None:
    """Refuse sizes that the file cannot hold, and filters that are not there.

    Raises:
        EventError: what was met.
    """
    import h5py

    rows, width = dataset.shape[0] if dataset.shape else 0, dataset.dtype.itemsize
    width *= int(np.prod(dataset.shape[1:], dtype=np.int64))
    if width == 0 or width > 4096 or rows * width > dataset.id.get_storage_size() * _MOST_RATIO:
        raise EventError(
            f"{name}: dataset {dataset.name} says it has {rows} rows, more than the file holds"
        )
    if dataset.chunks and int(np.prod(dataset.chunks, dtype=np.int64)) * width > _MOST_CHUNK:
        raise EventError(f"{name}: dataset {dataset.name} has chunks of {dataset.chunks} rows")
    for number in filters_of(dataset):
        if h5py.h5z.filter_avail(number):
            continue
        if number in _BLOSC_FILTERS:
            try:
                import hdf5plugin  # noqa: F401  (registers the filters)
            except ImportError as error:
                raise EventError(
                    f"{name}: dataset {dataset.name} is compressed with HDF5 filter {number}; "
                    "install the extra: pip install 'aestream-io[hdf5]'"
                ) from error
        if not h5py.h5z.filter_avail(number):
            raise EventError(
                f"{name}: dataset {dataset.name} is compressed with the unknown HDF5 filter "
                f"{number}"
            )


def parts_of(dataset: Any, name: str) -> Iterator[tuple[int, np.ndarray | None]]:
    """The rows of a dataset in parts: the first row of each, and its rows; None: damaged.

    Raises:
        EventError: see `check`.
    """
    check(dataset, name)
    rows = dataset.shape[0]
    step = ROWS
    if dataset.chunks:
        step = max(dataset.chunks[0], ROWS // dataset.chunks[0] * dataset.chunks[0])
    for start in range(0, rows, step):
        try:
            yield start, dataset[start : start + step]
        except Exception:  # h5py raises whatever the library met
            yield start, None

"""Writing NumPy files of several arrays."""

import io
import shutil
import tempfile
import zipfile
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy

from aestream_io.formats._registry import Extras, WriteOptions, Writer
from neuro_kernels import Events

__all__ = ["NpzWriter"]


class NpzWriter(Writer):
    """Keeps the columns in temporary files until the end."""

    def __init__(self, file: BinaryIO, options: WriteOptions) -> None:
        self._target = file
        self._options = options
        self._compressed = bool(options.values.get("compressed", True))
        self._n = 0
        kinds = {"t": "<i8", "x": "<u2", "y": "<u2", "p": "|u1"}
        self._columns = {
            name: (kind, tempfile.TemporaryFile())  # noqa: SIM115  (closed at the end)
            for name, kind in kinds.items()
        }

    def feed(self, events: Events, *, extras: Extras | None = None) -> None:
        for name, (kind, file) in self._columns.items():
            file.write(getattr(events, name).astype(kind, copy=False).tobytes())
        self._n += len(events)

    def finish(self) -> tuple[str, ...]:
        width, height = self._options.size
        numbers = {"width": width, "height": height}
        if self._options.t0 is not None:
            numbers["t0"] = self._options.t0
        method = zipfile.ZIP_DEFLATED if self._compressed else zipfile.ZIP_STORED
        target: Any = _Forward(self._target)
        with zipfile.ZipFile(target, "w", method, compresslevel=1) as archive:
            for name, (kind, file) in self._columns.items():
                with archive.open(_entry(name, method), "w", force_zip64=True) as member:
                    head = {"descr": kind, "fortran_order": False, "shape": (self._n,)}
                    npy.write_array_header_1_0(member, head)  # type: ignore[arg-type]
                    file.seek(0)
                    shutil.copyfileobj(file, member, 1 << 20)
                file.close()
            for name, value in numbers.items():
                data = io.BytesIO()
                np.save(data, np.int64(value))
                archive.writestr(_entry(name, method), data.getvalue())
        return ()

    def abort(self) -> None:
        for _, file in self._columns.values():
            file.close()


class _Forward(io.RawIOBase):
    """A file that is written from front to back: compressed ones cannot go back."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:  # type: ignore[override]
        self._file.write(data)
        return len(data)


def _entry(name: str, method: int) -> zipfile.ZipInfo:
    """An entry without a time of its own, so that equal recordings are equal files."""
    found = zipfile.ZipInfo(f"{name}.npy")
    found.compress_type = method
    return found

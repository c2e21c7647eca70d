"""NumPy files of one array of records with the fields t, x, y, p: `.npy`."""

import shutil
import tempfile
from typing import BinaryIO

import numpy as np
from numpy.lib import format as npy

from aestream_io.formats._registry import Extras, Format, WriteOptions, Writer, register
from aestream_io.formats.npz import NPY_MARK, READ_OPTIONS, NpzReader
from neuro_kernels import Events

_RECORD = np.dtype([("t", "<i8"), ("x", "<u2"), ("y", "<u2"), ("p", "|u1")])


class NpyWriter(Writer):
    """Keeps the records in a temporary file until their number is known."""

    def __init__(self, file: BinaryIO, options: WriteOptions) -> None:
        self._target = file
        self._records = tempfile.TemporaryFile()  # noqa: SIM115  (closed at the end)
        self._n = 0

    def feed(self, events: Events, *, extras: Extras | None = None) -> None:
        records = np.empty(len(events), _RECORD)
        for name in "txyp":
            records[name] = getattr(events, name)
        self._records.write(records.tobytes())
        self._n += len(events)

    def finish(self) -> tuple[str, ...]:
        descr = npy.dtype_to_descr(_RECORD)
        head = {"descr": descr, "fortran_order": False, "shape": (self._n,)}
        npy.write_array_header_1_0(self._target, head)  # type: ignore[arg-type]
        self._records.seek(0)
        shutil.copyfileobj(self._records, self._target, 1 << 20)
        self._records.close()
        return ("the size of the sensor is not stored in .npy files",)

    def abort(self) -> None:
        self._records.close()


NPY = register(
    Format(
        name="npy",
        title="NumPy array of records",
        extensions=(".npy",),
        sniff=lambda head: head.startswith(NPY_MARK),
        open_reader=NpzReader,
        open_writer=NpyWriter,
        read_options=READ_OPTIONS,
    )
)

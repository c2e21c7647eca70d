"""Writing HDF5 files in the layouts of Prophesee and of DSEC."""

import abc
import shutil
import tempfile
from typing import Any, BinaryIO

import numpy as np

from aestream_io._errors import EventError
from aestream_io.formats._hdf5_file import ECF_FILTER, h5py_module
from aestream_io.formats._registry import Extras, WriteOptions, Writer
from neuro_kernels import Events, codecs

__all__ = ["Hdf5Writer", "open_writer"]

_CHUNK = 16384  # events, as Prophesee's writer
_INDEX_US = 2000  # one index entry for each, as Prophesee's writer
_EVENT = np.dtype([("x", "<u2"), ("y", "<u2"), ("p", "<i2"), ("t", "<i8")], align=True)
_TRIGGER = np.dtype([("p", "<i2"), ("t", "<i8"), ("id", "<i2")], align=True)
_INDEX = np.dtype([("id", "<u8"), ("ts", "<i8")])


class Hdf5Writer(Writer):
    """Writes chunks into a temporary file, and that into the target when it is complete."""

    def __init__(self, file: BinaryIO, options: WriteOptions) -> None:
        self._target = file
        self._size = options.size
        h5py = h5py_module("the file")
        self._temporary = tempfile.TemporaryFile()  # noqa: SIM115  (closed at the end)
        self._file: Any = h5py.File(self._temporary, "w")
        self._held: list[Events] = []
        self._n_held = 0
        self._n = 0
        self._latest: int | None = None
        self._indexes: list[np.ndarray] = []
        self._triggers: list[np.ndarray] = []

    def feed(self, events: Events, *, extras: Extras | None = None) -> None:
        if extras is not None and extras.triggers is not None:
            rows = np.zeros(len(extras.triggers), _TRIGGER)
            rows["t"], rows["id"] = extras.triggers.t, extras.triggers.id
            rows["p"] = extras.triggers.value
            self._triggers.append(rows)
        if len(events) == 0:
            return
        if int(events.x.max()) >= self._size[0] or int(events.y.max()) >= self._size[1]:
            raise EventError(f"events outside the {self._size[0]}x{self._size[1]} sensor")
        self._held.append(events)
        self._n_held += len(events)
        if self._n_held < _CHUNK:
            return
        whole = Events.concatenate(self._held) if len(self._held) > 1 else self._held[0]
        end = len(whole) - len(whole) % _CHUNK
        for start in range(0, end, _CHUNK):
            self._put(whole[start : start + _CHUNK])
        self._held, self._n_held = [whole[end:]], len(whole) - end

    @abc.abstractmethod
    def _put(self, events: Events) -> None:
        """Write one chunk; the last one may be short."""

    @abc.abstractmethod
    def _complete(self) -> None:
        """Write what comes behind the events."""

    def finish(self) -> tuple[str, ...]:
        rest = [events for events in self._held if len(events)]
        if rest:
            self._put(Events.concatenate(rest))
        self._complete()
        self._file.close()
        self._temporary.seek(0)
        shutil.copyfileobj(self._temporary, self._target, 1 << 20)
        self._temporary.close()
        return ()

    def abort(self) -> None:
        self._file.close()
        self._temporary.close()


class PropheseeWriter(Hdf5Writer):
    """CD/events, compressed with ECF, and what Prophesee's reader expects beside it."""

    def __init__(self, file: BinaryIO, options: WriteOptions) -> None:
        if max(options.size) > 2048:
            raise EventError(f"size: ECF holds at most 2048 pixels a side, {options.size}")
        super().__init__(file, options)
        import h5py

        width, height = options.size
        self._file.attrs["geometry"] = f"{width}x{height}"
        self._file.attrs["format"] = f"ECF;height={height};width={width}"
        self._file.attrs["version"] = "1.0"
        group = self._file.create_group("CD")
        shape = h5py.h5s.create_simple((0,), (h5py.h5s.UNLIMITED,))
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plist.set_chunk((_CHUNK,))
        plist.set_obj_track_times(False)  # equal recordings are equal files
        # Optional: the library here does not know the filter, and the chunks come packed.
        plist.set_filter(ECF_FILTER, h5py.h5z.FLAG_OPTIONAL, ())
        kind = h5py.h5t.py_create(_EVENT)
        self._dataset = h5py.h5d.create(group.id, b"events", kind, shape, plist)

    def _put(self, events: Events) -> None:
        n = len(events)
        self._dataset.set_extent((self._n + n,))
        self._dataset.write_direct_chunk((self._n,), codecs.ecf_encode(events))
        self._index(events)
        self._n += n

    def _index(self, events: Events) -> None:
        """Note the first event at or after each multiple of 2 ms."""
        latest = np.maximum.accumulate(events.t)
        if self._latest is None:
            self._latest = int(latest[0]) // _INDEX_US * _INDEX_US - _INDEX_US
        steps = (int(latest[-1]) - self._latest) // _INDEX_US
        if steps <= 0:
            return
        if steps > 1 << 24:
            raise EventError(f"a gap in time of {steps * _INDEX_US} us: too long for the index")
        rows = np.empty(steps, _INDEX)
        rows["ts"] = self._latest + _INDEX_US * np.arange(1, steps + 1)
        rows["id"] = self._n + np.searchsorted(latest, rows["ts"])
        self._indexes.append(rows)
        self._latest += _INDEX_US * steps

    def _complete(self) -> None:
        indexes = np.concatenate(self._indexes) if self._indexes else np.empty(0, _INDEX)
        options = {"chunks": (_CHUNK // 16,), "maxshape": (None,)}
        self._file.create_dataset("CD/indexes", data=indexes, **options).attrs["offset"] = 0
        triggers = np.concatenate(self._triggers) if self._triggers else np.empty(0, _TRIGGER)
        self._file.create_dataset("EXT_TRIGGER/events", data=triggers, **options)
        empty = np.empty(0, _INDEX)
        indexes = self._file.create_dataset("EXT_TRIGGER/indexes", data=empty, **options)
        indexes.attrs["offset"] = 0


class DsecWriter(Hdf5Writer):
    """events/t, x, y, p and the first event of each millisecond, compressed with gzip."""

    def __init__(self, file: BinaryIO, options: WriteOptions) -> None:
        super().__init__(file, options)
        self._file.attrs["width"], self._file.attrs["height"] = options.size
        self._t0 = options.t0
        self._columns = {
            name: self._file.create_dataset(
                f"events/{name}",
                shape=(0,),
                maxshape=(None,),
                chunks=(_CHUNK,),
                dtype=kind,
                compression="gzip",
                compression_opts=1,
                shuffle=True,
            )
            for name, kind in (("t", "<i8"), ("x", "<u2"), ("y", "<u2"), ("p", "u1"))
        }
        self._ms: list[np.ndarray] = []
        self._next_ms = 0

    def _put(self, events: Events) -> None:
        n = self._n + len(events)
        for name, dataset in self._columns.items():
            dataset.resize((n,))
            dataset[self._n :] = getattr(events, name)
        latest = np.maximum.accumulate(events.t)
        end = int(latest[-1]) // 1000
        if end - self._next_ms > 1 << 26:
            raise EventError(
                "times too far from 0 for ms_to_idx; shift them so that they begin at 0"
            )
        if end >= self._next_ms:
            wanted = 1000 * np.arange(self._next_ms, end + 1)
            self._ms.append(self._n + np.searchsorted(latest, wanted))
            self._next_ms = end + 1
        self._n = n

    def _complete(self) -> None:
        found = np.concatenate(self._ms) if self._ms else np.empty(0, np.int64)
        self._file.create_dataset("ms_to_idx", data=found.astype(np.uint64))
        if self._t0 is not None:
            self._file.create_dataset("t_offset", data=np.int64(self._t0))


def open_writer(file: BinaryIO, options: WriteOptions) -> Hdf5Writer:
    """Begin a file in the layout that was asked for."""
    layouts = {"prophesee": PropheseeWriter, "dsec": DsecWriter}
    name = options.values.get("layout", "prophesee")
    if name not in layouts:
        raise EventError(f"layout: expected {' or '.join(layouts)}, got {name!r}")
    return layouts[name](file, options)

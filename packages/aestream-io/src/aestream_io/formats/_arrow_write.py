"""Writing Arrow IPC files."""

import json
import struct
from typing import BinaryIO

import numpy as np

from aestream_io._errors import EventError
from aestream_io.formats import _arrow_parts as parts
from aestream_io.formats._registry import Extras, WriteOptions, Writer
from aestream_io.formats._zstd import zstandard
from neuro_kernels import Events, codecs

__all__ = ["COLUMNS", "ArrowWriter"]

COLUMNS = (
    parts.Column("t", "<i8"),
    parts.Column("x", "<u2"),
    parts.Column("y", "<u2"),
    parts.Column("p", "<u1"),
)
_BATCH = 1 << 16  # events


class ArrowWriter(Writer):
    """Writes batches, and the footer with their places."""

    def __init__(self, file: BinaryIO, options: WriteOptions) -> None:
        self._file, self._size = file, options.size
        name = options.values.get("compression", "zstd")
        known = ("none", *parts.COMPRESSIONS)
        if name not in known:
            raise EventError(f"compression: expected {', '.join(known)}, got {name!r}")
        self._compression = parts.COMPRESSIONS.get(name)
        if name == "zstd":
            level = options.values.get("level", 1)
            try:
                self._pack = zstandard("the file").ZstdCompressor(level=level).compress
            except EventError:
                raise EventError(
                    "writing with Zstandard needs the extra: pip install 'aestream-io[zstd]'; "
                    "or pass compression='lz4'"
                ) from None
        else:
            self._pack = codecs.lz4_compress
        width, height = options.size
        self._texts = {"width": str(width), "height": str(height), "t_unit": "us", "version": "1"}
        if options.t0 is not None:
            self._texts["t0"] = str(options.t0)
        self._blocks: list[parts.Block] = []
        self._triggers: list[list[int]] = []
        self._held: list[Events] = []
        self._n_held = 0
        self._at = 0
        self._put(parts.MAGIC + bytes(2) + parts.spell_schema(COLUMNS, self._texts))

    def _put(self, data: bytes) -> None:
        self._file.write(data)
        self._at += len(data)

    def feed(self, events: Events, *, extras: Extras | None = None) -> None:
        if extras is not None and extras.triggers is not None:
            found = extras.triggers
            rows = zip(found.t.tolist(), found.id.tolist(), found.value.tolist(), strict=True)
            self._triggers += map(list, rows)
        self._held.append(events)
        self._n_held += len(events)
        if self._n_held < _BATCH:
            return
        whole = Events.concatenate(self._held) if len(self._held) > 1 else self._held[0]
        end = len(whole) - len(whole) % _BATCH
        for start in range(0, end, _BATCH):
            self._put_batch(whole[start : start + _BATCH])
        self._held, self._n_held = [whole[end:]], len(whole) - end

    def _put_batch(self, events: Events) -> None:
        if int(events.x.max()) >= self._size[0] or int(events.y.max()) >= self._size[1]:
            raise EventError(f"events outside the {self._size[0]}x{self._size[1]} sensor")
        times = {"t_first": str(int(events.t.min())), "t_last": str(int(events.t.max()))}
        columns = [
            np.ascontiguousarray(getattr(events, c.name)).view(np.uint8).data for c in COLUMNS
        ]
        if self._compression is None:
            packed = [bytes(column) for column in columns]
        else:
            packed = [struct.pack("<q", len(c)) + self._pack(c) for c in columns]
        head, body = parts.spell_batch(len(events), packed, self._compression, times)
        self._blocks.append(parts.Block(self._at, len(head), len(body)))
        self._put(head)
        self._put(body)

    def finish(self) -> tuple[str, ...]:
        rest = [events for events in self._held if len(events)]
        if rest:
            self._put_batch(Events.concatenate(rest))
        own = {"triggers": json.dumps(self._triggers)} if self._triggers else {}
        self._put(parts.spell_footer(COLUMNS, self._texts, self._blocks, own))
        return ()

"""The file format of a trace: what went over the cable, in order, with times.

A trace is the line `HWTRACE 1`, one line of JSON (an object in UTF-8) and records up to the end of
the file. All numbers are little-endian. A record is

| bytes | field |
|---|---|
| 1 | kind, see `Kind` |
| 1 | status: 0 done, 1 refused or failed, 2 the device was gone |
| 2 | request of a control transfer, or endpoint |
| 2 | wValue of a control transfer, else 0 |
| 2 | wIndex of a control transfer, else 0 |
| 8 | nanoseconds since the trace began |
| 4 | size of the payload |
| 4 | CRC-32 of the fields above and the payload |

and its payload: the bytes that were written or read, the text of the error where the status is not
0, and of `GAP` two u64, the transfers and bytes that were lost directly before the next transfer.
"""

import enum
import json
import os
import struct
import tempfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hw_drivers.errors import HardwareError, TraceError

__all__ = ["GAP", "Kind", "Record", "Status", "Trace", "TraceWriter", "read_trace"]

_MAGIC = b"HWTRACE 1\n"
_FIELDS = struct.Struct("<BBHHHQI")
_CRC = struct.Struct("<I")
_HEAD = _FIELDS.size + _CRC.size
_MAX_HEADER_BYTES = 1 << 20
GAP = struct.Struct("<QQ")


class Kind(enum.IntEnum):
    """What a record tells."""

    CONTROL_IN = 1
    CONTROL_OUT = 2
    BULK_IN = 3
    BULK_OUT = 4
    START = 5  # transfers are queued on the endpoint
    STOP = 6
    DATA = 7  # a transfer of the data endpoint
    GAP = 8


class Status(enum.IntEnum):
    """How it ended."""

    DONE = 0
    FAILED = 1
    GONE = 2


@dataclass(frozen=True, slots=True)
class Record:
    """One step of a trace.

    Args:
        kind: what happened.
        time_ns: when, since the trace began.
        payload: bytes written or read, or the text of the error.
        status: how it ended.
        number: request of a control transfer, or endpoint.
        value: wValue of a control transfer.
        index: wIndex of a control transfer.
    """

    kind: Kind
    time_ns: int
    payload: bytes = b""
    status: Status = Status.DONE
    number: int = 0
    value: int = 0
    index: int = 0

    def pack(self) -> bytes:
        """Return the bytes of the record."""
        fields = _FIELDS.pack(
            self.kind,
            self.status,
            self.number,
            self.value,
            self.index,
            self.time_ns,
            len(self.payload),
        )
        return fields + _CRC.pack(zlib.crc32(self.payload, zlib.crc32(fields))) + self.payload


@dataclass(frozen=True)
class Trace:
    """A trace that was read.

    Args:
        header: what the first line of JSON tells: "device", "config", "wall_ns" and more.
        records: the steps, in order.
    """

    header: Mapping[str, Any]
    records: tuple[Record, ...]


class TraceWriter:
    """Writes a trace; the file appears under its name when it is finished.

    Args:
        path: the file.
        header: any JSON object.

    Raises:
        HardwareError: the folder cannot be written to.
    """

    def __init__(self, path: Path, header: Mapping[str, Any]) -> None:
        self._path = path
        try:
            descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        except OSError as error:
            raise HardwareError(f"trace: cannot write to {path}: {error.strerror}") from None
        self._temporary = Path(name)
        self._file = os.fdopen(descriptor, "wb")
        self._write(_MAGIC + json.dumps(dict(header)).encode() + b"\n")

    def append(self, record: Record) -> None:
        """Write one record."""
        self._write(record.pack())

    def finish(self) -> None:
        """Close the file and give it its name; a second call does nothing.

        Raises:
            HardwareError: it could not be written; nothing is left of it.
        """
        if self._file.closed:
            return
        try:
            self._file.close()
            os.chmod(self._temporary, 0o644)
            os.replace(self._temporary, self._path)
        except OSError as error:
            raise self._failed(error) from None

    def _write(self, data: bytes) -> None:
        if self._file.closed:
            return
        try:
            self._file.write(data)
        except OSError as error:
            raise self._failed(error) from None

    def _failed(self, error: OSError) -> HardwareError:
        for clean_up in (self._file.close, self._temporary.unlink):
            try:
                clean_up()
            except OSError:
                continue
        return HardwareError(
            f"trace: {self._path} could not be written: {error.strerror}; nothing is left of it"
        )


def read_trace(path: str | Path) -> Trace:
    """Read a whole trace.

    Args:
        path: the file.

    Raises:
        TraceError: it is not a trace, or it is damaged; the message tells where.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "a.hwtrace"
        ...     writer = TraceWriter(path, {"device": "evk4"})
        ...     writer.append(Record(Kind.BULK_OUT, 5, b"abc", number=2))
        ...     writer.finish()
        ...     read_trace(path).records[0].payload
        b'abc'
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise TraceError(f"cannot read the trace {path}: {error.strerror}") from None
    end = data.find(b"\n", len(_MAGIC), len(_MAGIC) + _MAX_HEADER_BYTES)
    if not data.startswith(_MAGIC) or end < 0:
        raise TraceError(f"{path} is not a trace: expected the line {_MAGIC[:-1].decode()} first")
    try:
        header = json.loads(data[len(_MAGIC) : end])
    except (ValueError, RecursionError):
        header = None
    if not isinstance(header, dict):
        raise TraceError(f"{path}: the second line of the trace is not a JSON object")
    return Trace(header, tuple(_records(data, end + 1, path)))


def _records(data: bytes, offset: int, path: str | Path) -> list[Record]:
    records: list[Record] = []
    while offset < len(data):
        where = f"{path}: record {len(records)} at byte {offset}"
        if offset + _HEAD > len(data):
            raise TraceError(f"{where} is cut off; trace the device again")
        fields = data[offset : offset + _FIELDS.size]
        kind, status, number, value, index, time_ns, size = _FIELDS.unpack(fields)
        (crc,) = _CRC.unpack_from(data, offset + _FIELDS.size)
        offset += _HEAD
        if size > len(data) - offset:
            raise TraceError(
                f"{where} announces {size} bytes and {len(data) - offset} are left; trace the "
                "device again"
            )
        payload = data[offset : offset + size]
        offset += size
        if zlib.crc32(payload, zlib.crc32(fields)) != crc:
            raise TraceError(f"{where} is damaged: its checksum does not fit")
        try:
            record = Record(Kind(kind), time_ns, payload, Status(status), number, value, index)
        except ValueError:
            raise TraceError(
                f"{where} has the unknown kind {kind} or status {status}; a newer version wrote it"
            ) from None
        if record.kind is Kind.GAP and size != GAP.size:
            raise TraceError(f"{where}: a gap has {GAP.size} bytes, got {size}")
        records.append(record)
    return records

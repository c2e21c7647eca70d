"""Prophesee DAT files, versions 1 and 2: a text header, event type and size, records."""

from typing import BinaryIO

from aestream_io._errors import EventError
from aestream_io._report import Header
from aestream_io.formats import _percent
from aestream_io.formats._evt_raw import evt_version
from aestream_io.formats._payload import PayloadReader, PayloadWriter
from aestream_io.formats._registry import Format, ReadOptions, WriteOptions, register
from aestream_io.formats._source import ByteSource

# First byte after the text: what the records are.
_KINDS = {0x00: "cd", 0x0C: "cd", 0x0E: "trigger"}
_RECORD = 8


def _sniff(head: bytes) -> bool:
    parsed = _percent.parse(head)
    if not parsed.length or evt_version(parsed.keys) is not None:
        return False
    if any(key.lower() in ("version", "data") for key in parsed.keys):
        return True
    return len(head) >= parsed.length + 2 and (
        head[parsed.length] in _KINDS and head[parsed.length + 1] == _RECORD
    )


def _version(keys: dict[str, str], name: str) -> int:
    text = next((v for k, v in keys.items() if k.lower() == "version"), "2").strip()
    if text not in ("1", "2"):
        raise EventError(f"{name}: expected DAT version 1 or 2, the header says {text!r}")
    return int(text)


def _open_reader(source: ByteSource, options: ReadOptions) -> PayloadReader:
    parsed = _percent.parse_from(source)
    source.read(parsed.length)
    keys = dict(parsed.keys)
    version = _version(keys, source.name)
    kind_and_size = source.read(2)
    if len(kind_and_size) < 2:
        raise EventError(
            f"{source.name}: the file ends inside its header (after {source.offset} bytes)"
        )
    kind, size = kind_and_size
    if kind not in _KINDS or size != _RECORD:
        raise EventError(
            f"{source.name}: expected DAT records of type 0x00, 0x0C (events) or 0x0E (triggers) "
            f"and 8 bytes, the header says type {kind:#04x} and {size} bytes"
        )
    sensor, origin = _percent.sensor_size(keys)
    header = Header(
        format="dat",
        version=str(version),
        size=sensor,
        size_source=origin,
        metadata={**keys, "event type": f"{kind:#04x}"},
        length=source.offset,
    )
    return PayloadReader(source, header, "dat", options, {"version": version, "kind": _KINDS[kind]})


def _open_writer(file: BinaryIO, options: WriteOptions) -> PayloadWriter:
    version = options.values.get("version", 2)
    if version not in (1, 2):
        raise EventError(f"version: expected 1 or 2, got {version!r}")
    width, height = options.size
    text = (
        "% Data file containing CD events.\n"
        f"% Version {version}\n% Height {height}\n% Width {width}\n"
    )
    header = text.encode() + bytes([0x0C, _RECORD])
    return PayloadWriter(file, header, "dat", options, {"version": version})


DAT = register(
    Format(
        name="dat",
        title="Prophesee DAT",
        extensions=(".dat",),
        sniff=_sniff,
        open_reader=_open_reader,
        open_writer=_open_writer,
        write_options={"version": "2 (default) or 1 (at most 512x256 pixels)"},
    )
)

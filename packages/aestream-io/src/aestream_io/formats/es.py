"""Event Stream files: DVS, ATIS and colour events, or timed byte strings."""

from collections.abc import Iterator
from typing import BinaryIO

from aestream_io._errors import EventError
from aestream_io._report import DecodeReport, Header
from aestream_io.formats._payload import PayloadReader, PayloadWriter, problems_of
from aestream_io.formats._registry import (
    Extras,
    Format,
    Reader,
    ReadOptions,
    WriteOptions,
    Writer,
    register,
)
from aestream_io.formats._source import ByteSource
from neuro_kernels import Events, codecs

_MAGIC = b"Event Stream"
_KINDS = {0: "generic", 1: "dvs", 2: "atis", 4: "color"}
_CODES = {name: code for code, name in _KINDS.items()}
_VERSION = (2, 0, 0)
_READ_BYTES = 1 << 18


def _sniff(head: bytes) -> bool:
    return head.startswith(_MAGIC)


def _open_reader(source: ByteSource, options: ReadOptions) -> Reader:
    head = source.read(len(_MAGIC) + 4)
    if not head.startswith(_MAGIC):
        raise EventError(f"{source.name}: an Event Stream file begins with {_MAGIC!r}")
    if len(head) < len(_MAGIC) + 4:
        raise EventError(f"{source.name}: the file ends inside its header")
    *version, code = head[len(_MAGIC) :]
    spelled = ".".join(map(str, version))
    if version[0] != 2:
        raise EventError(f"{source.name}: expected Event Stream 2.x, the header says {spelled}")
    if code not in _KINDS:
        raise EventError(
            f"{source.name}: expected the type 0 (generic), 1 (DVS), 2 (ATIS) or 4 (colour), the "
            f"header says {code}"
        )
    kind = _KINDS[code]
    t0 = options.values.get("t0", 0)
    if kind == "generic":
        header = Header(format="es", version=spelled, metadata={"type": kind}, length=source.offset)
        return PayloadsReader(source, header, options, t0)
    sides = source.read(4)
    if len(sides) < 4:
        raise EventError(f"{source.name}: the file ends inside its header")
    size = (int.from_bytes(sides[:2], "little"), int.from_bytes(sides[2:], "little"))
    if 0 in size:
        raise EventError(f"{source.name}: the header says a sensor of {size[0]}x{size[1]} pixels")
    header = Header(
        format="es",
        version=spelled,
        size=size,
        size_source="header",
        metadata={"type": kind},
        length=source.offset,
    )
    return PayloadReader(source, header, "es", options, {"kind": kind, "t0": t0})


class PayloadsReader(Reader):
    """Reads the timed byte strings of a generic Event Stream; it has no events."""

    def __init__(self, source: ByteSource, header: Header, options: ReadOptions, t0: int) -> None:
        self._source = source
        self._options = options
        self.header = header
        self._decoder = codecs.PayloadDecoder(t0=t0)
        self._parts: list[codecs.Payloads] = []

    def __iter__(self) -> Iterator[Events]:
        while chunk := self._source.read(_READ_BYTES):
            payloads = self._decoder.feed(chunk)
            if self._options.extras:
                self._parts.append(payloads)
        self._decoder.finish()
        return iter(())

    def read_all(self) -> None:
        iter(self)

    def extras(self) -> Extras:
        return Extras(payloads=codecs.Payloads.concatenate(self._parts))

    @property
    def report(self) -> DecodeReport:
        counts = self._decoder.report
        first = counts.first_problem_offset
        return DecodeReport(
            bytes_read=self.header.length + counts.bytes_read,
            bytes_skipped=counts.bytes_skipped,
            problems=problems_of(counts, None),
            first_problem_offset=None if first is None else self.header.length + first,
            notes=(f"{counts.events} timed byte strings, no events",),
        )

    def close(self) -> None:
        self._source.close()


class PayloadsWriter(Writer):
    """Writes the timed byte strings of a generic Event Stream."""

    def __init__(self, file: BinaryIO, t0: int) -> None:
        self._file = file
        self._t = t0
        file.write(_MAGIC + bytes([*_VERSION, _CODES["generic"]]))

    def feed(self, events: Events, *, extras: Extras | None = None) -> None:
        if len(events):
            raise EventError("a generic Event Stream holds byte strings, no events")
        payloads = None if extras is None else extras.payloads
        if payloads is not None and len(payloads):
            self._file.write(codecs.encode_payloads(payloads, t0=self._t))
            self._t = int(payloads.t[-1])

    def finish(self) -> tuple[str, ...]:
        return ()


def _open_writer(file: BinaryIO, options: WriteOptions) -> Writer:
    kind = options.values.get("kind", "dvs")
    t0 = options.values.get("t0", 0)
    if kind not in _CODES:
        raise EventError(f"kind: expected one of {', '.join(_CODES)}, got {kind!r}")
    if kind == "generic":
        return PayloadsWriter(file, t0)
    return PayloadWriter(file, _head(kind, options), "es", options, {"kind": kind, "t0": t0})


def _head(kind: str, options: WriteOptions) -> bytes:
    if max(options.size) > 65535:
        raise EventError(f"size: Event Stream holds at most 65535 pixels a side, {options.size}")
    sides = b"".join(side.to_bytes(2, "little") for side in options.size)
    return _MAGIC + bytes([*_VERSION, _CODES[kind]]) + sides


ES = register(
    Format(
        name="es",
        title="Event Stream",
        extensions=(".es",),
        sniff=_sniff,
        open_reader=_open_reader,
        open_writer=_open_writer,
        holds=frozenset({"colors", "exposures", "payloads"}),
        read_options={"t0": "time of the stream's beginning in microseconds (default 0)"},
        write_options={
            "kind": "dvs (default), atis, color or generic",
            "t0": "time of the stream's beginning in microseconds (default 0)",
        },
    )
)

"""What the Prophesee RAW formats (EVT 2.0, EVT 3.0, …) share: one text header, one payload."""

from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

from aestream_io._errors import EventError
from aestream_io._report import Header
from aestream_io.formats import _percent
from aestream_io.formats._payload import PayloadReader, PayloadWriter
from aestream_io.formats._registry import Format, ReadOptions, WriteOptions, register
from aestream_io.formats._source import ByteSource

__all__ = ["evt_version", "register_evt"]


def evt_version(keys: Mapping[str, str]) -> str | None:
    """The version of EVT that a header names, for example `"3.0"`, or None.

    Example:
        >>> evt_version({"format": "EVT21;height=320;width=320"}), evt_version({"evt": "3.0"})
        ('2.1', '3.0')
    """
    if "evt" in keys:
        version = keys["evt"].strip()
        return version if "." in version else f"{version}.0"
    name = keys.get("format", "").split(";")[0].strip().upper()
    if name.startswith("EVT") and name[3:].replace(".", "").isdigit():
        digits = name[3:].replace(".", "")
        return f"{digits[0]}.{digits[1:] or '0'}"
    return None


Layout = Callable[[Mapping[str, str], ByteSource, Mapping[str, Any]], tuple[dict[str, Any], str]]


def register_evt(
    codec: str,
    version: str,
    *,
    title: str,
    read_only: bool = False,
    layout: Layout | None = None,
    read_options: Mapping[str, str] | None = None,
    header_lines: Callable[[Mapping[str, Any]], tuple[str, ...]] = lambda values: (),
    write_options: Mapping[str, str] | None = None,
    write_defaults: Mapping[str, Any] | None = None,
) -> Format:
    """Register one EVT version under the name of its codec.

    Args:
        codec: name of the codec and of the format.
        version: what `% evt` says.
        title: how people call it.
        read_only: no writer.
        layout: from the keys of the header, the source at the payload and the caller's options,
            the options of the decoder and a remark (empty: none).
        read_options: option name -> one line of help.
        header_lines: from the caller's options, further lines of a written header.
        write_options: option name -> one line of help; passed on to the encoder.
        write_defaults: values of those that the caller leaves out.
    """

    def sniff(head: bytes) -> bool:
        return evt_version(_percent.parse(head).keys) == version

    def open_reader(source: ByteSource, options: ReadOptions) -> PayloadReader:
        parsed = _percent.parse_from(source)
        found = evt_version(parsed.keys)
        if found is not None and found != version:
            raise EventError(f"{source.name}: the header says EVT {found}, not EVT {version}")
        source.read(parsed.length)
        size, origin = _percent.sensor_size(parsed.keys)
        header = Header(
            format=codec,
            version=found,
            size=size,
            size_source=origin,
            metadata=parsed.keys,
            length=parsed.length,
        )
        codec_options, remark = layout(parsed.keys, source, options.values) if layout else ({}, "")
        reader = PayloadReader(source, header, codec, options, codec_options)
        if remark:
            reader.note(remark)
        return reader

    def open_writer(file: BinaryIO, options: WriteOptions) -> PayloadWriter:
        width, height = options.size
        name = "EVT" + version.removesuffix(".0").replace(".", "")
        lines = [
            f"% evt {version}",
            f"% format {name};height={height};width={width}",
            f"% geometry {width}x{height}",
            *header_lines({**(write_defaults or {}), **options.values}),
            *(_line(key, value) for key, value in options.values.get("metadata", {}).items()),
            "% end\n",
        ]
        given = {k: v for k, v in options.values.items() if k in (write_options or {})}
        codec_options = {**(write_defaults or {}), **given}
        return PayloadWriter(file, "\n".join(lines).encode(), codec, options, codec_options)

    return register(
        Format(
            name=codec,
            title=title,
            extensions=(".raw",),
            sniff=sniff,
            open_reader=open_reader,
            open_writer=None if read_only else open_writer,
            holds=frozenset({"triggers"}),
            read_options=read_options or {},
            write_options={
                "metadata": "further header lines, a dict of key and value",
                **(write_options or {}),
            },
        )
    )


def _line(key: str, value: str) -> str:
    line = f"% {key} {value}"
    if not key or key != key.strip() or " " in key or not line.isprintable() or key == "end":
        raise EventError(f"metadata: expected a one-word key and one line of text, got {line!r}")
    return line

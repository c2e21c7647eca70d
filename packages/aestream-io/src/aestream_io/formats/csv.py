"""Events as text: one line each, in any order of columns, with or without a line of names."""

from dataclasses import replace
from typing import BinaryIO

from aestream_io._errors import EventError
from aestream_io._report import Header
from aestream_io.formats._payload import PayloadReader, PayloadWriter
from aestream_io.formats._registry import Format, ReadOptions, WriteOptions, register
from aestream_io.formats._source import ByteSource
from aestream_io.formats._text_sniff import TextLayout, find_layout

_SNIFF_BYTES = 1 << 16


def _open_reader(source: ByteSource, options: ReadOptions) -> PayloadReader:
    wish = options.values
    found = find_layout(source.look(_SNIFF_BYTES))
    if found is None:
        if "columns" not in wish:
            raise EventError(
                f"{source.name}: no lines of events are found; pass columns= (for example 'txyp') "
                "if it is text all the same"
            )
        found = TextLayout(wish["columns"], ",", "us", True, None, 0)
    decimal_comma = _decimal_comma(wish.get("decimal"), found)
    table = replace(found, decimal_comma=decimal_comma).translation()
    source.read(found.header_bytes)
    if table is not None:
        source.translate(table)
    codec_options = {
        "columns": wish.get("columns", found.columns),
        "separator": wish.get("separator", found.separator),
        "unit": wish.get("unit", found.unit),
    }
    header = Header(
        format="csv",
        size=found.size,
        size_source="header" if found.size else None,
        metadata=codec_options,
        length=source.offset,
    )
    reader = PayloadReader(source, header, "text", options, codec_options)
    if found.others and "columns" not in wish:
        reader.note(
            f"nothing names the columns; the numbers were read as {found.columns}, and could be "
            f"{' or '.join(found.others)} too: pass columns= if they are"
        )
    if found.strange_names and "columns" not in wish:
        reader.note(
            f"the names of the columns are not known; the numbers were read as {found.columns}; "
            "pass columns= if they are something else"
        )
    if found.unit_is_guess and "unit" not in wish and found.unit == "s":
        reader.note("times have fractions and were read as seconds; pass unit= if they are not")
    return reader


def _decimal_comma(wish: str | None, found: TextLayout) -> bool:
    if wish is None:
        return found.decimal_comma
    if wish not in (".", ","):
        raise EventError(f"decimal: expected '.' or ',', got {wish!r}")
    return wish == ","


def _open_writer(file: BinaryIO, options: WriteOptions) -> PayloadWriter:
    values = {"columns": "txyp", "separator": ",", "header": True, **options.values}
    width, height = options.size
    names = {"t": "t", "x": f"x@{width}", "y": f"y@{height}", "p": "p"}
    codec_options = {"columns": values["columns"], "separator": values["separator"]}
    line = ""
    if values["header"]:
        line = values["separator"].join(names.get(c, c) for c in values["columns"]) + "\n"
    return PayloadWriter(file, line.encode(), "text", replace(options), codec_options)


CSV = register(
    Format(
        name="csv",
        title="text, one event per line",
        extensions=(".csv", ".txt"),
        sniff=lambda head: find_layout(head) is not None,
        open_reader=_open_reader,
        open_writer=_open_writer,
        read_options={
            "columns": "what the fields of a line are, for example txyp or xypt; _ for others",
            "separator": "one character; a blank stands for any run of blanks",
            "unit": "unit of the times: s, ms, us or ns",
            "decimal": "what stands before fractions: . or , (default: found out)",
        },
        write_options={
            "columns": "order of the fields (default txyp)",
            "separator": "one character (default a comma)",
            "header": "whether a first line tells names and sensor size (default true)",
        },
    )
)

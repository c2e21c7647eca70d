"""Prophesee RAW files with EVT 2.1, in the byte order of GenX320 or of IMX636 cameras."""

from collections.abc import Mapping
from typing import Any

from aestream_io._errors import EventError
from aestream_io.formats._evt_raw import register_evt
from aestream_io.formats._source import ByteSource
from neuro_kernels import codecs

_LAYOUTS = ("little", "legacy")
_LOOKED_AT = 4096  # bytes of the payload: the first time comes within its first words


def _layout(
    keys: Mapping[str, str], source: ByteSource, values: Mapping[str, Any]
) -> tuple[dict[str, Any], str]:
    """The layout that was asked for, else what the words show, else what the header says."""
    said = keys.get("endianness", "").strip().lower()
    if said == "big":
        raise EventError(
            f"{source.name}: big-endian EVT 2.1 is not read; expected 'little' or 'legacy'"
        )
    asked = values.get("layout")
    if asked is not None:
        if asked not in _LAYOUTS:
            raise EventError(f"layout: expected 'little' or 'legacy', got {asked!r}")
        return {"layout": asked}, ""
    found = codecs.evt21_layout(source.look(_LOOKED_AT))
    if found is None:
        return {"layout": said if said in _LAYOUTS else "legacy"}, ""
    remark = ""
    if said in _LAYOUTS and said != found:
        remark = f"the header says endianness {said}, the words are {found} and were read so"
    return {"layout": found}, remark


def _lines(values: Mapping[str, Any]) -> tuple[str, ...]:
    layout = values["layout"]
    if layout not in _LAYOUTS:
        raise EventError(f"layout: expected 'little' or 'legacy', got {layout!r}")
    return (f"% endianness {layout}",)


EVT21 = register_evt(
    "evt21",
    "2.1",
    title="Prophesee RAW, EVT 2.1",
    layout=_layout,
    read_options={
        "layout": "byte order of the words: little (GenX320) or legacy (IMX636); else found out"
    },
    header_lines=_lines,
    write_options={"layout": "byte order of the words: legacy (default, IMX636) or little"},
    write_defaults={"layout": "legacy"},
)

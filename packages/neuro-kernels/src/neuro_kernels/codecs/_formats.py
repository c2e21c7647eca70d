"""The codecs that exist, their options and their limits."""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from neuro_kernels import _kernels
from neuro_kernels.events import EventError

__all__ = ["CODECS", "Codec", "codec"]

_DAT_KINDS = {("cd", 2): 0, ("cd", 1): 1, ("trigger", 2): 2, ("trigger", 1): 2}
_ES_KINDS = {"dvs": 0, "atis": 1, "color": 2}


@dataclass(frozen=True, kw_only=True)
class Codec:
    """One codec.

    Attributes:
        name: the name used in `decoder` and `encoder`.
        limit: `(width, height)` that its coordinate fields can say, from the options.
        options: option name -> default value.
        make_decoder: `(width, height, options)` to a kernel object.
        make_encoder: the same for writing; None if the format is only read.
        needs_size: whether decoding depends on the size of the sensor.
    """

    name: str
    limit: Callable[[Mapping[str, Any]], tuple[int, int]]
    options: Mapping[str, Any] = field(default_factory=dict)
    make_decoder: Callable[[int, int, Mapping[str, Any]], Any]
    make_encoder: Callable[[int, int, Mapping[str, Any]], Any] | None = None
    needs_size: bool = False

    def complete(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Defaults overlaid with `options`; unknown names raise."""
        for name in options:
            if name not in self.options:
                known = ", ".join(self.options) or "none"
                raise EventError(f"codec {self.name}: unknown option {name!r} (options: {known})")
        return {**self.options, **options}


def _dat_kind(options: Mapping[str, Any]) -> int:
    kind = _DAT_KINDS.get((options["kind"], options["version"]))
    if kind is None:
        raise EventError(
            "codec dat: expected kind 'cd' or 'trigger' and version 1 or 2, got "
            f"kind {options['kind']!r} and version {options['version']!r}"
        )
    return kind


def _es_kind(options: Mapping[str, Any]) -> int:
    kind = _ES_KINDS.get(options["kind"])
    if kind is None:
        raise EventError(
            "codec es: expected kind 'dvs', 'atis', 'color' or 'generic', got "
            f"{options['kind']!r} (generic payloads: PayloadDecoder and encode_payloads)"
        )
    return kind


def _upper_first(options: Mapping[str, Any]) -> bool:
    if options["layout"] not in ("little", "legacy"):
        raise EventError(
            f"codec evt21: expected layout 'little' or 'legacy', got {options['layout']!r}"
        )
    return options["layout"] == "legacy"


_TIME_UNITS = {"s": 6, "ms": 3, "us": 0, "ns": -3}


def _text_layout(options: Mapping[str, Any]) -> tuple[Any, ...]:
    columns, separator, unit = options["columns"], options["separator"], options["unit"]
    if sorted(columns.replace("_", "")) != sorted("txyp"):
        raise EventError(
            "codec text: expected columns with each of t, x, y, p once and _ for others, got "
            f"{columns!r}"
        )
    if len(separator) != 1 or not separator.isascii() or separator in "0123456789.+-eE\n\r#%":
        raise EventError(f"codec text: {separator!r} cannot separate numbers")
    if unit not in _TIME_UNITS:
        raise EventError(f"codec text: expected a unit of {', '.join(_TIME_UNITS)}, got {unit!r}")
    places = (columns.index(name) for name in "txyp")
    return (*places, max(map(columns.index, "txyp")) + 1, separator, _TIME_UNITS[unit])


def _text_encoder(w: int, h: int, options: Mapping[str, Any]) -> Any:
    if len(options["columns"]) != 4 or options["unit"] != "us":
        raise EventError("codec text: four columns and times in us are written, nothing else")
    return _kernels.text_encoder(w, h, _text_layout(options))


CODECS: dict[str, Codec] = {
    entry.name: entry
    for entry in (
        Codec(
            name="evt2",
            limit=lambda options: (2048, 2048),
            make_decoder=lambda w, h, options: _kernels.evt2_decoder(w, h),
            make_encoder=lambda w, h, options: _kernels.evt2_encoder(w, h),
        ),
        Codec(
            name="evt21",
            limit=lambda options: (2048, 2048),
            options={"layout": "little"},
            make_decoder=lambda w, h, options: _kernels.evt21_decoder(w, h, _upper_first(options)),
            make_encoder=lambda w, h, options: _kernels.evt21_encoder(w, h, _upper_first(options)),
        ),
        Codec(
            name="evt3",
            limit=lambda options: (2048, 2048),
            make_decoder=lambda w, h, options: _kernels.evt3_decoder(w, h),
            make_encoder=lambda w, h, options: _kernels.evt3_encoder(w, h),
        ),
        Codec(
            name="evt4",
            limit=lambda options: (2048, 2048),
            make_decoder=lambda w, h, options: _kernels.evt4_decoder(w, h),
        ),
        Codec(
            name="dat",
            limit=lambda options: (512, 256) if options["version"] == 1 else (16384, 16384),
            options={"version": 2, "kind": "cd"},
            make_decoder=lambda w, h, options: _kernels.dat_decoder(w, h, _dat_kind(options)),
            make_encoder=lambda w, h, options: _kernels.dat_encoder(w, h, _dat_kind(options)),
        ),
        Codec(
            name="es",
            limit=lambda options: (65536, 65536),
            options={"kind": "dvs", "t0": 0},
            make_decoder=lambda w, h, options: _kernels.es_decoder(
                w, h, _es_kind(options), options["t0"]
            ),
            make_encoder=lambda w, h, options: _kernels.es_encoder(
                w, h, _es_kind(options), options["t0"]
            ),
            needs_size=True,
        ),
        Codec(
            name="text",
            limit=lambda options: (65536, 65536),
            options={"columns": "txyp", "separator": ",", "unit": "us"},
            make_decoder=lambda w, h, options: _kernels.text_decoder(w, h, _text_layout(options)),
            make_encoder=_text_encoder,
        ),
    )
}


def codec(name: str) -> Codec:
    """The codec called `name`.

    Raises:
        EventError: there is none; the message names those that exist.
    """
    entry = CODECS.get(name)
    if entry is None:
        close = difflib.get_close_matches(name, CODECS, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise EventError(f"unknown codec {name!r}{hint} (codecs: {', '.join(CODECS)})")
    return entry

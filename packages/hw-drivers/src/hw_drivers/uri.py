"""The URI grammar of devices: `scheme:name[:serial][?option=value&…]`."""

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from hw_drivers.errors import HardwareError

__all__ = ["DeviceUri", "parse_bool", "parse_seconds", "parse_uri", "read_options"]

Options = TypeVar("Options")

_SECONDS = {"": 1.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "min": 60.0}


@dataclass(frozen=True)
class DeviceUri:
    """A parsed device URI.

    Args:
        scheme: what stands before the first colon, lower case ("evk4", "emulated").
        name: device name or serial after it, may be empty.
        serial: what follows a second colon, or None.
        options: the query, in the order given.
        text: the URI as it was given.
    """

    scheme: str
    name: str
    serial: str | None
    options: Mapping[str, str] = field(default_factory=dict)
    text: str = ""


def parse_uri(text: str) -> DeviceUri:
    """Split a device URI into its parts.

    Args:
        text: for example "emulated:evk4?rate=5e6" or "evk4:00051234".

    Raises:
        HardwareError: no scheme, or an option without a value or given twice.

    Example:
        >>> parse_uri("emulated:evk4?rate=5e6&seed=1").options["rate"]
        '5e6'
    """
    place, question, query = text.partition("?")
    scheme, colon, rest = place.partition(":")
    if not colon or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_.+-]*", scheme):
        word = scheme if re.fullmatch(r"[a-z][a-z0-9_]*", scheme) else "evk4"
        raise HardwareError(
            f"device URI {text!r}: expected scheme:name, for example {word}: for a camera or "
            f"emulated:{word} for an emulated one; "
            "`hw-drivers list` shows the URIs of the devices at hand"
        )
    name, _, serial = rest.partition(":")
    options: dict[str, str] = {}
    if question:
        for key, value in parse_qsl(query, keep_blank_values=True):
            if not value:
                raise HardwareError(f"device URI {text!r}: option {key!r} has no value")
            if key in options:
                raise HardwareError(f"device URI {text!r}: option {key!r} is given twice")
            options[key] = value
    return DeviceUri(scheme.lower(), name.lower(), serial or None, options, text)


def parse_seconds(text: str) -> float:
    """Read a duration: a number of seconds, or one with a unit (us, ms, s, min).

    Example:
        >>> parse_seconds("250ms")
        0.25
    """
    match = re.fullmatch(r"\s*([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)\s*([a-zµ]*)\s*", text)
    if match is None or match[2] not in _SECONDS:
        raise ValueError(f"expected a duration such as 3, 3s or 250ms, got {text!r}")
    return float(match[1]) * _SECONDS[match[2]]


def parse_bool(text: str) -> bool:
    """Read a switch: 1/0, true/false, yes/no, on/off.

    Example:
        >>> parse_bool("on"), parse_bool("0")
        (True, False)
    """
    words = {"1": True, "true": True, "yes": True, "on": True}
    words |= {"0": False, "false": False, "no": False, "off": False}
    try:
        return words[text.strip().lower()]
    except KeyError:
        raise ValueError(f"expected 1 or 0, got {text!r}") from None


def read_options(uri: DeviceUri, cls: type[Options]) -> Options:
    """Fill an options dataclass from the query of a URI.

    Args:
        uri: the parsed URI.
        cls: a dataclass whose fields carry `metadata["parse"]`, a function of the text; the
            field names are the option names. A field without it cannot be set from a URI.

    Returns:
        An instance of `cls`; options that are absent keep their default.

    Raises:
        HardwareError: an option that `cls` does not know, or a value it cannot read.
    """
    parsers: dict[str, Callable[[str], Any]] = {
        f.name: f.metadata["parse"]
        for f in fields(cls)  # type: ignore[arg-type]
        if "parse" in f.metadata and (f.default is not MISSING or f.default_factory is not MISSING)
    }
    values: dict[str, Any] = {}
    for name, text in uri.options.items():
        if name not in parsers:
            near = difflib.get_close_matches(name, parsers, n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise HardwareError(
                f"device URI {uri.text!r}: unknown option {name!r}; {hint}"
                f"known options: {', '.join(sorted(parsers))}"
            )
        try:
            values[name] = parsers[name](text)
        except ValueError as error:
            raise HardwareError(f"device URI {uri.text!r}: option {name!r}: {error}") from None
    return cls(**values)

"""Addresses of streams: `scheme:target?option=value&...`.

A source or sink is named by one text, the same in Python and on command lines:

| text | meaning |
|---|---|
| `recording.raw`, `file:recording.raw` | a file |
| `-` | standard input or output |
| `udp:0.0.0.0:3333?size=640x480` | UDP datagrams |
| `synth:edges?rate=5e6&duration=1s` | generated events |
| `null:` | nowhere |

What comes after the scheme belongs to the scheme. Options have units (`100ms`, `5M`, `640x480`,
`8MiB`); an unknown option is an error that names the known ones.
"""

import difflib
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeVar
from urllib.parse import unquote

from aestream_io._errors import UriError
from aestream_io.units import (
    parse_bool,
    parse_bytes,
    parse_count,
    parse_duration_us,
    parse_number,
    parse_size,
)

__all__ = ["Options", "Uri", "parse_uri"]

T = TypeVar("T")

# Two letters at least: a single one is a Windows drive.
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+._-]+):")
_OPTIONS = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*=[^&]*(?:&[A-Za-z_][A-Za-z0-9_-]*=[^&]*)*")


@dataclass(frozen=True)
class Uri:
    """A parsed address.

    Attributes:
        text: the address as it was given.
        scheme: lower case, without the colon; `"file"` for a path, `"-"` for standard input or
            output.
        target: what stands between the scheme and the options.
        values: the options as text, percent signs decoded.
    """

    text: str
    scheme: str
    target: str
    values: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def options(self) -> "Options":
        """A fresh reader of the options."""
        return Options(self)

    def host_port(self, *, host: str, port: int) -> tuple[str, int]:
        """Read the target as `host:port`, `host`, `port` or nothing.

        Args:
            host: what a missing host means.
            port: what a missing port means.

        Returns:
            Host (an IPv6 address without its brackets) and port.

        Raises:
            UriError: a port that is no number from 0 to 65535.

        Example:
            >>> parse_uri("udp:[::1]:7777").host_port(host="0.0.0.0", port=3333)
            ('::1', 7777)
            >>> parse_uri("udp:7777").host_port(host="0.0.0.0", port=3333)
            ('0.0.0.0', 7777)
        """
        target = self.target.removeprefix("//").rstrip("/")
        match = re.fullmatch(r"\[([^\]]*)\](?::(.*))?", target)
        if match:
            name, number = match[1], match[2]
        elif target.isdigit():
            name, number = "", target
        elif target.count(":") > 1:
            name, number = target, None  # an IPv6 address without brackets
        else:
            name, _, number = target.partition(":")
        number = number or str(port)
        if not (number.isascii() and number.isdigit() and int(number) < 65536):
            raise UriError(f"{self.text}: expected a port from 0 to 65535, got {number!r}")
        return name or host, int(number)


class Options:
    """Reads the options of an address by name and type, then refuses those that are left.

    Example:
        >>> options = parse_uri("udp:3333?size=640x480&timeout=2s").options
        >>> options.size("size"), options.duration_us("timeout"), options.number("rate", 0.0)
        ((640, 480), 2000000, 0.0)
        >>> options.done()
    """

    def __init__(self, uri: Uri) -> None:
        self._uri = uri
        self._known: list[str] = []

    def _read(self, name: str, parse: Callable[[str], T], default: T | None) -> T | None:
        self._known.append(name)
        text = self._uri.values.get(name)
        if text is None:
            return default
        try:
            return parse(text)
        except UriError as error:
            raise UriError(f"{self._uri.text}: {name}: {error}") from None

    def text(self, name: str, default: str | None = None) -> str | None:
        """Read any text."""
        return self._read(name, str, default)

    def choice(self, name: str, choices: Mapping[str, T] | list[str], default: str) -> str:
        """Read one of several words."""
        value = self._read(name, str, default) or default
        if value not in choices:
            raise UriError(
                f"{self._uri.text}: {name}: expected one of {', '.join(choices)}, got {value!r}"
            )
        return value

    def size(self, name: str, default: tuple[int, int] | None = None) -> tuple[int, int] | None:
        """Read a sensor size such as 640x480."""
        return self._read(name, parse_size, default)

    def duration_us(self, name: str, default: int | None = None) -> int | None:
        """Read a duration such as 100ms, in microseconds."""
        return self._read(name, parse_duration_us, default)

    def number(self, name: str, default: float) -> float:
        """Read a number such as 5e6 or 5M."""
        value = self._read(name, parse_number, default)
        return default if value is None else value

    def count(self, name: str, default: int) -> int:
        """Read a whole number such as 1000 or 10k."""
        value = self._read(name, parse_count, default)
        return default if value is None else value

    def bytes(self, name: str, default: int) -> int:
        """Read an amount of memory such as 8MiB."""
        value = self._read(name, parse_bytes, default)
        return default if value is None else value

    def flag(self, name: str, default: bool) -> bool:
        """Read yes or no."""
        value = self._read(name, parse_bool, default)
        return default if value is None else value

    def rest(self, *, but: Iterable[str] = ()) -> dict[str, str]:
        """Take the options that were not read, for whoever understands them.

        Args:
            but: names that are no options although the one who gets the rest knows them.
        """
        taken = {*self._known, *but}
        left = {k: v for k, v in self._uri.values.items() if k not in taken}
        self._known.extend(left)
        return left

    def done(self) -> None:
        """Refuse options that were not read.

        Raises:
            UriError: there are some; the message names those that exist.
        """
        for name in self._uri.values:
            if name not in self._known:
                close = difflib.get_close_matches(name, self._known, n=1)
                hint = f"; did you mean {close[0]!r}?" if close else ""
                known = f"options: {', '.join(self._known)}" if self._known else "it has no options"
                raise UriError(f"{self._uri.text}: unknown option {name!r}{hint} ({known})")


def parse_uri(text: str | os.PathLike[str]) -> Uri:
    """Take an address apart.

    A text without a scheme is a path. A path object, and the name of a file that exists, is taken
    as it is, whatever colons and question marks it holds.

    Args:
        text: the address.

    Returns:
        Its parts; nothing is opened.

    Raises:
        UriError: an empty address, or options that are not `name=value` pairs.

    Example:
        >>> uri = parse_uri("synth:edges?rate=5e6&duration=1s")
        >>> uri.scheme, uri.target, dict(uri.values)
        ('synth', 'edges', {'rate': '5e6', 'duration': '1s'})
        >>> parse_uri("C:/recording.raw").scheme
        'file'
    """
    if isinstance(text, os.PathLike):
        path = os.fspath(text)
        return Uri(path, "file", path)
    if not text:
        raise UriError("expected an address such as recording.raw or udp:0.0.0.0:3333, got nothing")
    if text != "-" and _is_file(text):
        return Uri(text, "file", text)
    match = _SCHEME.match(text)
    if match is None:
        return _parse_path(text)
    scheme = match[1].lower()
    target, mark, query = text[match.end() :].partition("?")
    if mark and not _OPTIONS.fullmatch(query):
        raise UriError(f"{text}: expected options as ?name=value&name=value, got ?{query}")
    if scheme == "file" and target.startswith("//"):
        target = unquote(target[2:])  # the form that desktops and browsers hand over
    return Uri(text, scheme, target, _values(query))


def _parse_path(text: str) -> Uri:
    target, _, query = text.partition("?")
    if not _OPTIONS.fullmatch(query):
        target, query = text, ""  # the question mark belongs to the name
    return Uri(text, "-" if target == "-" else "file", target, _values(query))


def _values(query: str) -> Mapping[str, str]:
    pairs = (pair.partition("=") for pair in query.split("&") if pair)
    return MappingProxyType({name: unquote(value) for name, _, value in pairs})


def _is_file(text: str) -> bool:
    try:
        return os.path.isfile(text)
    except ValueError:  # a null character
        return False

"""Options of a TOML file: what each may be, how it is checked, and how it is written as an example.

A section is a frozen dataclass whose fields are made by `option`; reading, checking, the words of
an error and the commented example are derived from these fields alone.
"""

import dataclasses
import difflib
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from norse_lite._errors import NetworkError

__all__ = [
    "Choice",
    "Duration",
    "ListOf",
    "Number",
    "Switch",
    "Table",
    "Text",
    "option",
    "read_section",
    "section_example",
]

S = TypeVar("S")
_UNITS = {"s": 1_000_000, "ms": 1_000, "us": 1, "µs": 1}


class Wrong(ValueError):
    """What is wrong with a value, without its place."""


@dataclass(frozen=True)
class Text:
    """Any text that is not empty."""

    def __call__(self, value: Any) -> str:
        if not isinstance(value, str) or not value:
            raise Wrong(f"expected a text, got {value!r}")
        return value


@dataclass(frozen=True)
class Switch:
    """true or false."""

    def __call__(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise Wrong(f"expected true or false, got {value!r}")
        return value


@dataclass(frozen=True)
class Number:
    """A number in a range; `below` is excluded where `open_above` says so."""

    low: float
    high: float = math.inf
    whole: bool = False
    open_above: bool = False

    def __call__(self, value: Any) -> float | int:
        kinds = (int,) if self.whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds):
            raise Wrong(f"expected a {'whole ' * self.whole}number, got {value!r}")
        too_much = value >= self.high if self.open_above else value > self.high
        if not value >= self.low or too_much:
            raise Wrong(f"expected {self._range()}, got {value!r}")
        return value if self.whole else float(value)

    def _range(self) -> str:
        if math.isinf(self.high):
            return f"at least {self.low:g}"
        return f"{self.low:g} to {'below ' * self.open_above}{self.high:g}"


@dataclass(frozen=True)
class Choice:
    """One of some words."""

    words: tuple[str, ...]

    def __call__(self, value: Any) -> str:
        if value not in self.words:
            raise Wrong(f"expected {_or(self.words)}, got {value!r}{_close(value, self.words)}")
        return value


@dataclass(frozen=True)
class Duration:
    """A time with its unit, as microseconds; `words` are allowed instead and become None."""

    words: tuple[str, ...] = ()
    least: int = 1

    def __call__(self, value: Any) -> int | None:
        if isinstance(value, str) and value in self.words:
            return None
        found = re.fullmatch(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*(s|ms|us|µs)\s*", str(value))
        if isinstance(value, str) and found:
            micros = round(float(found[1]) * _UNITS[found[2]])
            if micros < self.least:
                raise Wrong(f"expected at least {self.least} us, got {value!r}")
            return micros
        also = "".join(f" or {word!r}" for word in self.words)
        raise Wrong(f"expected a time with its unit, as '120ms'{also}, got {value!r}")


@dataclass(frozen=True)
class ListOf:
    """A list; `words` are allowed instead and stay words."""

    kind: Callable[[Any], Any]
    words: tuple[str, ...] = ()
    length: int | None = None

    def __call__(self, value: Any) -> Any:
        if isinstance(value, str) and value in self.words:
            return value
        if not isinstance(value, list):
            also = "".join(f" or {word!r}" for word in self.words)
            raise Wrong(f"expected a list{also}, got {value!r}")
        if self.length is not None and len(value) != self.length:
            raise Wrong(f"expected {self.length} values, got {value!r}")
        return tuple(self.kind(one) for one in value)


@dataclass(frozen=True)
class Table:
    """A table of texts by name."""

    def __call__(self, value: Any) -> dict[str, str]:
        if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
            raise Wrong(f"expected a table of texts, got {value!r}")
        return dict(value)


def option(kind: Callable[[Any], Any], default: Any, text: str) -> Any:
    """Make a field of a section.

    Args:
        kind: Checks and converts what the file says.
        default: As the file would say it; `...` where it must be given.
        text: What it is for, for the example.
    """
    metadata = {"kind": kind, "text": text, "default": default}
    if default is ...:
        return dataclasses.field(metadata=metadata)
    if default is None:
        return dataclasses.field(default=None, metadata=metadata)
    return dataclasses.field(default_factory=lambda: kind(default), metadata=metadata)


def read_section(
    kind: type[S], values: Any, where: str, file: str, *, others: tuple[str, ...] = ()
) -> S:
    """Build a section from a table.

    Args:
        kind: The dataclass.
        values: The table.
        where: Name of the section; "" at the top.
        file: The file, for errors.
        others: Further names that may have been meant.

    Raises:
        NetworkError: A key is unknown or missing, or a value is not what its option takes.
    """
    place = f"[{where}]" if where else "the top of the file"
    if not isinstance(values, Mapping):
        raise NetworkError(f"{file}: {where} must be a table, as {place}, got {values!r}")
    known = {field.name: field for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
    built = {}
    for key, value in values.items():
        if key not in known:
            names = (*known, *others)
            hint = _close(key, names) or f"; known: {', '.join(names)}"
            raise NetworkError(f"{file}: {place} has no option {key!r}{hint}")
        try:
            built[key] = known[key].metadata["kind"](value)
        except Wrong as problem:
            raise NetworkError(f"{file}: {key} in {place}: {problem}") from None
    for key, field in known.items():
        if key not in built and field.metadata["default"] is ...:
            raise NetworkError(
                f"{file}: {place} needs {key} ({field.metadata['text'].split('.')[0].lower()})"
            )
    return kind(**built)


def section_example(kind: type[Any], name: str, given: Mapping[str, Any]) -> str:
    """Write a section as commented TOML, options at their defaults commented out.

    Args:
        kind: The dataclass.
        name: Name of the section.
        given: Values to write instead of defaults.
    """
    lines = [f"[{name}]"] if name else []
    for field in dataclasses.fields(kind):
        default = given.get(field.name, field.metadata["default"])
        lines += [f"# {line}" for line in field.metadata["text"].split("\n")]
        if default is None:
            lines.append(f"# {field.name} = ...")
        else:
            sign = "" if field.name in given else "# "
            lines.append(f"{sign}{field.name} = {_toml(default)}")
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml(k)} = {_toml(v)}" for k, v in value.items()) + "}"
    return repr(value)


def _or(words: tuple[str, ...]) -> str:
    quoted = [repr(word) for word in words]
    return " or ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)


def _close(word: Any, known: Any) -> str:
    found = difflib.get_close_matches(str(word), list(known), n=1)
    return f"; did you mean {found[0]!r}?" if found else ""

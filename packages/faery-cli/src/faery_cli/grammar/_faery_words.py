"""The words of Faery's commands: how each argument is read, derived from its Python function."""

import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from faery_cli.errors import UsageError
from faery_cli.grammar.words import Word
from faery_cli.suggest import unknown

__all__ = ["Argument", "Block", "arguments_of", "or_none", "read_separator"]

Reader = Callable[[str], Any]


def _time(text: str) -> Any:
    """A timecode, seconds with a decimal point, or whole microseconds."""
    from faery_cli.compat.faery import Time, parse_time

    if re.fullmatch(r"\d+", text):
        return Time(int(text))
    try:
        return parse_time(text)
    except RuntimeError:
        raise ValueError(
            f"expected a time: 00:00:01.5, seconds with a point (1.5) or whole microseconds, "
            f"got {text!r}"
        ) from None


def _colormap(text: str) -> Any:
    from faery_cli.compat.faery.color import load

    return load(text)


def _pair(text: str) -> tuple[int, int]:
    numbers = re.fullmatch(r"\(?\s*(\d+)\s*[,x]\s*(\d+)\s*\)?", text)
    if numbers is None:
        raise ValueError(f"expected width and height such as (1280, 720), got {text!r}")
    return int(numbers[1]), int(numbers[2])


def _factor(text: str) -> Any:
    return float(text) if re.fullmatch(r"[\d.]+", text) else _pair(text)


def or_none(reader: Reader) -> Reader:
    """Read "none" as None."""
    return lambda text: None if text == "none" else reader(text)


def _color(text: str) -> Any:
    if text.startswith("("):
        return tuple(float(part) for part in text.strip("()").split(","))
    return text


def read_separator(text: str) -> bytes:
    """Read a separator; a tab may be spelt."""
    return {"\\t": b"\t", "tab": b"\t"}.get(text, text.encode())


# What the words of an argument are turned into, by its name in Python.
_READERS: dict[str, Reader] = {
    "start": _time,
    "end": _time,
    "t0": _time,
    "tau": _time,
    "colormap": _colormap,
    "color": _color,
    "dimensions": _pair,
    "dimensions_fallback": _pair,
    "factor_or_minimum_dimensions": _factor,
    "output_frame_rate": or_none(float),
    "csv_separator": read_separator,
}
_NUMBERED = {"packet_slice", "event_slice"}  # whose start and end count


@dataclass(frozen=True)
class Argument:
    """A word that a command takes.

    Args:
        name: in Python.
        read: turns text into the value.
        default: the value without it; `inspect.Parameter.empty` if it must be given.
        flag: takes no value; its presence gives the opposite of the default.
    """

    name: str
    read: Reader
    default: Any
    flag: bool = False

    @property
    def option(self) -> str:
        """The spelling with hyphens."""
        word = self.name.replace("_", "-")
        return f"--no-{word}" if self.flag and self.default is True else f"--{word}"


def _reader(function: str, name: str, default: Any) -> Reader:
    if name in _READERS and not (function in _NUMBERED and name in ("start", "end")):
        return _READERS[name]
    if isinstance(default, float):
        return float
    if isinstance(default, int):
        return int
    numbers = {"frequency_hz": float, "maximum_relative_event_count": float}
    numbers |= {"maximum_line_fill_ratio": float, "chunk_length": int, "size": int}
    numbers |= dict.fromkeys(("left", "right", "top", "bottom", "start", "end", "x", "y"), int)
    numbers |= {"track_id": int, "events_per_packet": int, "buffer_size": int}
    return or_none(numbers.get(name, str))


def arguments_of(function: Any, *, without: Sequence[str] = ()) -> list[Argument]:
    """Derive the words that a function takes from its signature."""
    found = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name in ("self", "on_progress", "csv_properties", *without):
            continue
        default = parameter.default
        flag = isinstance(default, bool)
        reader = _reader(function.__name__, parameter.name, default)
        found.append(Argument(parameter.name, reader, default, flag))
    return found


class Block:
    """The words from one keyword to the next."""

    def __init__(self, words: Sequence[Word]) -> None:
        self.keyword, *rest = words
        if not rest:
            raise UsageError(f"{self.keyword.text}: something must follow", word=self.keyword.index)
        self.name, *self.rest = rest

    def choose(self, known: Sequence[str]) -> str:
        """Give the name in Python, one of `known`."""
        name = self.name.text.replace("-", "_")
        if name not in known:
            listed = [word.replace("_", "-") for word in known]
            raise UsageError(
                unknown(self.keyword.text, self.name.text, listed), word=self.name.index
            )
        return name

    def bind(self, arguments: Sequence[Argument]) -> dict[str, Any]:
        """Give the values of the words that follow."""
        places = [a for a in arguments if a.default is inspect.Parameter.empty]
        options = {a.option: a for a in arguments}
        values: dict[str, Any] = {}
        words = list(self.rest)
        while words:
            word = words.pop(0)
            text, equals, value = word.text.partition("=")
            if text.startswith("--") and text in options:
                argument = options[text]
                if argument.flag:
                    values[argument.name] = not argument.default
                    continue
                if not equals:
                    if not words:
                        raise UsageError(f"{text} needs a value", word=word.index)
                    word = words.pop(0)
                    value = word.text
                values[argument.name] = self._read(argument, value, word)
            elif text.startswith("--"):
                message = unknown("option", text, options)
                raise UsageError(f"{self.name.text}: {message}", word=word.index)
            else:
                place = next((a for a in places if a.name not in values), None)
                if place is None:
                    raise UsageError(f"{self.name.text}: unexpected {word.text!r}", word=word.index)
                values[place.name] = self._read(place, word.text, word)
        missing = next((a for a in places if a.name not in values), None)
        if missing is not None:
            name = missing.name.replace("_", "-")
            raise UsageError(f"{self.name.text}: {name} is missing", word=self.name.index)
        return values

    def _read(self, argument: Argument, text: str, word: Word) -> Any:
        try:
            return argument.read(text)
        except (ValueError, UsageError) as error:
            name = argument.name.replace("_", "-")
            raise UsageError(f"{self.name.text}: {name}: {error}", word=word.index) from None

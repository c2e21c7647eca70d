"""Values with units: what people write for a duration, a rate, a size, and what it means."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from faery_cli._quantities import (
    Duration,
    read_count,
    read_duration,
    read_integer,
    read_number,
    read_rate,
    read_ratio,
    read_size,
    read_speed,
    read_window,
    show_duration,
    show_number,
)

__all__ = [
    "COUNT",
    "DURATION",
    "INTEGER",
    "NUMBER",
    "RATE",
    "RATIO",
    "SIZE",
    "SPEED",
    "TEXT",
    "WINDOW",
    "Choice",
    "Duration",
    "Kind",
    "optional",
    "read_duration",
    "read_integer",
    "read_size",
    "show_duration",
]


@dataclass(frozen=True)
class Kind:
    """A kind of value: how it is read from a word and shown in help.

    Args:
        name: what an error message calls it.
        metavar: what stands for it in a usage line.
        read: turns text, or a value given in Python, into the value; raises ValueError with
            what was expected.
        show: text of a value, as it would be written on the command line.
        choices: all possible words, if they can be listed; a function, so that nothing is
            imported before it is asked.
        hint: the types of Python values it takes, as an annotation.
    """

    name: str
    metavar: str
    read: Callable[[Any], Any]
    show: Callable[[Any], str] = str
    choices: Callable[[], tuple[str, ...]] | None = None
    hint: str = "str"


DURATION = Kind("time", "TIME", read_duration, show_duration, hint="str | float")
WINDOW = Kind("time", "TIME", read_window, show_duration, hint="str | float")
RATE = Kind("rate", "RATE", read_rate, lambda hz: f"{hz:g}Hz", hint="str | float")
COUNT = Kind("count", "N", read_count, hint="str | int")
INTEGER = Kind("whole number", "N", read_integer, hint="int | str")
NUMBER = Kind("number", "X", read_number, show_number, hint="float | str")
RATIO = Kind("fraction", "RATIO", read_ratio, show_number, hint="float | str")
SIZE = Kind(
    "size",
    "WxH",
    read_size,
    lambda size: f"{size[0]}x{size[1]}",
    hint="str | tuple[int, int]",
)
SPEED = Kind("speed", "SPEED", read_speed, show_number, hint="str | float")
TEXT = Kind("text", "TEXT", str)


def Choice(name: str, words: tuple[str, ...] | Callable[[], tuple[str, ...]]) -> Kind:
    """Make the kind of value that is one of several words.

    Args:
        name: what an error message calls it.
        words: the words, or a function that gives them.

    Example:
        >>> Choice("polarity", ("on", "off")).read("on")
        'on'
    """
    from faery_cli.suggest import unknown

    listed: Callable[[], tuple[str, ...]] = words if callable(words) else lambda: words

    def read(value: Any) -> str:
        text = str(value)
        if text not in listed():
            raise ValueError(unknown(name, text, listed()))
        return text

    metavar = "|".join(words) if not callable(words) and len(words) <= 5 else name.upper()
    return Kind(name, metavar, read, str, listed)


def optional(kind: Kind, word: str) -> Kind:
    """Make a kind that also takes one word, whose value is None.

    Args:
        kind: the kind of all other values.
        word: for example "auto".

    Example:
        >>> optional(DURATION, "auto").read("auto") is None
        True
    """

    def read(value: Any) -> Any:
        if value is None or value == word:
            return None
        try:
            return kind.read(value)
        except ValueError as error:
            expected, got, came = str(error).partition(", got ")
            known = not got or expected.endswith(f"or {word}")
            text = expected if known else f"{expected}, or {word}"
            raise ValueError(f"{text}{got}{came}") from None

    def show(value: Any) -> str:
        return word if value is None else kind.show(value)

    return Kind(
        f"{kind.name} or {word}",
        f"{kind.metavar}|{word}",
        read,
        show,
        kind.choices,
        f"{kind.hint} | None",
    )

"""The table of verbs, which begin a command line: `fae VERB …`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

from faery_cli.registry import Parameter

if TYPE_CHECKING:
    from faery_cli.context import Context
    from faery_cli.grammar.words import Word

__all__ = ["Line", "Verb", "by_name", "is_verb", "names", "verbs"]


@dataclass
class Line:
    """A verb's bound words.

    Args:
        values: a value for each of its parameters.
        line: the words after the verb.
        extras: options that belong to the output, each with the word after it.
        options: all options of the verb, for suggestions.
    """

    values: dict[str, Any]
    line: "Sequence[Word]"
    extras: "list[tuple[Word, Word | None]]" = field(default_factory=list)
    options: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def word(self, text: str) -> "Word":
        """Give the word with this text, to point at."""
        return next((w for w in self.line if w.text == text), self.line[-1])

    def given(self, name: str) -> "Word | None":
        """Give the option word of a parameter, None where its default holds."""
        option = "--" + name.replace("_", "-")
        return next((w for w in self.line if w.text.partition("=")[0] == option), None)


@dataclass(frozen=True)
class Verb:
    """A daily job.

    Args:
        name: the word.
        summary: one sentence that begins with a verb.
        run: does it; returns the exit code.
        parameters: what it takes besides the common options.
        open_options: further options belong to the output.
        details: further help.
        examples: command lines.
    """

    name: str
    summary: str
    run: "Callable[[Context, Line], int]"
    parameters: tuple[Parameter, ...] = ()
    open_options: bool = False
    details: str = ""
    examples: tuple[str, ...] = ()


# In the order of the help text. Modules are imported when they are needed.
_MODULES = {
    "info": "info",
    "check": "check",
    "convert": "convert",
    "cut": "cut",
    "video": "video",
    "frames": "frames",
    "image": "image",
    "rate": "rate",
    "play": "play",
    "view": "view",
    "send": "send",
    "record": "record",
    "stats": "stats",
    "diff": "diff",
    "synth": "synth",
    "batch": "batch",
    "init": "init",
    "run": "run",
    "filters": "filters",
    "colormaps": "colormaps",
    "explain": "explain",
    "completion": "completion",
    "help": "help",
}


# Words that Faery has for verbs that are called otherwise here.
_ALIASES = {"list-filters": "filters"}


def names() -> tuple[str, ...]:
    """Give the words of all verbs."""
    return tuple(_MODULES)


def is_verb(name: str) -> bool:
    """Tell whether a word is a verb, under any of its names."""
    return name in _MODULES or name in _ALIASES


def by_name(name: str) -> Verb:
    """Give a verb; KeyError if there is none."""
    return import_module(f"faery_cli.verbs.{_MODULES[_ALIASES.get(name, name)]}").VERB


def verbs() -> tuple[Verb, ...]:
    """Give all verbs."""
    return tuple(by_name(name) for name in _MODULES)

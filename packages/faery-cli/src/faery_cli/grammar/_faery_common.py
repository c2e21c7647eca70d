"""The options of all commands on Faery's command lines, which have none of their own by them."""

from collections.abc import Sequence
from typing import Any

from faery_cli.context import COMMON
from faery_cli.errors import UsageError
from faery_cli.grammar.words import Word
from faery_cli.units import COUNT

__all__ = ["take_common"]

_FLAGS = ("quiet", "dry_run", "json", "debug")


def take_common(line: Sequence[Word]) -> tuple[list[Word], dict[str, Any]]:
    """Take the common options out of one of Faery's lines, wherever they stand.

    Args:
        line: the words.

    Returns:
        The other words, and the values of the options `--quiet`, `--dry-run`, `--json`, `--debug`
        and `--threads`.

    Raises:
        UsageError: a number of threads that is none.

    Example:
        >>> words = [Word("input", 0), Word("-q", 1), Word("file", 2)]
        >>> rest, values = take_common(words)
        >>> [word.text for word in rest], values
        (['input', 'file'], {'quiet': True})
    """
    flags = {}
    for parameter in COMMON:
        if parameter.name in _FLAGS:
            flags[parameter.option] = parameter.name
            if parameter.short:
                flags[f"-{parameter.short}"] = parameter.name
    rest: list[Word] = []
    values: dict[str, Any] = {}
    words = list(line)
    while words:
        word = words.pop(0)
        option, equals, text = word.text.partition("=")
        if word.text in flags:
            values[flags[word.text]] = True
        elif option == "--threads":
            if not equals:
                if not words:
                    raise UsageError("--threads needs a value", word=word.index)
                word = words.pop(0)
                text = word.text
            try:
                values["threads"] = COUNT.read(text)
            except ValueError as error:
                raise UsageError(f"--threads: {error}", word=word.index) from None
        else:
            rest.append(word)
    return rest, values

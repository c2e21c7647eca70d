"""`SOURCE : STAGE args… : … : SINK`, and the options that belong to a source or an output."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from faery_cli.errors import FaeError, UsageError
from faery_cli.grammar.words import Word, bind_words
from faery_cli.registry import Parameter, Stage, by_name, stages
from faery_cli.units import DURATION, SIZE, TEXT

if TYPE_CHECKING:
    from faery_cli.stream import Stream

__all__ = ["SEPARATOR", "Target", "bind_source", "bind_target", "is_chain", "parse_chain"]

SEPARATOR = ":"

SOURCE_OPTIONS = (
    Parameter("format", TEXT, "format of the input (found by its content)", None, named=True),
    Parameter("size", SIZE, "width and height of the sensor, if the input does not say", None,
              named=True),
    Parameter("for", DURATION, "end after so long", None, named=True),
)  # fmt: skip
SOURCE = (
    Parameter("source", TEXT, "a file, - for the standard input, or an address"),
    *SOURCE_OPTIONS,
)
TARGET = (
    Parameter("target", TEXT, "a file, or - for the standard output"),
    Parameter("format", TEXT, "format of the output (by the file's ending)", None, named=True),
)


@dataclass(frozen=True)
class Target:
    """Where a chain ends.

    Args:
        path: file name or "-".
        format: name of the output, or None to go by the ending.
        options: of the output.
    """

    path: str
    format: str | None
    options: dict[str, Any]


def is_chain(line: Sequence[Word]) -> bool:
    """Tell whether a command line holds a lone separator."""
    return any(word.text == SEPARATOR for word in line)


def _split(line: Sequence[Word]) -> list[list[Word]]:
    parts: list[list[Word]] = [[]]
    for word in line:
        if word.text == SEPARATOR:
            parts.append([])
        else:
            parts[-1].append(word)
    return parts


def at_word(error: FaeError, word: Word) -> UsageError:
    """Make a usage error that points at a word of one that does not."""
    return UsageError(error.message, word=word.index)


def bind_source(
    text: str, word: Word | None, *, format: str | None, size: Any, duration: int | None
) -> "Stream":
    """Make the stream of a source with its options."""
    from faery_cli.sources import make_source
    from faery_cli.stream import Stream

    try:
        source = make_source(text, format=format, size=size, for_us=duration)
    except UsageError as error:
        raise at_word(error, word) if word is not None else error from None
    # A live source is timed by the wall clock; what has an end is cut in its own time.
    stream = Stream(source)
    return stream if duration is None or source.live else stream.then("cut", None, duration)


def bind_target(
    path: str,
    word: Word,
    format: str | None,
    extras: Sequence[tuple[Word, Word | None]],
    beside: Sequence[str] = (),
) -> Target:
    """Bind the options of an output, which depend on what it is.

    Args:
        path: file name or "-".
        word: it, to point at.
        format: name of the output, or None.
        extras: option words with the word after each.
        beside: options that were possible there besides, for suggestions.
    """
    from faery_cli.outputs import find_output

    try:
        output = find_output(path, format)
    except UsageError as error:
        raise at_word(error, word) from None
    line = [part for pair in extras for part in pair if part is not None]
    values = bind_words(output.name, output.parameters, line, at=word.index, beside=beside)
    return Target(path, format, values)


def parse_chain(
    line: Sequence[Word], common: Sequence[Parameter]
) -> tuple["Stream", Target, dict[str, Any]]:
    """Parse a chain.

    Args:
        line: the words.
        common: options that may stand anywhere.

    Returns:
        The stream up to the output, the output, and the values of the common options.

    Raises:
        UsageError: points at the wrong word.
    """
    first, *middle, last = _split(line)
    shared: dict[str, Any] = {}
    names = {p.name for p in common}

    def bind(name: str, parameters: Sequence[Parameter], part: Sequence[Word], at: int, **how: Any):
        values = bind_words(name, parameters, part, common=common, at=at, **how)
        shared.update({k: v for k, v in values.items() if k in names and k not in own(parameters)})
        return {k: v for k, v in values.items() if k in own(parameters)}

    def own(parameters: Sequence[Parameter]) -> set[str]:
        return {p.name for p in parameters}

    if not first:
        raise UsageError("a chain begins with its source: SOURCE : STAGE … : OUTPUT", word=0)
    given = bind("source", SOURCE, first, first[0].index)
    calls: list[tuple[Stage, dict[str, Any], int]] = []
    for part in middle:
        if not part:
            where = next(w.index for w in line if w.text == SEPARATOR)
            raise UsageError("there is nothing between two separators", word=where)
        try:
            entry = by_name(part[0].text)
        except UsageError as error:
            raise at_word(error, part[0]) from None
        values = bind(entry.name, entry.parameters, part[1:], part[0].index)
        calls.append((entry, values, part[0].index))
    if not last:
        raise UsageError(
            "a chain ends with its output: a file, or - for CSV on the standard output",
            word=line[-1].index,
        )
    if last[0].text in {name for e in stages() for name in (e.name, *e.aliases)}:
        raise UsageError(
            f"a chain ends with its output, but {last[0].text!r} is a stage: add ': OUTPUT', a "
            f"file, or - for CSV on the standard output (./{last[0].text} is a file of this name)",
            word=last[0].index,
        )
    extras: list[tuple[Word, Word | None]] = []
    values = bind("output", TARGET, last, last[0].index, extras=extras)
    # Only now is anything imported that takes time: wrong words are found at once.
    target = bind_target(
        values["target"], last[0], values["format"], extras, [p.option for p in (*common, *TARGET)]
    )
    stream = bind_source(
        given["source"],
        first[0],
        format=given["format"],
        size=given["size"],
        duration=given["for"],
    )
    for call in calls:
        stream = stream.with_call(*call)
    return stream, target, shared

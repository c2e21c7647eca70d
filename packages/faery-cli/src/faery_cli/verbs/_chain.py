"""Parameters and steps that the verbs from one file to another share."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from faery_cli.errors import UsageError
from faery_cli.grammar.chain import Target, bind_source, bind_target
from faery_cli.registry import Parameter
from faery_cli.units import SIZE, TEXT
from faery_cli.verbs._registry import Line

if TYPE_CHECKING:
    from faery_cli.stream import Stream

__all__ = [
    "INPUT",
    "INPUT_OPTIONS",
    "OUTPUT",
    "OUTPUT_FORMAT",
    "SOURCE_OPTIONS",
    "refuse_unused",
    "source_of",
    "target_of",
]

INPUT = Parameter("input", TEXT, "a file, - for the standard input, or an address")
OUTPUT = Parameter("output", TEXT, "a file, or - for the standard output")
INPUT_OPTIONS = (
    Parameter("input_format", TEXT, "format of the input (found by its content)", None, named=True),
    Parameter(
        "input_size",
        SIZE,
        "width and height of the sensor, if the input does not say",
        None,
        named=True,
    ),
)
OUTPUT_FORMAT = Parameter(
    "format", TEXT, "format of the output (by the file's ending)", None, named=True
)
SOURCE_OPTIONS = (OUTPUT_FORMAT, *INPUT_OPTIONS)


def source_of(line: Line) -> "Stream":
    """Make the stream of a verb's input."""
    return bind_source(
        line["input"],
        line.word(line["input"]),
        format=line["input_format"],
        size=line["input_size"],
        duration=None,
    )


def target_of(line: Line, **given: Any) -> Target:
    """Bind a verb's output and the options that belong to it."""
    word = line.word(line["output"])
    target = bind_target(line["output"], word, line["format"], line.extras, line.options)
    return Target(target.path, target.format, {**target.options, **given})


def refuse_unused(verb: str, line: Line, names: Sequence[str], hint: str = "") -> None:
    """Refuse options that the kind of picture a line asks for does not use.

    Args:
        verb: the verb's word.
        line: its words; the value of `kind` is the kind.
        names: the parameters that this kind does not use.
        hint: what to give instead.

    Raises:
        UsageError: one of them is given; points at it.
    """
    for name in names:
        word = line.given(name)
        if word is not None:
            option = word.text.partition("=")[0]
            raise UsageError(
                f"{verb}: --kind {line['kind']} does not use {option}; leave it out{hint}",
                word=word.index,
                span=(0, len(option)),
            )

"""Parameters and steps that the verbs from one file to another share."""

from typing import TYPE_CHECKING, Any

from faery_cli.grammar.chain import Target, bind_source, bind_target
from faery_cli.registry import Parameter
from faery_cli.units import SIZE, TEXT
from faery_cli.verbs._registry import Line

if TYPE_CHECKING:
    from faery_cli.stream import Stream

__all__ = ["INPUT", "OUTPUT", "SOURCE_OPTIONS", "source_of", "target_of"]

INPUT = Parameter("input", TEXT, "a file, - for the standard input, or an address")
OUTPUT = Parameter("output", TEXT, "a file, or - for the standard output")
SOURCE_OPTIONS = (
    Parameter("format", TEXT, "format of the output (by the file's ending)", None, named=True),
    Parameter("input_format", TEXT, "format of the input (found by its content)", None, named=True),
    Parameter(
        "input_size",
        SIZE,
        "width and height of the sensor, if the input does not say",
        None,
        named=True,
    ),
)


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

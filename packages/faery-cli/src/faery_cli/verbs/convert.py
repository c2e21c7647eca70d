"""`fae convert`: from one event format to another."""

from faery_cli.context import Context
from faery_cli.verbs._chain import INPUT, OUTPUT, SOURCE_OPTIONS, source_of, target_of
from faery_cli.verbs._registry import Line, Verb


def run(context: Context, line: Line) -> int:
    target = target_of(line)
    return context.write(source_of(line), target.path, target.format, target.options)


VERB = Verb(
    "convert",
    "Write a recording in another format.",
    run,
    (INPUT, OUTPUT, *SOURCE_OPTIONS),
    open_options=True,
    details="Options of the output's format follow as --name VALUE.",
    examples=(
        "fae convert in.raw out.es",
        "fae convert in.es - --format csv | head -3",
        "cat in.raw | fae convert - out.es",
    ),
)

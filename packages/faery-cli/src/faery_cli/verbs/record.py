"""`fae record`: a live stream into a file."""

from faery_cli.context import Context
from faery_cli.grammar.chain import bind_source
from faery_cli.registry import Parameter
from faery_cli.units import DURATION
from faery_cli.verbs._chain import INPUT, OUTPUT, SOURCE_OPTIONS, target_of
from faery_cli.verbs._registry import Line, Verb


def run(context: Context, line: Line) -> int:
    stream = bind_source(
        line["input"],
        line.word(line["input"]),
        format=line["input_format"],
        size=line["input_size"],
        duration=line["for"],
    )
    target = target_of(line)
    return context.write(stream, target.path, target.format, target.options)


VERB = Verb(
    "record",
    "Write a live stream to a file, until Ctrl-C or for a time.",
    run,
    (
        INPUT,
        OUTPUT,
        Parameter("for", DURATION, "how long, by the wall clock", None, named=True),
        *SOURCE_OPTIONS,
    ),
    open_options=True,
    examples=("fae record udp:0.0.0.0:7777?size=640x480 live.raw --for 10s",),
)

"""`fae send`: a recording as a live stream."""

from faery_cli.context import Context
from faery_cli.registry import FLAG, Parameter
from faery_cli.units import SPEED
from faery_cli.verbs._chain import INPUT, OUTPUT, SOURCE_OPTIONS, source_of, target_of
from faery_cli.verbs._registry import Line, Verb


def run(context: Context, line: Line) -> int:
    stream = source_of(line)
    if not line["fast"]:
        stream = stream.then("pace", line["speed"])
    target = target_of(line)
    return context.write(stream, target.path, target.format, target.options)


VERB = Verb(
    "send",
    "Send a recording to an address, in the time in which it happened.",
    run,
    (
        INPUT,
        OUTPUT,
        Parameter("speed", SPEED, "seconds of events per second", 1.0, named=True),
        Parameter("fast", FLAG, "as fast as it goes", False),
        *SOURCE_OPTIONS,
    ),
    open_options=True,
    examples=("fae send in.es udp:localhost:7777 --speed 1",),
)

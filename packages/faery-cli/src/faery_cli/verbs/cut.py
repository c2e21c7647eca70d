"""`fae cut`: a part of a recording."""

from faery_cli.context import Context
from faery_cli.errors import UsageError
from faery_cli.registry import FLAG, Parameter
from faery_cli.units import COUNT, DURATION
from faery_cli.verbs._chain import INPUT, OUTPUT, SOURCE_OPTIONS, source_of, target_of
from faery_cli.verbs._registry import Line, Verb


def run(context: Context, line: Line) -> int:
    times = (line["from"], line["to"])
    numbers = (line["events"], line["events_end"])
    if times == (None, None) and numbers == (None, None):
        raise UsageError("cut: say what to keep: --from and --to (times), or --events A:B")
    stream = source_of(line)
    if times != (None, None):
        stream = stream.then("cut", *times, zero=line["zero"])
    if numbers != (None, None):
        stream = stream.then("event-slice", *numbers)
    target = target_of(line)
    return context.write(stream, target.path, target.format, target.options)


VERB = Verb(
    "cut",
    "Keep a part of a recording, by time or by number of events.",
    run,
    (
        INPUT,
        OUTPUT,
        Parameter("from", DURATION, "first moment kept, from the first event", None, named=True),
        Parameter("to", DURATION, "first moment no longer kept", None, named=True),
        Parameter(
            "events", COUNT, "number of the first and after the last event, as A:B", None,
            named=True, span=True,
        ),
        Parameter("events_end", COUNT, "number after the last event", None, named=True),
        Parameter("zero", FLAG, "let the part begin at time 0", False),
        *SOURCE_OPTIONS,
    ),
    open_options=True,
    examples=(
        "fae cut in.es part.es --from 250ms --to 500ms",
        "fae cut in.es part.es --events 10:20",
    ),
)  # fmt: skip

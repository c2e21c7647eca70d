"""`fae frames`: one picture file for each period."""

from faery_cli.context import Context
from faery_cli.errors import UsageError
from faery_cli.registry import FLAG, Parameter, by_name
from faery_cli.stages.scale import SCALE
from faery_cli.units import DURATION, RATE
from faery_cli.verbs._chain import INPUT, OUTPUT, SOURCE_OPTIONS, source_of, target_of
from faery_cli.verbs._registry import Line, Verb

_RENDER = [p for p in by_name("render").parameters if p.name != "fps"]


def run(context: Context, line: Line) -> int:
    if "{" not in line["output"]:
        raise UsageError(
            "frames: expected a name with a field, such as 'f/{index:04}.png'",
            word=line.word(line["output"]).index,
        )
    target = target_of(line)
    stream = source_of(line)
    if (line["from"], line["to"]) != (None, None):
        stream = stream.then("cut", line["from"], line["to"])
    values = {p.name: line[p.name] for p in _RENDER}
    stream = stream.then("render", fps=line["rate"], **values)
    if line["size"] != 1:
        stream = stream.then("scale", line["size"])
    if line["timecode"]:
        stream = stream.then("timecode")
    return context.write(stream, target.path, target.format, target.options)


def _named(parameter: Parameter) -> Parameter:
    from dataclasses import replace

    return replace(parameter, named=True)


VERB = Verb(
    "frames",
    "Draw a recording as picture files, one for each period.",
    run,
    (
        INPUT,
        OUTPUT,
        Parameter("rate", RATE, "pictures per second of events (divided by --speed)", 30.0,
                  named=True),
        *map(_named, _RENDER),
        Parameter("size", SCALE, "a whole factor, or a size that the pictures must reach", 1,
                  named=True),
        Parameter("timecode", FLAG, "write time and speed", False),
        Parameter("from", DURATION, "first moment shown, from the first event", None, named=True),
        Parameter("to", DURATION, "first moment no longer shown", None, named=True),
        *SOURCE_OPTIONS,
    ),
    open_options=True,
    details="The name has a field: {index} (from 0) or {us} (microseconds), for example "
    "'f/{index:04}.png'.",
    examples=("fae frames in.es 'f/{index:04}.png' --rate 60",),
)  # fmt: skip

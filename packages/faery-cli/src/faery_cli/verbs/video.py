"""`fae video`: moving pictures of a recording."""

from faery_cli.context import Context
from faery_cli.outputs import video
from faery_cli.registry import FLAG, Parameter, by_name
from faery_cli.stages.scale import SCALE
from faery_cli.units import DURATION, optional
from faery_cli.verbs._chain import INPUT, OUTPUT, SOURCE_OPTIONS, source_of, target_of
from faery_cli.verbs._registry import Line, Verb

_RENDER = by_name("render").parameters
_SIZE_HELP = (
    "a whole factor, or a size that the pictures must reach (auto: 640x480 for a GIF, 960x720 "
    "otherwise); pixels stay crisp"
)


def _named(parameter: Parameter) -> Parameter:
    from dataclasses import replace

    return replace(parameter, named=True)


def run(context: Context, line: Line) -> int:
    target = target_of(line)
    stream = source_of(line)
    if (line["from"], line["to"]) != (None, None):
        stream = stream.then("cut", line["from"], line["to"])
    pictures = video(
        stream,
        target.path,
        format=target.format,
        scale=line["size"],
        timecode=not line["no_timecode"],
        **{p.name: line[p.name] for p in _RENDER},
    )
    return context.write(pictures, target.path, target.format, target.options)


VERB = Verb(
    "video",
    "Draw a recording as a video.",
    run,
    (
        INPUT,
        OUTPUT,
        *map(_named, _RENDER),
        Parameter("size", optional(SCALE, "auto"), _SIZE_HELP, None, named=True),
        Parameter("no_timecode", FLAG, "leave out time and speed", False),
        Parameter("from", DURATION, "first moment shown, from the first event", None, named=True),
        Parameter("to", DURATION, "first moment no longer shown", None, named=True),
        *SOURCE_OPTIONS,
    ),
    open_options=True,
    examples=(
        "fae video in.es out.gif",
        "fae video in.es slow.gif --speed 0.1 --tau 30ms --style night",
    ),
)

"""`fae video`: moving pictures of a recording."""

from typing import Any

from faery_cli.context import Context
from faery_cli.errors import InputError
from faery_cli.grammar.chain import Target
from faery_cli.outputs import video
from faery_cli.registry import FLAG, Parameter, by_name
from faery_cli.stages.scale import SCALE
from faery_cli.units import DURATION, Choice, Duration, optional
from faery_cli.verbs._chain import (
    INPUT,
    OUTPUT,
    SOURCE_OPTIONS,
    refuse_unused,
    source_of,
    target_of,
)
from faery_cli.verbs._registry import Line, Verb

_RENDER = by_name("render").parameters
_SIZE_HELP = (
    "a whole factor, or a size that the pictures must reach (auto: 640x480 for a GIF, 960x720 "
    "otherwise); pixels stay crisp"
)


def _named(parameter: Parameter) -> Parameter:
    from dataclasses import replace

    return replace(parameter, named=True)


KINDS = ("decay", "wiggle", "xyt")
# A wiggle: 3 s of pictures, forth and back, after 5 pictures in which the trails build up.
WIGGLE_S, WIGGLE_FPS, WIGGLE_SKIP = 3.0, 30.0, 5


# What a kind of picture has no use for.
_UNUSED = {
    "wiggle": ("speed", "strip"),
    "xyt": ("decay", "tau", "speed", "levels", "flash", "size", "legend", "strip", "no_timecode"),
}


def _wiggle(stream: Any, target: Target, line: Line) -> Any:
    """Append what plays a recording forth and back."""
    fps = line["fps"] or WIGGLE_FPS
    first = last = None
    with stream.run() as run:
        for item in run:
            if len(item.events):
                first = int(item.events.t[0]) if first is None else first
                last = int(item.events.t[-1])
    if first is None or last is None:
        raise InputError("no events came, hence there is no picture to write")
    shown = round(WIGGLE_S * fps)
    forward = (shown + 2) // 2 + WIGGLE_SKIP  # neither the first nor the last picture is repeated
    speed = (last + 1 - first) / 1e6 * fps / forward
    tau = line["tau"]
    if tau is None:
        tau = Duration(max(1, round(WIGGLE_SKIP * speed / fps * 1e6)))
    pictures = video(
        stream,
        target.path,
        format=target.format,
        scale=line["size"],
        timecode=not line["no_timecode"],
        decay=line["decay"] if line.given("decay") else "cumulative",
        tau=tau,
        style=line["style"],
        levels=line["levels"],
        flash=line["flash"],
        fps=fps,
        speed=speed,
    )
    return pictures.then("rewind", WIGGLE_SKIP)


def run(context: Context, line: Line) -> int:
    refuse_unused("video", line, _UNUSED.get(line["kind"], ()))
    target = target_of(line)
    stream = source_of(line)
    if (line["from"], line["to"]) != (None, None):
        stream = stream.then("cut", line["from"], line["to"])
    if line["kind"] == "wiggle":
        pictures = _wiggle(stream, target, line)
    elif line["kind"] == "xyt":
        pictures = stream.then("cloud", style=line["style"], fps=line["fps"] or WIGGLE_FPS)
    else:
        pictures = video(
            stream,
            target.path,
            format=target.format,
            scale=line["size"],
            timecode=not line["no_timecode"],
            **{p.name: line[p.name] for p in _RENDER},
        )
    if line["legend"]:
        pictures = pictures.then("legend")
    if line["strip"]:
        pictures = pictures.then("strip")
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
        Parameter(
            "kind",
            Choice("kind", KINDS),
            "decay, wiggle (forth and back, 3 s) or xyt (a turning cloud of points)",
            "decay",
            named=True,
        ),
        Parameter("legend", FLAG, "show what the colours mean", False),
        Parameter("strip", FLAG, "show the event rate under the pictures", False),
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

"""`fae image`: one picture of a whole recording, or of a moment."""

from collections.abc import Callable
from typing import Any

from faery_cli.context import Context
from faery_cli.errors import UsageError
from faery_cli.outputs._files import check_target, complete_file
from faery_cli.pictures.styles import style_names
from faery_cli.registry import Parameter
from faery_cli.units import DURATION, TEXT, Choice, Duration, Kind, optional
from faery_cli.verbs._chain import INPUT, OUTPUT, SOURCE_OPTIONS, refuse_unused, source_of
from faery_cli.verbs._figures import ENDINGS, THEMES, ending, figure_bytes, picture_bytes
from faery_cli.verbs._image_kinds import (
    REACH,
    Look,
    hot_pixels,
    intervals,
    kinectograph,
    spectrogram,
)
from faery_cli.verbs._registry import Line, Verb


def _read_region(value: Any) -> tuple[int, int, int, int]:
    numbers = str(value).split(",") if isinstance(value, str) else list(value)
    if len(numbers) == 4 and all(str(n).strip().isdecimal() for n in numbers):
        left, top, width, height = (int(n) for n in numbers)
        if width and height:
            return left, top, width, height
    raise ValueError(
        f"expected left,top,width,height in pixels such as 80,60,160,120, got {value!r}"
    )


REGION = Kind(
    "region", "X,Y,W,H", _read_region, lambda value: ",".join(map(str, value)), hint="str"
)
KINDS = ("frame", "kinectograph", "xyt", "hot-pixels", "intervals", "spectrogram")
FRAMES = ("frame", "xyt")  # kinds that are frames of a stream
THEME_STYLES = {"night": "night", "light": "paper"}

_DRAWERS: dict[str, Callable[[Any, Look], Any]] = {
    "kinectograph": kinectograph,
    "hot-pixels": hot_pixels,
    "intervals": intervals,
    "spectrogram": spectrogram,
}


def _still(stream: Any, line: Line) -> Any:
    """Append what gives one frame."""
    style = line["style"] or THEME_STYLES[line["theme"] or "night"]
    if line["kind"] == "xyt":
        return stream.then("cloud", 1, REACH, style=style)
    at = line["at"]
    values = {"decay": line["decay"], "tau": line["tau"], "style": style}
    if at is None:
        with stream.run() as run:
            first: int | None = None
            last = 0
            for item in run:
                if len(item.events):
                    first = int(item.events.t[0]) if first is None else first
                    last = max(last, int(item.events.t.max()))
        at = Duration(last - (first or 0) + 1)
    if at <= 0:
        raise UsageError("image: expected --at above zero")
    drawn = stream.then("cut", None, at).then("render", fps=1e6 / at, **values)
    return drawn.then("scale", REACH)


def _check_options(line: Line) -> None:
    """Refuse what a kind does not use."""
    kind = line["kind"]
    if kind != "frame":
        hint = "; --from and --to choose a part" if line.given("at") else ""
        refuse_unused("image", line, ("at", "decay", "tau"), hint)
    if kind in FRAMES:
        refuse_unused("image", line, ("colormap",), "; --style has its colours")
    if kind == "intervals":
        refuse_unused("image", line, ("colormap",), "; --style has its colours")
    both = line.given("style"), line.given("theme")
    if both[0] is not None and both[1] is not None:
        raise UsageError(
            "image: --style has a background of its own; leave out --theme", word=both[1].index
        )


def run(context: Context, line: Line) -> int:
    path, kind = line["output"], line["kind"]
    _check_options(line)
    suffix = ending(path, ENDINGS if kind == "intervals" else (".png",), line["format"])
    stream = source_of(line)
    if (line["from"], line["to"]) != (None, None):
        stream = stream.then("cut", line["from"], line["to"])
    if line["region"] is not None:
        left, top, width, height = line["region"]
        whole = stream.shape.size
        if left + width > whole[0] or top + height > whole[1]:
            raise UsageError(
                f"--region: {REGION.show(line['region'])} reaches outside of the picture, which "
                f"has {whole[0]}x{whole[1]} pixels"
            )
        stream = stream.then("crop", left, left + width, top, top + height)
    if kind in FRAMES:
        return context.write(_still(stream, line), path, suffix, {})
    if context.dry_run:
        check_target(path, overwrite=context.may_overwrite)
        plan = {"source": stream.source.name, "kind": kind, "path": path, "format": suffix}
        if context.json:
            context.data(plan)
        else:
            print(f"{stream.source.name}\n  : {kind}\n  : {path}")
        return 0
    check_target(path, overwrite=context.may_overwrite)
    look = Look.of(THEMES[line["theme"] or "night"], line["style"], line["colormap"])
    with stream.run() as run:
        drawn = _DRAWERS[kind](run, look)
        problems = run.problems
    data = figure_bytes(drawn, suffix) if kind == "intervals" else picture_bytes(drawn)
    with complete_file(path, overwrite=context.may_overwrite) as file:
        file.write(data)
    if context.json and path != "-":
        context.data({"path": path, "kind": kind, "bytes": len(data)})
    else:
        context.say(f"{path}: {kind}, {len(data)} bytes")
    return context.damage(stream.source, problems)


VERB = Verb(
    "image",
    "Draw one picture of a whole recording, or of a moment.",
    run,
    (
        INPUT,
        OUTPUT,
        Parameter("kind", Choice("kind", KINDS), "what is drawn, see below", "frame", named=True),
        Parameter("at", DURATION, "the moment of a frame, from the first event (the end)", None,
                  named=True),
        Parameter("decay", Choice("decay", ("exponential", "linear", "window", "cumulative")),
                  "how an event fades in a frame", "exponential", named=True),
        Parameter("tau", optional(DURATION, "auto"), "decay time of a frame", None, named=True),
        Parameter("style", Choice("style", style_names), "colours and background (night)", None,
                  named=True),
        Parameter("theme", Choice("theme", ("night", "light")), "background, instead of a style",
                  None, named=True),
        Parameter("colormap", TEXT, "colours of times, counts or strengths, such as batlow or "
                  "roma_o*2", None, named=True),
        Parameter("from", DURATION, "first moment used, from the first event", None, named=True),
        Parameter("to", DURATION, "first moment no longer used", None, named=True),
        Parameter("region", REGION, "left, top, width, height of the part that is drawn", None,
                  named=True),
        *SOURCE_OPTIONS,
    ),
    details="frame: as it looks at a moment; kinectograph: each pixel's mean time, as a colour; "
    "xyt: "
    "points in space and time; hot-pixels: counts, with hot pixels in orange; intervals: histogram "
    "of the times between two events of a pixel (also .svg); spectrogram: frequencies of the event "
    "rate, of the whole picture or of a --region.",
    examples=("fae image in.es kin.png --kind kinectograph", "fae image in.es now.png --at 0.5"),
)  # fmt: skip

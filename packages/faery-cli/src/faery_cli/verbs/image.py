"""`fae image`: one picture of a whole recording, or of a moment."""

from collections.abc import Callable, Iterator
from typing import Any

from faery_cli.context import Context
from faery_cli.errors import InputError, UsageError
from faery_cli.outputs._files import complete_file
from faery_cli.pictures.styles import style_names
from faery_cli.registry import Parameter
from faery_cli.units import DURATION, TEXT, Choice, Duration, Kind, optional
from faery_cli.verbs._chain import INPUT, OUTPUT, SOURCE_OPTIONS, source_of
from faery_cli.verbs._figures import ENDINGS, THEMES, ending, figure_bytes, picture_bytes
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
REACH = (960, 720)
LOWEST_HZ, HIGHEST_HZ, ROWS, COLUMNS = 5.0, 1000.0, 240, 640
INTERVAL_BINS = 120


def _colors(line: Line, default: str) -> Any:
    from faery_cli.pictures.colormaps import colormap

    return colormap(line["colormap"] or default).rgb


def _background(line: Line) -> tuple[str, str]:
    theme = THEMES[line["theme"]]
    return theme.background, theme.text


def _enlarged(pixels: Any) -> Any:
    from faery_cli.stages.scale import factor_for

    factor = factor_for((pixels.shape[1], pixels.shape[0]), REACH)
    return pixels.repeat(factor, 0).repeat(factor, 1)


def _without_flash(stream: Any) -> Iterator[Any]:
    """Give a stream's events, but not those of all pixels when the sensor was switched on."""
    from faery_cli.pictures.flash import StartFlash

    with stream.run() as run:
        flash = StartFlash(run.shape.size, hide=True)
        for item in run:
            yield flash.pass_on(item.events)
        rest = flash.rest()
        if rest is not None:
            yield rest


def kinectograph(stream: Any, line: Line) -> Any:
    """Colour each pixel by the mean time of its events."""
    from faery_cli.pictures.kinectograph import MeanTimes
    from faery_cli.pictures.kinectograph import kinectograph as draw

    times = MeanTimes(stream.shape.size)
    for events in _without_flash(stream):
        times.add(events)
    if times.first_us is None:
        raise InputError("no events came, hence there is no picture to draw")
    background, text = _background(line)
    mean, opacity = (_enlarged(part) for part in times.normalized())
    span = times.first_us, times.last_us
    return draw(
        mean,
        opacity,
        span,
        colors=_colors(line, "batlow" if line["theme"] == "night" else "hawaii"),
        background=background,
        text=text,
    )


def hot_pixels(stream: Any, line: Line) -> Any:
    """Show each pixel's count, and mark those that fire much more than their neighbours."""
    import numpy as np

    from faery_cli.pictures.counts import draw_counts
    from faery_cli.pictures.flash import StartFlash
    from faery_cli.stages.scale import factor_for
    from neuro_kernels import filters

    with stream.run() as run:
        width, height = run.shape.size
        counts = np.zeros(width * height, np.int64)
        hot = filters.HotPixels(run.shape.size)
        flash = StartFlash(run.shape.size, hide=True)

        def add(e: Any) -> None:
            place = e.y.astype(np.int64) * width + e.x
            counts[:] += np.bincount(place, minlength=len(counts))

        for item in run:
            hot.count(item.events)  # all of them, as the stage does
            add(flash.pass_on(item.events))
        rest = flash.rest()
        if rest is not None:
            add(rest)
    if not counts.any():
        raise InputError("no events came, hence there is no picture to draw")
    colors = _colors(line, "oslo" if line["theme"] == "night" else "oslo_r")
    factor = factor_for((width, height), REACH)
    return draw_counts(
        counts.reshape(height, width), ~hot.mask(), factor, colors, THEMES[line["theme"]]
    )


def intervals(stream: Any, line: Line) -> Any:
    """Draw the histogram of the times between two events of a pixel."""
    import numpy as np

    from faery_cli.pictures.chart import Chart, Series

    edges = np.unique(np.geomspace(1, 1e8, INTERVAL_BINS).astype(np.int64))
    counts = np.zeros((2, len(edges) + 1), np.int64)
    with stream.run() as run:
        width, height = run.shape.size
        last = np.full(width * height, -1, np.int64)
        for item in run:
            e = item.events
            place = e.y.astype(np.int64) * width + e.x
            order = np.argsort(place, kind="stable")
            where, t, p = place[order], e.t[order], e.p[order]
            new = np.r_[True, where[1:] != where[:-1]][: len(where)]
            before = np.r_[0, t[:-1]][: len(t)]
            before[new] = last[where[new]]
            known = before >= 0
            at = np.searchsorted(edges, (t - before)[known], "right")
            counts += np.bincount(at + p[known] * (len(edges) + 1), minlength=counts.size).reshape(
                2, -1
            )
            final = np.r_[new[1:], True][: len(new)]
            last[where[final]] = t[final]
    if not counts.any():
        raise InputError("no pixel fired twice, hence there is no interval to draw")
    middle = np.sqrt(edges[:-1] * edges[1:]) / 1e6
    rows = counts[:, 1:-1].astype(float)
    lit = np.flatnonzero(rows.any(axis=0))
    shown = slice(lit[0], lit[-1] + 1) if len(lit) else slice(None)
    theme = THEMES[line["theme"]]
    series = [
        Series(name, middle[shown], row[shown], 2.0, color)
        for name, row, color in (
            ("OFF", rows[0], theme.curves[1]),
            ("ON", rows[1], theme.curves[2]),
        )
    ]
    return Chart(
        stream.source.name, "time since the pixel's last event", "events", "s", "", series,
        True, False, theme,
    ).draw()  # fmt: skip


def spectrogram(stream: Any, line: Line) -> Any:
    """Draw the strength of each frequency of the event rate."""
    import numpy as np

    from faery_cli.pictures.spectrogram import draw_spectrogram
    from faery_cli.pictures.spectrogram import spectrogram as strengths
    from faery_cli.pictures.styles import to_bytes

    counts: list[Any] = []
    grid = 0
    origin: int | None = None
    for e in _without_flash(stream):
        if not len(e):
            continue
        origin = int(e.t[0]) if origin is None else origin
        after = np.maximum(0, e.t - origin)
        grid = int(np.gcd(grid, np.gcd.reduce(after)))
        counts.append((after, np.where(e.p != 0, 1.0, -1.0)))
    if origin is None:
        raise InputError("no events came, hence there is no picture to draw")
    # Bins of whole steps of the timestamps: a comb would look like a tone of their own frequency.
    grid = max(1, grid)
    bin_us = float(grid * max(1, round(1e6 / (4 * HIGHEST_HZ) / grid)))
    places = (np.concatenate([after for after, _ in counts]) // bin_us).astype(np.int64)
    rate = np.bincount(places, np.concatenate([weight for _, weight in counts]))
    found, frequencies = strengths(
        rate, bin_us, frequencies=(LOWEST_HZ, HIGHEST_HZ), rows=ROWS, columns=COLUMNS
    )
    colors = _colors(line, "lipari")
    part = found / max(float(np.quantile(found, 0.999)), 1e-9)
    picture = to_bytes(colors[(np.clip(part, 0, 1) * (len(colors) - 1)).astype(np.int64)])
    duration_s = len(rate) * bin_us / 1e6
    return draw_spectrogram(picture, frequencies, duration_s, THEMES[line["theme"]])


_DRAWERS: dict[str, Callable[[Any, Line], Any]] = {
    "kinectograph": kinectograph,
    "hot-pixels": hot_pixels,
    "intervals": intervals,
    "spectrogram": spectrogram,
}


def _still(stream: Any, line: Line) -> Any:
    """Append what gives one frame."""
    if line["kind"] == "xyt":
        return stream.then("cloud", 1, REACH, style=line["style"])
    at = line["at"]
    values = {"decay": line["decay"], "tau": line["tau"], "style": line["style"]}
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


def run(context: Context, line: Line) -> int:
    path, kind = line["output"], line["kind"]
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
    if kind in ("frame", "xyt"):
        ending(path, (".png",))
        return context.write(_still(stream, line), path, None, {})
    suffix = ending(path, ENDINGS if kind == "intervals" else (".png",))
    if context.dry_run:
        print(f"{stream.source.name}\n  : {kind}\n  : {path}")
        return 0
    drawn = _DRAWERS[kind](stream, line)
    data = figure_bytes(drawn, suffix) if kind == "intervals" else picture_bytes(drawn)
    with complete_file(path, overwrite=context.may_overwrite) as file:
        file.write(data)
    if context.json:
        context.data({"path": path, "kind": kind, "bytes": len(data)})
    else:
        context.say(f"{path}: {kind}, {len(data)} bytes")
    return 0


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
        Parameter("style", Choice("style", style_names), "colours of a frame or cloud", "night",
                  named=True),
        Parameter("colormap", TEXT, "colours of the other kinds, such as batlow or roma_o*2", None,
                  named=True),
        Parameter("theme", Choice("theme", ("night", "light")), "background of the other kinds",
                  "night", named=True),
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

"""The kinds of picture of a whole recording that are no frames, and the colours they have."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from faery_cli.errors import InputError
from faery_cli.pictures.chart import LIGHT, NIGHT, Theme
from faery_cli.pictures.styles import STYLES, Style
from faery_cli.run import Run

if TYPE_CHECKING:
    import numpy as np

__all__ = ["REACH", "Look", "hot_pixels", "intervals", "kinectograph", "spectrogram"]

REACH = (960, 720)
LOWEST_HZ, HIGHEST_HZ, ROWS, COLUMNS = 5.0, 1000.0, 240, 640
INTERVAL_BINS = 120


@dataclass(frozen=True)
class Look:
    """Colours of a picture.

    Args:
        theme: its background, text and curves.
        style: whose ramp replaces the usual map where it has a single one, or None.
        colormap: the map that was asked for, or None.
    """

    theme: Theme
    style: Style | None = None
    colormap: str | None = None

    @classmethod
    def of(cls, theme: Theme, style: str | None, colormap: str | None) -> "Look":
        """Make one of a theme, or of a style, which brings its own."""
        if style is None:
            return cls(theme, None, colormap)
        own = STYLES[style]
        base = LIGHT if own.is_light else NIGHT
        # The middle of the ramps: their strongest colours are nearly those of the text.
        curves = (base.curves[0], own.off[1], own.on[1]) if own.shows_polarity else base.curves
        return cls(Theme(own.background, own.text, base.axis, base.grid, curves), own, colormap)

    @property
    def is_light(self) -> bool:
        """Whether the background is light."""
        return self.theme.axis == LIGHT.axis

    def colors(self, dark: str, light: str, *, from_background: bool = True) -> "np.ndarray":
        """Give float (n, 3) sRGB: the map asked for, the style's ramp, or a map.

        Args:
            dark: the map on a dark background.
            light: the map on a light one.
            from_background: the style's ramp begins at the background.
        """
        from faery_cli.pictures.colormaps import colormap, gradient

        if self.colormap is not None:
            return colormap(self.colormap).rgb
        if self.style is not None and not self.style.shows_polarity:
            begin = (self.style.background,) if from_background else ()
            return gradient((*begin, *self.style.on), 256)
        return colormap(light if self.is_light else dark).rgb


def _enlarged(pixels: Any) -> Any:
    from faery_cli.stages.scale import factor_for

    factor = factor_for((pixels.shape[1], pixels.shape[0]), REACH)
    return pixels.repeat(factor, 0).repeat(factor, 1)


def _without_flash(run: Run) -> Iterator[Any]:
    """Give a run's events, but not those of all pixels when the sensor was switched on."""
    from faery_cli.pictures.flash import StartFlash

    flash = StartFlash(run.shape.size, hide=True)
    for item in run:
        yield flash.pass_on(item.events)
    rest = flash.rest()
    if rest is not None:
        yield rest


def kinectograph(run: Run, look: Look) -> Any:
    """Colour each pixel by the mean time of its events."""
    from faery_cli.pictures.kinectograph import MeanTimes
    from faery_cli.pictures.kinectograph import kinectograph as draw

    times = MeanTimes(run.shape.size)
    for events in _without_flash(run):
        times.add(events)
    if times.first_us is None:
        raise InputError("no events came, hence there is no picture to draw")
    mean, opacity = (_enlarged(part) for part in times.normalized())
    span = times.first_us, times.last_us
    return draw(
        mean,
        opacity,
        span,
        colors=look.colors("batlow", "hawaii", from_background=False),
        background=look.theme.background,
        text=look.theme.text,
    )


def hot_pixels(run: Run, look: Look) -> Any:
    """Show each pixel's count, and mark those that fire much more than their neighbours."""
    import numpy as np

    from faery_cli.pictures.counts import draw_counts
    from faery_cli.pictures.flash import StartFlash
    from faery_cli.stages.scale import factor_for
    from neuro_kernels import filters

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
    colors = look.colors("oslo", "oslo_r")
    factor = factor_for((width, height), REACH)
    return draw_counts(counts.reshape(height, width), ~hot.mask(), factor, colors, look.theme)


def intervals(run: Run, look: Look) -> Any:
    """Draw the histogram of the times between two events of a pixel."""
    import numpy as np

    from faery_cli.pictures.chart import Chart, Series

    edges = np.unique(np.geomspace(1, 1e8, INTERVAL_BINS).astype(np.int64))
    counts = np.zeros((2, len(edges) + 1), np.int64)
    grid = 0
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
        found = (t - before)[known]
        if grid != 1 and len(found):
            grid = int(np.gcd(grid, np.gcd.reduce(found)))
        at = np.searchsorted(edges, found, "right")
        counts += np.bincount(at + p[known] * (len(edges) + 1), minlength=counts.size).reshape(
            2, -1
        )
        final = np.r_[new[1:], True][: len(new)]
        last[where[final]] = t[final]
    if not counts.any():
        raise InputError("no pixel fired twice, hence there is no interval to draw")
    middle = np.sqrt(edges[:-1] * edges[1:]) / 1e6
    rows = counts[:, 1:-1].astype(float)
    # A clock of coarse steps meets some bins more often than their width says, and some never.
    steps = np.diff(-(-edges // max(1, grid))) * max(1, grid)
    met = steps > 0
    rows[:, met] *= np.diff(edges)[met] / steps[met]
    lit = np.flatnonzero(rows.any(axis=0))
    shown = np.flatnonzero(met)
    if len(lit):
        shown = shown[(shown >= lit[0]) & (shown <= lit[-1])]
    theme = look.theme
    series = [
        Series(name, middle[shown], row[shown], 2.0, color)
        for name, row, color in (
            ("OFF", rows[0], theme.curves[1]),
            ("ON", rows[1], theme.curves[2]),
        )
    ]
    return Chart(
        run.reports[0].name, "time since the pixel's last event", "events per 1/15 decade",
        "s", "", series, True, False, theme,
    ).draw()  # fmt: skip


def spectrogram(run: Run, look: Look) -> Any:
    """Draw the strength of each frequency of the event rate."""
    import numpy as np

    from faery_cli.pictures.spectrogram import draw_spectrogram
    from faery_cli.pictures.spectrogram import spectrogram as strengths
    from faery_cli.pictures.styles import to_bytes

    counts: list[Any] = []
    grid = 0
    origin: int | None = None
    for e in _without_flash(run):
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
    colors = look.colors("lipari", "lipari_r")
    part = found / max(float(np.quantile(found, 0.999)), 1e-9)
    picture = to_bytes(colors[(np.clip(part, 0, 1) * (len(colors) - 1)).astype(np.int64)])
    duration_s = len(rate) * bin_us / 1e6
    return draw_spectrogram(picture, frequencies, duration_s, look.theme)

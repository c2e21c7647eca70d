"""Generated events: moving shapes and noise, for tests, demos and benchmarks.

`synth:SCENE?rate=1M&duration=1s&size=640x480&seed=0&packet=10ms`, scenes: see `SCENES`. The same
address gives the same events every time. Time starts at 0; without a duration the stream never
ends. It runs as fast as it is read; `route(..., pace=1)` slows it down to real time.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from aestream_io._errors import UriError
from aestream_io.sources.base import Source
from aestream_io.uri import parse_uri
from neuro_kernels import EventError, Events

__all__ = ["SCENES", "SynthSource", "from_uri"]

Rng = np.random.Generator
Places = tuple[np.ndarray, np.ndarray, np.ndarray]  # x, y (any floats), p


@dataclass(frozen=True)
class Scene:
    """One kind of scene.

    Attributes:
        title: what it shows, in a few words.
        prepare: chooses the scene's own numbers; returns a function that places events, from
            times in seconds (n,) to x, y and p.
    """

    title: str
    prepare: Callable[[Rng, int, int], Callable[[Rng, np.ndarray], Places]]


def _noise(_: Rng, width: int, height: int) -> Callable[[Rng, np.ndarray], Places]:
    def place(rng: Rng, t: np.ndarray) -> Places:
        n = len(t)
        return rng.random(n) * width, rng.random(n) * height, rng.random(n) < 0.5

    return place


def _edges(
    rng: Rng, width: int, height: int, lines: int = 12, noise: float = 0.05
) -> Callable[[Rng, np.ndarray], Places]:
    # Line k crosses the frame along its first axis (0 = x, 1 = y) and leans by a slope.
    axis = rng.integers(0, 2, lines)
    extent = np.where(axis == 0, width, height)
    start = rng.random(lines) * extent
    speed = rng.uniform(0.1, 1.0, lines) * extent * rng.choice([-1, 1], lines)
    slope = rng.uniform(-0.5, 0.5, lines)
    bright = rng.integers(0, 2, lines)

    def place(rng: Rng, t: np.ndarray) -> Places:
        n = len(t)
        k = rng.integers(0, lines, n)
        along = rng.random(n)
        across = start[k] + speed[k] * t + slope[k] * (along - 0.5) * extent[k]
        across += 0.5 * rng.standard_normal(n)
        upright = axis[k] == 0
        x = np.where(upright, np.mod(across, width), along * width)
        y = np.where(upright, along * height, np.mod(across, height))
        p = bright[k] == 1
        stray = rng.random(n) < noise
        x = np.where(stray, rng.random(n) * width, x)
        y = np.where(stray, rng.random(n) * height, y)
        return x, y, np.where(stray, rng.random(n) < 0.5, p)

    return place


def _bar(rng: Rng, width: int, height: int) -> Callable[[Rng, np.ndarray], Places]:
    radius = 0.45 * min(width, height)
    half = 0.1 * radius
    turns_per_s = 1.0
    start = rng.random() * 2 * np.pi

    def place(rng: Rng, t: np.ndarray) -> Places:
        n = len(t)
        angle = start + 2 * np.pi * turns_per_s * t
        along = radius * np.sqrt(rng.random(n)) * rng.choice([-1, 1], n)
        # The front of a bar that turns towards growing angles is ON; beyond the axle it is the
        # other long side.
        on = rng.random(n) < 0.5
        across = np.where(on, half, -half) * np.sign(along) + 0.3 * rng.standard_normal(n)
        x = width / 2 + along * np.cos(angle) - across * np.sin(angle)
        y = height / 2 + along * np.sin(angle) + across * np.cos(angle)
        return x, y, on

    return place


def _dots(rng: Rng, width: int, height: int, dots: int = 10) -> Callable[[Rng, np.ndarray], Places]:
    side = min(width, height)
    radius = rng.uniform(0.02, 0.08, dots) * side
    room = np.stack([width - 2 * radius, height - 2 * radius])
    start = rng.random((2, dots)) * 2 * room
    heading = rng.random(dots) * 2 * np.pi
    velocity = np.stack([np.cos(heading), np.sin(heading)]) * rng.uniform(0.2, 1.0, dots) * side

    def place(rng: Rng, t: np.ndarray) -> Places:
        n = len(t)
        k = rng.integers(0, dots, n)
        # Reflection at the walls: a straight way through a row of mirrored frames.
        way = np.mod(start[:, k] + velocity[:, k] * t, 2 * room[:, k])
        back = way > room[:, k]
        centre = np.where(back, 2 * room[:, k] - way, way) + radius[k]
        vx, vy = np.where(back, -velocity[:, k], velocity[:, k])
        # Events per arc grow with the speed at which the rim crosses pixels, the cosine of the
        # angle to the heading.
        on = rng.random(n) < 0.5
        angle = np.arctan2(vy, vx) + np.arcsin(2 * rng.random(n) - 1) + np.where(on, 0, np.pi)
        x = centre[0] + radius[k] * np.cos(angle)
        y = centre[1] + radius[k] * np.sin(angle)
        return x, y, on

    return place


SCENES: dict[str, Scene] = {
    "edges": Scene("straight edges that drift across the frame, 5 % noise", _edges),
    "bar": Scene("a bar that turns once per second", _bar),
    "dots": Scene("bright discs that bounce off the walls", _dots),
    "noise": Scene("independent events all over the frame", _noise),
}


class SynthSource(Source):
    """Generated events, the same for the same arguments.

    Args:
        scene: a name in `SCENES`.
        rate: events per second of event time; kept exactly.
        duration_us: where the stream ends, None for never.
        size: (width, height) of the sensor in pixels.
        seed: of the random numbers.
        packet_us: event time of one packet; None chooses packets of some 50 000 events.

    Raises:
        EventError: an unknown scene, or a number out of range.

    Example:
        >>> source = SynthSource("bar", rate=1e5, duration_us=100_000)
        >>> sum(len(events) for events in source)
        10000
    """

    def __init__(
        self,
        scene: str = "edges",
        *,
        rate: float = 1e6,
        duration_us: int | None = None,
        size: tuple[int, int] = (640, 480),
        seed: int = 0,
        packet_us: int | None = None,
    ) -> None:
        if scene not in SCENES:
            raise EventError(f"scene: expected one of {', '.join(SCENES)}, got {scene!r}")
        if not 0 < rate <= 1e9:
            raise EventError(f"rate: expected events per second up to 1e9, got {rate:g}")
        if packet_us is None:
            packet_us = int(min(max(50_000 / rate * 1e6, 1_000), 50_000))
        if packet_us < 1:
            raise EventError(f"packet: expected at least 1us, got {packet_us}us")
        super().__init__(
            size=Events.empty(size).size, name=f"synth:{scene}", live=duration_us is None
        )
        self._scene = SCENES[scene]
        self._rate = rate
        self._duration_us = duration_us
        self._seed = seed
        self._packet_us = packet_us

    def _packets(self) -> Iterator[Events]:
        width, height = self.size
        rng = np.random.default_rng(self._seed)
        place = self._scene.prepare(rng, width, height)
        begin, made = 0, 0
        while self._duration_us is None or begin < self._duration_us:
            end = begin + self._packet_us
            if self._duration_us is not None:
                end = min(end, self._duration_us)
            total = int(self._rate * end / 1e6 + 1e-6)
            t = np.sort(rng.integers(begin, end, total - made))
            x, y, p = place(rng, t / 1e6)
            yield Events(
                t,
                np.clip(x, 0, width - 1).astype(np.uint16),
                np.clip(y, 0, height - 1).astype(np.uint16),
                p,
                size=self.size,
            )
            begin, made = end, total


def from_uri(uri: str) -> SynthSource:
    """Open `synth:SCENE?rate=…&duration=…&size=…&seed=…&packet=…`.

    Args:
        uri: the address.

    Raises:
        UriError: an unknown scene, or an option that does not exist or makes no sense.

    Example:
        >>> len(next(iter(from_uri("synth:noise?rate=1M&size=320x240&packet=1ms"))))
        1000
    """
    parsed = parse_uri(uri)
    options = parsed.options
    values = {
        "rate": options.number("rate", 1e6),
        "duration_us": options.duration_us("duration"),
        "size": options.size("size") or (640, 480),
        "seed": options.count("seed", 0),
        "packet_us": options.duration_us("packet"),
    }
    options.done()
    try:
        return SynthSource(parsed.target or "edges", **values)
    except EventError as error:
        raise UriError(f"{uri}: {error}") from None

"""From packets of events to frames of colours."""

from collections.abc import Iterator
from math import log, sqrt
from typing import Any

import numpy as np

from faery_cli.compat.faery import stream as base
from faery_cli.compat.faery._pixels import to_bytes
from faery_cli.compat.faery.timestamp import Time

__all__ = ["frames"]

NEVER = -(2**62)
LARGEST_TABLE = 1 << 22  # ages in microseconds whose colours are tabulated


class _Colors:
    """Gives brightness a colour: nothing is the first one, or the middle with polarity."""

    def __init__(self, colormap: Any, *, up: bool = False) -> None:
        # Linear decay takes the next brighter colour, the others the nearest.
        self._shift = 1 - 1e-9 if up else 0.5
        self._table = to_bytes(colormap.rgba).view("<u4").ravel()
        self.polar = colormap.type != "sequential"
        self._middle = len(self._table) // 2 if self.polar else 0
        self._above = len(self._table) - 1 - self._middle
        self.levels = max(self._above, self._middle, 1)

    def draw(self, brightness: np.ndarray, on: np.ndarray) -> np.ndarray:
        """Give uint8 (height, width, 4) of brightness 0 to 1 and polarity, both (height, width)."""
        index = self._middle + np.floor(brightness * self._above + self._shift).astype(np.int32)
        if self.polar:
            below = self._middle - np.floor(brightness * self._middle + self._shift).astype(
                np.int32
            )
            index = np.where(on, index, below)
        return self._table[index].view(np.uint8).reshape(*brightness.shape, 4)


class _LastEvent:
    """Time and polarity of each pixel's last event."""

    def __init__(self, size: tuple[int, int], decay: str, tau_us: int, colors: _Colors) -> None:
        self._t = np.full((size[1], size[0]), NEVER, np.int64)
        self._on = np.zeros((size[1], size[0]), bool)
        self._decay, self._tau, self._colors = decay, tau_us, colors
        # An event so old is as dark as none.
        reach = tau_us * log(2 * colors.levels) if decay == "exponential" else 2 * tau_us
        self._reach = int(reach) + 2
        self._table = self._tabulated()

    def feed(self, packet: np.ndarray) -> None:
        """Take events; of several at one pixel the last counts."""
        self._t[packet["y"], packet["x"]] = packet["t"]
        self._on[packet["y"], packet["x"]] = packet["on"]

    def frame(self, t: int) -> np.ndarray:
        """Draw the moment `t`."""
        age = np.minimum(t - self._t, self._reach)
        if self._table is None:
            return self._colors.draw(self._light(age), self._on)
        index = age + self._on * (self._reach + 1)
        return self._table[index].view(np.uint8).reshape(*age.shape, 4)

    def _light(self, age: np.ndarray) -> np.ndarray:
        if self._decay == "window":
            light = (age <= self._tau).astype(np.float64)
        elif self._decay == "linear":
            light = np.maximum(0, 2 * self._tau - age) / (2 * self._tau)
        else:
            light = np.exp(-(age / self._tau))
        light[age >= self._reach] = 0.0
        return light

    def _tabulated(self) -> np.ndarray | None:
        """Give the colours of every age, OFF then ON; None where that were too many."""
        if self._reach >= LARGEST_TABLE:
            return None
        ages = np.arange(self._reach + 1)[None, :]
        light = self._light(ages)
        rows = [self._colors.draw(light, np.full(ages.shape, on)) for on in (False, True)]
        return np.concatenate(rows).reshape(-1, 4).view("<u4").ravel()


class _Sums:
    """Fading sums of each pixel's ON and OFF events, brightened frame by frame."""

    def __init__(
        self,
        size: tuple[int, int],
        tau_us: int,
        colors: _Colors,
        clip: tuple[float, float],
        gamma: float,
    ) -> None:
        planes = 2 if colors.polar else 1
        self._sum = np.zeros((planes, size[1], size[0]))
        self._t: int | None = None
        self._tau, self._colors, self._clip = tau_us, colors, clip
        self._bend = ((gamma + sqrt(gamma * gamma + 4)) / 2) ** 4

    def feed(self, packet: np.ndarray) -> None:
        """Take events."""
        if not len(packet):
            return
        end = int(packet["t"].max())
        if self._t is not None:
            self._sum *= np.exp((self._t - max(end, self._t)) / self._tau)
        self._t = end = end if self._t is None else max(end, self._t)
        planes, height, width = self._sum.shape
        place = packet["y"].astype(np.int64) * width + packet["x"]
        if planes == 2:
            place += packet["on"] * (height * width)
        weight = np.exp((packet["t"].astype(np.int64) - end) / self._tau)
        self._sum += np.bincount(place, weight, self._sum.size).reshape(self._sum.shape)

    def frame(self, t: int) -> np.ndarray:
        """Draw the moment `t`."""
        fade = np.exp(-(t - self._t) / self._tau) if self._t is not None else 1.0
        sums = self._sum * fade
        on = sums[-1] > sums[0] if len(sums) == 2 else np.zeros(sums.shape[1:], bool)
        value = sums.max(axis=0)
        lit = np.sort(value[value > 0])
        if not len(lit):
            return self._colors.draw(np.zeros_like(value), on)
        low, high = (
            float(lit[min(len(lit) - 1, int(part * (len(lit) - 1) + 0.5))]) for part in self._clip
        )
        low = 0.0 if self._clip[0] == 0 else low
        span = high - low
        light = np.clip((value - low) / span, 0, 1) if span > 0 else (value > low) * 1.0
        light = light / (self._bend - (self._bend - 1) * light)
        return self._colors.draw(light, on)


def frames(
    parent: Any,
    decay: str,
    tau: Time,
    colormap: Any,
    minimum_clip: float,
    maximum_clip: float,
    gamma: float,
) -> Iterator[Any]:
    """Draw a frame after each packet, at its end.

    exponential: exp(-dt/tau) of the last event; linear: 1 - dt/(2 tau); window: 1 while dt <= tau;
    cumulative: sums of exp(-dt/tau), spread from the quantile `minimum_clip` to `maximum_clip` of
    the lit pixels (0 stands for no light), then x/(b - (b - 1) x) with
    b = ((gamma + sqrt(gamma^2 + 4))/2)^4.
    """
    from faery_cli.compat.faery.frame_stream import Frame

    size, colors = parent.dimensions(), _Colors(colormap, up=decay == "linear")
    if decay == "cumulative":
        clip = (minimum_clip, maximum_clip)
        state: Any = _Sums(size, tau.microseconds, colors, clip, gamma)
    else:
        state = _LastEvent(size, decay, tau.microseconds, colors)
    regular = isinstance(parent, base.RegularStream)
    begin = None
    if regular and isinstance(parent, base.FiniteStream):
        begin = parent.time_range()[0].microseconds
    last = 0
    for index, packet in enumerate(parent, 1):
        state.feed(packet)
        if len(packet):
            last = int(packet["t"][-1]) + 1
        if regular:
            if begin is None and len(packet):
                begin = int(packet["t"][0]) - round((index - 1) * 1e6 / parent.frequency_hz())
            t = (begin or 0) + round(index * 1e6 / parent.frequency_hz())
        else:
            t = last
        yield Frame(Time(t), state.frame(t))

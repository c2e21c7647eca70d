"""What a renderer remembers of each pixel, and the index image it draws from that."""

from math import exp

import numpy as np

from neuro_kernels import _kernels
from neuro_kernels.events import Events
from neuro_kernels.render._shading import (
    DecayTable,
    Shading,
    bucket_values,
    intensity_weights,
)

FOREVER = 2**62


def _image(out: np.ndarray | None, size: tuple[int, int]) -> np.ndarray:
    return np.empty((size[1], size[0]), np.uint8) if out is None else out


class Recency:
    """Time and polarity of the last event of each pixel.

    The picture depends on the events and the moment alone, never on how the events were cut into
    packets.

    Args:
        size: (width, height) in pixels.

    Example:
        >>> from neuro_kernels import Events
        >>> from neuro_kernels.render import decay_table
        >>> events = Events([0, 50, 90], [0, 1, 0], [0, 0, 0], [1, 0, 0], size=(3, 1))
        >>> surface = Recency((3, 1))
        >>> surface.feed(events, until_us=80)
        2
        >>> surface.frame(100, decay_table("window", 60, Shading(levels=1, off=1, on=2)))
        array([[0, 1, 0]], dtype=uint8)
    """

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = size
        self.outside = 0
        self._state = _kernels.RecencySurface(*size)

    def feed(self, events: Events, *, until_us: int = FOREVER) -> int:
        """Take events up to the first one at or after `until_us`.

        Args:
            events: in stream order; those outside `size` are left out and counted in `outside`.
            until_us: first moment not taken, in microseconds.

        Returns:
            Number of events consumed.
        """
        consumed, outside = self._state.feed(events.t, events.x, events.y, events.p, until_us)
        self.outside += outside
        return consumed

    def frame(self, t_us: int, decay: DecayTable, *, out: np.ndarray | None = None) -> np.ndarray:
        """Draw the pixels as they have faded by `t_us`.

        Args:
            t_us: the moment shown, in microseconds; an event after it counts as just seen.
            decay: from `decay_table`.
            out: uint8 (height, width) to draw into; a fresh array otherwise.

        Returns:
            uint8 (height, width) palette indices.
        """
        out = _image(out, self.size)
        self._state.shade(t_us, decay.shift, decay.table, out)
        return out


class Intensity:
    """Sum of exp(-(t - t_event)/tau) over the events of each pixel, and its last polarity.

    Args:
        size: (width, height) in pixels.
        tau_us: time constant in microseconds.

    Example:
        >>> from neuro_kernels import Events
        >>> surface = Intensity((2, 1), tau_us=1e6)
        >>> surface.feed(Events([0, 0, 0], [0, 0, 1], [0, 0, 0], [1, 1, 0], size=(2, 1)))
        3
        >>> surface.sums(0)
        array([[ 2., -1.]], dtype=float32)
    """

    def __init__(self, size: tuple[int, int], tau_us: float) -> None:
        self.size = size
        self.tau_us = tau_us
        self.outside = 0
        weights, fade, shift = intensity_weights(tau_us)
        self._state = _kernels.IntensitySurface(*size, shift, weights, fade)
        self._buckets = bucket_values()

    def feed(self, events: Events, *, until_us: int = FOREVER) -> int:
        """Take events up to the first one at or after `until_us`; see `Recency.feed`."""
        consumed, outside = self._state.feed(events.t, events.x, events.y, events.p, until_us)
        self.outside += outside
        return consumed

    def _decay(self, t_us: int) -> float:
        return exp(-max(0, t_us - self._state.origin) / self.tau_us)

    def sums(self, t_us: int) -> np.ndarray:
        """Give the decayed sums at a moment: float32 (height, width), negative after OFF."""
        return self._state.sums() * np.float32(self._decay(t_us))

    def quantile(self, q: float, t_us: int) -> float:
        """Give the sum below which the fraction `q` of the lit pixels lies.

        Args:
            q: from 0 to 1.
            t_us: the moment, in microseconds.

        Returns:
            The middle of the quantile's bucket (buckets are 2 to 3 per cent wide); 0 without
            events.
        """
        counts = self._state.histogram()
        total = int(counts.sum())
        if not total:
            return 0.0
        index = int(np.searchsorted(np.cumsum(counts), q * total))
        return float(self._buckets[min(index, len(counts) - 1)] * self._decay(t_us))

    def frame(
        self,
        t_us: int,
        shading: Shading,
        *,
        white: float,
        contrast: float = 4.0,
        out: np.ndarray | None = None,
    ) -> np.ndarray:
        """Draw each pixel's sum with the colour of its last polarity.

        Args:
            t_us: the moment shown, in microseconds.
            shading: palette indices of the levels.
            white: the sum shown at full brightness.
            contrast: c of the tone curve asinh(c s/white)/asinh(c), which lifts weak sums.
            out: uint8 (height, width) to draw into; a fresh array otherwise.

        Returns:
            uint8 (height, width) palette indices.
        """
        sums = self._buckets * self._decay(t_us)
        tone = np.arcsinh(contrast * sums / max(white, 1e-30)) / np.arcsinh(contrast)
        table = np.stack([shading.indices(tone, on=False), shading.indices(tone, on=True)])
        out = _image(out, self.size)
        self._state.shade(table, out)
        return out

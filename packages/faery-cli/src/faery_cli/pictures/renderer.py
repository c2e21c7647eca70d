"""From events to index images: what a renderer remembers, and when it draws."""

from typing import TYPE_CHECKING, Protocol

from faery_cli.pictures.styles import Palette

if TYPE_CHECKING:
    import numpy as np

    from neuro_kernels import Events

__all__ = ["DECAYS", "Renderer", "make_renderer"]

DECAYS = ("exponential", "linear", "window", "cumulative")
# Tone mapping of sums: full brightness is the 99th percentile of the lit pixels, followed with a
# time constant of several frames, so that single pixels and single frames do not make it flicker.
WHITE_QUANTILE = 0.99
FOLLOW = 0.15


class Renderer(Protocol):
    """Takes events in order, draws them as they look at a moment."""

    def feed(self, events: "Events", until_us: int) -> int:
        """Take events before `until_us`; give how many were taken."""
        ...

    def frame(self, t_us: int) -> "np.ndarray":
        """Draw; uint8 (height, width) palette indices."""
        ...


class _ByRecency:
    """The last event of each pixel, fading."""

    def __init__(self, size: tuple[int, int], decay: str, tau_us: int, palette: Palette) -> None:
        from neuro_kernels.render import Recency, decay_table

        self._surface = Recency(size)
        self._decay = decay_table(decay, tau_us, palette.shading)

    def feed(self, events: "Events", until_us: int) -> int:
        return self._surface.feed(events, until_us=until_us)

    def frame(self, t_us: int) -> "np.ndarray":
        return self._surface.frame(t_us, self._decay)


class _BySum:
    """The leaky sum of events of each pixel, with a tone curve that follows the scene slowly."""

    def __init__(self, size: tuple[int, int], tau_us: int, palette: Palette) -> None:
        from neuro_kernels.render import Intensity

        self._surface = Intensity(size, tau_us)
        self._palette = palette
        self._white: float | None = None

    def feed(self, events: "Events", until_us: int) -> int:
        return self._surface.feed(events, until_us=until_us)

    def frame(self, t_us: int) -> "np.ndarray":
        # Below one whole event nothing is brighter than full: an empty scene stays dark.
        white = max(1.0, self._surface.quantile(WHITE_QUANTILE, t_us))
        if self._white is None:
            self._white = white
        self._white += FOLLOW * (white - self._white)
        return self._surface.frame(t_us, self._palette.shading, white=self._white)


def make_renderer(size: tuple[int, int], decay: str, tau_us: int, palette: Palette) -> Renderer:
    """Make a renderer.

    Args:
        size: (width, height) in pixels.
        decay: "exponential", "linear", "window": the last event of each pixel, fading so;
            "cumulative": the sum of all its events, each fading exponentially.
        tau_us: decay time in microseconds.
        palette: colours and levels.
    """
    if decay == "cumulative":
        return _BySum(size, tau_us, palette)
    return _ByRecency(size, decay, tau_us, palette)

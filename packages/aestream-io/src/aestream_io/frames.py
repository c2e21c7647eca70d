"""Event frames: dense arrays of each window, for numpy, torch or JAX."""

import importlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from aestream_io.windows import Window
from neuro_kernels import EventError, Events

__all__ = ["BACKENDS", "REPRESENTATIONS", "frames", "representation_of", "to_backend"]

BACKENDS = ("numpy", "torch", "jax")
REPRESENTATIONS = ("histogram", "binary", "voxel_grid", "time_surface", "stacked")


def to_backend(backend: str) -> Callable[[np.ndarray], Any]:
    """Return the function that hands a fresh numpy array over to a library.

    Args:
        backend: "numpy", "torch" or "jax".

    Returns:
        A function of a contiguous array; torch takes its memory over without a copy.

    Raises:
        EventError: another name, or a library that is not installed.

    Example:
        >>> to_backend("numpy")(np.zeros(2))
        array([0., 0.])
    """
    if backend not in BACKENDS:
        raise EventError(f"backend: expected one of {', '.join(BACKENDS)}, got {backend!r}")
    if backend == "numpy":
        return lambda array: array
    try:
        library = importlib.import_module(backend)
    except ImportError:
        raise EventError(
            f"backend {backend!r} needs {backend}: pip install 'aestream-io[{backend}]'"
        ) from None
    if backend == "torch":
        return library.from_dlpack
    return library.numpy.asarray


def representation_of(
    name: str,
    *,
    bins: int | None = None,
    tau_us: float | None = None,
    polarity: str | None = None,
) -> Callable[[Window], np.ndarray]:
    """Return the function that makes a frame of a window.

    Args:
        name: one of `REPRESENTATIONS`, see `Source.frames`.
        bins: of "voxel_grid" and "stacked" (5 unless given).
        tau_us: of "time_surface" (50 000 unless given).
        polarity: "split", "merged" or "signed".

    Returns:
        A function of `Window`s in the order of the stream.

    Raises:
        EventError: an unknown name, or an option that it does not have.

    Example:
        >>> window = Window(Events([1, 2], [0, 0], [1, 1], [1, 1], size=(2, 2)), 0, 10)
        >>> representation_of("stacked", bins=2)(window).shape
        (2, 2, 2, 2)
    """
    from neuro_kernels import represent

    if name not in REPRESENTATIONS:
        raise EventError(
            f"representation: expected one of {', '.join(REPRESENTATIONS)}, got {name!r}"
        )
    has_bins = name in ("voxel_grid", "stacked")
    wrong = {
        "bins": bins is not None and not has_bins,
        "tau_us": tau_us is not None and name != "time_surface",
        "polarity": polarity is not None and name == "time_surface",
    }
    for option, is_wrong in wrong.items():
        if is_wrong:
            raise EventError(f"representation {name!r} has no option {option!r}")
    kept: dict[str, Any] = {} if polarity is None else {"polarity": polarity}
    if name == "time_surface":
        return _Surface(50_000.0 if tau_us is None else tau_us)
    n = 5 if bins is None else bins

    def make(window: Window) -> np.ndarray:
        if name == "histogram":
            return represent.histogram(window.events, **kept)
        if name == "binary":
            return represent.binary(window.events, **kept)
        begin, end = window.begin_us, window.end_us
        events = _not_before(window)
        if name == "voxel_grid":
            return represent.voxel_grid(events, n, span_us=(begin, end - 1), **kept)
        return represent.stacked_histogram(events, n, span_us=(begin, end), **kept)

    make(Window(Events.empty((1, 1)), 0, 1))  # an option that cannot be is told before the stream
    return make


def _not_before(window: Window) -> Events:
    """The events, those that came late counted at the beginning of the window."""
    events = window.events
    if len(events) == 0 or int(events.t.min()) >= window.begin_us:
        return events
    t = np.maximum(events.t, window.begin_us)
    return Events(t, events.x, events.y, events.p, size=events.size, t0=events.t0)


class _Surface:
    """A time surface that goes on from window to window."""

    def __init__(self, tau_us: float) -> None:
        from neuro_kernels.represent import DecaySurface

        self._tau_us = tau_us
        DecaySurface((1, 1), tau_us)
        self._surface: DecaySurface | None = None

    def __call__(self, window: Window) -> np.ndarray:
        if self._surface is None:
            from neuro_kernels.represent import DecaySurface

            self._surface = DecaySurface(window.events.size, self._tau_us)
        self._surface.feed(window.events)
        return self._surface.frame(window.end_us - 1)


def frames(
    windows: Iterable[Window],
    *,
    backend: str = "numpy",
    representation: str = "histogram",
    bins: int | None = None,
    tau_us: float | None = None,
    polarity: str | None = None,
) -> Iterator[Any]:
    """Make a dense array of each window, see `Source.frames`.

    Args:
        windows: windows of one stream, see `aestream_io.windows.spans`.
        backend: "numpy", "torch" or "jax".
        representation: see `Source.frames`.
        bins: see `Source.frames`.
        tau_us: see `Source.frames`.
        polarity: see `Source.frames`.

    Returns:
        Iterator of fresh float32 arrays.

    Raises:
        EventError: see `to_backend` and `representation_of`.

    Example:
        >>> window = Window(Events([1, 2], [0, 0], [1, 1], [1, 1], size=(2, 2)), 0, 10)
        >>> next(frames([window]))[1]
        array([[0., 0.],
               [2., 0.]], dtype=float32)
    """
    convert = to_backend(backend)
    make = representation_of(representation, bins=bins, tau_us=tau_us, polarity=polarity)
    return (convert(make(window)) for window in windows)

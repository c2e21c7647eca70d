"""Event frames: dense arrays of each window, for numpy, torch or JAX."""

import functools
import importlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from aestream_io.windows import Window
from neuro_kernels import EventError, Events, represent
from neuro_kernels.represent import DecaySurface

__all__ = [
    "BACKENDS",
    "REPRESENTATIONS",
    "frames",
    "not_before",
    "representation_of",
    "to_backend",
]

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
    representation: str,
    *,
    bins: int | None = None,
    tau_us: float | None = None,
    polarity: str | None = None,
    dtype: str = "float32",
) -> Callable[[Window], np.ndarray]:
    """Return the function that makes a frame of a window.

    Args:
        representation: one of `REPRESENTATIONS`, see `Source.frames`.
        bins: of "voxel_grid" and "stacked" (5 unless given).
        tau_us: of "time_surface" (50 000 unless given).
        polarity: "split", "merged" or "signed".
        dtype: "float32", or "uint8" for histograms and marks.

    Returns:
        A function that is called with every `Window` in the order of the stream.

    Raises:
        EventError: an unknown name, or an option that it does not have.

    Example:
        >>> window = Window.of(Events([1, 2], [0, 0], [1, 1], [1, 1], size=(2, 2)), 0, 10)
        >>> representation_of("stacked", bins=2)(window).shape
        (2, 2, 2, 2)
    """
    name = representation
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
    if dtype != "float32":
        if name not in ("histogram", "binary"):
            raise EventError(f"representation {name!r} is float32, not {dtype!r}")
        return _Counted(polarity or "split", name == "binary", dtype)
    kept: dict[str, Any] = {} if polarity is None else {"polarity": polarity}
    if name == "time_surface":
        return _Surface(50_000.0 if tau_us is None else tau_us)
    n = 5 if bins is None else bins

    def make(window: Window) -> np.ndarray:
        if name == "histogram":
            return _histogram(window, **kept)
        begin, end = window.begin_us, window.end_us
        if name == "binary":
            return represent.binary(window.events, **kept)
        events = not_before(window.events, begin)
        if name == "voxel_grid":
            return represent.voxel_grid(events, n, span_us=(begin, end - 1), **kept)
        return represent.stacked_histogram(events, n, span_us=(begin, end), **kept)

    make(
        Window.of(Events.empty((1, 1)), 0, 1)
    )  # an option that cannot be is told before the stream
    return make


def _histogram(window: Window, **options: Any) -> np.ndarray:
    """Count part by part: the parts are not joined first."""
    first, *others = window.parts or (window.like,)
    frame = represent.histogram(first, **options)
    for part in others:
        represent.histogram(part, out=frame, accumulate=True, **options)
    return frame


def not_before(events: Events, begin_us: int) -> Events:
    """The events, those that came late counted at the beginning of their window.

    Example:
        >>> not_before(Events([3, 7], [0, 0], [0, 0], [1, 1], size=(1, 1)), 5).t.tolist()
        [5, 7]
    """
    if len(events) == 0 or int(events.t.min()) >= begin_us:
        return events
    t = np.maximum(events.t, begin_us)
    return Events(t, events.x, events.y, events.p, size=events.size, t0=events.t0)


class _Counted:
    """Histograms and marks of another dtype than float32."""

    def __init__(self, polarity: str, mark: bool, dtype: str) -> None:
        self._make = functools.partial(
            represent.FrameCounter, polarity=polarity, mark=mark, dtype=dtype
        )
        self._make((1, 1))  # an option that cannot be is told before the stream
        self._counter: represent.FrameCounter | None = None

    def __call__(self, window: Window) -> np.ndarray:
        if self._counter is None:
            self._counter = self._make(window.size)
        for part in window.parts:
            self._counter.add(part)
        return self._counter.take()


class _Surface:
    """A time surface that goes on from window to window."""

    def __init__(self, tau_us: float) -> None:
        self._tau_us = tau_us
        DecaySurface((1, 1), tau_us)  # a time constant that cannot be is told before the stream
        self._surface: DecaySurface | None = None

    def __call__(self, window: Window) -> np.ndarray:
        if self._surface is None:
            self._surface = DecaySurface(window.size, self._tau_us)
        for part in window.parts:
            self._surface.feed(part)
        return self._surface.frame(window.end_us - 1)


def frames(
    windows: Iterable[Window],
    *,
    backend: str = "numpy",
    representation: str = "histogram",
    bins: int | None = None,
    tau_us: float | None = None,
    polarity: str | None = None,
    dtype: str = "float32",
) -> Iterator[Any]:
    """Make a dense array of each window, see `Source.frames`.

    Args:
        windows: windows of one stream, see `aestream_io.windows.spans`.
        backend: "numpy", "torch" or "jax".
        representation: see `Source.frames`.
        bins: see `Source.frames`.
        tau_us: see `Source.frames`.
        polarity: see `Source.frames`.
        dtype: see `Source.frames`.

    Returns:
        Iterator of fresh arrays.

    Raises:
        EventError: see `to_backend` and `representation_of`.

    Example:
        >>> window = Window.of(Events([1, 2], [0, 0], [1, 1], [1, 1], size=(2, 2)), 0, 10)
        >>> next(frames([window]))[1]
        array([[0., 0.],
               [2., 0.]], dtype=float32)
    """
    convert = to_backend(backend)
    make = representation_of(
        representation, bins=bins, tau_us=tau_us, polarity=polarity, dtype=dtype
    )
    return (convert(make(window)) for window in windows)

"""Event frames: dense arrays of each window, for numpy, torch or JAX."""

import importlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from neuro_kernels import EventError, Events

__all__ = ["BACKENDS", "frames", "to_backend"]

BACKENDS = ("numpy", "torch", "jax")


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


def frames(windows: Iterable[Events], *, backend: str = "numpy") -> Iterator[Any]:
    """Count the events of each window per pixel and polarity.

    Args:
        windows: events of one sensor.
        backend: "numpy", "torch" or "jax".

    Returns:
        Iterator of fresh float32 arrays (2, height, width), [0] OFF and [1] ON.

    Raises:
        EventError: see `to_backend`.

    Example:
        >>> window = Events([1, 2], [0, 0], [1, 1], [1, 1], size=(2, 2))
        >>> next(frames([window]))[1]
        array([[0., 0.],
               [2., 0.]], dtype=float32)
    """
    from neuro_kernels.represent import histogram

    convert = to_backend(backend)
    return (convert(histogram(window)) for window in windows)

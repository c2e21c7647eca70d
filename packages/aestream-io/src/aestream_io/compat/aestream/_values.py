"""The values of AEStream's interface: events, backends, cameras, frames to hand over."""

import enum
import importlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from aestream_io.frames import to_backend
from neuro_kernels import Events

__all__ = [
    "NUMPY_EVENT_DTYPE",
    "Backend",
    "BufferPointer",
    "Camera",
    "Event",
    "backend_of",
    "drivers",
    "hand_over",
    "to_rows",
]

# 13 bytes without padding; reading `timestamp`, `x`, `y`, `polarity` by name works as in AEStream.
NUMPY_EVENT_DTYPE = np.dtype(
    [("timestamp", np.int64), ("x", np.int16), ("y", np.int16), ("polarity", np.int8)]
)

# What AEStream calls its optional parts; here they are always built in.
drivers = ["caer", "metavision", "zmq"]


class Backend(enum.Enum):
    """Who takes the frames of `read`."""

    GeNN = 0
    Jax = 1
    Numpy = 2
    Torch = 3


class Camera(enum.Enum):
    """Makers of cameras on USB."""

    Inivation = 0
    Prophesee = 1


@dataclass(frozen=True)
class Event:
    """One event.

    Args:
        timestamp: microseconds.
        x: to the right.
        y: down.
        polarity: True = ON.

    Example:
        >>> Event(5, 1, 2, True).x
        1
    """

    timestamp: int
    x: int
    y: int
    polarity: bool


def backend_of(backend: "Backend | str") -> Backend:
    """Return the backend of this name, in any case.

    Raises:
        AttributeError: there is none of this name, as in AEStream.
        TypeError: neither a `Backend` nor a text.

    Example:
        >>> backend_of("torch")
        <Backend.Torch: 3>
    """
    if isinstance(backend, Backend):
        return backend
    if not isinstance(backend, str):
        raise TypeError(f"backend: expected a Backend or its name, got {backend!r}")
    for member in Backend:
        if member.name.lower() == backend.lower():
            return member
    known = ", ".join(member.name for member in Backend)
    raise AttributeError(f"backend: expected one of {known}, got {backend!r}")


def to_rows(events: Events) -> np.ndarray:
    """Return events as AEStream's structured array.

    Args:
        events: (n,) events.

    Returns:
        (n,) of `NUMPY_EVENT_DTYPE`: timestamp int64 us, x int16, y int16, polarity int8.
    """
    rows = np.empty(len(events), NUMPY_EVENT_DTYPE)
    rows["timestamp"], rows["x"], rows["y"] = events.t, events.x, events.y
    rows["polarity"] = events.p
    return rows


class BufferPointer:
    """A frame that has been read, ready for any library.

    Args:
        frame: float32 in the shape of the input.
        device: where torch and JAX put it, for example "cpu" or "cuda".
    """

    def __init__(self, frame: np.ndarray, device: str = "cpu") -> None:
        self._frame = frame
        self._device = device

    def to_numpy(self) -> np.ndarray:
        """Return the frame as numpy array, without a copy."""
        return self._frame

    def to_torch(self) -> Any:
        """Return the frame as torch tensor on the device of the input."""
        tensor = to_backend("torch")(self._frame)
        return tensor if self._device == "cpu" else tensor.to(self._device)

    def to_jax(self) -> Any:
        """Return the frame as JAX array on the device of the input."""
        array = to_backend("jax")(self._frame)
        if self._device == "cpu":
            return array
        jax = importlib.import_module("jax")
        kind, _, number = self._device.partition(":")
        return jax.device_put(array, jax.devices(kind)[int(number or 0)])


def hand_over(frame: np.ndarray, backend: Backend, device: str) -> Any:
    """Return a frame as numpy array, torch tensor or JAX array."""
    buffer = BufferPointer(frame, device)
    if backend is Backend.Torch:
        return buffer.to_torch()
    return buffer.to_jax() if backend is Backend.Jax else buffer.to_numpy()

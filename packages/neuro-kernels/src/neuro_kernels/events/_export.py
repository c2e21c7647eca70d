"""Events as other libraries want them."""

import warnings
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from neuro_kernels.events import _records
from neuro_kernels.events._errors import EventError

if TYPE_CHECKING:
    from neuro_kernels.events._container import Events


def _library(name: str, kind: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        message = f"to {kind!r} needs the package {name}; install it with: pip install {name}"
        raise ImportError(message, name=name) from error


def _dict(events: "Events") -> dict[str, np.ndarray]:
    return {name: getattr(events, name) for name in "txyp"}


def _arrow(events: "Events") -> Any:
    return _library("pyarrow", "arrow").record_batch(events)


def _polars(events: "Events") -> Any:
    return _library("polars", "polars").DataFrame(events)


def _torch(events: "Events") -> dict[str, Any]:
    torch = _library("torch", "torch")
    return {name: _tensor(torch, column) for name, column in _dict(events).items()}


def _tensor(torch: Any, column: np.ndarray) -> Any:
    try:
        return torch.from_dlpack(column)
    except BufferError:
        # Before DLPack 1.0 (numpy 2.1) a read-only array could not be exchanged. from_numpy takes
        # the same memory and warns that tensors know no read-only: `Events.to` says so itself.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return torch.from_numpy(column)


def _jax(events: "Events") -> dict[str, Any]:
    numpy = _library("jax.numpy", "jax")
    columns = {name: numpy.asarray(column) for name, column in _dict(events).items()}
    # Without its 64-bit mode jax cuts integers to 32 bits and says nothing.
    limits = np.iinfo(columns["t"].dtype.name)
    if len(events) and not (limits.min <= events.t.min() and events.t.max() <= limits.max):
        raise EventError(
            f"to 'jax': it keeps t as {columns['t'].dtype}, {limits.min} to {limits.max}, and "
            f"these go from {events.t.min()} to {events.t.max()}; set jax_enable_x64 or shift "
            "them first"
        )
    return columns


KINDS: dict[str, Callable[["Events"], Any]] = {
    "arrow": _arrow,
    "dict": _dict,
    "jax": _jax,
    "polars": _polars,
    "torch": _torch,
}
RECORDS = [kind for kind in _records.DTYPES if kind != "events"]


def convert(events: "Events", kind: str) -> Any:
    """Return `events` as `kind`; see `Events.to`."""
    if kind in RECORDS:
        return _records.pack(events, kind)
    if kind not in KINDS:
        known = ", ".join(sorted([*RECORDS, *KINDS]))
        raise EventError(f"to: expected one of {known}, got {kind!r}")
    return KINDS[kind](events)

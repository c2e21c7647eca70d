"""Events as other libraries want them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from neuro_kernels.events._errors import EventError

if TYPE_CHECKING:
    from neuro_kernels.events._container import Events

# Field names, types and layout as each library hands them to its users.
DTYPES: dict[str, np.dtype] = {
    "events": np.dtype([("t", "<i8"), ("x", "<u2"), ("y", "<u2"), ("p", "u1")]),
    # "p" is a title: both e["on"] and e["p"] work.
    "faery": np.dtype([("t", "<u8"), ("x", "<u2"), ("y", "<u2"), (("p", "on"), "?")]),
    "tonic": np.dtype([("x", "<i2"), ("y", "<i2"), ("t", "<i8"), ("p", "?")]),
    "metavision": np.dtype([("x", "<u2"), ("y", "<u2"), ("p", "<i2"), ("t", "<i8")], align=True),
    "dv": np.dtype(
        [("timestamp", "<i8"), ("x", "<i2"), ("y", "<i2"), ("polarity", "i1")], align=True
    ),
    "aestream": np.dtype([("timestamp", "<i8"), ("x", "<i2"), ("y", "<i2"), ("polarity", "i1")]),
}
FIELDS = {"t": ("t", "timestamp"), "x": ("x",), "y": ("y",), "p": ("p", "on", "polarity")}


def structured(events: "Events", kind: str) -> np.ndarray:
    """Return a fresh structured array with the fields of `DTYPES[kind]`."""
    dtype = DTYPES[kind]
    array = np.zeros(len(events), dtype) if dtype.itemsize > 13 else np.empty(len(events), dtype)
    for name, spellings in FIELDS.items():
        field = next(s for s in spellings if s in (dtype.names or ()))
        values = getattr(events, name)
        target = array.dtype[field]
        if len(values) and target.kind in "iu":
            limits = np.iinfo(target)
            if int(values.min()) < limits.min or int(values.max()) > limits.max:
                raise EventError(
                    f"to {kind!r}: its field {field} is {target}, which holds {limits.min} to "
                    f"{limits.max}; the column {name} goes from {values.min()} to {values.max()}"
                )
        array[field] = values
    return array


def _dict(events: "Events") -> dict[str, np.ndarray]:
    return {name: getattr(events, name) for name in "txyp"}


KINDS: dict[str, Callable[["Events"], Any]] = {
    "dict": _dict,
}


def convert(events: "Events", kind: str) -> Any:
    """Return `events` as `kind`; see `Events.to`."""
    if kind in DTYPES and kind != "events":
        return structured(events, kind)
    if kind not in KINDS:
        known = ", ".join(sorted([*(k for k in DTYPES if k != "events"), *KINDS]))
        raise EventError(f"to: expected one of {known}, got {kind!r}")
    return KINDS[kind](events)

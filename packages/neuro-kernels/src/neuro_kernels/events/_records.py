"""Arrays of event records, as other libraries keep them, from and to columns."""

from typing import TYPE_CHECKING, Any

import numpy as np

from neuro_kernels import _kernels
from neuro_kernels.events._columns import fresh
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
WIDTHS = {"t": 8, "x": 2, "y": 2, "p": 1}


def offset(dtype: np.dtype, field: str) -> int:
    """Return where `field` begins in one record, in bytes."""
    fields: Any = dtype.fields  # None for dtypes without fields, which do not come here
    return fields[field][1]


def pack(events: "Events", kind: str) -> np.ndarray:
    """Return a fresh structured array of `DTYPES[kind]`.

    Raises:
        EventError: times or coordinates that the library's field cannot hold.
    """
    dtype = DTYPES[kind]
    fields = {
        name: next(s for s in spellings if s in (dtype.names or ()))
        for name, spellings in FIELDS.items()
    }
    for name in "txy":
        _check_range(kind, name, getattr(events, name), dtype[fields[name]])
    # Zeros fill the padding and the upper byte of a two-byte polarity.
    array = np.zeros(len(events), dtype)
    t, x, y, p = (offset(dtype, fields[name]) for name in "txyp")
    _kernels.columns_to_records(events.t, events.x, events.y, events.p, t, x, y, p, array)
    return array


def _check_range(kind: str, name: str, values: np.ndarray, field: np.dtype) -> None:
    if field == values.dtype or not len(values):
        return
    limits = np.iinfo(field)
    smallest, largest = int(values.min()), int(values.max())
    if smallest < limits.min or largest > limits.max:
        raise EventError(
            f"to {kind!r}: it keeps {name} as {field}, {limits.min} to {limits.max}, and these go "
            f"from {smallest} to {largest}; shift or crop them first"
        )


def unpack(array: np.ndarray, fields: dict[str, str]) -> dict[str, np.ndarray] | None:
    """Return the columns of a structured array in one pass, with the fields' own dtypes.

    Args:
        array: (n,) structured.
        fields: the field of each column t, x, y, p.

    Returns:
        Contiguous columns, or None where a field has another width or byte order.
    """
    dtypes = {name: array.dtype[field] for name, field in fields.items()}
    for name, dtype in dtypes.items():
        if dtype.itemsize != WIDTHS[name] or dtype.kind not in "iub" or not dtype.isnative:
            return None
    columns = fresh(len(array))
    t, x, y, p = (offset(array.dtype, fields[name]) for name in "txyp")
    _kernels.records_to_columns(array, t, x, y, p, *columns)
    return {name: c.view(dtypes[name]) for name, c in zip("txyp", columns, strict=True)}

"""Events from whatever other libraries hand over."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from neuro_kernels.events import _arrow, _columns, _records
from neuro_kernels.events._container import Events
from neuro_kernels.events._errors import EventError

SPELLINGS: dict[str, tuple[str, ...]] = {
    "t": ("t", "ts", "timestamp", "timestamps", "time"),
    "x": ("x", "xs"),
    "y": ("y", "ys"),
    "p": ("p", "ps", "polarity", "polarities", "on", "pol"),
}


def as_events(
    obj: Any, *, size: tuple[int, int] | None = None, t0: int | None = None, order: str = "txyp"
) -> Events:
    """Return `obj` as Events, whichever event library it came from.

    Accepted: Events (returned as they are); structured arrays with the fields t, x, y, p in any
    order and any integer type (t may be called ts, timestamp, timestamps or time; x: xs; y: ys;
    p: ps, on, pol, polarity or polarities), which covers faery, tonic, Metavision, aestream and
    evutils; dicts and npz files of such columns; data frames and Arrow tables (pandas, polars,
    pyarrow); dv-processing's EventStore and anything else whose `.numpy()` is one of these;
    objects with such columns as attributes; arrays and tensors of shape (n, 4).

    Polarity may be 0 and 1, -1 and 1, or booleans. Floating-point columns are accepted where every
    value is a whole number. Time must be in microseconds (timedelta64 columns are converted).

    Args:
        obj: the events.
        size: (width, height) in pixels. Without it the size is inferred from the data as
            (largest x + 1, largest y + 1), which may be smaller than the sensor.
        t0: absolute time of t = 0 in microseconds; without it that of `obj`, if it has one.
        order: meaning of the columns of an (n, 4) array.

    Returns:
        Events on the memory of `obj` where its columns are contiguous and have the right dtype.

    Raises:
        EventError: columns that are missing or cannot be converted without loss, or no size and
            no event to infer it from.

    Example:
        >>> import numpy as np
        >>> as_events({"ts": [5, 9], "x": [3, 1], "y": [0, 2], "p": [-1, 1]}).p
        array([0, 1], dtype=uint8)
        >>> as_events(np.array([[3, 0, 5, 1]]), order="xytp").t
        array([5])
    """
    if isinstance(obj, Events):
        return _again(obj, size, t0)
    columns, stored_size, stored_t0 = _columns_of(obj, order)
    size = stored_size if size is None else size
    t, x, y, p = (_whole(name, columns[name]) for name in "txyp")
    p = _polarity(p)
    return Events(
        t,
        x,
        y,
        p,
        size=_inferred(x, y) if size is None else size,
        t0=stored_t0 if t0 is None else t0,
    )


def _again(events: Events, size: tuple[int, int] | None, t0: int | None) -> Events:
    if (size is None or tuple(size) == events.size) and (t0 is None or t0 == events.t0):
        return events
    return Events(
        events.t,
        events.x,
        events.y,
        events.p,
        size=events.size if size is None else size,
        t0=events.t0 if t0 is None else t0,
    )


Found = tuple[dict[str, Any], tuple[int, int] | None, int | None]


def _columns_of(obj: Any, order: str) -> Found:
    if isinstance(obj, np.ndarray):
        return _of_array(obj, order), None, None
    if isinstance(obj, Mapping):
        return _named(obj, obj.__getitem__, "the mapping"), None, None
    if hasattr(obj, "collect") and hasattr(obj, "collect_schema"):
        obj = obj.collect()  # a lazy frame of polars
    if hasattr(obj, "column_names"):
        columns = _named(obj.column_names, lambda k: obj.column(k).to_numpy(), "the table")
        return columns, *_arrow.stored(obj.schema.metadata)
    if hasattr(obj, "columns") and hasattr(obj, "__getitem__"):
        return _named(list(obj.columns), lambda k: obj[k].to_numpy(), "the frame"), None, None
    if callable(getattr(obj, "numpy", None)):
        return _columns_of(_detached(obj).numpy(), order)
    if isinstance(obj, list | tuple) or hasattr(obj, "__array__"):
        return _of_array(np.asarray(obj), order), None, None
    if any(hasattr(obj, name) for name in SPELLINGS["x"]):
        return _named(dir(obj), lambda k: getattr(obj, k), type(obj).__name__), None, None
    raise EventError(
        f"as_events: cannot read events from {type(obj).__name__}; pass a structured array, a dict "
        "of the columns t, x, y, p, a data frame or a tensor of shape (n, 4)"
    )


def _detached(obj: Any) -> Any:
    return obj.detach().cpu() if hasattr(obj, "detach") else obj


def _of_array(array: np.ndarray, order: str) -> dict[str, Any]:
    if array.dtype.names is not None:
        if array.ndim != 1:
            raise EventError(f"as_events: expected a flat array of events, got shape {array.shape}")
        fields = _named(array.dtype.names, str, "the structured array")
        columns = _records.unpack(array, fields)
        return columns or {name: array[field] for name, field in fields.items()}
    if array.ndim != 2 or array.shape[1] != 4:
        raise EventError(
            "as_events: expected a structured array or shape (n, 4), got "
            f"{array.dtype} of shape {array.shape}"
        )
    if sorted(order) != sorted("txyp"):
        raise EventError(f"order: expected the letters t, x, y, p in some order, got {order!r}")
    return {name: array[:, i] for i, name in enumerate(order)}


def _named(names: Any, get: Callable[[str], Any], where: str) -> dict[str, Any]:
    known = set(names)
    columns = {}
    for name, spellings in SPELLINGS.items():
        spelling = next((s for s in spellings if s in known), None)
        if spelling is None:
            some = ", ".join(sorted(str(k) for k in known if not str(k).startswith("_"))[:12])
            raise EventError(
                f"as_events: {where} has no column {name} (also looked for "
                f"{', '.join(spellings[1:])}); it has {some or 'none'}"
            )
        columns[name] = get(spelling)
    return columns


def _whole(name: str, values: Any) -> np.ndarray:
    array = np.asarray(_detached(values))
    if array.dtype.kind == "m" and name == "t":
        return array.astype("timedelta64[us]").astype(np.int64)
    if array.dtype.kind != "f":
        return array
    exact = np.isfinite(array) & (array == np.rint(array)) & (np.abs(array) < 2.0**63)
    if not exact.all():
        index = int(np.argmin(exact))
        raise EventError(
            f"column {name}: expected {_columns.MEANING[name]}, got {array[index]} at index "
            f"{index}; convert it yourself, so that rounding and unit are your choice"
        )
    return array.astype(np.int64)


def _polarity(p: np.ndarray) -> np.ndarray:
    if p.dtype.kind == "i" and p.size and int(p.min()) == -1 and not (p == 0).any():
        return p > 0
    return p


def _inferred(x: np.ndarray, y: np.ndarray) -> tuple[int, int]:
    if not len(x) or not len(y):
        raise EventError("size: there is no event to infer it from; pass size=(width, height)")
    return int(x.max()) + 1, int(y.max()) + 1

"""The container that flows through everything: four read-only columns and the sensor's size."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Self

import numpy as np

from neuro_kernels import _kernels
from neuro_kernels.events import _arrow, _columns, _export, _order, _records
from neuro_kernels.events._errors import EventError

CHUNK = 65536  # events per step of plain iteration: about 850 kB, inside a level-2 cache


class Event(NamedTuple):
    """One event: time in microseconds, column, row, polarity (1 = ON)."""

    t: int
    x: int
    y: int
    p: int


class Events:
    """Events of one sensor as four columns of one length; immutable.

    A slice is another Events on the same memory; an index array, a slice with a step or a mask that
    leaves something out copies. Columns are always contiguous and read-only. Iteration gives
    chunks, not single events.

    Args:
        t: (n,) time in microseconds; kept as int64.
        x: (n,) column, 0 at the left; kept as uint16.
        y: (n,) row, 0 at the top; kept as uint16.
        p: (n,) polarity, 1 = ON, 0 = OFF (or booleans); kept as uint8.
        size: (width, height) of the sensor in pixels.
        t0: absolute time of t = 0 in microseconds, or None when the origin is not known.

    Columns that already have their dtype are not copied: whoever keeps a writable array of that
    memory must not write to it.

    Raises:
        EventError: lengths differ, a value does not fit its column or lies outside the frame, or
            a dtype that would lose information (floating point).

    Example:
        >>> events = Events([10, 20, 30], [0, 1, 2], [5, 5, 4], [1, 0, 1], size=(4, 6))
        >>> events[1:].x
        array([1, 2], dtype=uint16)
        >>> len(events.between(10, 30))
        2
    """

    __slots__ = ("_is_sorted", "_p", "_size", "_t", "_t0", "_x", "_y")
    __hash__ = None  # type: ignore[assignment]

    _t: np.ndarray
    _x: np.ndarray
    _y: np.ndarray
    _p: np.ndarray
    _size: tuple[int, int]
    _t0: int | None
    _is_sorted: bool | None

    def __init__(
        self, t: Any, x: Any, y: Any, p: Any, *, size: tuple[int, int], t0: int | None = None
    ) -> None:
        t, x = _columns.column("t", t), _columns.column("x", x)
        y, p = _columns.column("y", y), _columns.column("p", p)
        _columns.same_length(t=t, x=x, y=y, p=p)
        size = _columns.check_size(size)
        _columns.check_polarity(p)
        _columns.check_inside(x, y, size)
        self._fill(t, x, y, p, size, _columns.check_t0(t0), None)

    def _fill(
        self,
        t: np.ndarray,
        x: np.ndarray,
        y: np.ndarray,
        p: np.ndarray,
        size: tuple[int, int],
        t0: int | None,
        is_sorted: bool | None,
    ) -> None:
        values = {"_t": t, "_x": x, "_y": y, "_p": p, "_size": size, "_t0": t0}
        for name, value in values.items():
            object.__setattr__(self, name, value)
        object.__setattr__(self, "_is_sorted", is_sorted)

    @classmethod
    def _wrap(
        cls,
        t: np.ndarray,
        x: np.ndarray,
        y: np.ndarray,
        p: np.ndarray,
        *,
        size: tuple[int, int],
        t0: int | None = None,
        is_sorted: bool | None = None,
    ) -> Self:
        """Make Events of columns known to be right (dtypes, lengths, frame), without a check."""
        events = cls.__new__(cls)
        t, x, y, p = (_columns.sealed(column) for column in (t, x, y, p))
        events._fill(t, x, y, p, size, t0, is_sorted)
        return events

    @classmethod
    def empty(cls, size: tuple[int, int], *, t0: int | None = None) -> Self:
        """Make Events without any event.

        Args:
            size: (width, height) of the sensor in pixels.
            t0: absolute time of t = 0 in microseconds, or None.

        Example:
            >>> len(Events.empty((640, 480)))
            0
        """
        return cls([], [], [], [], size=size, t0=t0)

    @classmethod
    def concatenate(cls, parts: Iterable["Events"]) -> "Events":
        """Join Events of one sensor, in the order given (times are not sorted or shifted).

        Args:
            parts: at least one Events, all of one size and one t0.

        Returns:
            All events; the memory is copied unless there is only one part.

        Raises:
            EventError: no part, or parts that differ in size or t0.

        Example:
            >>> a = Events([1, 2], [0, 0], [0, 0], [1, 1], size=(1, 1))
            >>> Events.concatenate([a, a]).t
            array([1, 2, 1, 2])
        """
        parts = list(parts)
        if not parts:
            raise EventError(
                "concatenate: expected at least one Events, got none; Events.empty(size) makes "
                "one without events"
            )
        first = parts[0]
        for i, part in enumerate(parts):
            if part.size != first.size or part.t0 != first.t0:
                raise EventError(
                    f"concatenate: part 0 has size {first.size} and t0 {first.t0}, part {i} has "
                    f"size {part.size} and t0 {part.t0}; bring them to one size and origin first"
                )
        if len(parts) == 1:
            return first
        t, x, y, p = (_columns.join([getattr(e, name) for e in parts]) for name in "txyp")
        return cls._wrap(t, x, y, p, size=first.size, t0=first.t0)

    @property
    def t(self) -> np.ndarray:
        """(n,) int64, time in microseconds; read-only."""
        return self._t

    @property
    def x(self) -> np.ndarray:
        """(n,) uint16, column, 0 at the left; read-only."""
        return self._x

    @property
    def y(self) -> np.ndarray:
        """(n,) uint16, row, 0 at the top; read-only."""
        return self._y

    @property
    def p(self) -> np.ndarray:
        """(n,) uint8, polarity, 1 = ON, 0 = OFF; read-only."""
        return self._p

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the sensor in pixels."""
        return self._size

    @property
    def width(self) -> int:
        """Width of the sensor in pixels."""
        return self._size[0]

    @property
    def height(self) -> int:
        """Height of the sensor in pixels."""
        return self._size[1]

    @property
    def t0(self) -> int | None:
        """Absolute time of t = 0 in microseconds, or None."""
        return self._t0

    @property
    def is_sorted(self) -> bool:
        """Whether time never steps back; found at first use and kept."""
        if self._is_sorted is None:
            object.__setattr__(self, "_is_sorted", _kernels.is_sorted(self._t))
        return bool(self._is_sorted)

    @property
    def duration_us(self) -> int:
        """Microseconds from the earliest to the latest event; 0 without events."""
        if not len(self):
            return 0
        if self.is_sorted:
            return int(self._t[-1]) - int(self._t[0])
        return int(self._t.max()) - int(self._t.min())

    def __len__(self) -> int:
        return len(self._t)

    def __getitem__(self, key: Any) -> Any:
        """Give one Event for an integer, else another Events: a view for a slice of step 1."""
        if isinstance(key, int | np.integer) and not isinstance(key, bool):
            return Event(*(int(c[key]) for c in (self._t, self._x, self._y, self._p)))
        keeps_order: bool | None = None
        if isinstance(key, slice):
            step = key.step or 1
            if step > 0:
                keeps_order = self._is_sorted or None
            if step == 1:
                return self._part(key, keeps_order)
        else:
            key = np.asarray(key)
            if key.size == 0 and key.dtype.kind == "f":
                key = key.astype(np.intp)  # numpy reads [] as floating point
            if key.ndim != 1 or key.dtype.kind not in "biu":
                raise EventError(
                    "index: expected an integer, a slice, a mask or an array of integers, got "
                    f"{key.dtype} of shape {key.shape}"
                )
            if key.dtype.kind == "b":
                if len(key) != len(self):
                    raise EventError(
                        f"mask: expected {len(self)} values, one per event, got {len(key)}"
                    )
                keep = np.ascontiguousarray(key).view(np.uint8)
                return self._select(keep, int(np.count_nonzero(key)))
        t, x, y, p = (c[key] for c in (self._t, self._x, self._y, self._p))
        return Events._wrap(t, x, y, p, size=self._size, t0=self._t0, is_sorted=keeps_order)

    def _part(self, key: slice, is_sorted: bool | None) -> "Events":
        """Give a view of the events of a slice of step 1; its columns are sealed already."""
        part = Events.__new__(Events)
        t, x, y, p = self._t[key], self._x[key], self._y[key], self._p[key]
        part._fill(t, x, y, p, self._size, self._t0, is_sorted)
        return part

    def _select(self, keep: np.ndarray, kept: int) -> "Events":
        """Pick the events whose flag in `keep`, (n,) uint8, is set: `kept` of them."""
        if kept == len(self):
            return self
        columns = _columns.fresh(kept)
        _kernels.select_events(self._t, self._x, self._y, self._p, keep, *columns)
        return self._picked(columns)

    def _picked(self, columns: _columns.Columns, kept: int | None = None) -> "Events":
        """Wrap columns of some of these events, in order.

        Columns with room for more than `kept` of them, which nobody else has seen, are cut in
        place.
        """
        if kept == len(self):
            return self
        if kept is not None:
            for column in columns:
                column.resize(kept, refcheck=False)
        # A part of what is out of order may be in order.
        still_sorted = self._is_sorted or None
        return Events._wrap(*columns, size=self._size, t0=self._t0, is_sorted=still_sorted)

    def replace(
        self,
        *,
        t: Any = None,
        x: Any = None,
        y: Any = None,
        p: Any = None,
        size: tuple[int, int] | None = None,
    ) -> "Events":
        """Give the same events with other columns; those not named are shared, not copied.

        Args:
            t: (n,) time in microseconds, or None to keep it; likewise `x`, `y` and `p`.
            x: (n,) column, 0 at the left.
            y: (n,) row, 0 at the top.
            p: (n,) polarity, 1 = ON, 0 = OFF (or booleans).
            size: (width, height) of the sensor in pixels.

        Returns:
            Events with the same t0; only what is new is checked.

        Raises:
            EventError: as for new `Events`.

        Example:
            >>> events = Events([1, 2], [0, 3], [0, 0], [1, 0], size=(4, 1))
            >>> events.replace(x=3 - events.x).x
            array([3, 0], dtype=uint16)
        """
        given = {"t": t, "x": x, "y": y, "p": p}
        columns = {
            name: getattr(self, f"_{name}") if new is None else _columns.column(name, new)
            for name, new in given.items()
        }
        _columns.same_length(**columns)
        new_size = self._size if size is None else _columns.check_size(size)
        if p is not None:
            _columns.check_polarity(columns["p"])
        if x is not None or y is not None or new_size != self._size:
            _columns.check_inside(columns["x"], columns["y"], new_size)
        events = Events.__new__(Events)
        is_sorted = self._is_sorted if t is None else None
        new_t, new_x, new_y, new_p = (columns[name] for name in "txyp")
        events._fill(new_t, new_x, new_y, new_p, new_size, self._t0, is_sorted)
        return events

    def in_order(self) -> "Events":
        """Give the events by their times, those of one time in the order in which they came.

        Example:
            >>> events = Events([7, 5, 7], [1, 2, 3], [0, 0, 0], [1, 1, 1], size=(4, 1))
            >>> events.in_order().x
            array([2, 1, 3], dtype=uint16)
        """
        if self.is_sorted:
            return self
        columns = _columns.fresh(len(self))
        if not _kernels.put_in_order(self._t, self._x, self._y, self._p, *columns):
            order = _order.places(self._t)
            columns = (self._t[order], self._x[order], self._y[order], self._p[order])
        return Events._wrap(*columns, size=self._size, t0=self._t0, is_sorted=True)

    def __iter__(self) -> Iterator["Events"]:
        """Walk the events in chunks of up to 65536."""
        return self.chunks(CHUNK)

    def chunks(self, n: int) -> Iterator["Events"]:
        """Walk the events in chunks of `n` (the last may be shorter), each a view.

        Args:
            n: events per chunk, at least 1.

        Example:
            >>> events = Events([1, 2, 3], [0, 0, 0], [0, 0, 0], [1, 1, 1], size=(1, 1))
            >>> [len(chunk) for chunk in events.chunks(2)]
            [2, 1]
        """
        if n < 1:
            raise EventError(f"chunks: expected at least 1 event per chunk, got {n}")
        return (self[i : i + n] for i in range(0, len(self), n))

    def between(self, t_a: int, t_b: int) -> "Events":
        """Keep the events with t_a <= t < t_b.

        Args:
            t_a: first microsecond kept.
            t_b: first microsecond no longer kept.

        Returns:
            A view when time is sorted (found by binary search), else a copy.

        Example:
            >>> events = Events([1, 2, 3], [0, 0, 0], [0, 0, 0], [1, 1, 1], size=(1, 1))
            >>> events.between(2, 3).t
            array([2])
        """
        if self.is_sorted:
            first, last = np.searchsorted(self._t, [t_a, t_b], side="left")
            return self[first : max(first, last)]
        return self[(self._t >= t_a) & (self._t < t_b)]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """Give a fresh structured array with the fields t, x, y, p (13 bytes per event)."""
        if copy is False:
            raise ValueError("Events are columns: a structured array of them is always a copy")
        array = _records.pack(self, "events")
        return array if dtype is None else array.astype(dtype)

    def to(self, kind: str) -> Any:
        """Convert to what another library works with.

        Args:
            kind: "faery", "tonic", "metavision", "dv" or "aestream": a fresh structured array
                with that library's fields; "arrow": pyarrow.RecordBatch with the columns
                t, x, y, p on the same memory, size and t0 in the schema's metadata; "polars":
                polars.DataFrame on the same memory; "torch": dict of tensors on the same memory,
                which must not be written to; "jax": dict of arrays; "dict": the numpy columns.

        Raises:
            EventError: an unknown kind, or values which the kind cannot hold.
            ImportError: the library is not installed.

        Example:
            >>> Events([7], [1], [2], [1], size=(4, 4)).to("tonic")["t"]
            array([7])
        """
        return _export.convert(self, kind)

    def __arrow_c_schema__(self) -> Any:
        """Give the Arrow schema: int64 t, uint16 x and y, uint8 p; size and t0 as metadata."""
        return _arrow.schema(self)

    def __arrow_c_array__(self, requested_schema: Any = None) -> tuple[Any, Any]:
        """Give the columns as one Arrow record batch, without a copy."""
        return _arrow.array(self)

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """Give the columns as an Arrow stream of one record batch, without a copy."""
        return _arrow.stream(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Events):
            return NotImplemented
        return (
            self._size == other._size
            and self._t0 == other._t0
            and all(np.array_equal(getattr(self, name), getattr(other, name)) for name in "txyp")
        )

    def __repr__(self) -> str:
        seconds = self.duration_us / 1e6
        rate = f", {len(self) / seconds:.3g} events/s" if seconds else ""
        origin = "" if self._t0 is None else f", t0={self._t0}"
        return (
            f"Events({len(self)} events, {self.width}x{self.height}, {seconds:g} s{rate}{origin})"
        )

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"Events are immutable: {name} cannot be set; make new Events instead")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"Events are immutable: {name} cannot be deleted")

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (self._t, self._x, self._y, self._p, self._size, self._t0)


def _rebuild(
    t: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    p: np.ndarray,
    size: tuple[int, int],
    t0: int | None,
) -> Events:
    # A pickle comes from outside: its columns are checked like any others.
    return Events(t, x, y, p, size=size, t0=t0)

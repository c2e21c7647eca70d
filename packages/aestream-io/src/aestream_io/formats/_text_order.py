"""Which column of numbers is the time, the place and the polarity, where no names tell."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["WORDS", "likely_order"]

WORDS = {"true", "false", "on", "off"}
# Orders that programs write, the most usual ones first.
_ORDERS = ("txyp", "xypt", "xytp", "tpxy", "pxyt", "ptxy")


@dataclass(frozen=True)
class _Column:
    """What the numbers of a column could be.

    Attributes:
        polarity: whether all are words or -1, 0 and 1.
        place: whether all are whole numbers of a sensor.
        time: whether all are numbers.
        rising: share of the numbers that are not below the one before.
        distinct: how many different ones there are.
        extent: the largest less the smallest.
        largest: the largest.
    """

    polarity: bool
    place: bool
    time: bool
    rising: float = 0.0
    distinct: int = 0
    extent: float = 0.0
    largest: float = 0.0

    @classmethod
    def of(cls, fields: Sequence[str]) -> "_Column":
        """Judge the fields of one column."""
        if any(field.lower() in WORDS for field in fields):
            others = [field for field in fields if field.lower() not in WORDS]
            return cls(all(float(field) in (-1, 0, 1) for field in others), False, False)
        values = np.array([float(field) for field in fields])
        if not np.isfinite(values).all():
            return cls(False, False, False)
        return cls(
            polarity=bool(np.isin(values, (-1, 0, 1)).all()),
            place=bool(((values >= 0) & (values < 65536) & (values % 1 == 0)).all()),
            time=True,
            rising=float(np.mean(values[1:] >= values[:-1])) if len(values) > 1 else 1.0,
            distinct=len(np.unique(values)),
            extent=float(np.ptp(values)),
            largest=float(values.max()),
        )

    def is_better_time(self, other: "_Column") -> bool:
        """Whether this is a time rather than another rising column: it tells more, and passes it.

        Coordinates can rise for a while too, and many events have the same time; but times soon
        have more values, a larger range and larger numbers than coordinates.
        """
        tells = (self.distinct, self.extent)
        others = (other.distinct, other.extent)
        more = all(a >= b for a, b in zip(tells, others, strict=True)) and tells != others
        return more and self.largest > other.largest


def likely_order(rows: Sequence[Sequence[str]]) -> tuple[str, tuple[str, ...]]:
    """Return the order of columns that fits the numbers best, and the others that fit.

    Args:
        rows: the fields of some lines, at least four numbers or words each.

    Returns:
        One letter (t, x, y or p) for each of the first four columns; and further orders in which
        time rises as well, or in which it falls as seldom.

    Example:
        >>> rows = [("1", "5", "10", "1"), ("2", "3", "20", "0"), ("3", "9", "35", "1")]
        >>> likely_order(rows)
        ('xytp', ('txyp',))
    """
    if not rows:
        return _ORDERS[0], ()
    columns = [_Column.of([row[k] for row in rows]) for k in range(4)]

    def time(order: str) -> _Column:
        return columns[order.index("t")]

    fitting = [
        order
        for order in _ORDERS
        if columns[order.index("p")].polarity
        and columns[order.index("x")].place
        and columns[order.index("y")].place
        and time(order).time
    ]
    if not fitting:
        return _ORDERS[0], ()
    most = max(time(order).rising for order in fitting)
    fitting = [order for order in fitting if time(order).rising == most]
    best = fitting[0]
    for order in fitting[1:]:
        if time(order).is_better_time(time(best)):
            best = order
    return best, tuple(order for order in fitting if order != best)

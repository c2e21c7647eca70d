"""Reading quantities: what people write for a duration, a rate, a count or a size."""

import re
from typing import Any

__all__ = [
    "Duration",
    "read_count",
    "read_duration",
    "read_integer",
    "read_number",
    "read_rate",
    "read_ratio",
    "read_size",
    "read_speed",
    "read_window",
    "show_duration",
    "show_number",
]

_US = {
    "us": 1.0,
    "µs": 1.0,
    "μs": 1.0,
    "ms": 1e3,
    "s": 1e6,
    "sec": 1e6,
    "min": 60e6,
    "h": 3600e6,
}
_HZ = {"": 1.0, "hz": 1.0, "khz": 1e3, "mhz": 1e6, "fps": 1.0}
_MANY = {"": 1, "k": 1_000, "m": 1_000_000, "g": 1_000_000_000}
_NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([^\d\s.]*)")
_CLOCK = re.compile(r"(-?)(\d+):([0-5]?\d):([0-5]?\d(?:\.\d*)?)")
LONGEST_BARE_S = 86_400  # a plain number above a day is surely meant in microseconds
LONGEST_BARE_WINDOW_S = 60  # where a window between events is meant, one above a minute is as well


def _split(text: str, what: str) -> tuple[float, str]:
    match = _NUMBER.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"expected {what}, got {text!r}")
    return float(match[1]), match[2]


def _finite(value: float, what: str) -> float:
    value = float(value)
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError(f"expected {what}, got {value}")
    return value


def _is_number(value: Any) -> bool:
    return not isinstance(value, bool | str) and hasattr(value, "__float__")


class Duration(int):
    """Whole microseconds that were read already; a plain number would mean seconds."""


def read_window(value: Any) -> Duration:
    return read_duration(value, longest_bare_s=LONGEST_BARE_WINDOW_S)


def read_duration(value: Any, *, longest_bare_s: float = LONGEST_BARE_S) -> Duration:
    """Read a duration or moment.

    Args:
        value: text with a unit (us, ms, s, min, h), `hh:mm:ss.sss`, a plain number of seconds, or
            a `Duration`, which is returned as it is.

    Returns:
        Whole microseconds.

    Raises:
        ValueError: no such value, or a plain number of more than a day.

    Example:
        >>> [read_duration(text) for text in ("100ms", "1.5", "00:00:01.5", "20us", 0.25)]
        [100000, 1500000, 1500000, 20, 250000]
    """
    what = "a time such as 100ms, 1.5s or 00:00:01.5"
    if isinstance(value, Duration):
        return value
    if _is_number(value):
        number, unit = _finite(value, what), ""
    elif isinstance(value, str):
        clock = _CLOCK.fullmatch(value.strip())
        if clock is not None:
            us = (int(clock[2]) * 3600 + int(clock[3]) * 60) * 1_000_000
            us += round(float(clock[4]) * 1e6)
            if us >= 2**62:
                raise ValueError(f"expected {what}, got {value!r}")
            return Duration(-us if clock[1] else us)
        number, unit = _split(value, what)
    else:
        raise ValueError(f"expected {what}, got {value!r}")
    if unit == "" and abs(number) > longest_bare_s:
        raise ValueError(
            f"{value} means {value} seconds here; write {value}us for microseconds, or give a unit"
        )
    if unit != "" and unit.lower() not in _US:
        raise ValueError(f"expected {what}, got {value!r} (units: us, ms, s, min, h)")
    us = _finite(number * _US.get(unit.lower(), 1e6), what)
    if abs(us) >= 2**62:
        raise ValueError(f"expected {what}, got {value!r}")
    return Duration(round(us))


def show_duration(us: int) -> str:
    """Write microseconds with the largest unit that keeps them short.

    Example:
        >>> show_duration(250_000), show_duration(1_500_000), show_duration(20)
        ('250ms', '1.5s', '20us')
    """
    for unit, size in (("s", 1_000_000), ("ms", 1_000)):
        if abs(us) >= size:
            return f"{us / size:.6g}{unit}"
    return f"{us:g}us"


def read_rate(value: Any) -> float:
    what = "a rate such as 60Hz"
    number, unit = (_finite(value, what), "") if _is_number(value) else _split(str(value), what)
    if unit.lower() not in _HZ:
        raise ValueError(f"expected {what}, got {value!r} (units: Hz, kHz, MHz, fps)")
    rate = _finite(number * _HZ[unit.lower()], what)
    if rate <= 0:
        raise ValueError(f"expected a rate above zero, got {value!r}")
    return rate


def read_count(value: Any) -> int:
    what = "a whole number such as 5000, 20k or 2M"
    number, unit = (_finite(value, what), "") if _is_number(value) else _split(str(value), what)
    if unit.lower() not in _MANY:
        raise ValueError(f"expected {what}, got {value!r}")
    number = round(number * _MANY[unit.lower()], 6)
    if number < 0 or number != int(number):
        raise ValueError(f"expected {what}, got {value!r}")
    return int(number)


def read_integer(value: Any) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError):
        raise ValueError(f"expected a whole number, got {value!r}") from None
    if isinstance(value, bool) or (_is_number(value) and number != value):
        raise ValueError(f"expected a whole number, got {value!r}")
    return number


def read_number(value: Any) -> float:
    if _is_number(value):
        return _finite(value, "a number")
    number, unit = _split(str(value), "a number")
    if unit:
        raise ValueError(f"expected a number without unit, got {value!r}")
    return _finite(number, "a number")


def read_ratio(value: Any) -> float:
    what = "a fraction such as 0.1 or 10%"
    number, unit = (_finite(value, what), "") if _is_number(value) else _split(str(value), what)
    if unit not in ("", "%"):
        raise ValueError(f"expected {what}, got {value!r}")
    ratio = number / 100 if unit == "%" else number
    if not 0 <= ratio <= 1:
        raise ValueError(f"expected a fraction from 0 to 1 (0% to 100%), got {value!r}")
    return ratio


def read_size(value: Any) -> tuple[int, int]:
    if isinstance(value, str):
        match = re.fullmatch(r"(\d+)[x×,](\d+)", value.strip().lower())
        pair = (int(match[1]), int(match[2])) if match else None
    else:
        try:
            width, height = value
            pair = (read_integer(width), read_integer(height))
        except (TypeError, ValueError):
            pair = None
    if pair is None or not all(1 <= side <= 65536 for side in pair):
        raise ValueError(f"expected a size such as 640x480, got {value!r}")
    return pair


def read_speed(value: Any) -> float:
    what = "a speed such as 0.1, 1/10 or 10%"
    if isinstance(value, str) and "/" in value:
        above, _, below = value.partition("/")
        below_number = read_number(below)
        speed = read_number(above) / below_number if below_number else 0.0
    else:
        text = str(value).removeprefix("x").removesuffix("x")
        number, unit = _split(text, what)
        if unit not in ("", "%"):
            raise ValueError(f"expected {what}, got {value!r}")
        speed = number / 100 if unit == "%" else number
    if speed <= 0:
        raise ValueError(f"expected a speed above zero, got {value!r}")
    return speed


def show_number(value: float) -> str:
    return f"{value:g}"

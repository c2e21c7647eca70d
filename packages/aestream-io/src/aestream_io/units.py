"""Quantities with units, as command lines and stream addresses spell them."""

import re

from aestream_io._errors import UriError

__all__ = [
    "format_duration",
    "parse_bool",
    "parse_bytes",
    "parse_count",
    "parse_duration_us",
    "parse_number",
    "parse_size",
]

_QUANTITY = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([^\s\d]*)")

_DURATIONS_US = {
    "us": 1.0,
    "µs": 1.0,  # the micro sign
    "μs": 1.0,  # the Greek letter
    "ms": 1e3,
    "s": 1e6,
    "min": 60e6,
    "h": 3600e6,
}
_FACTORS = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9}
_BYTES = {
    "": 1,
    "B": 1,
    "kB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "KiB": 1 << 10,
    "MiB": 1 << 20,
    "GiB": 1 << 30,
}


def _split(text: str, expected: str) -> tuple[float, str]:
    match = _QUANTITY.fullmatch(text.strip())
    if match is None:
        raise UriError(f"expected {expected}, got {text!r}")
    return float(match[1]), match[2]


def parse_duration_us(text: str) -> int:
    """Read a duration as whole microseconds.

    Args:
        text: a number and one of the units us, ms, s, min, h; 0 needs none.

    Returns:
        Microseconds, rounded.

    Raises:
        UriError: no number, no unit, another unit, or a negative duration.

    Example:
        >>> parse_duration_us("100ms"), parse_duration_us("1.5s"), parse_duration_us("20 us")
        (100000, 1500000, 20)
    """
    expected = "a duration such as 100ms, 20us or 1.5s"
    value, unit = _split(text, expected)
    if not unit and value != 0:
        raise UriError(f"expected {expected}, got {text!r}: add the unit")
    if unit and unit not in _DURATIONS_US:
        raise UriError(f"expected {expected}, got the unit {unit!r} in {text!r}")
    microseconds = value * _DURATIONS_US.get(unit, 1.0)
    if not 0 <= microseconds < 2**62:
        raise UriError(f"expected {expected}, got {text!r}")
    return round(microseconds)


def parse_number(text: str) -> float:
    """Read a number, with k, M or G for thousands, millions and thousand millions.

    Args:
        text: such as 5e6, 5M or 0.25; a rate may end in Hz, ev/s or /s.

    Raises:
        UriError: not a number.

    Example:
        >>> parse_number("5M"), parse_number("60Hz"), parse_number("2.5Mev/s")
        (5000000.0, 60.0, 2500000.0)
    """
    expected = "a number such as 5e6, 5M or 60Hz"
    value, unit = _split(text, expected)
    for suffix in ("Hz", "ev/s", "/s"):
        if unit.endswith(suffix):
            unit = unit.removesuffix(suffix)
            break
    if unit not in _FACTORS or abs(value) > 1e300:
        raise UriError(f"expected {expected}, got {text!r}")
    return value * _FACTORS[unit]


def parse_count(text: str) -> int:
    """Read a whole number that is not negative.

    Args:
        text: such as 1000, 1e6 or 10k.

    Raises:
        UriError: not a whole number, or negative.

    Example:
        >>> parse_count("10k")
        10000
    """
    value = parse_number(text)
    if value != int(value) or value < 0:
        raise UriError(f"expected a whole number such as 1000, 1e6 or 10k, got {text!r}")
    return int(value)


def parse_bytes(text: str) -> int:
    """Read an amount of memory as bytes.

    Args:
        text: such as 65536, 8MB (10^6) or 8MiB (2^20).

    Raises:
        UriError: not an amount of memory.

    Example:
        >>> parse_bytes("8MiB"), parse_bytes("64kB")
        (8388608, 64000)
    """
    expected = "an amount of memory such as 65536, 64kB or 8MiB"
    value, unit = _split(text, expected)
    if unit not in _BYTES or not 0 <= value < 1e18:
        raise UriError(f"expected {expected}, got {text!r}")
    return int(value * _BYTES[unit])


def parse_size(text: str) -> tuple[int, int]:
    """Read a sensor size.

    Args:
        text: width and height in pixels, such as 640x480.

    Returns:
        (width, height), each from 1 to 65536.

    Raises:
        UriError: anything else.

    Example:
        >>> parse_size("640x480")
        (640, 480)
    """
    match = re.fullmatch(r"\s*(\d{1,6})[x×](\d{1,6})\s*", text)
    size = (int(match[1]), int(match[2])) if match else (0, 0)
    if not all(0 < side <= 65536 for side in size):
        raise UriError(f"expected a size such as 640x480, got {text!r}")
    return size


def parse_bool(text: str) -> bool:
    """Read yes or no.

    Args:
        text: yes, true, on, 1 or no, false, off, 0.

    Raises:
        UriError: anything else.

    Example:
        >>> parse_bool("yes"), parse_bool("0")
        (True, False)
    """
    word = text.strip().lower()
    if word in ("yes", "true", "on", "1"):
        return True
    if word in ("no", "false", "off", "0"):
        return False
    raise UriError(f"expected yes or no, got {text!r}")


def format_duration(microseconds: int) -> str:
    """Write a duration in the unit that reads best.

    Args:
        microseconds: not negative.

    Example:
        >>> format_duration(20), format_duration(1500), format_duration(2_500_000)
        ('20 us', '1.5 ms', '2.5 s')
    """
    for unit, factor in (("s", 1e6), ("ms", 1e3)):
        if microseconds >= factor:
            return f"{microseconds / factor:.4g} {unit}"
    return f"{microseconds} us"

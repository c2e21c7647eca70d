"""Checks that all filters share."""

from typing import Any

import numpy as np

from neuro_kernels.events import EventError, Events

__all__ = ["check_sensor", "whole_us"]


def check_sensor(name: str, size: tuple[int, int], events: Events) -> None:
    """Raise EventError if events belong to a sensor of another size."""
    if events.size != size:
        raise EventError(
            f"{name}: made for a sensor of {size[0]}x{size[1]}, got events of "
            f"{events.width}x{events.height}; make one filter per sensor"
        )


def whole_us(name: str, value: Any) -> int:
    """Give a duration as an int; EventError unless it is a whole, not negative number."""
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or not 0 <= value < 2**62:
        raise EventError(f"{name}: expected whole microseconds, not negative, got {value!r}")
    return int(value)

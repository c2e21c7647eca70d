"""How the event rate of a DVS128 or eDVS follows its biases."""

import math
from collections.abc import Mapping

from hw_drivers.tables.dvs128 import BIASES

__all__ = ["dvs128_gains"]

_MAX_GAIN = 16.0


def dvs128_gains(now: Mapping[str, int]) -> tuple[float, float]:
    """Return the sensitivity to (ON, OFF) changes relative to the default biases.

    A threshold is the logarithm of the ratio of two currents, as in the pixel; speed and
    refractory currents change the rate by a plausible law only.

    Example:
        >>> dvs128_gains({bias.name: bias.value for bias in BIASES})
        (1.0, 1.0)
    """
    usual = {bias.name: bias.value for bias in BIASES}

    def threshold(values: Mapping[str, int], upper: str, lower: str) -> float:
        return math.log(max(values[upper], 1) / max(values[lower], 1))

    speed = (max(now["pr"], 1) / usual["pr"]) ** 0.3 * (max(now["refr"], 1) / usual["refr"]) ** 0.1
    gains = []
    for upper, lower in (("diffon", "diff"), ("diff", "diffoff")):
        level = threshold(now, upper, lower)
        gain = _MAX_GAIN if level <= 0 else speed * threshold(usual, upper, lower) / level
        gains.append(min(gain, _MAX_GAIN))
    return gains[0], gains[1]

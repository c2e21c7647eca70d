"""Filters of events; the result of none depends on how the events are cut into packets."""

from neuro_kernels.filters._history import BurstMode, Bursts, Flicker, Refractory
from neuro_kernels.filters._lines import SaturatedLines
from neuro_kernels.filters._noise import (
    BackgroundActivity,
    HotPixels,
    background_activity,
    hot_pixels,
)
from neuro_kernels.filters._places import PixelMask, Remap
from neuro_kernels.filters._rate import RateLimit
from neuro_kernels.filters._times import jitter_times, stretch_times

__all__ = [
    "BackgroundActivity",
    "BurstMode",
    "Bursts",
    "Flicker",
    "HotPixels",
    "PixelMask",
    "RateLimit",
    "Refractory",
    "Remap",
    "SaturatedLines",
    "background_activity",
    "hot_pixels",
    "jitter_times",
    "stretch_times",
]

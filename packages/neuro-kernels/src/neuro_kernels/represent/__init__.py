"""Dense representations of events: what networks and pictures are made from."""

from neuro_kernels.represent._counter import FrameCounter
from neuro_kernels.represent._cutter import FrameCutter, WindowCutter
from neuro_kernels.represent._grid import stacked_histogram, voxel_grid
from neuro_kernels.represent._histogram import binary, histogram
from neuro_kernels.represent._surface import DecaySurface, decay_surface

__all__ = [
    "DecaySurface",
    "FrameCounter",
    "FrameCutter",
    "WindowCutter",
    "binary",
    "decay_surface",
    "histogram",
    "stacked_histogram",
    "voxel_grid",
]

"""The primitives of NIR as immutable values, with nir's class names and field names."""

from nir_core.nodes._base import NIRNode, Shape
from nir_core.nodes._conv import Conv1d, Conv2d
from nir_core.nodes._flow import Delay, Flatten, Input, Output
from nir_core.nodes._linear import Affine, Linear, Scale
from nir_core.nodes._neurons import IF, LI, LIF, CubaLI, CubaLIF, I, Threshold
from nir_core.nodes._pooling import AvgPool2d, SumPool2d

PRIMITIVES: dict[str, type[NIRNode]] = {
    cls.__name__: cls
    for cls in (
        Input,
        Output,
        Affine,
        Linear,
        Scale,
        Conv1d,
        Conv2d,
        SumPool2d,
        AvgPool2d,
        Flatten,
        Delay,
        Threshold,
        I,
        IF,
        LI,
        LIF,
        CubaLI,
        CubaLIF,
    )
}

NEURONS = (I, IF, LI, LIF, CubaLI, CubaLIF)
SPIKING = (IF, LIF, CubaLIF)
STATEFUL = (*NEURONS, Delay)

__all__ = [
    "IF",
    "LI",
    "LIF",
    "NEURONS",
    "PRIMITIVES",
    "SPIKING",
    "STATEFUL",
    "Affine",
    "AvgPool2d",
    "Conv1d",
    "Conv2d",
    "CubaLI",
    "CubaLIF",
    "Delay",
    "Flatten",
    "I",
    "Input",
    "Linear",
    "NIRNode",
    "Output",
    "Scale",
    "Shape",
    "SumPool2d",
    "Threshold",
]

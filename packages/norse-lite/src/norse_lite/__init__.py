"""Spiking neural networks in PyTorch on fused kernels, with explicit state."""

from norse_lite import decode
from norse_lite._errors import NetworkError
from norse_lite.neurons.iaf import (
    IAF,
    IAFCell,
    IAFParameters,
    IAFRecurrent,
    IAFRecurrentCell,
    IAFRecurrentState,
    IAFState,
)
from norse_lite.neurons.li import LI, LICell, LIParameters, LIState
from norse_lite.neurons.li_box import LIBox, LIBoxCell, LIBoxParameters, LIBoxState
from norse_lite.neurons.lif import (
    LIF,
    LIFCell,
    LIFParameters,
    LIFRecurrent,
    LIFRecurrentCell,
    LIFRecurrentState,
    LIFState,
)
from norse_lite.neurons.lif_box import (
    LIFBox,
    LIFBoxCell,
    LIFBoxParameters,
    LIFBoxRecurrent,
    LIFBoxRecurrentCell,
    LIFBoxRecurrentState,
    LIFBoxState,
)
from norse_lite.sequential import Lift, SequentialState
from norse_lite.surrogate import ATan, Boxcar, SuperSpike, Surrogate, Triangle

__all__ = [
    "IAF",
    "LI",
    "LIF",
    "ATan",
    "Boxcar",
    "IAFCell",
    "IAFParameters",
    "IAFRecurrent",
    "IAFRecurrentCell",
    "IAFRecurrentState",
    "IAFState",
    "LIBox",
    "LIBoxCell",
    "LIBoxParameters",
    "LIBoxState",
    "LICell",
    "LIFBox",
    "LIFBoxCell",
    "LIFBoxParameters",
    "LIFBoxRecurrent",
    "LIFBoxRecurrentCell",
    "LIFBoxRecurrentState",
    "LIFBoxState",
    "LIFCell",
    "LIFParameters",
    "LIFRecurrent",
    "LIFRecurrentCell",
    "LIFRecurrentState",
    "LIFState",
    "LIParameters",
    "LIState",
    "Lift",
    "NetworkError",
    "SequentialState",
    "SuperSpike",
    "Surrogate",
    "Triangle",
    "decode",
]

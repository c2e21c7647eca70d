"""Spiking neural networks in PyTorch on fused kernels, with explicit state."""

from norse_lite._errors import NetworkError
from norse_lite.neurons.iaf import IAF, IAFCell, IAFParameters, IAFState
from norse_lite.neurons.li import LI, LICell, LIParameters, LIState
from norse_lite.neurons.li_box import LIBox, LIBoxCell, LIBoxParameters, LIBoxState
from norse_lite.neurons.lif import LIF, LIFCell, LIFParameters, LIFState
from norse_lite.neurons.lif_box import LIFBox, LIFBoxCell, LIFBoxParameters, LIFBoxState

__all__ = [
    "IAF",
    "LI",
    "LIF",
    "IAFCell",
    "IAFParameters",
    "IAFState",
    "LIBox",
    "LIBoxCell",
    "LIBoxParameters",
    "LIBoxState",
    "LICell",
    "LIFBox",
    "LIFBoxCell",
    "LIFBoxParameters",
    "LIFBoxState",
    "LIFCell",
    "LIFParameters",
    "LIFState",
    "LIParameters",
    "LIState",
    "NetworkError",
]

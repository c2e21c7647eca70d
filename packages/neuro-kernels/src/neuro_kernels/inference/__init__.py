"""Spiking layers run forward by events: only weights that belong to a spike are read.

Signals between layers are lists of spikes per frame (`FrameLists`); a frame is one step of one
sample, the samples of a step side by side. Inside, pixels stand before channels, and channels are
padded to full vectors, so that a spike adds contiguous weights. `Scatter` is a matrix or a
convolution, `NeuronLayer` the neurons behind it, `run_layer` one layer over all frames.
`EventStage` is a matrix or convolution with a neuron model of `neuro_kernels.dynamics` behind it,
`EventChain` several of them one behind the other.
"""

from neuro_kernels._kernels import FrameLists
from neuro_kernels.inference._chain import EventChain
from neuro_kernels.inference._layer import COEFFICIENTS, LayerResult, NeuronLayer, run_layer
from neuro_kernels.inference._scatter import Scatter
from neuro_kernels.inference._signals import (
    Signal,
    dense,
    from_pixels,
    listed,
    pooled,
    to_pixels,
)
from neuro_kernels.inference._stage import EventStage, StageResult

__all__ = [
    "COEFFICIENTS",
    "EventChain",
    "EventStage",
    "FrameLists",
    "LayerResult",
    "NeuronLayer",
    "Scatter",
    "Signal",
    "StageResult",
    "dense",
    "from_pixels",
    "listed",
    "pooled",
    "run_layer",
    "to_pixels",
]

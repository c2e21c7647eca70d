"""The module surface of nir 1.0.8: mutable nodes and graphs, over the files of nir_core.

What differs from nir is meant: shapes of non-square, grouped and strided convolutions are
right, parameters may be single numbers for a whole layer, lists of numbers are taken as
arrays, a caller's lists and dictionaries are never changed, files are read without following
links, and type inference takes linear time.

Example:
    >>> import numpy as np
    >>> import nir_core.compat.nir as nir
    >>> graph = nir.NIRGraph.from_list(nir.Linear(np.ones((2, 3))), nir.Threshold(np.ones(2)))
    >>> graph.nodes["linear"].weight *= 2
    >>> graph.edges
    [('input', 'linear'), ('linear', 'threshold'), ('threshold', 'output')]
"""

from nir_core.compat.nir import data_ir as data_ir
from nir_core.compat.nir import ir as ir
from nir_core.compat.nir.data_ir import (
    EventData,
    NIRGraphData,
    NIRNodeData,
    TimeGriddedData,
    ValuedEventData,
)
from nir_core.compat.nir.ir import (
    IF,
    LI,
    LIF,
    Affine,
    AvgPool2d,
    Conv1d,
    Conv2d,
    CubaLI,
    CubaLIF,
    Delay,
    Flatten,
    I,
    Input,
    Linear,
    NIRGraph,
    NIRNode,
    Output,
    Scale,
    SumPool2d,
    Threshold,
    dict2NIRNode,
    str2NIRNode,
)
from nir_core.compat.nir.ir import typing as typing
from nir_core.compat.nir.serialization import read, read_data, write, write_data

# The release whose surface this is; it is also what `write` stores in a file.
__version__ = version = "1.0.8"

__all__ = [
    "IF",
    "LI",
    "LIF",
    "Affine",
    "AvgPool2d",
    "Conv1d",
    "Conv2d",
    "CubaLI",
    "CubaLIF",
    "Delay",
    "EventData",
    "Flatten",
    "I",
    "Input",
    "Linear",
    "NIRGraph",
    "NIRGraphData",
    "NIRNode",
    "NIRNodeData",
    "Output",
    "Scale",
    "SumPool2d",
    "Threshold",
    "TimeGriddedData",
    "ValuedEventData",
    "dict2NIRNode",
    "read",
    "read_data",
    "str2NIRNode",
    "write",
    "write_data",
]

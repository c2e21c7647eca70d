"""The public functions of nirtorch 2.6 over the torch bridge of nir_core.

What differs from nirtorch is meant: biases, groups and paddings are right, several Inputs and
Outputs and nested cycles work, a user's map comes before the default one, and building takes
linear time. Graphs may be those of nir, of `nir_core.compat.nir` or of nir_core; graphs that
are given back are those of `nir_core.compat.nir`.
"""

from nir_core.compat.nirtorch import from_nir as from_nir
from nir_core.compat.nirtorch import graph as graph
from nir_core.compat.nirtorch import graph_executor as graph_executor
from nir_core.compat.nirtorch import graph_utils as graph_utils
from nir_core.compat.nirtorch import nir_interpreter as nir_interpreter
from nir_core.compat.nirtorch import to_nir as to_nir
from nir_core.compat.nirtorch import torch_tracer as torch_tracer
from nir_core.compat.nirtorch import utils as utils
from nir_core.compat.nirtorch.from_nir import load
from nir_core.compat.nirtorch.graph import extract_torch_graph
from nir_core.compat.nirtorch.nir_interpreter import nir_to_torch
from nir_core.compat.nirtorch.to_nir import extract_nir_graph
from nir_core.compat.nirtorch.torch_tracer import torch_to_nir

# The release whose surface this is.
__version__ = version = "2.6"

__all__ = ["extract_nir_graph", "extract_torch_graph", "load", "nir_to_torch", "torch_to_nir"]

"""Names for the types of graphs."""

import numpy as np

from nir_core.compat.nir.ir.node import NIRNode

Nodes = dict[str, NIRNode]
Edges = list[tuple[str, str]]
Types = dict[str, np.ndarray]

__all__ = ["Edges", "NIRNode", "Nodes", "Types"]

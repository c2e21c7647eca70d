"""Exchange with NIR, the neuromorphic intermediate representation.

A network goes out as a `nir_core.NIRGraph` that other platforms read, and comes back with the same
spikes. The input convention of `LIF` and `LI` (an input is added to the current as it is) is
carried by `w_in = tau_syn / dt`, so that others see the same current.
"""

from norse_lite.nir._export import to_nir
from norse_lite.nir._layers import Scale, SumPool2d, Threshold
from norse_lite.nir._load import from_nir

__all__ = ["Scale", "SumPool2d", "Threshold", "from_nir", "to_nir"]

"""Between NIR graphs and torch: `to_torch` runs and trains a graph, `from_torch` traces a model.

Needs the extra `nir-core[torch]`.
"""

from nir_core.errors import NirError

try:
    import torch as _torch  # noqa: F401
except ImportError as error:
    raise NirError("nir_core.torch needs torch: pip install 'nir-core[torch]'") from error

from nir_core.torch._build import to_torch
from nir_core.torch._network import Network, State
from nir_core.torch._trace import from_torch

__all__ = ["Network", "State", "from_torch", "to_torch"]

"""Spiking neural networks in PyTorch on fused kernels, with explicit state."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from norse_lite import decode
from norse_lite._errors import NetworkError
from norse_lite.neurons.ada_lif import (
    AdaLIF,
    AdaLIFCell,
    AdaLIFParameters,
    AdaLIFRecurrent,
    AdaLIFRecurrentCell,
    AdaLIFRecurrentState,
    AdaLIFState,
)
from norse_lite.neurons.coba_lif import (
    CobaLIF,
    CobaLIFCell,
    CobaLIFParameters,
    CobaLIFRecurrent,
    CobaLIFRecurrentCell,
    CobaLIFRecurrentState,
    CobaLIFState,
)
from norse_lite.neurons.cuba_li import CubaLI, CubaLICell, CubaLIParameters, CubaLIState
from norse_lite.neurons.cuba_lif import (
    CubaLIF,
    CubaLIFCell,
    CubaLIFParameters,
    CubaLIFRecurrent,
    CubaLIFRecurrentCell,
    CubaLIFRecurrentState,
    CubaLIFState,
)
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
from norse_lite.neurons.lif_adex import (
    LIFAdEx,
    LIFAdExCell,
    LIFAdExParameters,
    LIFAdExRecurrent,
    LIFAdExRecurrentCell,
    LIFAdExRecurrentState,
    LIFAdExState,
)
from norse_lite.neurons.lif_adex_refrac import (
    LIFAdExRefrac,
    LIFAdExRefracCell,
    LIFAdExRefracParameters,
    LIFAdExRefracRecurrent,
    LIFAdExRefracRecurrentCell,
    LIFAdExRefracRecurrentState,
    LIFAdExRefracState,
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
from norse_lite.neurons.lif_ex import (
    LIFEx,
    LIFExCell,
    LIFExParameters,
    LIFExRecurrent,
    LIFExRecurrentCell,
    LIFExRecurrentState,
    LIFExState,
)
from norse_lite.neurons.lif_refrac import (
    LIFRefrac,
    LIFRefracCell,
    LIFRefracParameters,
    LIFRefracRecurrent,
    LIFRefracRecurrentCell,
    LIFRefracRecurrentState,
    LIFRefracState,
)
from norse_lite.neurons.lsnn import (
    LSNN,
    LSNNCell,
    LSNNParameters,
    LSNNRecurrent,
    LSNNRecurrentCell,
    LSNNRecurrentState,
    LSNNState,
)
from norse_lite.sequential import Lift, SequentialState
from norse_lite.surrogate import ATan, Boxcar, SuperSpike, Surrogate, Triangle

if TYPE_CHECKING:
    from norse_lite import nir
    from norse_lite.nir import from_nir, to_nir

# Names that are imported when first used, so that `import norse_lite` stays quick.
_LAZY = {"from_nir": "nir", "to_nir": "nir"}
_LAZY_MODULES = ("nir",)

__all__ = [
    "IAF",
    "LI",
    "LIF",
    "LSNN",
    "ATan",
    "AdaLIF",
    "AdaLIFCell",
    "AdaLIFParameters",
    "AdaLIFRecurrent",
    "AdaLIFRecurrentCell",
    "AdaLIFRecurrentState",
    "AdaLIFState",
    "Boxcar",
    "CobaLIF",
    "CobaLIFCell",
    "CobaLIFParameters",
    "CobaLIFRecurrent",
    "CobaLIFRecurrentCell",
    "CobaLIFRecurrentState",
    "CobaLIFState",
    "CubaLI",
    "CubaLICell",
    "CubaLIF",
    "CubaLIFCell",
    "CubaLIFParameters",
    "CubaLIFRecurrent",
    "CubaLIFRecurrentCell",
    "CubaLIFRecurrentState",
    "CubaLIFState",
    "CubaLIParameters",
    "CubaLIState",
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
    "LIFAdEx",
    "LIFAdExCell",
    "LIFAdExParameters",
    "LIFAdExRecurrent",
    "LIFAdExRecurrentCell",
    "LIFAdExRecurrentState",
    "LIFAdExRefrac",
    "LIFAdExRefracCell",
    "LIFAdExRefracParameters",
    "LIFAdExRefracRecurrent",
    "LIFAdExRefracRecurrentCell",
    "LIFAdExRefracRecurrentState",
    "LIFAdExRefracState",
    "LIFAdExState",
    "LIFBox",
    "LIFBoxCell",
    "LIFBoxParameters",
    "LIFBoxRecurrent",
    "LIFBoxRecurrentCell",
    "LIFBoxRecurrentState",
    "LIFBoxState",
    "LIFCell",
    "LIFEx",
    "LIFExCell",
    "LIFExParameters",
    "LIFExRecurrent",
    "LIFExRecurrentCell",
    "LIFExRecurrentState",
    "LIFExState",
    "LIFParameters",
    "LIFRecurrent",
    "LIFRecurrentCell",
    "LIFRecurrentState",
    "LIFRefrac",
    "LIFRefracCell",
    "LIFRefracParameters",
    "LIFRefracRecurrent",
    "LIFRefracRecurrentCell",
    "LIFRefracRecurrentState",
    "LIFRefracState",
    "LIFState",
    "LIParameters",
    "LIState",
    "LSNNCell",
    "LSNNParameters",
    "LSNNRecurrent",
    "LSNNRecurrentCell",
    "LSNNRecurrentState",
    "LSNNState",
    "Lift",
    "NetworkError",
    "SequentialState",
    "SuperSpike",
    "Surrogate",
    "Triangle",
    "decode",
    "from_nir",
    "nir",
    "to_nir",
]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        value = getattr(import_module(f"norse_lite.{_LAZY[name]}"), name)
        globals()[name] = value
        return value
    if name in _LAZY_MODULES:
        return import_module(f"norse_lite.{name}")
    raise AttributeError(f"module 'norse_lite' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)

"""Spiking neural networks in PyTorch on fused kernels, with explicit state.

Every neuron comes as a layer over sequences (`LIF`), a cell for single steps (`LIFCell`), both
recurrently connected (`LIFRecurrent`, `LIFRecurrentCell`), between convolutions
(`LIFConvRecurrent`, `LIFConvRecurrentCell`) and as functions (`functional.lif_step`), with its
parameters (`LIFParameters`) and its state (`LIFState`, `LIFRecurrentState`).
"""

# The imports below serve type checkers; at run time the tables further down do.
# ruff: noqa: F401, F403

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from norse_lite import (
        convert,
        datasets,
        decode,
        diagnose,
        encode,
        functional,
        learning,
        loss,
        models,
        monitor,
        nir,
        pipeline,
        plasticity,
        plot,
        quantize,
        receptive_fields,
        regularization,
        sparse,
        surrogate,
        tasks,
    )
    from norse_lite._errors import NetworkError
    from norse_lite.diagnose import calibrate, doctor, fluctuation_driven_, synops
    from norse_lite.neurons.ada_lif import *
    from norse_lite.neurons.coba_lif import *
    from norse_lite.neurons.conv_recurrent import *
    from norse_lite.neurons.cuba_li import *
    from norse_lite.neurons.cuba_lif import *
    from norse_lite.neurons.iaf import *
    from norse_lite.neurons.izhikevich import *
    from norse_lite.neurons.li import *
    from norse_lite.neurons.li_box import *
    from norse_lite.neurons.lif import *
    from norse_lite.neurons.lif_adex import *
    from norse_lite.neurons.lif_adex_refrac import *
    from norse_lite.neurons.lif_box import *
    from norse_lite.neurons.lif_correlation import *
    from norse_lite.neurons.lif_ex import *
    from norse_lite.neurons.lif_mc import *
    from norse_lite.neurons.lif_refrac import *
    from norse_lite.neurons.lsnn import *
    from norse_lite.neurons.plif import *
    from norse_lite.neurons.psn import *
    from norse_lite.neurons.resonate_fire import *
    from norse_lite.neurons.sigma_delta import *
    from norse_lite.nir import from_nir, to_nir
    from norse_lite.sequential import Lift, SequentialState
    from norse_lite.sparse import AvgPool2d, EventConv2d, EventLinear
    from norse_lite.stateful import Stateful, detach_states, reset_states
    from norse_lite.surrogate import (
        ATan,
        Boxcar,
        Circ,
        Erfc,
        Logistic,
        PiecewiseLinear,
        SuperSpike,
        Surrogate,
        Tanh,
        Triangle,
    )

_FEED_FORWARD = ("", "Cell", "Parameters", "State")
_ALL_FORMS = (*_FEED_FORWARD, "Recurrent", "RecurrentCell", "RecurrentState")
_SPIKING = {
    "AdaLIF": "ada_lif",
    "CobaLIF": "coba_lif",
    "CubaLIF": "cuba_lif",
    "IAF": "iaf",
    "Izhikevich": "izhikevich",
    "LIF": "lif",
    "LIFAdEx": "lif_adex",
    "LIFAdExRefrac": "lif_adex_refrac",
    "LIFBox": "lif_box",
    "LIFEx": "lif_ex",
    "LIFMC": "lif_mc",
    "LIFMCRefrac": "lif_mc",
    "LIFRefrac": "lif_refrac",
    "LSNN": "lsnn",
    "ResonateFire": "resonate_fire",
    "SigmaDelta": "sigma_delta",
}
_INTEGRATORS = {"CubaLI": "cuba_li", "LI": "li", "LIBox": "li_box"}
_OTHERS = {
    "_errors": ("NetworkError",),
    "diagnose": ("calibrate", "doctor", "fluctuation_driven_", "synops"),
    "neurons.izhikevich": ("IZHIKEVICH_BEHAVIOURS", "IzhikevichBehaviour"),
    "neurons.lif_correlation": (
        "CorrelationState",
        "LIFCorrelation",
        "LIFCorrelationCell",
        "LIFCorrelationParameters",
        "LIFCorrelationState",
        "correlation_step",
    ),
    "neurons.li": ("LILinear", "LILinearCell"),
    "neurons.plif": (
        "PLIF",
        "PLIFCell",
        "PLIFConvRecurrent",
        "PLIFConvRecurrentCell",
        "PLIFRecurrent",
        "PLIFRecurrentCell",
    ),
    "neurons.psn": ("PSN", "SlidingPSN", "SlidingPSNState"),
    "nir": ("from_nir", "to_nir"),
    "sequential": ("Lift", "SequentialState"),
    "sparse": ("AvgPool2d", "EventConv2d", "EventLinear"),
    "stateful": ("Stateful", "detach_states", "reset_states"),
    "surrogate": (
        "ATan",
        "Boxcar",
        "Circ",
        "Erfc",
        "Logistic",
        "PiecewiseLinear",
        "SuperSpike",
        "Surrogate",
        "Tanh",
        "Triangle",
    ),
}
_MODULES = (
    "convert",
    "datasets",
    "decode",
    "diagnose",
    "encode",
    "functional",
    "learning",
    "loss",
    "models",
    "monitor",
    "nir",
    "pipeline",
    "plasticity",
    "plot",
    "quantize",
    "receptive_fields",
    "regularization",
    "sparse",
    "surrogate",
    "tasks",
)

# Every name is imported when it is first used, so that `import norse_lite` stays quick.
_MODULE_OF = {
    **{n + form: f"neurons.{m}" for n, m in _SPIKING.items() for form in _ALL_FORMS},
    **{
        n + form: f"neurons.{module}"
        for n, module in _INTEGRATORS.items()
        for form in _FEED_FORWARD
    },
    # Compartments are coupled along one axis, which images do not have.
    **{
        n + form: "neurons.conv_recurrent"
        for n in _SPIKING
        if not n.startswith("LIFMC")
        for form in ("ConvRecurrent", "ConvRecurrentCell")
    },
    **{name: module for module, names in _OTHERS.items() for name in names},
}

__all__ = sorted([*_MODULE_OF, *_MODULES])  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"norse_lite.{name}")
    if name in _MODULE_OF:
        value = getattr(import_module(f"norse_lite.{_MODULE_OF[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'norse_lite' has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)

"""From Norse's modules to this package's own, for what only those can do."""

from typing import Any

from torch import nn

import norse_lite
from norse_lite._errors import NetworkError
from norse_lite.compat.norse._bridge import norse_surrogate
from norse_lite.compat.norse.torch.functional.reset import reset_subtract, reset_value
from norse_lite.compat.norse.torch.module.iaf import IAF, IAFCell
from norse_lite.compat.norse.torch.module.leaky_integrator import LI, LICell, LILinearCell
from norse_lite.compat.norse.torch.module.leaky_integrator_box import LIBoxCell
from norse_lite.compat.norse.torch.module.lif import LIF, LIFCell, LIFRecurrent, LIFRecurrentCell
from norse_lite.compat.norse.torch.module.lif_box import LIFBoxCell
from norse_lite.compat.norse.torch.module.lift import Lift
from norse_lite.compat.norse.torch.module.sequential import SequentialState
from norse_lite.compat.norse.torch.module.snn import ParameterModule

__all__ = ["native"]

# Names of the parameters here, and Norse's; those that end in _inv are inverted.
_TAUS = {"tau_mem": "tau_mem_inv", "tau_syn": "tau_syn_inv"}
_LEAK = {"v_leak": "v_leak"}
_SPIKE = {"v_th": "v_th", "v_reset": "v_reset"}
_NEURONS: dict[type, tuple[str, dict[str, str]]] = {
    LIFCell: ("LIFCell", {**_TAUS, **_LEAK, **_SPIKE}),
    LIF: ("LIF", {**_TAUS, **_LEAK, **_SPIKE}),
    LIFRecurrentCell: ("LIFRecurrentCell", {**_TAUS, **_LEAK, **_SPIKE}),
    LIFRecurrent: ("LIFRecurrent", {**_TAUS, **_LEAK, **_SPIKE}),
    LIFBoxCell: ("LIFBoxCell", {"tau_mem": "tau_mem_inv", **_LEAK, **_SPIKE}),
    LICell: ("LICell", {**_TAUS, **_LEAK}),
    LI: ("LI", {**_TAUS, **_LEAK}),
    LILinearCell: ("LILinearCell", {**_TAUS, **_LEAK}),
    LIBoxCell: ("LIBoxCell", {"tau_mem": "tau_mem_inv", **_LEAK}),
    IAFCell: ("IAFCell", dict(_SPIKE)),
    IAF: ("IAF", dict(_SPIKE)),
}


def _value(p: Any, name: str) -> Any:
    value = getattr(p, name)
    value = value.detach().double() if hasattr(value, "detach") else float(value)
    return 1 / value if name.endswith("_inv") else value


def _neuron(module: Any, path: str) -> nn.Module:
    name, fields = _NEURONS[type(module)]
    p = module.p
    options: dict[str, Any] = {ours: _value(p, theirs) for ours, theirs in fields.items()}
    options["dt"] = module.dt
    if hasattr(p, "method"):
        options["surrogate"] = norse_surrogate(p.method, p.alpha)
    if getattr(p, "reset_method", reset_value) is reset_subtract:
        # The threshold alone is subtracted, which is our rule with a v_reset of zero.
        options["reset"], options["v_reset"] = "subtract", 0.0
    elif getattr(p, "reset_method", reset_value) is not reset_value:
        raise NetworkError(f"module {path}: a reset method of one's own has no NIR form")
    if name.startswith("LILinear"):
        weights = module.input_weights
        return norse_lite.LILinearCell(*weights.shape[::-1], input_weights=weights, **options)
    if "Recurrent" not in name:
        return getattr(norse_lite, name)(**options)
    return getattr(norse_lite, name)(
        module.input_size,
        module.hidden_size,
        input_weights=module.input_weights,
        recurrent_weights=module.recurrent_weights,
        autapses=module.autapses,
        **options,
    )


def native(module: nn.Module, path: str = "") -> nn.Module:
    """Return the module of this package that gives the same numbers.

    Args:
        module: Norse's containers and neurons, and torch's modules.
        path: Where it stands, for messages.

    Raises:
        NetworkError: There is none; the message names the module.
    """
    if type(module) in _NEURONS:
        return _neuron(module, path or type(module).__name__)
    if isinstance(module, ParameterModule):
        raise NetworkError(
            f"to_nir: module {path or '0'} ({type(module).__name__}) has no NIR form; the nearest "
            "neuron that has one is LIFCell"
        )
    if isinstance(module, Lift):
        inner = native(module.lifted_module, path)
        return inner if isinstance(inner, norse_lite.Lift) else norse_lite.Lift(inner)
    if isinstance(module, (SequentialState, nn.Sequential)):
        # A lifted layer is what the chain makes of the layer itself.
        kind = norse_lite.SequentialState if isinstance(module, SequentialState) else nn.Sequential
        parts = [
            native(child, f"{path}.{name}" if path else name)
            for name, child in module.named_children()
        ]
        return kind(*parts).train(module.training)
    return module

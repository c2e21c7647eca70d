"""Refractory time after a spike, for any neuron with a voltage."""

from torch import Tensor

from norse_lite.neurons._neuron import Rules
from norse_lite.neurons._values import Value
from norse_lite.surrogate import spike

__all__ = ["refract"]


def refract(
    z: Tensor, v: Tensor, v_before: Tensor, rho: Tensor, rho_reset: Value, rules: Rules
) -> tuple[Tensor, Tensor, Tensor]:
    """Hold a neuron that has fired: no spike and no change of voltage while `rho` counts down.

    Args:
        z: Spikes of this step, before the refractory rule.
        v: Voltage after this step, before the rule.
        v_before: Voltage before this step.
        rho: Steps that the refractory time still lasts.
        rho_reset: Steps of a refractory time.
        rules: Surrogate, which also stands for the derivative of `rho > 0`.

    Returns:
        Spikes, voltage and remaining steps after the rule.
    """
    held = spike(rho, rules.surrogate)
    v = (1 - held) * v + held * v_before
    z = (1 - held) * z
    rho = (1 - z) * (rho - held).relu() + z * rho_reset
    return z, v, rho

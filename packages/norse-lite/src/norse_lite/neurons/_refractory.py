"""Refractory time after a spike, for any neuron with a voltage."""

from collections import namedtuple
from typing import Any, TypeVar, get_type_hints

from torch import Tensor

from norse_lite.neurons._neuron import Neuron, Rules
from norse_lite.neurons._values import Value
from norse_lite.surrogate import spike

__all__ = ["refract", "refractory"]

P = TypeVar("P")
S = TypeVar("S", bound=tuple[Tensor, ...])


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


def refractory(
    base: Neuron[Any, Any],
    *,
    name: str,
    parameters: type[P],
    state: type[S],
    recurrent_state: Any,
    kernel: str | None = None,
) -> Neuron[P, S]:
    """Derive a neuron with a refractory time from one without.

    Args:
        base: A neuron whose first state variable is its voltage.
        name: Name of the new model.
        parameters: Parameters of `base`, and `rho_reset`.
        state: State variables of `base`, then `rho`.
        recurrent_state: The last spikes `z`, then the state variables.
        kernel: Name of the compiled model, if there is one.

    Returns:
        The neuron that steps as `base` does and is then held by `refract`.
    """
    plain: Any = get_type_hints(base.coefficients)["return"]
    kind: Any = namedtuple(f"{name}Coefficients", (*plain._fields, "rho_reset"))

    def coefficients(p: Any, rules: Rules) -> Any:
        return kind(*base.coefficients(p, rules), p.rho_reset)

    def rest(c: Any) -> tuple[Value, ...]:
        return (*base.rest(plain(*c[:-1])), 0.0)

    def step(x: Tensor, s: Any, c: Any, rules: Rules) -> tuple[Tensor, S]:
        z, after = base.step(x, base.state(*s[:-1]), plain(*c[:-1]), rules)
        z, v, rho = refract(z, after[0], s[0], s[-1], c.rho_reset, rules)
        return z, state(v, *after[1:], rho)  # type: ignore[call-arg]

    return Neuron(
        name=name,
        parameters=parameters,
        state=state,
        coefficients=coefficients,
        rest=rest,
        step=step,
        kernel=kernel,
        recurrent_state=recurrent_state,
        matrices=base.matrices,
    )

"""Izhikevich's neurons as functions, and the twenty behaviours of his 2004 paper."""

from typing import Any, NamedTuple

import torch
from torch import Tensor

from norse_lite.compat.norse._bridge import rules_of, step, weighted
from norse_lite.compat.norse._pytree import state_tuple
from norse_lite.compat.norse.torch.functional.threshold import threshold as threshold
from norse_lite.neurons.izhikevich import (
    IZHIKEVICH_BEHAVIOURS,
    IZHIKEVICH_NEURON,
    IzhikevichCoefficients,
)

__all__ = [
    "IzhikevichParameters",
    "IzhikevichRecurrentState",
    "IzhikevichSpikingBehavior",
    "IzhikevichState",
    "accomodation",
    "accomodation_p",
    "bistability",
    "bistability_p",
    "class_1_exc",
    "class_1_exc_p",
    "class_2_exc",
    "class_2_exc_p",
    "create_izhikevich_spiking_behavior",
    "dap",
    "dap_p",
    "inhibition_induced_bursting",
    "inhibition_induced_bursting_p",
    "inhibition_induced_spiking",
    "inhibition_induced_spiking_p",
    "integrator",
    "integrator_p",
    "izhikevich_feed_forward_step",
    "izhikevich_recurrent_step",
    "mixed_mode",
    "mixed_mode_p",
    "phasic_bursting",
    "phasic_bursting_p",
    "phasic_spiking",
    "phasic_spiking_p",
    "rebound_burst",
    "rebound_burst_p",
    "rebound_spike",
    "rebound_spike_p",
    "resonator",
    "resonator_p",
    "spike_frequency_adaptation",
    "spike_frequency_adaptation_p",
    "spike_latency",
    "spike_latency_p",
    "subthreshold_oscillation",
    "subthreshold_oscillation_p",
    "threshold_variability",
    "threshold_variability_p",
    "tonic_bursting",
    "tonic_bursting_p",
    "tonic_spiking",
    "tonic_spiking_p",
]


@state_tuple
class IzhikevichParameters(NamedTuple):
    """Parameters of Izhikevich's neuron; the inverse time unit in Hz."""

    a: Any
    b: Any
    c: Any
    d: Any
    sq: Any = 0.04
    mn: Any = 5
    bias: Any = 140
    v_th: Any = 30
    tau_inv: Any = 250
    method: str = "super"
    alpha: Any = 100.0


@state_tuple
class IzhikevichState(NamedTuple):
    """Voltage `v` and recovery `u`."""

    v: Any
    u: Any


@state_tuple
class IzhikevichRecurrentState(NamedTuple):
    """Spikes `z`, voltage `v` and recovery `u`."""

    z: Any
    v: Any
    u: Any


@state_tuple
class IzhikevichSpikingBehavior(NamedTuple):
    """Parameters `p` and initial state `s` that show a behaviour."""

    p: IzhikevichParameters
    s: IzhikevichState


def create_izhikevich_spiking_behavior(
    a: float,
    b: float,
    c: float,
    d: float,
    v_rest: float,
    u_rest: float,
    tau_inv: float = 250,
) -> IzhikevichSpikingBehavior:
    """Make a behaviour of parameters and an initial state.

    Args:
        a: Rate of the recovery.
        b: Sensitivity of the recovery to the voltage.
        c: Voltage after a spike.
        d: Growth of the recovery at a spike.
        v_rest: Initial voltage.
        u_rest: Initial recovery, divided by `b`.
        tau_inv: Inverse time unit in Hz.

    Example:
        >>> create_izhikevich_spiking_behavior(0.02, 0.2, -65, 6, -70, -70).s.u
        tensor(-14.)
    """
    return IzhikevichSpikingBehavior(
        IzhikevichParameters(a, b, c, d, tau_inv=tau_inv),
        IzhikevichState(
            torch.tensor(float(v_rest), requires_grad=True), torch.tensor(float(u_rest)) * b
        ),
    )


def _behaviour(name: str) -> IzhikevichSpikingBehavior:
    known = IZHIKEVICH_BEHAVIOURS[name]
    p = IzhikevichParameters(
        known.a,
        known.b,
        known.c,
        known.d,
        mn=known.mn,
        bias=known.bias,
        tau_inv=1 / known.tau,
    )
    u = known.b * known.v if known.u is None else known.u
    state = IzhikevichState(
        torch.tensor(float(known.v), requires_grad=True), torch.tensor(float(u))
    )
    return IzhikevichSpikingBehavior(p, state)


tonic_spiking = _behaviour("tonic_spiking")
phasic_spiking = _behaviour("phasic_spiking")
tonic_bursting = _behaviour("tonic_bursting")
phasic_bursting = _behaviour("phasic_bursting")
mixed_mode = _behaviour("mixed_mode")
spike_frequency_adaptation = _behaviour("spike_frequency_adaptation")
class_1_exc = _behaviour("class_1_exc")
class_2_exc = _behaviour("class_2_exc")
spike_latency = _behaviour("spike_latency")
subthreshold_oscillation = _behaviour("subthreshold_oscillation")
resonator = _behaviour("resonator")
integrator = _behaviour("integrator")
rebound_spike = _behaviour("rebound_spike")
rebound_burst = _behaviour("rebound_burst")
threshold_variability = _behaviour("threshold_variability")
bistability = _behaviour("bistability")
dap = _behaviour("dap")
accomodation = _behaviour("accomodation")
inhibition_induced_spiking = _behaviour("inhibition_induced_spiking")
inhibition_induced_bursting = _behaviour("inhibition_induced_bursting")

tonic_spiking_p = tonic_spiking.p
phasic_spiking_p = phasic_spiking.p
tonic_bursting_p = tonic_bursting.p
phasic_bursting_p = phasic_bursting.p
mixed_mode_p = mixed_mode.p
spike_frequency_adaptation_p = spike_frequency_adaptation.p
class_1_exc_p = class_1_exc.p
class_2_exc_p = class_2_exc.p
spike_latency_p = spike_latency.p
subthreshold_oscillation_p = subthreshold_oscillation.p
resonator_p = resonator.p
integrator_p = integrator.p
rebound_spike_p = rebound_spike.p
rebound_burst_p = rebound_burst.p
threshold_variability_p = threshold_variability.p
bistability_p = bistability.p
dap_p = dap.p
accomodation_p = accomodation.p
inhibition_induced_spiking_p = inhibition_induced_spiking.p
inhibition_induced_bursting_p = inhibition_induced_bursting.p


def coefficients(p: Any, dt: float) -> IzhikevichCoefficients:
    """Return the coefficients of a step."""
    return IzhikevichCoefficients(dt * p.tau_inv, p.a, p.b, p.c, p.d, p.sq, p.mn, p.bias, p.v_th)


def izhikevich_feed_forward_step(
    input_current: Tensor,
    s: IzhikevichState,
    p: IzhikevichParameters = tonic_spiking.p,
    dt: float = 0.001,
) -> tuple[Tensor, IzhikevichState]:
    """Run one step.

    Args:
        input_current: Input, any shape.
        s: State, each of the input's shape or one value.
        p: Parameters.
        dt: Duration of the step in seconds.

    Returns:
        Spikes and the new state.

    Example:
        >>> z, s = izhikevich_feed_forward_step(torch.ones(1), tonic_spiking.s, tonic_spiking.p)
        >>> round(s.v.item(), 3)
        -69.75
    """
    z, after = step(IZHIKEVICH_NEURON, input_current, s, coefficients(p, dt), rules_of(p, dt))
    return z, IzhikevichState(*after)


def izhikevich_recurrent_step(
    input_current: Tensor,
    s: IzhikevichRecurrentState,
    input_weights: Tensor,
    recurrent_weights: Tensor,
    p: IzhikevichParameters = tonic_spiking.p,
    dt: float = 0.001,
) -> tuple[Tensor, IzhikevichRecurrentState]:
    """Run one recurrent step.

    Args:
        input_current: Input, `(B, inputs)`.
        s: State, each `(B, neurons)`.
        input_weights: `(neurons, inputs)`.
        recurrent_weights: `(neurons, neurons)`.
        p: Parameters.
        dt: Duration of the step in seconds.

    Returns:
        Spikes `(B, neurons)` and the new state.
    """
    drive = weighted(input_current, input_weights)
    drive = drive + weighted(torch.as_tensor(s.z), recurrent_weights)
    z, after = step(IZHIKEVICH_NEURON, drive, (s.v, s.u), coefficients(p, dt), rules_of(p, dt))
    return z, IzhikevichRecurrentState(z, *after)

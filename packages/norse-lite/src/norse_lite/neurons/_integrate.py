"""Coefficients of one time step of leaky integration, and the threshold with its reset."""

import torch
from torch import Tensor

from norse_lite.neurons._neuron import Rules
from norse_lite.neurons._values import Value, tensor
from norse_lite.surrogate import spike

__all__ = ["current_gain", "exponential", "fire", "kept", "rate"]


def rate(tau: Value, rules: Rules) -> Value:
    """Share of the distance to its rest that a variable loses in a step.

    Args:
        tau: Time constant in seconds.
        rules: `dt / tau` for the Euler integrator, `1 - exp(-dt / tau)` for the exact one.
    """
    if rules.integrator == "euler":
        return rules.dt / tau
    return -torch.expm1(-rules.dt / tensor(tau))


def current_gain(r: Value, tau_mem: Value, tau_syn: Value, rules: Rules) -> Value:
    """Factor of the synaptic current in `v += leak * ((v_leak - v) + gain * i)`.

    It is `r` for the Euler integrator. For the exact one it is the membrane's response, at the end
    of the step, to a current that decays with `tau_syn` from the start of the step on, divided by
    `leak`.
    """
    if rules.integrator == "euler":
        return r
    tau_mem, tau_syn = tensor(tau_mem), tensor(tau_syn)
    difference = 1 / tau_mem - 1 / tau_syn
    exponent = difference * rules.dt
    small = exponent.abs() < 1e-6
    integral = torch.where(
        small,
        rules.dt * (1 + exponent / 2),
        torch.expm1(exponent) / torch.where(small, torch.ones_like(difference), difference),
    )
    return r * torch.exp(-rules.dt / tau_mem) * integral / tau_mem / rate(tau_mem, rules)


def fire(v: Tensor, v_th: Value, v_reset: Value, rules: Rules) -> tuple[Tensor, Tensor]:
    """Spike where `v > v_th` and reset there.

    Args:
        v: Voltage after integration.
        v_th: Threshold.
        v_reset: Voltage after a spike.
        rules: Surrogate, kind of reset, and whether the reset is detached.

    Returns:
        Spikes (0 or 1) and the voltage after the reset.
    """
    z = spike(v - v_th, rules.surrogate)
    s = kept(z, rules)
    if rules.reset == "subtract":
        return z, v - s * (v_th - v_reset)
    return z, (1 - s) * v + s * v_reset


def kept(z: Tensor, rules: Rules) -> Tensor:
    """Return the spikes as they act on their own neuron: without gradient if it is detached."""
    return z.detach() if rules.detach_reset else z


def exponential(v: Tensor, v_th: Value, delta_t: Value) -> Tensor:
    """Return `delta_t * exp((v - v_th) / delta_t)`, the upswing of a spike."""
    return delta_t * torch.exp((v - v_th) / delta_t)

"""Traces of spikes for plasticity that depends on their timing."""

from typing import Any, NamedTuple

import torch
from torch import Tensor

from norse_lite.compat.norse._pytree import state_tuple

__all__ = ["STDPSensorParameters", "STDPSensorState", "stdp_sensor_step"]


@state_tuple
class STDPSensorParameters(NamedTuple):
    """Growth of the traces at a spike, and their inverse time constants in Hz."""

    eta_p: Any = torch.as_tensor(1.0)
    eta_m: Any = torch.as_tensor(1.0)
    tau_ac_inv: Any = torch.as_tensor(1.0 / 100e-3)
    tau_c_inv: Any = torch.as_tensor(1.0 / 100e-3)


@state_tuple
class STDPSensorState(NamedTuple):
    """Trace of the spikes in front of the synapses, and of those behind."""

    a_pre: Any
    a_post: Any


DEFAULT = STDPSensorParameters()


def stdp_sensor_step(
    z_pre: Tensor,
    z_post: Tensor,
    state: STDPSensorState,
    p: STDPSensorParameters = DEFAULT,
    dt: float = 0.001,
) -> STDPSensorState:
    """Let both traces decay with `tau_c_inv`, as in Norse, and grow at spikes.

    Example:
        >>> state = STDPSensorState(torch.zeros(2), torch.zeros(2))
        >>> stdp_sensor_step(torch.tensor([1.0, 0.0]), torch.zeros(2), state).a_pre.tolist()
        [1.0, 0.0]
    """
    keep = 1 - dt * p.tau_c_inv
    return STDPSensorState(
        state.a_pre * keep + p.eta_p * z_pre, state.a_post * keep + p.eta_m * z_post
    )

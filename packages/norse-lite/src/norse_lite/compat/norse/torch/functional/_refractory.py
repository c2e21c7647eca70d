"""The refractory time, which is the same for every neuron that has one."""

from typing import Any

import torch
from torch import Tensor

from norse_lite.compat.norse.torch.functional.threshold import threshold

__all__ = ["hold"]


def hold(
    before: Any, rho: Any, z_new: Tensor, v_new: Tensor, p: Any, rho_reset: Any
) -> tuple[Tensor, Tensor, Tensor]:
    """Hold neurons in their refractory time: no spike and no change of voltage.

    Args:
        before: State of the neuron before the step, with its voltage `v`.
        rho: Remaining refractory steps.
        z_new: Spikes of the step.
        v_new: Voltage after the step.
        p: Parameters of the neuron, with `method` and `alpha`.
        rho_reset: Refractory steps after a spike.

    Returns:
        Voltage, spikes and remaining refractory steps.
    """
    rho = torch.as_tensor(rho)
    held = threshold(rho, p.method, p.alpha)
    v = (1 - held) * v_new + held * before.v
    z = (1 - held) * z_new
    return v, z, (1 - z) * torch.relu(rho - held) + z * rho_reset

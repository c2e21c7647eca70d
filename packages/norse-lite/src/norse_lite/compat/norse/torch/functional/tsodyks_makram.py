"""Short-term plasticity (Tsodyks and Markram 1997; Tsodyks, Pawelzik and Markram 1998)."""

from typing import Any, NamedTuple

from torch import Tensor

from norse_lite.compat.norse._pytree import state_tuple

__all__ = ["TsodyksMakramParameters", "TsodyksMakramState", "stp_step"]


@state_tuple
class TsodyksMakramParameters(NamedTuple):
    """Inverse time constants of facilitation, synapse and recovery in Hz, and release `U`."""

    tau_f_inv: Any = 1 / 50e-3
    tau_s_inv: Any = 1 / 20e-3
    tau_d_inv: Any = 1 / 750e-3
    U: Any = 0.45


@state_tuple
class TsodyksMakramState(NamedTuple):
    """Utilisation `u` and available resources `x`."""

    u: Any
    x: Any


DEFAULT = TsodyksMakramParameters()


def stp_step(
    z: Tensor,
    s: TsodyksMakramState,
    p: TsodyksMakramParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, TsodyksMakramState]:
    """Run one step of the synapses.

    Args:
        z: Spikes, any shape.
        s: State, each of the shape of the spikes.
        p: Parameters.
        dt: Duration of the step in seconds.

    Returns:
        The current `u x` that each spike releases, and the new state.

    Example:
        >>> import torch
        >>> s = TsodyksMakramState(torch.zeros(2), torch.ones(2))
        >>> current, s = stp_step(torch.tensor([1.0, 0.0]), s)
        >>> [round(i, 4) for i in current.tolist()]
        [0.45, 0.0]
    """
    u = s.u - dt * p.tau_f_inv * s.u + z * p.U * (1 - s.u)
    released = z * u * s.x
    return released, TsodyksMakramState(u, s.x + dt * p.tau_d_inv * (1 - s.x) - released)

"""A constant current drives a leaky integrate-and-fire neuron, whose spikes are the code.

The current acts on the membrane itself, `v = v + dt / tau_mem ((v_leak - v) + r x)`, without a
synapse in between.
"""

from dataclasses import fields

from torch import Tensor

from norse_lite.encode._checks import check_steps, check_values
from norse_lite.encode._order import spike_latency_encode
from norse_lite.neurons.lif import LIFParameters
from norse_lite.neurons.lif_box import LIFBox, LIFBoxParameters
from norse_lite.surrogate import DEFAULT_SURROGATE, Surrogate

__all__ = ["constant_current_lif_encode", "spike_latency_lif_encode"]


def constant_current_lif_encode(
    input_current: Tensor,
    seq_length: int,
    p: LIFBoxParameters | LIFParameters | None = None,
    dt: float = 1e-3,
    *,
    surrogate: Surrogate = DEFAULT_SURROGATE,
) -> Tensor:
    """Encode currents as the spikes of LIF neurons that receive them in every step.

    Args:
        input_current: Currents, any shape, floating.
        seq_length: Number of time steps T.
        p: Parameters of the neurons, of which `tau_syn` is not used; None takes the defaults.
        dt: Duration of a step in seconds.
        surrogate: Derivative of the threshold in the backward pass.

    Returns:
        Spikes, `(T, *shape)`, in the dtype of the input.

    Example:
        >>> import torch
        >>> constant_current_lif_encode(torch.tensor([1.0, 4.0]), 10).sum(0).tolist()
        [0.0, 3.0]
    """
    where = "constant_current_lif_encode"
    steps = check_steps(where, seq_length)
    check_values(where, input_current)
    p = p or LIFBoxParameters()
    values = {field.name: getattr(p, field.name) for field in fields(LIFBoxParameters)}
    layer = LIFBox(dt=dt, surrogate=surrogate, **values).to(input_current.device)
    # The batch axis in front leaves parameters per neuron the whole shape of the input.
    currents = input_current[None, None].expand(steps, 1, *input_current.shape)
    return layer(currents)[0].squeeze(1)


def spike_latency_lif_encode(
    input_current: Tensor,
    seq_length: int,
    p: LIFBoxParameters | LIFParameters | None = None,
    dt: float = 1e-3,
) -> Tensor:
    """Encode currents as the first spike of LIF neurons: a larger current spikes earlier.

    Args:
        input_current: Currents, any shape, floating.
        seq_length: Number of time steps T.
        p: Parameters of the neurons, of which `tau_syn` is not used; None takes the defaults.
        dt: Duration of a step in seconds.

    Returns:
        At most one spike per value, `(T, *shape)`.

    Example:
        >>> import torch
        >>> z = spike_latency_lif_encode(torch.tensor([2.0, 4.0, 9.0]), 30)
        >>> z.sum(0).tolist(), z.argmax(0).tolist()
        ([1.0, 1.0, 1.0], [6, 2, 1])
    """
    return spike_latency_encode(constant_current_lif_encode(input_current, seq_length, p, dt))

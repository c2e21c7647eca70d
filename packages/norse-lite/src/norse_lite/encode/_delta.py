"""Delta modulation: a spike for every change of the signal, as event cameras do it."""

from typing import Literal

import torch
from torch import Tensor

from norse_lite._errors import NetworkError
from norse_lite.encode._checks import check_values

__all__ = ["delta_encode"]


def delta_encode(
    signal: Tensor,
    threshold: float = 0.1,
    *,
    reference: Literal["last_spike", "previous_step"] = "last_spike",
    signed: bool = True,
) -> Tensor:
    """Encode a signal by its changes.

    With `reference="last_spike"` a spike is sent when the signal has moved by at least `threshold`
    from a level that follows it in steps of `threshold` (Lichtsteiner et al. 2008): slow drifts are
    seen too, and the sum of the spikes stays within `threshold` of the signal as long as that moves
    by no more than `threshold` per step. With `"previous_step"` the difference of two successive
    steps is compared with the threshold.

    Args:
        signal: Samples, `(T, *shape)`, floating. The first step sets the level and never spikes.
        threshold: Smallest change that is sent.
        reference: What a sample is compared with.
        signed: Send -1 for a fall; otherwise falls are not sent, but the level follows them.

    Returns:
        -1, 0 and 1 (0 and 1 if not signed) in the shape and dtype of the signal.

    Example:
        >>> delta_encode(torch.tensor([0.0, 0.06, 0.12, 0.12, 0.0]), 0.1).tolist()
        [0.0, 0.0, 1.0, 0.0, -1.0]
    """
    check_values("delta_encode", signal)
    if signal.ndim < 1:
        raise NetworkError("delta_encode: signal must be (T, *shape), got a single number")
    if not threshold > 0:
        raise NetworkError(f"delta_encode: threshold must be positive, not {threshold!r}")
    if reference not in ("last_spike", "previous_step"):
        raise NetworkError(
            f"delta_encode: reference must be 'last_spike' or 'previous_step', not {reference!r}"
        )
    signal = signal.detach()
    spikes = torch.zeros_like(signal)
    if reference == "previous_step":
        change = signal[1:] - signal[:-1]
        spikes[1:] = (change >= threshold).to(signal) - (change <= -threshold).to(signal)
    elif len(signal):
        level = signal[0].clone()
        for t in range(1, len(signal)):
            change = signal[t] - level
            spikes[t] = (change >= threshold).to(signal) - (change <= -threshold).to(signal)
            level = level + threshold * spikes[t]
    return spikes if signed else spikes.clamp(min=0)

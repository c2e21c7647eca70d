"""From outputs over time to one value per class: readouts to train and to classify with."""

from math import exp
from typing import Any

import torch
from torch import Tensor, nn

from norse_lite._errors import NetworkError

__all__ = [
    "ExpFilter",
    "exp_filter",
    "first_spike_time",
    "last",
    "max_membrane",
    "mean_membrane",
    "rank_order",
    "rate",
    "spike_count",
    "spike_times",
    "sum_decode",
]


def rate(z: Tensor) -> Tensor:
    """Return the mean number of spikes per step.

    Args:
        z: Spikes, `(T, B, *shape)`.

    Returns:
        Rates, `(B, *shape)`.

    Example:
        >>> import torch
        >>> rate(torch.tensor([[[1.0, 0.0]], [[1.0, 1.0]]])).tolist()
        [[1.0, 0.5]]
    """
    return z.mean(0)


def spike_count(z: Tensor) -> Tensor:
    """Return the number of spikes: `(T, B, *shape)` to `(B, *shape)`.

    Args:
        z: Spikes, `(T, B, *shape)`.

    Returns:
        Counts, `(B, *shape)`.

    Example:
        >>> x = torch.tensor([[[1.0, 0.0]], [[1.0, 1.0]]])
        >>> spike_count(x).tolist()
        [[2.0, 1.0]]
    """
    return z.sum(0)


def sum_decode(z: Tensor, dimension: int = 0) -> Tensor:
    """Return the sum over one axis, time by default.

    Args:
        z: Spikes, `(T, B, *shape)`.
        dimension: Axis to sum over.

    Returns:
        Sums; `(B, *shape)` over time.

    Example:
        >>> x = torch.tensor([[[1.0, 0.0]], [[1.0, 1.0]]])
        >>> sum_decode(x).tolist()
        [[2.0, 1.0]]
    """
    return z.sum(dimension)


def max_membrane(v: Tensor) -> Tensor:
    """Return the largest voltage over time: `(T, B, *shape)` to `(B, *shape)`.

    Args:
        v: Voltages, `(T, B, *shape)`.

    Returns:
        Voltages, `(B, *shape)`.

    Example:
        >>> x = torch.tensor([[[1.0, 0.0]], [[1.0, 1.0]]])
        >>> max_membrane(x).tolist()
        [[1.0, 1.0]]
    """
    return v.amax(0)


def mean_membrane(v: Tensor) -> Tensor:
    """Return the mean voltage over time: `(T, B, *shape)` to `(B, *shape)`.

    Args:
        v: Voltages, `(T, B, *shape)`.

    Returns:
        Voltages, `(B, *shape)`.

    Example:
        >>> x = torch.tensor([[[1.0, 0.0]], [[1.0, 1.0]]])
        >>> mean_membrane(x).tolist()
        [[1.0, 0.5]]
    """
    return v.mean(0)


def last(y: Tensor) -> Tensor:
    """Return the output of the last step: `(T, B, *shape)` to `(B, *shape)`.

    Args:
        y: Outputs, `(T, B, *shape)`.

    Returns:
        Those of the last step, `(B, *shape)`.

    Example:
        >>> x = torch.tensor([[[1.0, 0.0]], [[1.0, 1.0]]])
        >>> last(x).tolist()
        [[1.0, 1.0]]
    """
    return y[-1]


class _SpikeTimes(torch.autograd.Function):
    """Steps of the first k spikes; a spike made stronger counts as one that comes earlier."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, k: int) -> Tensor:
        steps = len(z)
        index = torch.arange(steps, device=z.device).reshape(-1, *(1,) * (z.ndim - 1))
        at = torch.where(z != 0, index, steps)
        at = at.sort(0).values[:k]
        if len(at) < k:
            at = torch.cat([at, at.new_full((k - len(at), *at.shape[1:]), steps)])
        ctx.save_for_backward(at)
        ctx.steps = steps
        return at.to(z.dtype)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        (at,) = ctx.saved_tensors
        # A missing spike has the time T; its gradient falls on the last step, where it may appear.
        slot = at.clamp(max=ctx.steps - 1)
        grad = grads[0].new_zeros((ctx.steps, *at.shape[1:]))
        return grad.scatter_add_(0, slot, -grads[0]), None


def spike_times(z: Tensor, k: int = 1, dt: float = 1.0) -> Tensor:
    """Return the times of the first `k` spikes of each neuron.

    The gradient with respect to a spike that is counted is -1 (in steps): more drive there means an
    earlier spike. Missing spikes have the time `T * dt`, with the gradient at the last step.

    Args:
        z: Spikes, `(T, B, *shape)`.
        k: Number of spikes.
        dt: Duration of a step: 1 gives steps, the step in seconds gives seconds.

    Returns:
        Times of the beginning of the steps, `(k, B, *shape)`, in the dtype of the spikes.

    Example:
        >>> z = torch.tensor([[[0.0, 1.0]], [[0.0, 0.0]], [[0.0, 1.0]]])
        >>> spike_times(z, 2).tolist()
        [[[3.0, 0.0]], [[3.0, 2.0]]]
    """
    if z.ndim < 1 or not len(z):
        raise NetworkError(f"spike_times: spikes must be (T, B, *shape), got {tuple(z.shape)}")
    if k < 1:
        raise NetworkError(f"spike_times: k must be at least 1, not {k!r}")
    return _SpikeTimes.apply(z, k) * dt  # type: ignore[no-any-return]


def first_spike_time(z: Tensor, dt: float = 1.0) -> Tensor:
    """Return the time of the first spike, `T * dt` without one: `(T, B, *shape)` to `(B, *shape)`.

    Gradients as `spike_times`.

    Example:
        >>> first_spike_time(torch.tensor([[[0.0, 0.0]], [[0.0, 1.0]]])).tolist()
        [[2.0, 1.0]]
    """
    return spike_times(z, 1, dt)[0]


def rank_order(z: Tensor, modulation: float = 0.9) -> Tensor:
    """Weigh each first spike by `modulation ** rank` in the order of arrival.

    The rank counts the neurons of the last axis that spiked in earlier steps (Thorpe and Gautrais
    1998); silent neurons give 0.

    Args:
        z: Spikes, `(T, B, n)`.
        modulation: Factor per rank, in (0, 1].

    Returns:
        Activities, `(B, n)`.

    Example:
        >>> z = torch.tensor([[[0.0, 1.0, 0.0]], [[1.0, 0.0, 0.0]]])
        >>> rank_order(z, 0.5).tolist()
        [[0.5, 1.0, 0.0]]
    """
    at = first_spike_time(z.detach())
    earlier = (at.unsqueeze(-2) < at.unsqueeze(-1)).sum(-1)
    return torch.where(at < len(z), modulation ** earlier.to(z.dtype), torch.zeros_like(at))


def exp_filter(z: Tensor, tau: float, dt: float = 1e-3, start: Tensor | None = None) -> Tensor:
    """Smooth over time with an exponential kernel: `y_t = a y_(t-1) + (1 - a) z_t`.

    Args:
        z: Signals, `(T, B, *shape)`.
        tau: Time constant in seconds; `a = exp(-dt / tau)`.
        dt: Duration of a step in seconds.
        start: `y` before the first step, `(B, *shape)`; None is zero.

    Returns:
        The smoothed signals, in the shape of `z`.

    Example:
        >>> y = exp_filter(torch.ones(3, 1, 1), tau=1e-3 / 0.6931471805599453)
        >>> [round(value, 3) for value in y.flatten().tolist()]
        [0.5, 0.75, 0.875]
    """
    if not tau > 0:
        raise NetworkError(f"exp_filter: tau must be a positive number of seconds, not {tau!r}")
    alpha = exp(-dt / tau)
    y = torch.zeros_like(z[0]) if start is None else start
    outputs = []
    for z_t in z.unbind(0):
        y = alpha * y + (1 - alpha) * z_t
        outputs.append(y)
    return torch.stack(outputs)


class ExpFilter(nn.Module):
    """A linear map followed by exponential smoothing: a readout whose noise is averaged away.

    Args:
        in_features: Number of inputs.
        out_features: Number of outputs.
        tau: Time constant in seconds.
        dt: Duration of a step in seconds.
        bias: Learn an additive bias.

    Example:
        >>> readout = ExpFilter(20, 3, tau=10e-3)
        >>> y, state = readout(torch.rand(50, 4, 20))
        >>> tuple(y.shape), tuple(state.shape)
        ((50, 4, 3), (4, 3))
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        tau: float = 1e-3,
        dt: float = 1e-3,
        bias: bool = False,
    ) -> None:
        super().__init__()
        self.linear = nn.Linear(in_features, out_features, bias=bias)
        self.tau, self.dt = tau, dt

    def forward(self, x: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Run over `(T, B, in_features)`; returns the outputs and the last of them."""
        y = exp_filter(self.linear(x), self.tau, self.dt, state)
        return y, y[-1]

    def extra_repr(self) -> str:
        """Show the time constants."""
        return f"tau={self.tau:g}, dt={self.dt:g}"

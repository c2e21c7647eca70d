"""Spike-timing-dependent plasticity of linear and convolutional synapses."""

import torch
from torch import Tensor, nn

from norse_lite._errors import NetworkError
from norse_lite.plasticity._rules import (
    STDPParameters,
    STDPState,
    Synapses,
    bounded,
    change,
    convolution,
    linear,
    synapses_of,
    traces,
)

__all__ = ["STDP", "stdp_step_conv2d", "stdp_step_linear"]

_DEFAULT = STDPParameters()


def _step(
    z_pre: Tensor,
    z_post: Tensor,
    w: Tensor,
    state: STDPState | None,
    p: STDPParameters,
    dt: float,
    synapses: Synapses,
) -> tuple[Tensor, STDPState]:
    state = traces(z_pre, z_post, state, p, dt)
    return bounded(w + change(z_pre, z_post, state, w, p, synapses), p), state


def stdp_step_linear(
    z_pre: Tensor,
    z_post: Tensor,
    w: Tensor,
    state: STDPState | None = None,
    p: STDPParameters = _DEFAULT,
    dt: float = 1e-3,
) -> tuple[Tensor, STDPState]:
    """One step of pair-based STDP between fully connected neurons.

    Args:
        z_pre: Spikes of the inputs, `(*batch, n_pre)`.
        z_post: Spikes of the outputs, `(*batch, n_post)`.
        w: Weights, `(n_post, n_pre)`.
        state: Traces before the step; None starts at zero.
        p: Parameters.
        dt: Duration of the step in seconds.

    Returns:
        The new weights and the traces after the step.

    Example:
        >>> p = STDPParameters(eta_plus=1.0, eta_minus=1.0)
        >>> w, silent, one = torch.tensor([[0.5]]), torch.zeros(1, 1), torch.ones(1, 1)
        >>> w, state = stdp_step_linear(one, silent, w, None, p)  # pre, then post
        >>> w, state = stdp_step_linear(silent, one, w, state, p)
        >>> round(w.item(), 4)
        0.5196
    """
    expected = (z_post.shape[-1], z_pre.shape[-1])
    if tuple(w.shape) != expected:
        raise NetworkError(
            f"stdp_step_linear: weights must be (n_post, n_pre) = {expected}, got {tuple(w.shape)}"
        )
    return _step(z_pre, z_post, w, state, p, dt, linear)


def stdp_step_conv2d(
    z_pre: Tensor,
    z_post: Tensor,
    w: Tensor,
    state: STDPState | None = None,
    p: STDPParameters = _DEFAULT,
    dt: float = 1e-3,
    *,
    stride: int | tuple[int, int] = 1,
    padding: int | tuple[int, int] = 0,
    dilation: int | tuple[int, int] = 1,
    groups: int = 1,
) -> tuple[Tensor, STDPState]:
    """One step of pair-based STDP of a convolution's kernels.

    Args:
        z_pre: Spikes of the inputs, `(B, in, H, W)`.
        z_post: Spikes of the outputs, `(B, out, H', W')`.
        w: Kernels, `(out, in / groups, h, w)`.
        state: Traces before the step; None starts at zero.
        p: Parameters.
        dt: Duration of the step in seconds.
        stride: As of the convolution.
        padding: As of the convolution.
        dilation: As of the convolution.
        groups: As of the convolution.

    Returns:
        The new kernels and the traces after the step.

    Example:
        >>> z_pre, z_post = torch.ones(1, 2, 6, 6), torch.ones(1, 3, 4, 4)
        >>> w, state = stdp_step_conv2d(z_pre, z_post, torch.full((3, 2, 3, 3), 0.5))
        >>> tuple(w.shape), tuple(state.t_pre.shape)
        ((3, 2, 3, 3), (1, 2, 6, 6))
    """
    synapses = convolution(w.shape, stride, padding, dilation, groups)
    return _step(z_pre, z_post, w, state, p, dt, synapses)


class STDP(nn.Module):
    """Changes the weights of a layer by the spikes before and behind it.

    Args:
        layer: `nn.Linear` or `nn.Conv2d`; its `weight` is changed in place.
        p: Parameters.
        dt: Duration of a step in seconds.

    Example:
        >>> from norse_lite import LIF
        >>> layer, neurons = nn.Linear(20, 5, bias=False), LIF()
        >>> _ = nn.init.uniform_(layer.weight)
        >>> rule = STDP(layer, STDPParameters(eta_plus=0.01, eta_minus=0.01))
        >>> z_pre = torch.bernoulli(torch.full((100, 1, 20), 0.1))
        >>> with torch.no_grad():
        ...     z_post, _ = neurons(layer(z_pre))
        >>> before = layer.weight.clone()
        >>> state = rule(z_pre, z_post)
        >>> bool((layer.weight != before).any())
        True
    """

    def __init__(self, layer: nn.Module, p: STDPParameters = _DEFAULT, *, dt: float = 1e-3) -> None:
        super().__init__()
        self._synapses = synapses_of(layer, "STDP")
        # In a tuple, so that the layer stays a part of the network alone.
        self._layer = (layer,)
        self.p, self.dt = p, dt

    @torch.no_grad()
    def forward(self, z_pre: Tensor, z_post: Tensor, state: STDPState | None = None) -> STDPState:
        """Learn from a sequence.

        Args:
            z_pre: Spikes that enter the layer, `(T, B, *shape)`.
            z_post: Spikes behind the layer, `(T, B, *shape)`.
            state: Traces before the first step; None starts at zero.

        Returns:
            The traces after the last step.
        """
        if len(z_pre) != len(z_post) or not len(z_pre):
            raise NetworkError(
                f"STDP: spikes before ({len(z_pre)} steps) and behind ({len(z_post)} steps) the "
                "layer must be of the same, positive length"
            )
        weight: Tensor = self._layer[0].weight  # type: ignore[assignment]
        for pre, post in zip(z_pre.unbind(0), z_post.unbind(0), strict=True):
            w, state = _step(pre, post, weight, state, self.p, self.dt, self._synapses)
            weight.copy_(w)
        assert state is not None
        return state

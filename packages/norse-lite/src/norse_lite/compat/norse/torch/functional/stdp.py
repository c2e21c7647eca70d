"""Spike-timing-dependent plasticity of linear and convolutional synapses."""

from typing import Any

from torch import Tensor

from norse_lite import plasticity
from norse_lite.compat.norse.torch.functional.heaviside import heaviside as heaviside

__all__ = ["STDPParameters", "STDPState", "stdp_step_conv2d", "stdp_step_linear"]


class STDPState:
    """Traces of the neurons before (`t_pre`) and behind (`t_post`) the synapses."""

    def __init__(self, t_pre: Tensor, t_post: Tensor) -> None:
        self.t_pre, self.t_post = t_pre, t_post

    def decay(
        self,
        z_pre: Tensor,
        z_post: Tensor,
        tau_pre_inv: Any,
        tau_post_inv: Any,
        a_pre: Any,
        a_post: Any,
        dt: float = 0.001,
    ) -> None:
        """Advance both traces by one step, in place."""
        self.t_pre = self.t_pre + dt * tau_pre_inv * (a_pre * z_pre - self.t_pre)
        self.t_post = self.t_post + dt * tau_post_inv * (a_post * z_post - self.t_post)


class STDPParameters:
    """Parameters of pair-based plasticity; inverse time constants in Hz.

    Args:
        a_pre: Jump of the presynaptic trace per spike, times `dt * tau_pre_inv`.
        a_post: The same of the postsynaptic trace.
        tau_pre_inv: Inverse time constant of the presynaptic trace.
        tau_post_inv: Inverse time constant of the postsynaptic trace.
        w_min: Lower bound of the weights.
        w_max: Upper bound of the weights.
        eta_plus: Rate of potentiation.
        eta_minus: Rate of depression.
        stdp_algorithm: "additive", "additive_step", "multiplicative_pow" or
            "multiplicative_relu".
        mu: Exponent of "multiplicative_pow".
        hardbound: Clip the weights to the bounds.
        convolutional: The synapses are a convolution's.
        stride: As of the convolution.
        padding: As of the convolution.
        dilation: As of the convolution.
    """

    def __init__(
        self,
        a_pre: Any = 1.0,
        a_post: Any = 1.0,
        tau_pre_inv: Any = 1.0 / 50e-3,
        tau_post_inv: Any = 1.0 / 50e-3,
        w_min: Any = 0.0,
        w_max: Any = 1.0,
        eta_plus: Any = 1e-3,
        eta_minus: Any = 1e-3,
        stdp_algorithm: str = "additive",
        mu: Any = 0.0,
        hardbound: bool = True,
        convolutional: bool = False,
        stride: int = 1,
        padding: int = 0,
        dilation: int = 1,
    ) -> None:
        self.a_pre, self.a_post = a_pre, a_post
        self.tau_pre_inv, self.tau_post_inv = tau_pre_inv, tau_post_inv
        self.w_min, self.w_max = w_min, w_max
        self.eta_plus, self.eta_minus = eta_plus, eta_minus
        self.stdp_algorithm, self.mu, self.hardbound = stdp_algorithm, mu, hardbound
        self.convolutional = convolutional
        self.stride, self.padding, self.dilation = stride, padding, dilation

    def native(self) -> plasticity.STDPParameters:
        """Return the same as parameters of `norse_lite.plasticity`."""
        return plasticity.STDPParameters(
            a_pre=float(self.a_pre),
            a_post=float(self.a_post),
            tau_pre=1 / float(self.tau_pre_inv),
            tau_post=1 / float(self.tau_post_inv),
            w_min=float(self.w_min),
            w_max=float(self.w_max),
            eta_plus=float(self.eta_plus),
            eta_minus=float(self.eta_minus),
            algorithm=self.stdp_algorithm,  # type: ignore[arg-type]
            mu=float(self.mu),
            hardbound=self.hardbound,
        )


DEFAULT = STDPParameters()


def stdp_step_linear(
    z_pre: Tensor,
    z_post: Tensor,
    w: Tensor,
    state_stdp: STDPState,
    p_stdp: STDPParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, STDPState]:
    """Run one step between fully connected neurons.

    Args:
        z_pre: Spikes of the inputs, `(B, n_pre)`.
        z_post: Spikes of the outputs, `(B, n_post)`.
        w: Weights, `(n_post, n_pre)`.
        state_stdp: Traces before the step; advanced in place, too.
        p_stdp: Parameters.
        dt: Duration of the step in seconds.

    Returns:
        The new weights and the traces.

    Example:
        >>> import torch
        >>> state = STDPState(torch.zeros(1, 3), torch.zeros(1, 2))
        >>> w, state = stdp_step_linear(
        ...     torch.ones(1, 3), torch.zeros(1, 2), torch.full((2, 3), 0.5), state
        ... )
        >>> [round(t, 4) for t in state.t_pre[0].tolist()]
        [0.02, 0.02, 0.02]
    """
    before = plasticity.STDPState(state_stdp.t_pre, state_stdp.t_post)
    w, after = plasticity.stdp_step_linear(z_pre, z_post, w, before, p_stdp.native(), dt)
    state_stdp.t_pre, state_stdp.t_post = after
    return w, state_stdp


def stdp_step_conv2d(
    z_pre: Tensor,
    z_post: Tensor,
    w: Tensor,
    state_stdp: STDPState,
    p_stdp: STDPParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, STDPState]:
    """Run one step of a convolution's kernels.

    Args:
        z_pre: Spikes of the inputs, `(B, in, H, W)`.
        z_post: Spikes of the outputs, `(B, out, H', W')`.
        w: Kernels, `(out, in, h, w)`.
        state_stdp: Traces before the step; advanced in place, too.
        p_stdp: Parameters, with the convolution's stride, padding and dilation.
        dt: Duration of the step in seconds.

    Returns:
        The new kernels and the traces.
    """
    before = plasticity.STDPState(state_stdp.t_pre, state_stdp.t_post)
    w, after = plasticity.stdp_step_conv2d(
        z_pre,
        z_post,
        w,
        before,
        p_stdp.native(),
        dt,
        stride=p_stdp.stride,
        padding=p_stdp.padding,
        dilation=p_stdp.dilation,
    )
    state_stdp.t_pre, state_stdp.t_post = after
    return w, state_stdp

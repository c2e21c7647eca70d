"""Receptive fields in time: leaky integrators with spread time constants; and in space and time."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn

from norse_lite._errors import NetworkError
from norse_lite.neurons.li_box import LIBox, LIBoxCell, LIBoxState
from norse_lite.receptive_fields._kernels import temporal_scale_distribution
from norse_lite.receptive_fields._spatial import SpatialReceptiveField2d

__all__ = [
    "SpatioTemporalReceptiveField2d",
    "TemporalReceptiveField",
    "TemporalReceptiveFieldCell",
]


class TemporalReceptiveField(nn.Module):
    """Every input through leaky integrators of several time constants, over whole sequences.

    A first-order integrator is the time-causal kernel of one scale (Lindeberg 2016, section 3). The
    time constants are learned.

    Args:
        shape: Shape of the input without time and batch, channels first.
        n_scales: How many time constants.
        min_scale: Variance of the shortest, in steps squared.
        max_scale: Variance of the longest; None uses `c`.
        c: Ratio of successive time constants.
        time_constants: Seconds, `(n_scales,)` or `(n_scales, channels, ...)`, instead of the above.
        dt: Duration of a step in seconds.
        learn: Learn the time constants.

    Example:
        >>> import torch
        >>> fields = TemporalReceptiveField((2, 5, 5), n_scales=3)
        >>> y, state = fields(torch.ones(10, 4, 2, 5, 5))
        >>> tuple(y.shape)
        (10, 4, 3, 2, 5, 5)
    """

    kind: Any = LIBox

    def __init__(
        self,
        shape: Sequence[int],
        n_scales: int = 4,
        *,
        min_scale: float = 1,
        max_scale: float | None = None,
        c: float | None = 2**0.5,
        time_constants: Tensor | None = None,
        dt: float = 1e-3,
        learn: bool = True,
    ) -> None:
        super().__init__()
        self.shape = tuple(shape)
        if not self.shape:
            raise NetworkError(f"{type(self).__name__}: shape must have at least the channels")
        if time_constants is None:
            scales = temporal_scale_distribution(n_scales, min_scale, max_scale, c)
            time_constants = scales.double() * dt
        if time_constants.ndim == 1:
            channels = time_constants.reshape(-1, *(1,) * len(self.shape))
            time_constants = channels.expand(-1, self.shape[0], *(1,) * (len(self.shape) - 1))
        self.n_scales = len(time_constants)
        self.neurons = self.kind(
            dt=dt, tau_mem=time_constants.clone(), learn=("tau_mem",) if learn else ()
        )

    @property
    def time_constants(self) -> Tensor:
        """Time constants in seconds, `(n_scales, channels, ...)`."""
        return self.neurons.tau_mem

    def forward(self, x: Tensor, state: LIBoxState | None = None) -> tuple[Tensor, LIBoxState]:
        """Run over a sequence.

        Args:
            x: Input, `(T, B, *shape)`.
            state: State before the first step; None starts at zero.

        Returns:
            Voltages, `(T, B, n_scales, *shape)`, and the last state.
        """
        axis = x.ndim - len(self.shape)
        if axis < 1 or tuple(x.shape[axis:]) != self.shape:
            raise NetworkError(
                f"{type(self).__name__}: the last axes of the input must be {self.shape}, "
                f"got {tuple(x.shape)}"
            )
        before, after = x.shape[:axis], x.shape[axis:]
        return self.neurons(x.unsqueeze(axis).expand(*before, self.n_scales, *after), state)


class TemporalReceptiveFieldCell(TemporalReceptiveField):
    """One step of `TemporalReceptiveField`: `(B, *shape)` to `(B, n_scales, *shape)`.

    Example:
        >>> import torch
        >>> fields = TemporalReceptiveFieldCell((2, 5, 5), n_scales=3)
        >>> y, state = fields(torch.ones(4, 2, 5, 5))
        >>> tuple(y.shape)
        (4, 3, 2, 5, 5)
    """

    kind = LIBoxCell


class SpatioTemporalReceptiveField2d(nn.Module):
    """Spatial receptive fields, each followed by several temporal ones (separable fields).

    Args:
        in_channels: Channels of the input.
        size: Pixels per axis of the kernels.
        rf_parameters: One row per spatial field, as of `SpatialReceptiveField2d`.
        temporal_scales: Time constants in seconds, `(n_scales,)`.
        dt: Duration of a step in seconds.
        learn: Learn the time constants.
        spatial: Further options of `SpatialReceptiveField2d`.

    Example:
        >>> import torch
        >>> parameters = torch.tensor([[2.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0]])
        >>> fields = SpatioTemporalReceptiveField2d(
        ...     1, 9, parameters, torch.tensor([5e-3, 20e-3]), padding=4
        ... )
        >>> y, state = fields(torch.rand(10, 2, 1, 16, 16))
        >>> tuple(y.shape)
        (10, 2, 2, 1, 16, 16)
    """

    def __init__(
        self,
        in_channels: int,
        size: int,
        rf_parameters: Tensor,
        temporal_scales: Tensor,
        *,
        dt: float = 1e-3,
        learn: bool = True,
        **spatial: Any,
    ) -> None:
        super().__init__()
        self.n_scales = temporal_scales.numel()
        self.spatial = SpatialReceptiveField2d(in_channels, size, rf_parameters, **spatial)
        scales = temporal_scales.detach().double().reshape(-1, 1, 1, 1)
        self.temporal = LIBox(dt=dt, tau_mem=scales, learn=("tau_mem",) if learn else ())

    def forward(self, x: Tensor, state: LIBoxState | None = None) -> tuple[Tensor, LIBoxState]:
        """Run over a sequence.

        Args:
            x: Input, `(T, B, in_channels, H, W)`.
            state: State before the first step; None starts at zero.

        Returns:
            Voltages, `(T, B, n_scales, n_fields, H', W')`, and the last state.
        """
        if x.ndim != 5:
            raise NetworkError(
                "SpatioTemporalReceptiveField2d: input must be (T, B, channels, H, W), "
                f"got {tuple(x.shape)}"
            )
        y = self.spatial(x.flatten(0, 1)).unflatten(0, x.shape[:2])
        return self.temporal(y.unsqueeze(2).expand(-1, -1, self.n_scales, -1, -1, -1), state)

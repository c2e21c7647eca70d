"""Parametric leaky integrate-and-fire neuron: its time constant is learned (Fang et al. 2021)."""

from collections.abc import Iterable
from typing import Any

from norse_lite.neurons.conv_recurrent import LIFBoxConvRecurrent, LIFBoxConvRecurrentCell
from norse_lite.neurons.lif_box import LIFBox, LIFBoxCell, LIFBoxRecurrent, LIFBoxRecurrentCell

__all__ = [
    "PLIF",
    "PLIFCell",
    "PLIFConvRecurrent",
    "PLIFConvRecurrentCell",
    "PLIFRecurrent",
    "PLIFRecurrentCell",
]

_LEARN = ("tau_mem",)


class PLIF(LIFBox):
    """A `LIFBox` that learns `tau_mem` if not asked otherwise.

    Example:
        >>> [name for name, _ in PLIF().named_parameters()]
        ['log_tau_mem']
    """

    def __init__(self, *, learn: Iterable[str] = _LEARN, **options: Any) -> None:
        super().__init__(learn=learn, **options)


class PLIFCell(LIFBoxCell):
    """One step of `PLIF`.

    Example:
        >>> import torch
        >>> cell = PLIFCell()
        >>> z, state = cell(torch.ones(2, 4))
        >>> tuple(z.shape), [name for name, _ in cell.named_parameters()]
        ((2, 4), ['log_tau_mem'])
    """

    def __init__(self, *, learn: Iterable[str] = _LEARN, **options: Any) -> None:
        super().__init__(learn=learn, **options)


class PLIFRecurrent(LIFBoxRecurrent):
    """A `LIFBoxRecurrent` that learns `tau_mem` if not asked otherwise.

    Example:
        >>> import torch
        >>> z, state = PLIFRecurrent(3, 4)(torch.ones(50, 2, 3))
        >>> tuple(z.shape), tuple(state.v.shape)
        ((50, 2, 4), (2, 4))
    """

    def __init__(
        self, input_size: int, hidden_size: int, *, learn: Iterable[str] = _LEARN, **options: Any
    ) -> None:
        super().__init__(input_size, hidden_size, learn=learn, **options)


class PLIFRecurrentCell(LIFBoxRecurrentCell):
    """One step of `PLIFRecurrent`.

    Example:
        >>> import torch
        >>> z, state = PLIFRecurrentCell(3, 4)(torch.ones(2, 3))  # (B, inputs)
        >>> tuple(z.shape), tuple(state.v.shape)
        ((2, 4), (2, 4))
    """

    def __init__(
        self, input_size: int, hidden_size: int, *, learn: Iterable[str] = _LEARN, **options: Any
    ) -> None:
        super().__init__(input_size, hidden_size, learn=learn, **options)


class PLIFConvRecurrent(LIFBoxConvRecurrent):
    """A `LIFBoxConvRecurrent` that learns `tau_mem` if not asked otherwise.

    Example:
        >>> import torch
        >>> z, state = PLIFConvRecurrent(2, 3, 3)(torch.ones(20, 1, 2, 6, 6))
        >>> tuple(z.shape)
        (20, 1, 3, 6, 6)
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        *,
        learn: Iterable[str] = _LEARN,
        **options: Any,
    ) -> None:
        super().__init__(in_channels, out_channels, kernel_size, learn=learn, **options)


class PLIFConvRecurrentCell(LIFBoxConvRecurrentCell):
    """One step of `PLIFConvRecurrent`.

    Example:
        >>> import torch
        >>> z, state = PLIFConvRecurrentCell(2, 3, 3)(torch.ones(1, 2, 6, 6))
        >>> tuple(z.shape)
        (1, 3, 6, 6)
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        *,
        learn: Iterable[str] = _LEARN,
        **options: Any,
    ) -> None:
        super().__init__(in_channels, out_channels, kernel_size, learn=learn, **options)

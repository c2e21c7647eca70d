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
    """One step of `PLIF`."""

    def __init__(self, *, learn: Iterable[str] = _LEARN, **options: Any) -> None:
        super().__init__(learn=learn, **options)


class PLIFRecurrent(LIFBoxRecurrent):
    """A `LIFBoxRecurrent` that learns `tau_mem` if not asked otherwise."""

    def __init__(
        self, input_size: int, hidden_size: int, *, learn: Iterable[str] = _LEARN, **options: Any
    ) -> None:
        super().__init__(input_size, hidden_size, learn=learn, **options)


class PLIFRecurrentCell(LIFBoxRecurrentCell):
    """One step of `PLIFRecurrent`."""

    def __init__(
        self, input_size: int, hidden_size: int, *, learn: Iterable[str] = _LEARN, **options: Any
    ) -> None:
        super().__init__(input_size, hidden_size, learn=learn, **options)


class PLIFConvRecurrent(LIFBoxConvRecurrent):
    """A `LIFBoxConvRecurrent` that learns `tau_mem` if not asked otherwise."""

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
    """One step of `PLIFConvRecurrent`."""

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

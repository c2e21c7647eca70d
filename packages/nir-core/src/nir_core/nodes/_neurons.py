"""Nodes with a membrane: I, IF, LI, LIF, CubaLI, CubaLIF; and the bare Threshold.

Time constants are in seconds, potentials without unit. Each parameter is an array of the
layer's shape or a number that holds for the whole layer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nir_core.nodes._base import NIRNode, Shape

__all__ = ["IF", "LI", "LIF", "CubaLI", "CubaLIF", "I", "Threshold"]


class _Elementwise(NIRNode):
    """A node whose signal has the common shape of its parameters."""

    def _input_shape(self) -> Shape | None:
        own = self.__dict__
        widest: Shape = ()
        for name in self._parameters:
            shape = own[name].shape
            if shape and shape != widest:
                try:
                    widest = np.broadcast_shapes(widest, shape) if widest else shape
                except ValueError:
                    return None
        return widest or None


class _Resetting(_Elementwise):
    """A neuron whose missing `v_reset` means zeros."""

    def __post_init__(self) -> None:
        own = self.__dict__
        if own["v_reset"] is None:
            threshold = own["v_threshold"]
            dtype = getattr(threshold, "dtype", None)
            own["v_reset"] = np.zeros(np.shape(threshold), dtype if dtype is not None else float)
        super().__post_init__()


def _spread_w_in(own: dict[str, np.ndarray], like: str) -> None:
    """Give a single `w_in` the shape of the layer, as nir does."""
    w_in, like_array = own["w_in"], own[like]
    if w_in.ndim == 0 and like_array.ndim:
        dtype = like_array.dtype if like_array.dtype.kind == "f" else w_in.dtype
        spread = np.full(like_array.shape, w_in, dtype=dtype)
        spread.flags.writeable = False
        own["w_in"] = spread


@dataclass(frozen=True, eq=False, repr=False)
class I(_Elementwise):  # noqa: E742
    """Integrator: dv/dt = r x; the output is v.

    Args:
        r: resistance.

    Example:
        >>> I(r=[1.0])
        I(r=[1.0])
    """

    _parameters: ClassVar[tuple[str, ...]] = ("r",)

    r: np.ndarray


@dataclass(frozen=True, eq=False, repr=False)
class IF(_Resetting):
    """Integrate and fire: dv/dt = r x; a spike and v := v_reset when v > v_threshold.

    Args:
        r: resistance.
        v_threshold: firing threshold.
        v_reset: potential after a spike; zeros when not given.

    Example:
        >>> IF(r=1.0, v_threshold=1.0)
        IF(r=1.0, v_threshold=1.0, v_reset=0.0)
    """

    _parameters: ClassVar[tuple[str, ...]] = ("r", "v_threshold", "v_reset")

    r: np.ndarray
    v_threshold: np.ndarray
    v_reset: np.ndarray | None = None


@dataclass(frozen=True, eq=False, repr=False)
class LI(_Elementwise):
    """Leaky integrator: tau dv/dt = (v_leak - v) + r x; the output is v.

    Args:
        tau: time constant in seconds.
        r: resistance.
        v_leak: resting potential.

    Example:
        >>> LI(tau=0.01, r=1.0, v_leak=0.0)
        LI(tau=0.01, r=1.0, v_leak=0.0)
    """

    _parameters: ClassVar[tuple[str, ...]] = ("tau", "r", "v_leak")

    tau: np.ndarray
    r: np.ndarray
    v_leak: np.ndarray


@dataclass(frozen=True, eq=False, repr=False)
class LIF(_Resetting):
    """Leaky integrate and fire: LI, with a spike and v := v_reset when v > v_threshold.

    Args:
        tau: time constant in seconds.
        r: resistance.
        v_leak: resting potential.
        v_threshold: firing threshold.
        v_reset: potential after a spike; zeros when not given.

    Example:
        >>> LIF(tau=0.01, r=1.0, v_leak=0.0, v_threshold=1.0).v_reset
        array(0.)
    """

    _parameters: ClassVar[tuple[str, ...]] = ("tau", "r", "v_leak", "v_threshold", "v_reset")

    tau: np.ndarray
    r: np.ndarray
    v_leak: np.ndarray
    v_threshold: np.ndarray
    v_reset: np.ndarray | None = None


@dataclass(frozen=True, eq=False, repr=False)
class CubaLI(_Elementwise):
    """Current-based leaky integrator; the output is v.

    tau_syn dI/dt = -I + w_in x;  tau_mem dv/dt = (v_leak - v) + r I

    Args:
        tau_syn: time constant of the synaptic current in seconds.
        tau_mem: time constant of the membrane in seconds.
        r: resistance.
        v_leak: resting potential.
        w_in: input weight, element by element.

    Example:
        >>> CubaLI(tau_syn=0.005, tau_mem=0.01, r=1.0, v_leak=0.0).w_in
        array(1.)
    """

    _parameters: ClassVar[tuple[str, ...]] = ("tau_syn", "tau_mem", "r", "v_leak", "w_in")

    tau_syn: np.ndarray
    tau_mem: np.ndarray
    r: np.ndarray
    v_leak: np.ndarray
    w_in: np.ndarray | float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        _spread_w_in(self.__dict__, "v_leak")


@dataclass(frozen=True, eq=False, repr=False)
class CubaLIF(_Resetting):
    """Current-based leaky integrate and fire: CubaLI with a spike and reset above threshold.

    Args:
        tau_syn: time constant of the synaptic current in seconds.
        tau_mem: time constant of the membrane in seconds.
        r: resistance.
        v_leak: resting potential.
        v_threshold: firing threshold.
        v_reset: potential after a spike; zeros when not given.
        w_in: input weight, element by element.

    Example:
        >>> CubaLIF([5e-3], [1e-2], [1.0], [0.0], [1.0]).w_in
        array([1.])
    """

    _parameters: ClassVar[tuple[str, ...]] = (
        "tau_syn",
        "tau_mem",
        "r",
        "v_leak",
        "v_threshold",
        "v_reset",
        "w_in",
    )

    tau_syn: np.ndarray
    tau_mem: np.ndarray
    r: np.ndarray
    v_leak: np.ndarray
    v_threshold: np.ndarray
    v_reset: np.ndarray | None = None
    w_in: np.ndarray | float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        _spread_w_in(self.__dict__, "v_threshold")


@dataclass(frozen=True, eq=False, repr=False)
class Threshold(_Elementwise):
    """Heaviside step: 1 where x > threshold, else 0.

    Args:
        threshold: the shape of the signal, or a number.

    Example:
        >>> Threshold(0.5)
        Threshold(threshold=0.5)
    """

    _parameters: ClassVar[tuple[str, ...]] = ("threshold",)

    threshold: np.ndarray

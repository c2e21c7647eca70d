"""Nodes with a membrane: I, IF, LI, LIF, CubaLI, CubaLIF; and the bare Threshold.

Time constants are in seconds, potentials without unit. Each parameter is an array of the
layer's shape or a number that holds for the whole layer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from nir_core._values import EMPTY
from nir_core.nodes._base import NIRNode, Shape

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["IF", "LI", "LIF", "CubaLI", "CubaLIF", "I", "Threshold"]


class _Elementwise(NIRNode):
    """A node whose signal has the common shape of its parameters."""

    def _input_shape(self) -> Shape | None:
        own = self.__dict__
        if "_extent" not in own:
            own["_extent"] = self._common_shape()
        return own["_extent"]

    def _common_shape(self) -> Shape | None:
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


@dataclass(frozen=True, eq=False, repr=False, init=False)
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

    def __init__(self, r: ArrayLike, *, metadata: Mapping[str, Any] = EMPTY) -> None:
        self._fill(metadata, r)


@dataclass(frozen=True, eq=False, repr=False, init=False)
class IF(_Elementwise):
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

    def __init__(
        self,
        r: ArrayLike,
        v_threshold: ArrayLike,
        v_reset: ArrayLike | None = None,
        *,
        metadata: Mapping[str, Any] = EMPTY,
    ) -> None:
        self._fill(metadata, r, v_threshold, v_reset)


@dataclass(frozen=True, eq=False, repr=False, init=False)
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

    def __init__(
        self,
        tau: ArrayLike,
        r: ArrayLike,
        v_leak: ArrayLike,
        *,
        metadata: Mapping[str, Any] = EMPTY,
    ) -> None:
        self._fill(metadata, tau, r, v_leak)


@dataclass(frozen=True, eq=False, repr=False, init=False)
class LIF(_Elementwise):
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

    def __init__(
        self,
        tau: ArrayLike,
        r: ArrayLike,
        v_leak: ArrayLike,
        v_threshold: ArrayLike,
        v_reset: ArrayLike | None = None,
        *,
        metadata: Mapping[str, Any] = EMPTY,
    ) -> None:
        self._fill(metadata, tau, r, v_leak, v_threshold, v_reset)


@dataclass(frozen=True, eq=False, repr=False, init=False)
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
    _spread: ClassVar[str] = "v_leak"

    tau_syn: np.ndarray
    tau_mem: np.ndarray
    r: np.ndarray
    v_leak: np.ndarray
    w_in: np.ndarray | float = 1.0

    def __init__(
        self,
        tau_syn: ArrayLike,
        tau_mem: ArrayLike,
        r: ArrayLike,
        v_leak: ArrayLike,
        w_in: ArrayLike = 1.0,
        *,
        metadata: Mapping[str, Any] = EMPTY,
    ) -> None:
        self._fill(metadata, tau_syn, tau_mem, r, v_leak, w_in)


@dataclass(frozen=True, eq=False, repr=False, init=False)
class CubaLIF(_Elementwise):
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
    _spread: ClassVar[str] = "v_threshold"

    tau_syn: np.ndarray
    tau_mem: np.ndarray
    r: np.ndarray
    v_leak: np.ndarray
    v_threshold: np.ndarray
    v_reset: np.ndarray | None = None
    w_in: np.ndarray | float = 1.0

    def __init__(
        self,
        tau_syn: ArrayLike,
        tau_mem: ArrayLike,
        r: ArrayLike,
        v_leak: ArrayLike,
        v_threshold: ArrayLike,
        v_reset: ArrayLike | None = None,
        w_in: ArrayLike = 1.0,
        *,
        metadata: Mapping[str, Any] = EMPTY,
    ) -> None:
        self._fill(metadata, tau_syn, tau_mem, r, v_leak, v_threshold, v_reset, w_in)


@dataclass(frozen=True, eq=False, repr=False, init=False)
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

    def __init__(self, threshold: ArrayLike, *, metadata: Mapping[str, Any] = EMPTY) -> None:
        self._fill(metadata, threshold)

"""I, IF, LI, LIF, CubaLI and CubaLIF, mutable as in nir."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from nir_core.compat.nir.ir.node import NIRNode, as_parameter, same_shapes

__all__ = ["IF", "LI", "LIF", "CubaLI", "CubaLIF", "I"]


def _neuron(node: Any, *names: str) -> None:
    """Check the parameters, and set what follows from them."""
    if "v_reset" in names and node.v_reset is None:
        node.v_threshold = as_parameter(node.v_threshold)
        node.v_reset = np.zeros_like(node.v_threshold)
    shape = same_shapes(node, names)
    if hasattr(node, "w_in"):
        like = node.v_threshold if "v_threshold" in names else node.v_leak
        node.w_in = np.ones_like(like) * node.w_in
    node.input_type = {"input": np.array(shape, dtype=np.int64)}
    node.output_type = {"output": np.array(shape, dtype=np.int64)}


@dataclass(eq=False)
class CubaLI(NIRNode):
    """Current-based leaky integrator: tau_syn dI/dt = -I + w_in x; tau_mem dv/dt = (v_leak - v) + r I.

    Args:
        tau_syn: time constant of the synaptic current in seconds.
        tau_mem: time constant of the membrane in seconds.
        r: resistance.
        v_leak: resting potential.
        w_in: input weight, element by element.
    """  # noqa: E501

    tau_syn: np.ndarray
    tau_mem: np.ndarray
    r: np.ndarray
    v_leak: np.ndarray
    w_in: np.ndarray = 1.0  # type: ignore[assignment]

    def __post_init__(self) -> None:
        _neuron(self, "tau_syn", "tau_mem", "r", "v_leak")


@dataclass(eq=False)
class CubaLIF(NIRNode):
    """CubaLI with a spike, and v := v_reset, when v > v_threshold.

    Args:
        tau_syn: time constant of the synaptic current in seconds.
        tau_mem: time constant of the membrane in seconds.
        r: resistance.
        v_leak: resting potential.
        v_threshold: firing threshold.
        v_reset: potential after a spike; zeros when not given.
        w_in: input weight, element by element.
    """

    tau_syn: np.ndarray
    tau_mem: np.ndarray
    r: np.ndarray
    v_leak: np.ndarray
    v_threshold: np.ndarray
    v_reset: np.ndarray | None = None
    w_in: np.ndarray = 1.0  # type: ignore[assignment]

    def __post_init__(self) -> None:
        _neuron(self, "tau_syn", "tau_mem", "r", "v_leak", "v_threshold", "v_reset")


@dataclass(eq=False)
class I(NIRNode):  # noqa: E742
    """Integrator: dv/dt = r x.

    Args:
        r: resistance.
    """

    r: np.ndarray

    def __post_init__(self) -> None:
        _neuron(self, "r")


@dataclass(eq=False)
class IF(NIRNode):
    """Integrate and fire: dv/dt = r x; a spike and v := v_reset when v > v_threshold.

    Args:
        r: resistance.
        v_threshold: firing threshold.
        v_reset: potential after a spike; zeros when not given.
    """

    r: np.ndarray
    v_threshold: np.ndarray
    v_reset: np.ndarray | None = None

    def __post_init__(self) -> None:
        _neuron(self, "r", "v_threshold", "v_reset")


@dataclass(eq=False)
class LI(NIRNode):
    """Leaky integrator: tau dv/dt = (v_leak - v) + r x.

    Args:
        tau: time constant in seconds.
        r: resistance.
        v_leak: resting potential.
    """

    tau: np.ndarray
    r: np.ndarray
    v_leak: np.ndarray

    def __post_init__(self) -> None:
        _neuron(self, "tau", "r", "v_leak")


@dataclass(eq=False)
class LIF(NIRNode):
    """Leaky integrate and fire: LI, with a spike and v := v_reset when v > v_threshold.

    Args:
        tau: time constant in seconds.
        r: resistance.
        v_leak: resting potential.
        v_threshold: firing threshold.
        v_reset: potential after a spike; zeros when not given.
    """

    tau: np.ndarray
    r: np.ndarray
    v_leak: np.ndarray
    v_threshold: np.ndarray
    v_reset: np.ndarray | None = None

    def __post_init__(self) -> None:
        _neuron(self, "tau", "r", "v_leak", "v_threshold", "v_reset")

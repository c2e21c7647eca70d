"""One layer over all frames, with neurons of every rule that a NIR graph may ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Literal

import numpy as np

from neuro_kernels._kernels import infer_layer, infer_padded
from neuro_kernels.inference._scatter import Scatter
from neuro_kernels.inference._signals import (
    Shape,
    Signal,
    from_pixels,
    require,
    split_shape,
    to_pixels,
)

__all__ = ["COEFFICIENTS", "LayerResult", "NeuronLayer", "run_layer"]

INTEGRATE = ("line", "euler", "zoh", "decay")
RESET = ("value", "subtract", "carry")
COEFFICIENTS = ("k", "e", "one_minus_e", "leak", "r", "k_syn", "e_syn", "g_syn", "threshold")


def _single(value: np.ndarray) -> Any:
    """Give the number that an array holds everywhere, or None."""
    if value.ndim == 0:
        return value
    first = value.flat[0] if value.size else 0.0
    return first if bool((value == first).all()) else None


class NeuronLayer:
    """The neurons of a layer.

    With k, e and so on as in `COEFFICIENTS`; the synapse, where there is one, comes first:
    i = i - k_syn i (euler) or e_syn i (otherwise), then i = i + g_syn x, and x = i.

    Args:
        shape: `(channels, *spatial)`.
        dtype: float32 or float64.
        coefficients: numbers or arrays of the layer's shape by name; missing ones are 0.
        integrate: "line": v + k x; "euler": v + k ((leak - v) + r x);
            "zoh": e v + one_minus_e (leak + r x); "decay": leak + e (v - leak) + k (r x).
        reset: "value" sets v_reset; "subtract" takes the threshold off; "carry" subtracts the
            spike of the step before first, and the difference of both after the test.
        synapse: there is a synaptic current.
        spiking: there is a threshold.
        before: spikes are tested on the potential before the update.
        at_threshold: a potential at the threshold spikes.
        multi: floor(v / threshold) spikes in one step.
        floor: the potential never falls below minus the threshold.
    """

    def __init__(
        self,
        shape: Shape,
        dtype: Any,
        coefficients: Mapping[str, Any],
        *,
        integrate: Literal["line", "euler", "zoh", "decay"],
        reset: Literal["value", "subtract", "carry"] = "value",
        synapse: bool = False,
        spiking: bool = True,
        before: bool = False,
        at_threshold: bool = False,
        multi: bool = False,
        floor: bool = False,
    ) -> None:
        self.shape, self.dtype = shape, np.dtype(dtype)
        self.synapse, self.spiking = synapse, spiking
        self.outputs = infer_padded(split_shape(shape)[0], self.dtype == np.float64)
        self.positions = split_shape(shape)[1]
        values = {
            name: np.asarray(coefficients.get(name, 0.0)) for name in (*COEFFICIENTS, "v_reset")
        }
        single = {name: _single(value) for name, value in values.items()}
        uniform = all(value is not None for value in single.values())
        if uniform and split_shape(shape)[0] != self.outputs:
            # Neurons of the padding hear nothing; without a leak they stay at 0 and silent.
            quiet = float(single["leak"]) == 0.0 and float(single["threshold"]) > 0.0  # type: ignore
            uniform = quiet or not spiking
        self.arrays = [
            np.array([single[name]], self.dtype)
            if uniform
            # Neurons of the padding never spike; a threshold of infinity would give 0 * inf.
            else to_pixels(
                np.broadcast_to(value, shape).astype(self.dtype),
                shape,
                self.outputs,
                1e30 if name == "threshold" else 0.0,
            )
            for name, value in values.items()
        ]
        rule = (INTEGRATE.index(integrate), RESET.index(reset), synapse, spiking, uniform)
        flags = (before, at_threshold, multi, floor)
        self.arguments = (
            tuple(map(int, (*rule, *flags))),
            tuple(array.ctypes.data for array in self.arrays),
        )


@dataclass(frozen=True)
class LayerResult:
    """What a layer gives; arrays are `(frames, *shape)`.

    Args:
        spikes: lists of the spikes; None when nothing spikes.
        v: potentials after each step; None unless asked for.
        i: synaptic currents; None unless asked for.
        drive: what came in, for a layer without neurons.
    """

    spikes: Signal | None
    v: np.ndarray | None
    i: np.ndarray | None
    drive: np.ndarray | None


def run_layer(
    shape: Shape,
    dtype: Any,
    frames: int,
    batch: int,
    sources: Sequence[tuple[Signal, Scatter]],
    *,
    bias: Any = None,
    drive: np.ndarray | None = None,
    neurons: NeuronLayer | None = None,
    state: Mapping[str, np.ndarray] | None = None,
    record: bool = False,
) -> LayerResult:
    """Run one layer over all frames.

    Args:
        shape: `(channels, *spatial)` of the layer.
        dtype: float32 or float64.
        frames: steps times batch.
        batch: samples per step.
        sources: lists of spikes and the weights that they go through.
        bias: `(channels,)`, added in each frame; None for none.
        drive: `(frames, *shape)`, added as it is; None for none.
        neurons: the neurons; None gives the drive.
        state: "v" and "i", `(batch, *shape)`, changed in place.
        record: give potentials (and currents).

    Returns:
        Spikes, recordings or the drive. Neurons without a threshold always give `v`.

    Raises:
        ValueError: shapes or number types do not fit.

    Example:
        >>> from neuro_kernels.inference import listed
        >>> x = listed(np.array([[1.0], [0.0], [1.0]]), (1,))
        >>> weights = Scatter([[2.0]], (1,), 1, np.float64, (1,))
        >>> run_layer((1,), np.float64, 3, 1, [(x, weights)], bias=[0.5]).drive
        array([[2.5],
               [0.5],
               [2.5]])
    """
    dtype = np.dtype(dtype)
    is_double = dtype == np.float64
    channels, positions = split_shape(shape)
    outputs = infer_padded(channels, is_double)
    keep: list[np.ndarray] = []

    def address(array: np.ndarray | None) -> int:
        if array is None:
            return 0
        keep.append(array)
        return array.ctypes.data

    given = []
    for signal, weights in sources:
        if weights.dtype != dtype or weights.outputs != outputs:
            raise ValueError("a weight has another number type or number of outputs than the layer")
        if signal.step != weights.step or prod(signal.shape) != prod(weights.source):
            raise ValueError("a weight was packed for a signal of another layout")
        given.append((signal.lists, weights.packed.ctypes.data, weights.numbers))
    offset = None
    if bias is not None:
        offset = np.zeros(outputs, dtype)
        offset[:channels] = bias
    added = None
    if drive is not None:
        require(drive, (frames, *shape))
        added = to_pixels(drive.astype(dtype, copy=False), shape, outputs)
    wide = (frames, positions, outputs)
    out = np.empty(wide, dtype) if neurons is None else None
    v = i = v_trace = i_trace = None
    if neurons is not None:
        if state is None:
            state = {k: np.zeros((batch, *shape), dtype) for k in ("v", "i")}
        v = to_pixels(state["v"], shape, outputs)
        i = to_pixels(state["i"], shape, outputs) if neurons.synapse else None
        if record or not neurons.spiking:
            v_trace = np.empty(wide, dtype)
        if record and neurons.synapse:
            i_trace = np.empty(wide, dtype)
    lists = infer_layer(
        is_double,
        frames,
        batch,
        positions,
        outputs,
        given,
        address(offset),
        address(added),
        None if neurons is None else neurons.arguments,
        address(v),
        address(i),
        address(v_trace),
        address(i_trace),
        address(out),
    )
    if neurons is not None and state is not None:
        for name, array in (("v", v), ("i", i)):
            if array is not None:
                state[name][...] = from_pixels(array, shape)
    return LayerResult(
        Signal(lists, shape, outputs) if neurons is not None and neurons.spiking else None,
        None if v_trace is None else from_pixels(v_trace, shape),
        None if i_trace is None else from_pixels(i_trace, shape),
        None if out is None else from_pixels(out, shape),
    )

"""Spiking layers run forward by events: only weights that belong to a spike are read.

Signals between layers are lists of spikes per frame (`FrameLists`); a frame is one step of one
sample, the samples of a step side by side. Inside, pixels stand before channels, and channels are
padded to full vectors, so that a spike adds contiguous weights. `Scatter` is a matrix or a
convolution, `NeuronLayer` the neurons behind it, `run_layer` one layer over all frames.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Literal

import numpy as np

from neuro_kernels._kernels import FrameLists, infer_layer, infer_list, infer_padded

__all__ = [
    "FrameLists",
    "LayerResult",
    "NeuronLayer",
    "Scatter",
    "Signal",
    "dense",
    "listed",
    "pooled",
    "run_layer",
]

INTEGRATE = ("line", "euler", "zoh", "decay")
RESET = ("value", "subtract", "carry")
COEFFICIENTS = ("k", "e", "one_minus_e", "leak", "r", "k_syn", "e_syn", "g_syn", "threshold")
Shape = tuple[int, ...]


@dataclass(frozen=True)
class Signal:
    """Spikes of a layer as lists.

    Args:
        lists: entries per frame.
        shape: `(channels, *spatial)` of the layer.
        step: distance between pixels in the entries: the channels, or the padded channels.
    """

    lists: FrameLists
    shape: Shape
    step: int

    @property
    def density(self) -> float:
        """Listed entries per element."""
        return len(self.lists) / max(1, self.lists.frames * prod(self.shape))


def _split(shape: Shape) -> tuple[int, int]:
    """Give channels and pixels of a shape."""
    return (shape[0], prod(shape[1:])) if shape else (1, 1)


def listed(x: np.ndarray, shape: Shape) -> Signal:
    """List the entries of an array that are not zero.

    Args:
        x: float32 or float64, `(frames, *shape)`, C-contiguous.
        shape: `(channels, *spatial)`.

    Returns:
        The lists.

    Example:
        >>> signal = listed(np.array([[0.0, 1.0, 0.0], [2.0, 0.0, 1.0]]), (3,))
        >>> signal.lists.index().tolist(), signal.lists.offsets().tolist()
        ([1, 0, 2], [0, 1, 3])
    """
    channels, positions = _split(shape)
    _require(x, (len(x), *shape))
    lists = infer_list(x.ctypes.data, x.dtype == np.float64, len(x), channels, positions)
    return Signal(lists, shape, channels)


def dense(signal: Signal) -> np.ndarray:
    """Give lists as an array; entries that are listed several times add up.

    Args:
        signal: the lists.

    Returns:
        `(frames, *shape)`, float32 or float64.

    Example:
        >>> dense(listed(np.eye(2), (2,)))
        array([[1., 0.],
               [0., 1.]])
    """
    lists = signal.lists
    out = np.zeros((lists.frames, *signal.shape), np.float64 if lists.is_double else np.float32)
    channels, positions = _split(signal.shape)
    lists.add_to(out.ctypes.data, signal.step, channels, positions)
    return out


def pooled(
    signal: Signal,
    kernel: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int],
    *,
    mean: bool = False,
) -> Signal:
    """Sum (or average) spikes over windows: each entry moves to the windows that it lies in.

    Args:
        signal: lists of `(channels, height, width)`.
        kernel: height and width of the window.
        stride: steps (vertical, horizontal).
        padding: zeros at each side.
        mean: divide by the size of the window.

    Returns:
        The lists, in which an element may stand several times.

    Example:
        >>> x = np.ones((1, 1, 2, 2))
        >>> dense(pooled(listed(x, (1, 2, 2)), (2, 2), (2, 2), (0, 0)))
        array([[[[4.]]]])
    """
    channels, height, width = signal.shape
    out = tuple(
        (n + 2 * p - k) // s + 1
        for n, k, s, p in zip((height, width), kernel, stride, padding, strict=True)
    )
    numbers = (signal.step, width, *out, *kernel, *stride, *padding)
    scale = 1.0 / prod(kernel) if mean else 1.0
    return Signal(signal.lists.pooled(numbers, scale), (channels, *out), signal.step)


def _require(array: np.ndarray, shape: Shape) -> None:
    if array.dtype not in (np.float32, np.float64) or not array.flags.c_contiguous:
        raise ValueError("arrays must be float32 or float64 and C-contiguous")
    if array.shape != shape:
        raise ValueError(f"expected shape {shape}, got {array.shape}")


class Scatter:
    """The weights of a matrix or convolution, packed for entries of one layout.

    Args:
        weight: `(outputs, inputs)`, or `(outputs, channels, kernel_y, kernel_x)`.
        source: shape `(channels, *spatial)` of the signal that comes in.
        step: its distance between pixels.
        dtype: float32 or float64.
        out: shape of what comes out.
        stride: of a convolution (vertical, horizontal).
        padding: of a convolution, before the first pixel.
        dilation: of a convolution.

    Raises:
        ValueError: the weight does not fit the source.
    """

    def __init__(
        self,
        weight: Any,
        source: Shape,
        step: int,
        dtype: Any,
        out: Shape,
        *,
        stride: Sequence[int] = (1, 1),
        padding: Sequence[int] = (0, 0),
        dilation: Sequence[int] = (1, 1),
    ) -> None:
        weight = np.asarray(weight, dtype)
        self.dtype, self.source, self.step = weight.dtype, source, step
        self.outputs = infer_padded(weight.shape[0], weight.dtype == np.float64)
        channels, positions = _split(source)
        if weight.ndim == 2:
            if weight.shape[1] != channels * positions:
                raise ValueError(f"the weight takes {weight.shape[1]} inputs, the source {source}")
            rows = np.zeros((positions, step, self.outputs), weight.dtype)
            turned = weight.T.reshape(channels, positions, -1).transpose(1, 0, 2)
            rows[:, :channels, : len(weight)] = turned
            self.packed = rows
            self.numbers = (step, 0, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1)
            return
        if weight.shape[1] != channels or len(source) != 3:
            raise ValueError(f"the weight takes {weight.shape[1]} channels, the source {source}")
        kernel = weight.shape[2:]
        packed = np.zeros((channels, *kernel, self.outputs), weight.dtype)
        packed[..., : len(weight)] = weight.transpose(1, 2, 3, 0)[:, :, ::-1]
        self.packed = packed
        self.numbers = (
            step,
            source[2],
            out[1],
            out[2],
            *kernel,
            *map(int, stride),
            *map(int, padding),
            *map(int, dilation),
        )


def to_pixels(x: np.ndarray, shape: Shape, padded: int, fill: float = 0.0) -> np.ndarray:
    """Turn `(..., channels, *spatial)` to `(..., pixels, padded channels)`."""
    channels, positions = _split(shape)
    lead = x.shape[: x.ndim - len(shape)]
    made = np.full((*lead, positions, padded), fill, x.dtype)
    made[..., :channels] = np.swapaxes(x.reshape(*lead, channels, positions), -1, -2)
    return made


def from_pixels(x: np.ndarray, shape: Shape) -> np.ndarray:
    """Turn `(..., pixels, padded channels)` back to `(..., channels, *spatial)`."""
    channels, _ = _split(shape)
    turned = np.swapaxes(x[..., :channels], -1, -2)
    return np.ascontiguousarray(turned).reshape(*x.shape[:-2], *shape)


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
        self.outputs = infer_padded(_split(shape)[0], self.dtype == np.float64)
        self.positions = _split(shape)[1]
        values = {
            name: np.asarray(coefficients.get(name, 0.0)) for name in (*COEFFICIENTS, "v_reset")
        }
        single = {name: _single(value) for name, value in values.items()}
        uniform = all(value is not None for value in single.values())
        if uniform and _split(shape)[0] != self.outputs:
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
        >>> x = listed(np.array([[1.0], [0.0], [1.0]]), (1,))
        >>> weights = Scatter([[2.0]], (1,), 1, np.float64, (1,))
        >>> run_layer((1,), np.float64, 3, 1, [(x, weights)], bias=[0.5]).drive
        array([[2.5],
               [0.5],
               [2.5]])
    """
    dtype = np.dtype(dtype)
    is_double = dtype == np.float64
    channels, positions = _split(shape)
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
        _require(drive, (frames, *shape))
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

"""A matrix or convolution and the compiled neurons behind it, over whole sequences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Literal

import numpy as np

from neuro_kernels import dynamics
from neuro_kernels._kernels import Stage, num_threads
from neuro_kernels.inference._scatter import Scatter
from neuro_kernels.inference._signals import Shape, Signal, split_shape, to_pixels

__all__ = ["EventStage", "StageResult"]

Pooling = Literal["sum", "mean", "max"]


@dataclass(frozen=True)
class StageResult:
    """What a stage gives.

    Args:
        spikes: lists of the spikes; None when nothing spikes.
        out: what does not spike, `(frames, pixels, padded channels)`: the voltage of integrators,
            or the drive of a stage without neurons.
        state: the state after the last step, each `(batch, pixels, padded channels)`.
    """

    spikes: Signal | None
    out: np.ndarray | None
    state: tuple[np.ndarray, ...]


class EventStage:
    """Weights, bias and neurons of a layer, packed once and run over many sequences.

    Args:
        weight: `(outputs, inputs)`, or `(outputs, channels, kernel_y, kernel_x)`.
        source: shape `(channels, *spatial)` of the signal that comes in.
        step: its distance between pixels.
        shape: shape of what comes out.
        dtype: float32 or float64.
        stride: of a convolution (vertical, horizontal).
        padding: of a convolution, before the first pixel.
        dilation: of a convolution.
        bias: `(outputs,)`; None for none.
        windows: height and width of windows that the source is pooled over first, side by side;
            pixels that fill no window are dropped.
        pooling: what becomes of a window; "max" is meant for spikes, values of 1.
        neuron: a name in `neuro_kernels.dynamics.NEURONS`; None for no neurons.
        coefficients: of the neuron, `(coefficients,)` or `(coefficients, *shape)`.
        reset: "value" or "subtract".

    Raises:
        ValueError: shapes or names do not fit.

    Example:
        >>> from neuro_kernels.inference import dense, listed
        >>> x = listed(np.array([[1.0], [0.0], [1.0]]), (1,))
        >>> iaf = np.array([1.0, 1.5, 0.0])  # gain, v_th, v_reset
        >>> stage = EventStage([[1.0]], (1,), 1, (1,), np.float64, neuron="iaf", coefficients=iaf)
        >>> result = stage.run(x, 1)
        >>> dense(result.spikes)[:, 0].tolist(), result.state[0].shape
        ([0.0, 0.0, 1.0], (1, 1, 8))
    """

    def __init__(
        self,
        weight: Any,
        source: Shape,
        step: int,
        shape: Shape,
        dtype: Any,
        *,
        stride: Sequence[int] = (1, 1),
        padding: Sequence[int] = (0, 0),
        dilation: Sequence[int] = (1, 1),
        bias: Any = None,
        windows: tuple[int, int] | None = None,
        pooling: Pooling = "sum",
        neuron: str | None = None,
        coefficients: np.ndarray | None = None,
        reset: dynamics.ResetRule = "value",
    ) -> None:
        self.source, self.step, self.shape = source, step, shape
        self.dtype = np.dtype(dtype)
        self.is_double = self.dtype == np.float64
        weight = np.asarray(weight, self.dtype)
        matrix = weight.ndim == 2
        seen = source
        if windows is not None:
            seen = (source[0], source[1] // windows[0], source[2] // windows[1])
            if pooling == "mean":
                weight = weight * self.dtype.type(1.0 / prod(windows))
        options = {"stride": stride, "padding": padding, "dilation": dilation}
        packed = Scatter(weight, seen, step, self.dtype, shape, **options)
        self.channels, self.positions = split_shape(shape)
        self.outputs = packed.outputs
        if neuron is not None and neuron not in dynamics.NEURONS:
            known = ", ".join(dynamics.NEURONS)
            raise ValueError(f"unknown neuron {neuron!r}: choose one of {known}")
        self.model = None if neuron is None else dynamics.NEURONS[neuron]
        self._keep = [packed.packed, _places(source, seen, windows, matrix)]
        once = 0
        if pooling == "max" and windows is not None:
            once = split_shape(seen)[1] * step
        offset = np.zeros(self.outputs, self.dtype)
        if bias is not None:
            offset[: self.channels] = bias
        values, per_neuron = self._coefficients(coefficients)
        self._keep += [offset, values]
        self.pixels = split_shape(source)[1]
        self.compiled = Stage(
            self.is_double,
            list(packed.numbers),
            [
                *(source[1:] if len(source) == 3 else (1, split_shape(source)[1])),
                *(windows or (1, 1)),
            ],
            self.positions,
            self.channels,
            packed.packed.ctypes.data,
            self._keep[1].ctypes.data,
            once,
            offset.ctypes.data,
            -1 if self.model is None else self.model.index,
            values.ctypes.data,
            per_neuron,
            reset == "subtract",
        )

    @property
    def spiking(self) -> bool:
        """Whether neurons stand behind the weights that spike."""
        return self.model is not None and self.model.spiking

    def _coefficients(self, given: np.ndarray | None) -> tuple[np.ndarray, bool]:
        if self.model is None:
            return np.zeros(1, self.dtype), False
        count = len(self.model.coefficients)
        if given is None or len(given) != count:
            raise ValueError(f"{self.model.name} takes {count} coefficients")
        values = np.asarray(given, self.dtype)
        if values.size == count:
            return np.ascontiguousarray(values.reshape(count)), False
        # Neurons of the padding are never listed; the last channel's values keep them finite.
        spread = np.broadcast_to(values.reshape(count, *values.shape[1:]), (count, *self.shape))
        wide = to_pixels(np.ascontiguousarray(spread), self.shape, self.outputs)
        wide[..., self.channels :] = wide[..., self.channels - 1 : self.channels]
        return np.ascontiguousarray(wide.reshape(count, -1)), True

    def run(
        self,
        signal: Signal,
        batch: int,
        state: Sequence[np.ndarray] | None = None,
        *,
        threads: int | None = None,
    ) -> StageResult:
        """Run over all frames.

        Args:
            signal: lists of the source's entries, frames being steps times batch.
            batch: samples per step.
            state: the neurons' state before the first step, each `(batch, pixels, padded
                channels)`, C-contiguous; None starts at rest.
            threads: most threads to use; None for `neuro_kernels.num_threads()`.

        Returns:
            Spikes or values, and the state after the last step.

        Raises:
            ValueError: the signal or the state has another layout than the stage was made for.
        """
        if signal.step != self.step or prod(signal.shape) != prod(self.source):
            raise ValueError(
                f"the stage takes {self.source} with {self.step} values per pixel, "
                f"got {signal.shape} with {signal.step}"
            )
        frames = signal.lists.frames
        wide = (batch, self.positions, self.outputs)
        names = () if self.model is None else self.model.states
        after = tuple(np.empty(wide, self.dtype) for _ in names)
        given = [0] * len(names)
        if state is not None:
            for one in state:
                if one.shape != wide or one.dtype != self.dtype or not one.flags.c_contiguous:
                    raise ValueError(f"a state must be C-contiguous {self.dtype} {wide}")
            given = [one.ctypes.data for one in state]
        out = None if self.spiking else np.empty((frames, *wide[1:]), self.dtype)
        lists = self.compiled.run(
            signal.lists,
            batch,
            given,
            [one.ctypes.data for one in after],
            0 if out is None else out.ctypes.data,
            num_threads() if threads is None else threads,
        )
        return StageResult(
            Signal(lists, self.shape, self.outputs) if self.spiking else None, out, after
        )


def _places(
    source: Shape, seen: Shape, windows: tuple[int, int] | None, matrix: bool
) -> np.ndarray:
    """Give the pixel that each pixel of the source counts for, as `Stage` reads it."""
    if len(source) != 3:
        return np.arange(split_shape(source)[1], dtype=np.int32)
    height, width = windows if windows is not None else (1, 1)
    y, x = np.arange(source[1]) // height, np.arange(source[2]) // width
    place = y[:, None] * seen[2] + x if matrix else (y[:, None] << 16) + x
    return np.where((y[:, None] < seen[1]) & (x < seen[2]), place, -1).astype(np.int32).ravel()

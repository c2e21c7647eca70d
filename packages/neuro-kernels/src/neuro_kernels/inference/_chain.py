"""Stages one behind the other, run in one call while their inputs are sparse."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from neuro_kernels._kernels import Chain, FrameLists
from neuro_kernels.inference._stage import EventStage

__all__ = ["EventChain"]


class EventChain:
    """Stages, each of which takes the spikes of the one before it; between them they stay bits.

    Args:
        stages: all but the last one spiking, of one number type.
        values: the arrays that the stages were packed from, C-contiguous; kept, to find out
            whether those of a later call are the same.

    Raises:
        ValueError: a stage does not take what the one before it gives.

    Example:
        >>> iaf = np.array([1.0, 1.5, 0.0])  # gain, v_th, v_reset
        >>> first = EventStage([[1.0]], (1,), 1, (1,), np.float64, neuron="iaf", coefficients=iaf)
        >>> weight = np.array([[3.0]])
        >>> chain = EventChain([first, EventStage(weight, (1,), 8, (1,), np.float64)], [weight])
        >>> x, v, out = np.ones((4, 1, 1)), np.empty((1, 1, 8)), np.empty((4, 1, 8))
        >>> ran, _ = chain.run(
        ...     x.ctypes.data, x.shape, 1, [weight.ctypes.data], [9, 9],
        ...     [[0], []], [[v.ctypes.data], []], out.ctypes.data, 1
        ... )
        >>> ran, out[:, 0, 0].tolist()
        (2, [0.0, 3.0, 0.0, 3.0])
    """

    def __init__(self, stages: Sequence[EventStage], values: Sequence[np.ndarray]) -> None:
        for first, second in pairwise(stages):
            fits = first.positions * first.outputs == second.pixels * second.step
            if not first.spiking or not fits:
                raise ValueError(
                    f"a stage that takes {second.source} cannot follow one that gives "
                    f"{first.shape}{'' if first.spiking else ' without spikes'}"
                )
        if not all(one.flags.c_contiguous for one in values):
            raise ValueError("values must be C-contiguous")
        self.stages = list(stages)
        self._values = list(values)
        self._chain = Chain(
            [stage.compiled for stage in stages],
            [(one.ctypes.data, one.nbytes) for one in values],
        )

    def run(
        self,
        x: int,
        size: Sequence[int],
        batch: int,
        values: Sequence[int],
        limits: Sequence[int],
        state: Sequence[Sequence[int]],
        state_out: Sequence[Sequence[int]],
        out: int,
        threads: int,
    ) -> tuple[int, FrameLists | None]:
        """Run over all frames. Memory is given by its address, and must be C-contiguous.

        Args:
            x: `(frames, channels, pixels)` of the first stage's source, dense.
            size: those three.
            batch: samples per step; frames are steps times batch.
            values: of the arrays that stand now where those of the constructor stood.
            limits: for each stage the most entries of its input.
            state: for each stage the neurons' state before the first step, each
                `(batch, pixels, padded channels)`; 0 starts at rest.
            state_out: for each stage where the state after the last step goes.
            out: where the values of a last stage that does not spike go,
                `(frames, pixels, padded channels)`.
            threads: most threads to use.

        Returns:
            How many stages ran, fewer than there are where an input had more entries than its
            limit, -1 if none did because a value has changed; and the spikes of the last that ran.

        Raises:
            ValueError: numbers of addresses or sizes do not fit.
        """
        frames, channels, pixels = size
        return self._chain.run(
            x, frames, channels, pixels, batch, values, limits, state, state_out, out, threads
        )

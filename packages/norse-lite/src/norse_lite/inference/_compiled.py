"""A chain whose layers all run by events, in one compiled call."""

from collections.abc import Sequence
from math import inf, prod
from typing import Any

import torch
from torch import Tensor
from torch.nn import Parameter

from neuro_kernels.inference import EventChain, Signal
from norse_lite.forms._run import state_of
from norse_lite.inference._find import Found
from norse_lite.inference._stage import (
    Prepared,
    Spikes,
    coefficients_of,
    entries_of,
    from_pixels,
    to_pixels,
)

__all__ = ["CompiledChain"]

_SAMPLED_FRAMES = 16
_MOST = 1 << 62


class CompiledChain:
    """The packed layers of a chain one behind the other, as an earlier call left them.

    Args:
        groups: All groups of the chain.
        layers: Each of them prepared and packed.
        x: The input of that call.
        forced: Use events whatever the density.
    """

    def __init__(
        self, groups: Sequence[Found], layers: Sequence[Prepared], x: Tensor, forced: bool
    ) -> None:
        self.layers = list(zip(groups, layers, strict=True))
        self.dtype, self.shape = x.dtype, x.shape[2:]
        self.like = torch.empty(0, dtype=x.dtype)
        self.stages = [layer.stage for layer in layers if layer.stage is not None]
        self.limits = [inf if forced else layer.per_frame / layer.per_entry for layer in layers]
        values = [one for layer in layers for one in layer.values if one is not None]
        self.chain = EventChain(self.stages, [one.numpy() for one in values])
        flat = len(self.shape) != 3
        self.channels = prod(self.shape) if flat else self.shape[0]
        self.positions = 1 if flat else prod(self.shape[1:])
        self.spiking = groups[-1].neuron is not None and self.stages[-1].spiking

    @staticmethod
    def of(groups: Sequence[Any], x: Tensor, forced: bool) -> "CompiledChain | None":
        """Compile what has just run layer by layer, if all of it did so by events."""
        layers = []
        for group in groups:
            found = list(group.packed.values()) if isinstance(group, Found) else []
            if len(found) != 1 or found[0] is None or found[0].stage is None:
                return None
            layers.append(found[0])
        return CompiledChain(groups, layers, x, forced)

    def run(self, x: Tensor, state: Sequence[Any]) -> tuple[int, Tensor | Spikes, list[Any]] | None:
        """Run as many layers as events are worth it for.

        Args:
            x: Input, `(T, B, *shape)`.
            state: State of every module of the chain.

        Returns:
            The number of groups that ran, what comes out of the last of them, and the states of
            their neurons at their places; None where input or values are of another kind, or
            values have changed.
        """
        if x.dtype != self.dtype or x.shape[2:] != self.shape:
            return None
        values = self._values()
        if values is None:
            return None
        steps, batch = x.shape[:2]
        frames = steps * batch
        x = x.detach().contiguous()
        if entries_of(x, _SAMPLED_FRAMES) > self.limits[0] * frames:
            return 0, x, [None] * len(state)
        before, after = [], []
        for (found, layer), stage in zip(self.layers, self.stages, strict=True):
            wide = (batch, stage.positions, stage.outputs)
            names = () if stage.model is None else stage.model.states
            after.append([torch.empty(wide, dtype=self.dtype) for _ in names])
            given = None if found.neuron is None else state[found.neuron.index]
            if given is None:
                before.append(None)
                continue
            neuron: Any = found.neuron.module  # type: ignore[union-attr]
            size = torch.Size((batch, *layer.shape))
            checked = state_of(neuron.neuron, given, size, self.like)
            before.append([to_pixels(value, stage.outputs) for value in checked])
        last, stage = self.layers[-1][1], self.stages[-1]
        out = None
        if not self.spiking:
            out = torch.empty((frames, stage.positions, stage.outputs), dtype=self.dtype)
        ran, lists = self.chain.run(
            x.data_ptr(),
            (frames, self.channels, self.positions),
            batch,
            values,
            [int(min(limit * frames, _MOST)) for limit in self.limits],
            [
                [0] * len(to) if one is None else [value.ctypes.data for value in one]
                for one, to in zip(before, after, strict=True)
            ],
            [[one.data_ptr() for one in states] for states in after],
            0 if out is None else out.data_ptr(),
            torch.get_num_threads(),
        )
        if ran < 0:
            return None
        states: list[Any] = [None] * len(state)
        for (found, layer), made in zip(self.layers[:ran], after, strict=False):
            if found.neuron is not None:
                kind: Any = found.neuron.module
                states[found.neuron.index] = kind.neuron.state(
                    *[from_pixels(one, layer.shape) for one in made]
                )
        if ran == 0:
            return 0, x, states
        if ran == len(self.layers) and out is not None:
            y = from_pixels(out, last.shape).contiguous().view(steps, batch, *last.shape)
            return ran, y, states
        done, shape = self.stages[ran - 1], self.layers[ran - 1][1].shape
        assert lists is not None
        signal = Signal(lists, done.shape, done.outputs)
        return ran, Spikes(steps, batch, shape, self.dtype, None, signal), states

    def _values(self) -> list[int] | None:
        """Give the addresses of weights and biases; None where they, or neurons, are others."""
        addresses = []
        for found, layer in self.layers:
            weights = found.weights
            for now, packed in zip((weights.weight, weights.bias), layer.values, strict=True):
                if now is None or packed is None:
                    if now is not packed:
                        return None
                    continue
                if type(now) not in (Parameter, Tensor) or now.layout != torch.strided:
                    return None
                if not now.is_cpu or now.dtype != self.dtype or now.shape != packed.shape:
                    return None
                if not now.is_contiguous():
                    return None
                addresses.append(now.data_ptr())
            if found.neuron is None:
                continue
            if coefficients_of(found, layer, self.like) is not layer.coefficients:
                return None
        return addresses

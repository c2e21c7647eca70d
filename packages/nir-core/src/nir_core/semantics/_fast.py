"""The interpreter over compiled kernels: spikes as lists, one layer after the other.

Weighted nodes that feed a neuron layer are not computed by themselves: each spike adds its
weights straight to the drive of the neurons, for as long as spikes are few. Whatever the
kernels do not cover (loops, the exact solver, groups, plain arithmetic) runs as in the plain
interpreter, on arrays that are made of the lists when they are asked for.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from nir_core.graph import NIRGraph
from nir_core.nodes import (
    NEURONS,
    Affine,
    AvgPool2d,
    Conv1d,
    Conv2d,
    Flatten,
    Input,
    Linear,
    Output,
    SumPool2d,
)
from nir_core.semantics._engine import Engine, State
from nir_core.semantics._fast_layers import image, neuron_layer, to_signal
from nir_core.semantics._neurons import Neuron
from nir_core.semantics.profiles import Profile

__all__ = ["FastEngine", "available", "fast_engine"]

_WEIGHTED = (Affine, Linear, Conv1d, Conv2d)
# Above this share of nonzero inputs a product of matrices is faster than adding rows. The
# product behind a convolution has to unfold its windows first, which costs more than it saves.
_DENSE = {Affine: 0.25, Linear: 0.25, Conv1d: 4.0, Conv2d: 4.0}


def available() -> bool:
    """Whether the compiled kernels are installed."""
    try:
        import neuro_kernels.inference  # noqa: F401
    except ImportError:
        return False
    return True


class _Values(dict[str, np.ndarray]):
    """Dense signals by path, made of lists when they are first asked for."""

    def __init__(self, engine: FastEngine, known: dict[str, np.ndarray]) -> None:
        super().__init__(known)
        self.engine = engine

    def __missing__(self, name: str) -> np.ndarray:
        from neuro_kernels import inference

        engine = self.engine
        signal = engine.listed[name]
        shape = engine.plan.shapes[name].output
        assert shape is not None
        array = inference.dense(signal).reshape(engine.steps, engine.batch, *shape)
        self[name] = array
        return array


@dataclass(frozen=True)
class _Weights:
    """A weighted node that adds its weights to the drive of the neurons behind it."""

    source: str
    scatter: Any
    bias: np.ndarray | None


class FastEngine(Engine):
    """An engine whose neuron layers and their weights are run by compiled kernels."""

    def __init__(self, graph: NIRGraph, profile: Profile, dt: float, dtype: np.dtype) -> None:
        super().__init__(graph, profile, dt, dtype)
        self.after: dict[str, list[str]] = {name: [] for name in self.plan.nodes}
        for name, sources in self.plan.sources.items():
            for source in sources:
                self.after[source].append(name)
        self.looped = {n for part in self.plan.parts if part.cyclic for n in part.names}
        self.layers: dict[str, Any] = {}
        self.packed: dict[tuple[str, int], Any] = {}

    def run(self, arrays: dict[str, np.ndarray], wanted: set[str], state: State | None) -> None:
        self.listed: dict[str, Any] = {}
        self.pending: set[str] = set()
        self.wanted_names = wanted | set(self.plan.outputs.values())
        super().run(arrays, wanted, state)

    def start_values(self, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        return _Values(self, arrays)

    def _whole(self, name: str, wanted: set[str]) -> None:
        node = self.plan.nodes[name]
        if isinstance(node, _WEIGHTED) and self._waits_for_neurons(name):
            self.pending.add(name)
        elif isinstance(node, NEURONS) and isinstance(self.operators[name], Neuron):
            self._neurons(name, wanted)
        elif not self._passes_on(name, node):
            super()._whole(name, wanted)

    def _waits_for_neurons(self, name: str) -> bool:
        """Whether a weighted node is done together with the only node that it feeds."""
        targets = self.after[name]
        if name in self.wanted_names or len(targets) != 1 or targets[0] in self.looped:
            return False
        operator = self.operators[targets[0]]
        sources = self.plan.sources[name]
        return isinstance(operator, Neuron) and len(sources) == 1 and self._scatters(name)

    def _scatters(self, name: str) -> bool:
        """Whether the kernels know the weight, and spikes come few enough."""
        node = self.plan.nodes[name]
        (source,) = self.plan.sources[name]
        if isinstance(node, (Affine, Linear)):
            known = len(node.weight.shape) == 2 and np.ndim(getattr(node, "bias", 0.0)) < 2
        else:
            pads = node.pads()  # type: ignore[attr-defined]
            known = node.groups == 1 and np.ndim(node.bias) < 2  # type: ignore[attr-defined]
            known = known and all(before >= 0 for before, _ in pads)
        if not known:
            return False
        signal = self._signal(source, _DENSE[type(node)])
        return signal is not None and signal.density <= _DENSE[type(node)]

    def _signal(self, name: str, most: float) -> Any:
        """Give a signal as lists; None when more than a share of it is nonzero."""
        if name in self.listed:
            return self.listed[name]
        from neuro_kernels import inference

        array = self.values[name]
        shape = self.plan.shapes[name].output
        if shape is None or len(shape) not in (1, 2, 3):
            return None
        # A look at some frames is enough to tell that listing would not pay.
        flat = array.reshape(-1, *image(shape))
        sample = flat[:: max(1, len(flat) // 8)]
        if np.count_nonzero(sample) > most * sample.size:
            return None
        signal = inference.listed(np.ascontiguousarray(flat), image(shape))
        self.listed[name] = signal
        return signal

    def _passes_on(self, name: str, node: Any) -> bool:
        """Move lists through pooling, Flatten and Output without making an array."""
        sources = self.plan.sources[name]
        if len(sources) != 1 or sources[0] not in self.listed or name in self.looped:
            return False
        signal = self.listed[sources[0]]
        from neuro_kernels import inference

        if isinstance(node, (SumPool2d, AvgPool2d)):
            if len(signal.shape) != 3:
                return False
            self.listed[name] = inference.pooled(
                signal,
                node.kernel_size,
                node.stride,
                node.padding,
                mean=isinstance(node, AvgPool2d),
            )
            return True
        if isinstance(node, (Input, Output)):
            self.listed[name] = signal
            return True
        if isinstance(node, Flatten):
            # Only a signal that becomes one axis keeps its elements apart from their order.
            shape = self.plan.shapes[name].output
            if shape is None or len(shape) != 1:
                return False
            self.listed[name] = signal
            return True
        return False

    def _weights(self, name: str) -> _Weights:
        """Give the packed weight of a node for the layout in which its spikes come."""
        from neuro_kernels import inference

        (source,) = self.plan.sources[name]
        signal = self.listed[source]
        key = (name, signal.step)
        if key not in self.packed:
            self.packed[key] = self._pack(inference, name, source, signal)
        return self.packed[key]

    def _pack(self, inference: Any, name: str, source: str, signal: Any) -> _Weights:
        node = self.plan.nodes[name]
        out = self.plan.shapes[name].output
        assert out is not None
        weight = np.asarray(node.__dict__["weight"], self.dtype)
        bias = node.__dict__.get("bias")
        if bias is not None:
            bias = np.broadcast_to(np.asarray(bias, self.dtype), weight.shape[:1])
            bias = bias if bias.any() else None
        if isinstance(node, (Affine, Linear)):
            scatter = inference.Scatter(weight, signal.shape, signal.step, self.dtype, out)
            return _Weights(source, scatter, bias)
        assert isinstance(node, (Conv1d, Conv2d))
        flat = isinstance(node, Conv1d)
        before = tuple(a for a, _ in node.pads())
        options = {
            "stride": node._spatial("stride"),
            "padding": before,
            "dilation": node._spatial("dilation"),
        }
        if flat:
            weight = weight[:, :, None, :]
            options = {
                key: (1 if key != "padding" else 0, *value) for key, value in options.items()
            }
        scatter = inference.Scatter(
            weight, signal.shape, signal.step, self.dtype, image(out), **options
        )
        return _Weights(source, scatter, bias)

    def _layer(self, name: str) -> Any:
        """Give the neurons of a node in the form of the kernels."""
        if name not in self.layers:
            self.layers[name] = neuron_layer(self.operators[name], self._neuron_shape(name))
        return self.layers[name]

    def _neuron_shape(self, name: str) -> tuple[int, ...]:
        shape = self.plan.shapes[name].input
        assert shape is not None
        if len(shape) in (1, 2, 3):
            return image(shape)
        return (prod(shape),)

    def _neurons(self, name: str, wanted: set[str]) -> None:
        from neuro_kernels import inference

        shape = self._neuron_shape(name)
        frames = self.steps * self.batch
        sources, bias = [], None
        terms: list[np.ndarray] = []
        for source in self.plan.sources[name]:
            if source not in self.pending:
                terms.append(self.values[source])
                continue
            weights = self._weights(source)
            sources.append((self.listed[weights.source], weights.scatter))
            if weights.bias is not None:
                bias = weights.bias if bias is None else bias + weights.bias
        drive = None
        if terms:
            total = self.gather(name, terms, (self.steps,))
            drive = np.ascontiguousarray(total.reshape(frames, *shape))
        state = self.state[name]
        inner = {k: state[k].reshape(self.batch, *shape).copy() for k in ("v", "i") if k in state}
        done = inference.run_layer(
            shape,
            self.dtype,
            frames,
            self.batch,
            sources,
            bias=bias,
            drive=drive,
            neurons=self._layer(name),
            state=inner,
            record=name in wanted,
        )
        for key, value in inner.items():
            state[key] = value.reshape(state[key].shape)
        full = (self.steps, self.batch, *self._shape(name)[1:])
        if done.v is not None and name in wanted:
            self.inner[name] = {"v": done.v.reshape(full)}
            if done.i is not None:
                self.inner[name]["i"] = done.i.reshape(full)
        operator = self.operators[name]
        if done.spikes is None:
            assert done.v is not None
            self.values[name] = done.v.reshape(full)
            return
        signal = done.spikes
        if operator.rule.latency:
            signal = self._late(name, signal, shape)
        self.listed[name] = signal

    def _late(self, name: str, signal: Any, shape: tuple[int, ...]) -> Any:
        """Give the spikes one step later; those of the last step go to the state."""
        from neuro_kernels import inference

        state = self.state[name]
        if not self.steps:
            return signal
        before = to_signal(state["z"].reshape(self.batch, *shape), signal)
        last = inference.dense(signal)[-self.batch :]
        state["z"] = last.reshape(state["z"].shape).copy()
        return inference.Signal(signal.lists.delayed(before), signal.shape, signal.step)


def fast_engine(graph: NIRGraph, profile: Profile, dt: float, dtype: np.dtype) -> FastEngine:
    """Give an engine for one run; what does not change between runs is kept with the graph.

    Args:
        graph: the network.
        profile: the semantics profile.
        dt: length of a step in seconds.
        dtype: number type of the run.
    """
    kept: dict[Any, FastEngine] = graph.__dict__.setdefault("_fast", {})
    key = (profile, dt, np.dtype(dtype).char)
    if key not in kept:
        if len(kept) >= 4:  # a sweep over many steps must not keep all of them
            kept.pop(next(iter(kept)))
        kept[key] = FastEngine(graph, profile, dt, dtype)
    return copy(kept[key])

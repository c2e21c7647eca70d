"""One layer of a chain with its weights packed: repacked when they change, run by events."""

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from neuro_kernels import sparse
from neuro_kernels.inference import EventStage, Signal, listed
from norse_lite.forms._parameters import NeuronModule
from norse_lite.forms._run import state_of
from norse_lite.inference._find import Found
from norse_lite.sparse._choice import DENSE_PRODUCT, KEEP, LANES, VECTOR

__all__ = ["Spikes", "run_stage"]

Shape = tuple[int, ...]

# Durations in nanoseconds, as in `sparse._choice`: a dense convolution per product, in units of a
# matrix product; adding a vector to memory, in units of adding to a register; finding an entry.
_CONV_FACTOR, _TAP_FACTOR, _ENTRY = 1.6, 1.6, 2.0
# What torch takes per value for a tensor made of lists, and for pooling it.
_DENSE_VALUE, _POOLED_VALUE = 0.3, 1.2
_SAMPLED_FRAMES = 64


@dataclass(frozen=True)
class Spikes:
    """What comes into a stage: a tensor `(T, B, *shape)`, lists of its entries, or both."""

    steps: int
    batch: int
    shape: Shape
    dtype: torch.dtype
    tensor: Tensor | None
    signal: Signal | None


def run_stage(found: Found, x: Spikes, state: Any, forced: bool) -> tuple[Any, Any] | None:
    """Run a layer by events.

    Args:
        found: The layer.
        x: Its input.
        state: The neurons' state before the first step.
        forced: Use events whatever the density.

    Returns:
        `Spikes` or a tensor `(T, B, *shape)`, and the state after the last step; None where torch
        is faster, or where the layer does not fit.
    """
    shape = _out_shape(found, x)
    if shape is None or not (forced or _pays(found, x, prod(shape))):
        return None
    signal = x.signal
    if signal is None:
        assert x.tensor is not None
        frames = x.tensor.detach().contiguous().numpy().reshape(-1, *x.shape)
        signal = listed(frames, x.shape if len(x.shape) == 3 else (prod(x.shape),))
    if found.pooling == "max" and found.windows and signal.lists.values() is not None:
        return None  # a maximum of other values than 0 and 1
    packed = _packed(found, x, signal, shape)
    if packed is None:
        return None
    before = None
    if found.neuron is not None and state is not None:
        like = torch.empty(0, dtype=x.dtype)
        neuron: Any = found.neuron.module
        checked = state_of(neuron.neuron, state, torch.Size((x.batch, *shape)), like)
        before = [_to_pixels(value, packed.outputs) for value in checked]
    done = packed.run(signal, x.batch, before, threads=torch.get_num_threads())
    after = None
    if found.neuron is not None:
        kind: Any = found.neuron.module
        after = kind.neuron.state(*(_from_pixels(value, shape) for value in done.state))
    if done.spikes is not None:
        return Spikes(x.steps, x.batch, shape, x.dtype, None, done.spikes), after
    assert done.out is not None
    out = _from_pixels(done.out, shape).contiguous()
    return out.unflatten(0, (x.steps, x.batch)), after


def _out_shape(found: Found, x: Spikes) -> Shape | None:
    """Return the shape of what comes out, None where the layer does not fit its input."""
    shape, layer = x.shape, found.weights
    if found.windows is not None:
        if len(shape) != 3:
            return None
        shape = (shape[0], shape[1] // found.windows[0], shape[2] // found.windows[1])
        if not all(shape):
            return None
    if isinstance(layer, nn.Linear):
        if len(shape) > 1 and not (found.flat and len(shape) == 3):
            return None
        return (layer.out_features,) if prod(shape) == layer.in_features else None
    if len(shape) != 3 or shape[0] != layer.in_channels or max(shape[1:]) >= 1 << 15:
        return None
    sizes = [
        (n + 2 * int(p) - d * (k - 1) - 1) // s + 1
        for n, k, s, p, d in zip(
            shape[1:], layer.kernel_size, layer.stride, layer.padding, layer.dilation, strict=True
        )
    ]
    return (layer.out_channels, *sizes) if min(sizes) > 0 else None


def _pays(found: Found, x: Spikes, outputs: int) -> bool:
    """Estimate whether events are faster than torch, from the share of nonzero inputs."""
    frames, layer = x.steps * x.batch, found.weights
    lanes = LANES[x.dtype]
    if isinstance(layer, nn.Linear):
        dense = DENSE_PRODUCT[x.dtype] * frames * layer.in_features * layer.out_features
        per_entry = VECTOR * -(-layer.out_features // lanes)
    else:
        taps = prod(layer.kernel_size)
        products = frames * outputs * taps * layer.in_channels
        dense = _CONV_FACTOR * DENSE_PRODUCT[x.dtype] * products
        reached = taps / prod(layer.stride)
        per_entry = VECTOR * _TAP_FACTOR * reached * -(-layer.out_channels // lanes)
    values = frames * prod(x.shape)
    dense += (_DENSE_VALUE if x.tensor is None else 0.0) * values
    dense += (_POOLED_VALUE if found.windows else 0.0) * values
    return _entries(x) * (per_entry + _ENTRY) < KEEP * dense


def _entries(x: Spikes) -> float:
    if x.signal is not None:
        return len(x.signal.lists)
    assert x.tensor is not None
    values = x.tensor.detach().contiguous()
    frames = x.steps * x.batch
    step = max(1, frames // _SAMPLED_FRAMES)
    found = sparse.count_nonzero(
        values.data_ptr(), x.dtype == torch.float64, frames, values.numel() // frames, step
    )
    return found * frames / -(-frames // step)


def _packed(found: Found, x: Spikes, signal: Signal, shape: Shape) -> EventStage | None:
    layer = found.weights
    coefficients = None
    if found.neuron is not None:
        module: Any = found.neuron.module
        assert isinstance(module, NeuronModule)
        given = module.coefficients_for(torch.empty(0, dtype=x.dtype))
        if not given.shared and not _fits(given.values, shape):
            return None
        coefficients = given.packed(shape)
    tensors = [layer.weight.detach(), coefficients]
    tensors.append(None if layer.bias is None else layer.bias.detach())
    key = (x.dtype, signal.shape, signal.step, shape)
    kept, stage = found.packed.get(key, (None, None))
    # Values are compared, not version counters, which writing through `.data` does not move.
    if kept is None or not all(map(_equal, kept, tensors)):
        stage = _pack(found, signal, shape, tensors)
        found.packed.clear()
        found.packed[key] = ([None if t is None else t.clone() for t in tensors], stage)
    return stage


def _fits(values: Any, shape: Shape) -> bool:
    try:
        return all(torch.broadcast_shapes(v.shape, shape) == torch.Size(shape) for v in values)
    except RuntimeError:
        return False


def _equal(a: Tensor | None, b: Tensor | None) -> bool:
    if a is None or b is None:
        return a is b
    return torch.equal(a, b)


def _pack(found: Found, signal: Signal, shape: Shape, tensors: list[Tensor | None]) -> EventStage:
    weight, coefficients, bias = tensors
    layer = found.weights
    options: dict[str, Any] = {}
    if isinstance(layer, nn.Conv2d):
        options = {
            "stride": layer.stride,
            "padding": layer.padding,
            "dilation": layer.dilation,
        }
    if found.neuron is not None:
        module: Any = found.neuron.module
        assert coefficients is not None
        values = coefficients.numpy()
        options |= {
            "neuron": module.neuron.kernel,
            "coefficients": values if values.shape[1] == 1 else values.reshape(-1, *shape),
            "reset": module.rules.reset,
        }
    assert weight is not None
    values = weight.numpy()
    return EventStage(
        values,
        signal.shape,
        signal.step,
        shape,
        values.dtype,
        bias=None if bias is None else bias.numpy(),
        windows=found.windows,
        pooling=found.pooling,
        **options,
    )


def _to_pixels(value: Tensor, outputs: int) -> np.ndarray:
    """Bring a state `(B, channels, *spatial)` to `(B, pixels, padded channels)`."""
    pixels = value.flatten(2).transpose(1, 2) if value.ndim > 2 else value.unsqueeze(1)
    channels = pixels.shape[2]
    if channels != outputs:
        wide = pixels.new_zeros((*pixels.shape[:2], outputs))
        wide[..., :channels] = pixels
        pixels = wide
    return pixels.contiguous().numpy()


def _from_pixels(value: np.ndarray, shape: Shape) -> Tensor:
    """Bring `(rows, pixels, padded channels)` back, without copying, to `(rows, *shape)`."""
    pixels = torch.from_numpy(value)[..., : shape[0]]
    if len(shape) == 1:
        return pixels[:, 0].contiguous()
    return pixels.unflatten(1, shape[1:]).movedim(-1, 1)

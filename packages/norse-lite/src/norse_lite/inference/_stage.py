"""One layer of a chain with its weights packed: repacked when they change, run by events."""

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from neuro_kernels import sparse
from neuro_kernels.inference import EventStage, Signal, listed
from norse_lite.forms._run import state_of
from norse_lite.inference._find import Found
from norse_lite.sparse._choice import DENSE_PRODUCT, KEEP, LANES, VECTOR

__all__ = [
    "Prepared",
    "Spikes",
    "coefficients_of",
    "entries_of",
    "from_pixels",
    "run_stage",
    "to_pixels",
]

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


@dataclass
class Prepared:
    """A layer made ready for inputs of one kind.

    Attributes:
        shape: Shape of what comes out.
        per_entry: Expected duration per nonzero input.
        per_frame: Expected duration of torch's way per frame.
        stage: The packed layer; None until it is needed.
        values: Weight and bias that it was packed from.
        coefficients: Those of its neurons.
    """

    shape: Shape
    per_entry: float
    per_frame: float
    stage: EventStage | None = None
    values: tuple[Tensor | None, ...] = ()
    coefficients: Tensor | None = None


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
    signal = x.signal
    key = (x.dtype, x.shape, None if signal is None else signal.step)
    if key not in found.packed:
        found.packed.clear()
        found.packed[key] = _prepare(found, x)
    ready: Prepared | None = found.packed[key]
    if ready is None:
        return None
    if not forced and _entries(x) * ready.per_entry > ready.per_frame * (x.steps * x.batch):
        return None
    if signal is None:
        assert x.tensor is not None
        frames = x.tensor.detach().contiguous().numpy().reshape(-1, *x.shape)
        signal = listed(frames, x.shape if len(x.shape) == 3 else (prod(x.shape),))
    if found.pooling == "max" and found.windows and signal.lists.values() is not None:
        return None  # a maximum of other values than 0 and 1
    stage = _current(found, ready, x.dtype, signal)
    if stage is None:
        return None
    neuron: Any = None if found.neuron is None else found.neuron.module
    before = None
    if neuron is not None and state is not None:
        like = torch.empty(0, dtype=x.dtype)
        checked = state_of(neuron.neuron, state, torch.Size((x.batch, *ready.shape)), like)
        before = [to_pixels(value, stage.outputs) for value in checked]
    done = stage.run(signal, x.batch, before, threads=torch.get_num_threads())
    after = None
    if neuron is not None:
        after = neuron.neuron.state(
            *[from_pixels(torch.from_numpy(value), ready.shape) for value in done.state]
        )
    if done.spikes is not None:
        return Spikes(x.steps, x.batch, ready.shape, x.dtype, None, done.spikes), after
    assert done.out is not None
    out = from_pixels(torch.from_numpy(done.out), ready.shape).contiguous()
    return out.view(x.steps, x.batch, *ready.shape), after


def _prepare(found: Found, x: Spikes) -> Prepared | None:
    """Estimate durations for inputs of this kind; None where the layer does not fit them."""
    shape, layer = _out_shape(found, x), found.weights
    if shape is None:
        return None
    lanes = LANES[x.dtype]
    if isinstance(layer, nn.Linear):
        dense = DENSE_PRODUCT[x.dtype] * layer.in_features * layer.out_features
        per_entry = VECTOR * -(-layer.out_features // lanes)
    else:
        taps = prod(layer.kernel_size)
        dense = _CONV_FACTOR * DENSE_PRODUCT[x.dtype] * prod(shape) * taps * layer.in_channels
        reached = taps / prod(layer.stride)
        per_entry = VECTOR * _TAP_FACTOR * reached * -(-layer.out_channels // lanes)
    dense += (_DENSE_VALUE if x.tensor is None else 0.0) * prod(x.shape)
    dense += (_POOLED_VALUE if found.windows else 0.0) * prod(x.shape)
    return Prepared(shape, per_entry + _ENTRY, KEEP * dense)


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


def _entries(x: Spikes) -> float:
    if x.signal is not None:
        return len(x.signal.lists)
    assert x.tensor is not None
    return entries_of(x.tensor.detach().contiguous(), _SAMPLED_FRAMES)


def entries_of(x: Tensor, most: int) -> float:
    """Estimate how many values of a contiguous `(T, B, *shape)` are not 0, from a few frames."""
    frames = x.shape[0] * x.shape[1]
    step = max(1, frames // most)
    found = sparse.count_nonzero(
        x.data_ptr(), x.dtype == torch.float64, frames, x.numel() // frames, step
    )
    return found * frames / -(-frames // step)


def _current(
    found: Found, ready: Prepared, dtype: torch.dtype, signal: Signal
) -> EventStage | None:
    """Return the packed layer, packed again if its values are others than before."""
    layer = found.weights
    coefficients = None
    if found.neuron is not None:
        coefficients = coefficients_of(found, ready, torch.empty(0, dtype=dtype))
        if coefficients is None:
            return None
    values = (layer.weight, layer.bias)
    # Values are compared, not version counters, which writing through `.data` does not move.
    same = ready.stage is not None and coefficients is ready.coefficients
    if not same or not all(map(_equal, ready.values, values)):
        ready.values = tuple(None if t is None else t.detach().clone() for t in values)
        ready.coefficients = coefficients
        ready.stage = _pack(found, ready, signal)
    return ready.stage


def coefficients_of(found: Found, ready: Prepared, like: Tensor) -> Tensor | None:
    """Give the neurons' packed coefficients; None where they do not fit the layer's shape."""
    assert found.neuron is not None
    module: Any = found.neuron.module
    given = module.coefficients_for(like)
    if not given.shared and not _fits(given.values, ready.shape):
        return None
    return given.packed(ready.shape)


def _fits(values: Any, shape: Shape) -> bool:
    try:
        return all(torch.broadcast_shapes(v.shape, shape) == torch.Size(shape) for v in values)
    except RuntimeError:
        return False


def _equal(a: Tensor | None, b: Tensor | None) -> bool:
    if a is None or b is None:
        return a is b
    return torch.equal(a, b)


def _pack(found: Found, ready: Prepared, signal: Signal) -> EventStage:
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
        assert ready.coefficients is not None
        values = ready.coefficients.numpy()
        options |= {
            "neuron": module.neuron.kernel,
            "coefficients": values if values.shape[1] == 1 else values.reshape(-1, *ready.shape),
            "reset": module.rules.reset,
        }
    weight, bias = ready.values
    assert weight is not None
    return EventStage(
        weight.numpy(),
        signal.shape,
        signal.step,
        ready.shape,
        weight.numpy().dtype,
        bias=None if bias is None else bias.numpy(),
        windows=found.windows,
        pooling=found.pooling,
        **options,
    )


def to_pixels(value: Tensor, outputs: int) -> np.ndarray:
    """Bring a state `(B, channels, *spatial)` to `(B, pixels, padded channels)`."""
    pixels = value.flatten(2).transpose(1, 2) if value.ndim > 2 else value.unsqueeze(1)
    channels = pixels.shape[2]
    if channels != outputs:
        wide = pixels.new_zeros((*pixels.shape[:2], outputs))
        wide[..., :channels] = pixels
        pixels = wide
    return pixels.contiguous().numpy()


def from_pixels(pixels: Tensor, shape: Shape) -> Tensor:
    """Bring `(rows, pixels, padded channels)` back, without copying, to `(rows, *shape)`."""
    rows, positions, outputs = pixels.shape
    if len(shape) == 1:
        flat = pixels.as_strided((rows, shape[0]), (outputs, 1))
        return flat if shape[0] == outputs else flat.contiguous()
    strides = (positions * outputs, 1, shape[2] * outputs, outputs)
    return pixels.as_strided((rows, *shape), strides)

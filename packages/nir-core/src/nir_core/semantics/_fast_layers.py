"""Neurons and signals of the interpreter in the form of the compiled kernels."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from nir_core.semantics._neurons import Neuron

__all__ = ["image", "neuron_layer", "to_signal"]


def image(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Give a shape as (channels, height, width), with one row for a line."""
    return (shape[0], 1, shape[1]) if len(shape) == 2 else shape


def to_signal(z: np.ndarray, like: Any) -> Any:
    """List an array in the layout of another signal."""
    from neuro_kernels import inference
    from neuro_kernels.inference import to_pixels

    pixels = to_pixels(np.ascontiguousarray(z), like.shape, like.step)
    return inference.listed(pixels.reshape(len(z), -1), (prod(pixels.shape[1:]),)).lists


def neuron_layer(operator: Neuron, shape: tuple[int, ...]) -> Any:
    """Give the neurons of a node, with the rule of its profile, as a layer of the kernels."""
    from neuro_kernels import inference

    rule = operator.rule
    kind = operator.kind
    line = kind in ("I", "IF")
    c: dict[str, Any] = {"k": operator.k, "leak": operator.leak, "r": operator.r}
    if not line:
        c |= {"e": operator.e, "one_minus_e": operator.one_minus_e}
    if operator.spiking:
        c |= {"threshold": operator.threshold, "v_reset": operator.reset}
    if operator.cuba:
        c |= {"k_syn": operator.k_syn, "e_syn": operator.e_syn, "g_syn": operator.g_syn}
    shaped = {key: v if np.ndim(v) == 0 else _spread(v, shape) for key, v in c.items()}
    return inference.NeuronLayer(
        shape,
        operator.dtype,
        shaped,
        integrate="line" if line else rule.integrator,  # type: ignore[arg-type]
        reset=rule.reset,
        synapse=operator.cuba,
        spiking=operator.spiking,
        before=rule.test == "before",
        at_threshold=rule.compare == ">=",
        multi=rule.multi_spike,
        floor=rule.floor,
    )


def _spread(value: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Give a parameter, which may have axes of length one, the layer's shape."""
    if value.size == prod(shape):
        return value.reshape(shape)
    if value.ndim == 2 and len(shape) == 3:  # (channels, length) stands for one row
        value = value[:, None, :]
    return np.broadcast_to(value, shape)

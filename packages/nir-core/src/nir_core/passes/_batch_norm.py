"""`fold_batch_norm`: a trained batch normalisation goes into the weights before it."""

from __future__ import annotations

from typing import Any

import numpy as np

from nir_core.errors import NirError, NirTypeError
from nir_core.nodes import Affine, Conv1d, Conv2d, Linear, NIRNode, Scale
from nir_core.passes._net import merged_array

__all__ = ["batch_norm", "fold_batch_norm"]


def _factors(
    mean: Any, var: Any, gamma: Any, beta: Any, eps: float
) -> tuple[np.ndarray, np.ndarray]:
    mean, var = np.asarray(mean, np.float64), np.asarray(var, np.float64)
    if (var < 0).any() or not eps > 0:
        raise NirError("batch normalisation: the variance and eps must not be negative or zero")
    factor = (1.0 if gamma is None else np.asarray(gamma, np.float64)) / np.sqrt(var + eps)
    return factor, (0.0 if beta is None else np.asarray(beta, np.float64)) - mean * factor


def fold_batch_norm(
    node: Affine | Linear | Conv1d | Conv2d,
    *,
    mean: Any,
    var: Any,
    gamma: Any = None,
    beta: Any = None,
    eps: float = 1e-5,
) -> Affine | Conv1d | Conv2d:
    """Fold the batch normalisation after a node into its weight and bias.

    y = gamma (W x + b - mean) / sqrt(var + eps) + beta, per output channel.

    Args:
        node: the matrix or convolution before the normalisation.
        mean: running mean, one number per output channel.
        var: running variance, one number per output channel.
        gamma: learned factor per channel; ones when not given.
        beta: learned offset per channel; zeros when not given.
        eps: what is added to the variance; the default is torch's.

    Returns:
        The node with other numbers; a Linear becomes an Affine, since it needs a bias.

    Raises:
        NirTypeError: the node has no weight.
        NirError: the numbers do not fit the output channels, or the variance is negative.

    Example:
        >>> folded = fold_batch_norm(Linear([[2.0]]), mean=[1.0], var=[3.0], gamma=[3.0], eps=1.0)
        >>> folded.weight.tolist(), folded.bias.tolist()
        ([[3.0]], [-1.5])
    """
    if not isinstance(node, (Affine, Linear, Conv1d, Conv2d)):
        raise NirTypeError(
            f"fold_batch_norm needs an Affine, Linear, Conv1d or Conv2d, got {type(node).__name__}"
        )
    factor, offset = _factors(mean, var, gamma, beta, eps)
    matrix = isinstance(node, (Affine, Linear))
    channels = node.weight.shape[-2] if matrix else node.weight.shape[0]
    for name, value in {"mean": mean, "var": var, "gamma": gamma, "beta": beta}.items():
        shape = np.shape(value)
        if value is not None and shape not in ((), (channels,)):
            raise NirError(
                f"batch normalisation: {name} has one number for each of the {channels} output "
                f"channels, got shape {shape}"
            )
    weight = np.asarray(node.weight, np.float64)
    bias = 0.0 if isinstance(node, Linear) else np.asarray(node.bias, np.float64)
    factor = np.broadcast_to(factor, (channels,))
    spread = factor[:, None] if matrix else factor.reshape(-1, *(1,) * (weight.ndim - 1))
    new_weight = merged_array(weight * spread, node.weight)
    new_bias = merged_array(bias * factor + offset, node.weight)
    if isinstance(node, Linear):
        return Affine(new_weight, new_bias, metadata=node.metadata)
    return node.replace(weight=new_weight, bias=new_bias)


def batch_norm(
    channels: int,
    *,
    mean: Any,
    var: Any,
    gamma: Any = None,
    beta: Any = None,
    eps: float = 1e-5,
    shape: tuple[int, ...] | None = None,
) -> NIRNode:
    """Give a batch normalisation that stands alone as a node of NIR, which has none of its own.

    Args:
        channels: number of channels.
        mean: running mean per channel.
        var: running variance per channel.
        gamma: learned factor per channel; ones when not given.
        beta: learned offset per channel; zeros when not given.
        eps: what is added to the variance.
        shape: (height, width) or (length,) behind the channels; None for a plain vector.

    Returns:
        A 1x1 convolution with one group per channel, or for a vector a Scale where there is
        no offset and an Affine with a diagonal weight where there is one.

    Example:
        >>> batch_norm(2, mean=[0.0, 0.0], var=[0.25, 1.0], eps=1e-12).scale.round(3)
        array([2., 1.])
    """
    factor, offset = _factors(mean, var, gamma, beta, eps)
    factor = np.array(np.broadcast_to(factor, (channels,)))
    offset = np.array(np.broadcast_to(offset, (channels,)))
    if shape is None:
        return Affine(np.diag(factor), offset) if offset.any() else Scale(factor)
    weight = factor.reshape(-1, 1, *(1,) * len(shape))
    if len(shape) == 1:
        return Conv1d(shape[0], weight, 1, 0, 1, channels, offset)
    return Conv2d((shape[0], shape[1]), weight, 1, 0, 1, channels, offset)

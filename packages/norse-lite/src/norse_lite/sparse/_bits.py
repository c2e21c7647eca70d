"""Spikes that a backward pass needs again, kept as bits."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.autograd.graph import saved_tensors_hooks

from neuro_kernels import sparse

__all__ = ["LARGE", "spikes_as_bits", "worth_it"]

# Bytes from which keeping bits is worth the call.
_SMALLEST = 1 << 14
# Bytes from which layers do it by themselves, and products per input that hide the packing.
LARGE, _PRODUCTS = 4 << 20, 128


class _Bits(NamedTuple):
    bits: Tensor
    shape: torch.Size
    dtype: torch.dtype


def _pack(x: Tensor) -> Tensor | _Bits:
    if x.device.type != "cpu" or x.dtype not in (torch.float32, torch.float64):
        return x
    if x.numel() * x.element_size() < _SMALLEST or not x.is_contiguous() or x.is_conj():
        return x
    if torch.compiler.is_compiling() or type(x) is not Tensor or x.is_neg():
        return x
    bits = torch.empty((x.numel() + 7) // 8, dtype=torch.uint8)
    fits = sparse.pack_bits_at(x.data_ptr(), x.dtype == torch.float64, x.numel(), bits.data_ptr())
    return _Bits(bits, x.shape, x.dtype) if fits else x


def _unpack(kept: Tensor | _Bits) -> Tensor:
    if isinstance(kept, Tensor):
        return kept
    x = torch.empty(kept.shape, dtype=kept.dtype)
    sparse.unpack_bits_at(
        kept.bits.data_ptr(), kept.dtype == torch.float64, x.numel(), x.data_ptr()
    )
    return x


class spikes_as_bits(saved_tensors_hooks):
    """Keep what is 0 or 1 everywhere as bits, 1/32 of float32, between forward and backward.

    Holds for every layer called inside, torch's own too: their inputs are spikes, which their
    gradients need again. Gradients have the same bits. `EventLinear`, `EventConv2d` and recurrent
    layers do so by themselves where there is much to keep.

    Example:
        >>> layer = torch.nn.Linear(512, 4)
        >>> spikes = (torch.rand(100, 512) < 0.5).float()
        >>> with spikes_as_bits():
        ...     y = layer(spikes)
        >>> y.sum().backward()
        >>> torch.equal(layer.weight.grad, spikes.sum(0).expand(4, 512))
        True
    """

    def __init__(self) -> None:
        super().__init__(_pack, _unpack)


def worth_it(x: Tensor, products: int) -> bool:
    """Return whether a layer should keep its input as bits.

    Args:
        x: Its input.
        products: Multiplications per value of the input.
    """
    large = x.numel() * x.element_size() >= LARGE and products >= _PRODUCTS
    return large and torch.is_grad_enabled()

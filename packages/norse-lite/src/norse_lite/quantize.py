"""Training for few bits: weights are rounded in the forward pass and learned as if they were not.

Symmetric, one step size per output: `q = clamp(round(w / s), -(2^(b-1) - 1), 2^(b-1) - 1)` with
`s = max|w| / (2^(b-1) - 1)`, and the gradient of the rounding taken as 1 (Jacob et al.,
"Quantization and training of neural networks for efficient integer-arithmetic-only inference", CVPR
2018; straight-through estimator: Bengio et al. 2013).
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from norse_lite._errors import NetworkError

__all__ = ["fake_quantize", "integer_weights", "quantize_", "remove_quantization_"]

# What is quantised, by the names of weights in torch's layers and in recurrent neurons.
_NAMES = ("weight", "input_weights", "recurrent_weights")
_KINDS = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)


def _step(w: Tensor, bits: int, per_channel: bool) -> Tensor:
    most = 2 ** (bits - 1) - 1
    size = w.detach().abs()
    largest = size.flatten(1).amax(1) if per_channel and w.ndim > 1 else size.amax().reshape(1)
    # An output without weights has any step size.
    largest = torch.where(largest > 0, largest, torch.ones_like(largest))
    return (largest / most).reshape(-1, *(1,) * (w.ndim - 1))


class _Round(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, w: Tensor, step: Tensor, most: int) -> Tensor:
        return (w / step).round().clamp(-most, most) * step

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        return grads[0], None, None


def fake_quantize(w: Tensor, bits: int = 8, *, per_channel: bool = True) -> Tensor:
    """Round weights to the values that a number of bits can say; gradients pass unchanged.

    Args:
        w: Weights, outputs first.
        bits: Bits per weight, sign included, at least 2.
        per_channel: One step size per output, else one for all.

    Returns:
        Weights of the same shape and dtype.

    Example:
        >>> fake_quantize(torch.tensor([[0.1, -0.5, 1.0]]), bits=2).tolist()
        [[0.0, -0.0, 1.0]]
    """
    if bits < 2:
        raise NetworkError(f"fake_quantize: bits must be at least 2, not {bits}")
    most = 2 ** (bits - 1) - 1
    return _Round.apply(w, _step(w, bits, per_channel), most)  # type: ignore[no-any-return]


class _Quantized(nn.Module):
    def __init__(self, bits: int, per_channel: bool) -> None:
        super().__init__()
        self.bits, self.per_channel = bits, per_channel

    def forward(self, w: Tensor) -> Tensor:
        return fake_quantize(w, self.bits, per_channel=self.per_channel)

    def extra_repr(self) -> str:
        return f"bits={self.bits}, per_channel={self.per_channel}"


def _weights(model: nn.Module) -> list[tuple[str, nn.Module, str]]:
    found = []
    for path, module in model.named_modules():
        for name in _NAMES:
            if name == "weight" and not isinstance(module, _KINDS):
                continue
            if isinstance(getattr(module, name, None), Tensor):
                found.append((path, module, name))
    return found


def quantize_(model: nn.Module, bits: int = 8, *, per_channel: bool = True) -> nn.Module:
    """Let all weights of a model be rounded from now on; train it as before.

    Args:
        model: Linear layers, convolutions and recurrent neurons are quantised, biases and the
            parameters of neurons are not.
        bits: Bits per weight, sign included.
        per_channel: One step size per output, else one per layer.

    Returns:
        The model.

    Example:
        >>> layer = quantize_(nn.Linear(20, 3), bits=3)
        >>> len(layer.weight[0].unique()) <= 7
        True
    """
    if bits < 2:
        raise NetworkError(f"quantize_: bits must be at least 2, not {bits}")
    weights = _weights(model)
    if not weights:
        raise NetworkError("quantize_: the model has no weights to quantise")
    for path, module, name in weights:
        if parametrize.is_parametrized(module, name):
            raise NetworkError(
                f"quantize_: {path}.{name} is parametrised already; remove_quantization_ first"
            )
    for _, module, name in weights:
        parametrize.register_parametrization(module, name, _Quantized(bits, per_channel))
    return model


def remove_quantization_(model: nn.Module, *, keep: bool = True) -> nn.Module:
    """Take the rounding away again.

    Args:
        model: A model that `quantize_` changed.
        keep: Keep the rounded weights, as for export; else the unrounded ones that were learned.

    Returns:
        The model.

    Example:
        >>> model = quantize_(nn.Linear(3, 2), bits=4)
        >>> rounded = model.weight.detach().clone()
        >>> plain = remove_quantization_(model)
        >>> isinstance(plain.weight, nn.Parameter), torch.equal(plain.weight, rounded)
        (True, True)
    """
    for _, module, name in _weights(model):
        if parametrize.is_parametrized(module, name):
            parametrize.remove_parametrizations(module, name, leave_parametrized=keep)
    return model


def integer_weights(model: nn.Module) -> dict[str, tuple[Tensor, Tensor]]:
    """Return the integers behind the rounded weights, and their step sizes.

    Args:
        model: A model that `quantize_` changed.

    Returns:
        By the weights' path: integers (int8 up to 8 bits, else int32) in the shape of the weights,
        and step sizes that broadcast to them; their product are the weights in use.

    Example:
        >>> layer = quantize_(nn.Linear(4, 2), bits=4)
        >>> integers, steps = integer_weights(layer)["weight"]
        >>> bool(torch.equal(integers * steps, layer.weight)), integers.dtype
        (True, torch.int8)
    """
    result = {}
    for path, module, name in _weights(model):
        if not parametrize.is_parametrized(module, name):
            continue
        chain: Any = module.parametrizations[name]  # type: ignore[index]
        rule, original = chain[0], chain.original.detach()
        step = _step(original, rule.bits, rule.per_channel)
        most = 2 ** (rule.bits - 1) - 1
        kind = torch.int8 if rule.bits <= 8 else torch.int32
        integers = (original / step).round().clamp(-most, most).to(kind)
        result[f"{path}.{name}".lstrip(".")] = (integers, step)
    if not result:
        raise NetworkError("integer_weights: the model is not quantised; call quantize_ first")
    return result

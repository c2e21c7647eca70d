"""Event-driven convolution: `norse_lite::event_conv2d` and its gradient."""

from collections.abc import Sequence
from math import prod
from typing import Any

import torch
from torch import Tensor
from torch.nn import Parameter
from torch.nn import functional as F

from neuro_kernels import sparse
from norse_lite._memory import empty
from norse_lite.sparse._bits import spikes_as_bits, worth_it
from norse_lite.sparse._choice import (
    DENSE_PRODUCT,
    LANES,
    VECTOR,
    list_events,
    plain,
    too_short,
    working_dtype,
)

__all__ = ["event_conv2d"]

# A dense convolution takes this many times longer per product than a matrix product does, and
# handles every input and output value; an event-driven one transposes every output.
_DENSE_FACTOR, _DENSE_VALUE, _OUTPUT = 1.6, 0.2, 0.35
# Reading, adding and writing a vector, in units of adding to one that stays in a register; with
# the gradient of the weights, whose dense form is faster per product than the dense convolution.
_TAP_FACTOR, _TAP_FACTOR_TRAINING = 1.6, 2.6

_LIBRARY = torch.library.Library("norse_lite", "FRAGMENT")
_SHAPE = "int[] stride, int[] padding, int[] dilation, int groups"
_LIBRARY.define(
    f"event_conv2d(Tensor x, Tensor weight, Tensor? bias, {_SHAPE}) -> Tensor",
    tags=(torch.Tag.pt2_compliant_tag,),
)
_LIBRARY.define(
    f"event_conv2d_weight_grad(Tensor grad, Tensor x, Tensor weight, {_SHAPE}) -> Tensor",
    tags=(torch.Tag.pt2_compliant_tag,),
)

Rules = tuple[list[int], list[int], list[int], int]


def _pair(value: int | Sequence[int]) -> list[int]:
    return [value, value] if isinstance(value, int) else list(value)


def event_conv2d(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *,
    stride: int | Sequence[int] = 1,
    padding: int | str | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
) -> Tensor:
    """Convolve images that are mostly zero.

    Where the measured share of nonzero pixels makes it faster, each of them adds its weights to the
    outputs that it reaches; otherwise this is `torch.nn.functional.conv2d`. Both sum in their own
    order, so values differ by rounding.

    Args:
        x: Images, `(B, channels, height, width)` or `(channels, height, width)`.
        weight: `(out_channels, channels / groups, kernel height, kernel width)`.
        bias: `(out_channels,)`; None for none.
        stride: Pixels between outputs, one number or two (y, x).
        padding: Zeros before and after the image, or "same" or "valid".
        dilation: Pixels between the taps of the kernel.
        groups: Independent blocks of channels.

    Returns:
        `(B, out_channels, out_height, out_width)`.

    Example:
        >>> x = torch.zeros(1, 1, 5, 5)
        >>> x[0, 0, 2, 2] = 1
        >>> event_conv2d(x, torch.ones(2, 1, 3, 3), padding=1).sum().item()
        18.0
    """
    if isinstance(padding, str):
        taps = zip(weight.shape[2:], _pair(dilation), strict=True)
        zeros = [(k - 1) * d if padding == "same" else 0 for k, d in taps]
        padding = [n // 2 for n in zeros]
        if any(n % 2 for n in zeros):  # one more zero behind the image than before it
            x = F.pad(x, (0, zeros[1] % 2, 0, zeros[0] % 2))
    rules = (_pair(stride), _pair(padding), _pair(dilation), groups)
    if torch.compiler.is_compiling() or type(x) not in (Tensor, Parameter):
        if x.ndim == 3:
            return torch.ops.norse_lite.event_conv2d(x[None], weight, bias, *rules)[0]
        return torch.ops.norse_lite.event_conv2d(x, weight, bias, *rules)
    taps = weight.shape[0] * prod(weight.shape[2:]) // max(1, groups * prod(rules[0]))
    if too_short(x.numel() * weight.numel()) and not worth_it(x, taps):
        return F.conv2d(x, weight, bias, *rules)
    events = _events(x, weight, rules)
    if events is None:
        if worth_it(x, taps) and plain(x, weight):
            with spikes_as_bits():
                return F.conv2d(x, weight, bias, *rules)
        return F.conv2d(x, weight, bias, *rules)
    return _EventConv2d.apply(x, weight, bias, events, rules)  # type: ignore[no-any-return]


def _axes(
    shape: Sequence[int], kernel: Sequence[int], rules: Rules
) -> tuple[sparse.Axis, sparse.Axis]:
    stride, padding, dilation, _ = rules
    size, taps = (int(shape[-2]), int(shape[-1])), (int(kernel[-2]), int(kernel[-1]))
    return sparse.conv_axes(size, taps, stride, padding, dilation)


def _events(x: Tensor, weight: Tensor, rules: Rules) -> sparse.EventList | None:
    groups = rules[3]
    if (
        not plain(x, weight)
        or x.ndim != 4
        or weight.ndim != 4
        or not x.numel()
        or x.shape[1] != weight.shape[1] * groups
        or weight.shape[0] % groups
    ):
        return None
    try:
        y, z = _axes(x.shape, weight.shape, rules)
    except ValueError:
        return None  # torch says what is wrong
    out_channels, channels, kernel_y, kernel_x = weight.shape
    places = x.shape[0] * y[1] * z[1]
    lanes = LANES[working_dtype(x.dtype)]
    vectors = -(-out_channels // groups // lanes)
    products = places * out_channels * channels * kernel_y * kernel_x
    reached = y[1] / y[0] * z[1] / z[0] * kernel_y * kernel_x  # outputs that a pixel reaches
    moved = x.numel() + places * out_channels
    training = torch.is_grad_enabled() and weight.requires_grad
    tap = VECTOR * (_TAP_FACTOR_TRAINING if training else _TAP_FACTOR)
    return list_events(
        x,
        dense=DENSE_PRODUCT[x.dtype] * _DENSE_FACTOR * products + _DENSE_VALUE * moved,
        fixed=_OUTPUT * places * groups * vectors * lanes,
        per_event=tap * reached * vectors + 4,
    )


def _convolved(
    events: sparse.EventList, x: Tensor, weight: Tensor, bias: Tensor | None, rules: Rules
) -> Tensor:
    dtype = working_dtype(x.dtype)
    double = dtype == torch.float64
    axes = _axes(x.shape, weight.shape, rules)
    shape = (x.shape[1], weight.shape[0], rules[3], *axes)
    values = weight.detach().to(dtype).contiguous()
    packed = torch.empty(sparse.packed_conv_size(*shape, double), dtype=dtype)
    sparse.pack_conv_weight(*shape, double, values.data_ptr(), packed.data_ptr())
    start = None if bias is None else bias.detach().to(dtype).contiguous()
    out = empty((x.shape[0], weight.shape[0], axes[0][1], axes[1][1]), dtype)
    sparse.conv2d_forward(
        events,
        *shape,
        packed.data_ptr(),
        0 if start is None else start.data_ptr(),
        out.data_ptr(),
        torch.get_num_threads(),
    )
    return out.to(x.dtype)


def _weight_grad(
    events: sparse.EventList,
    grad: Tensor,
    x_shape: Sequence[int],
    weight_shape: Sequence[int],
    rules: Rules,
) -> Tensor:
    dtype = working_dtype(grad.dtype)
    shape = (x_shape[1], weight_shape[0], rules[3], *_axes(x_shape, weight_shape, rules))
    values = grad.detach().to(dtype).contiguous()
    out = torch.empty(tuple(weight_shape), dtype=dtype)
    sparse.conv2d_weight_grad_at(
        events, *shape, values.data_ptr(), out.data_ptr(), torch.get_num_threads()
    )
    return out.to(grad.dtype)


def _dense_grads(
    grad: Tensor, x: Tensor, weight: Tensor, rules: Rules, mask: list[bool]
) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
    stride, padding, dilation, groups = rules
    return torch.ops.aten.convolution_backward(
        grad, x, weight, None, stride, padding, dilation, False, [0, 0], groups, mask
    )


class _EventConv2d(torch.autograd.Function):
    """The event-driven way; the list of events is all that is kept of the input."""

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        events: sparse.EventList,
        rules: Rules,
    ) -> Tensor:
        ctx.save_for_backward(weight)
        ctx.events, ctx.rules, ctx.shape = events, rules, x.shape
        return _convolved(events, x, weight, bias, rules)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride] (the decorator hides names)
        ctx: Any, grad: Tensor
    ) -> tuple[Tensor | None, ...]:
        (weight,) = ctx.saved_tensors
        to_x, to_weight, to_bias, _, _ = ctx.needs_input_grad
        grad_x = None
        if to_x:  # of the input only the shape is needed
            like = grad.new_empty(1).expand(ctx.shape)
            grad_x = _dense_grads(grad, like, weight, ctx.rules, [True, False, False])[0]
        return (
            grad_x,
            _weight_grad(ctx.events, grad, ctx.shape, weight.shape, ctx.rules)
            if to_weight
            else None,
            grad.sum((0, 2, 3)) if to_bias else None,
            None,
            None,
        )


def _forward_op(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: list[int],
    padding: list[int],
    dilation: list[int],
    groups: int,
) -> Tensor:
    rules = (stride, padding, dilation, groups)
    events = _events(x, weight, rules)
    if events is None:
        return F.conv2d(x, weight, bias, *rules).contiguous()
    return _convolved(events, x, weight, bias, rules)


def _weight_grad_op(
    grad: Tensor,
    x: Tensor,
    weight: Tensor,
    stride: list[int],
    padding: list[int],
    dilation: list[int],
    groups: int,
) -> Tensor:
    rules = (stride, padding, dilation, groups)
    events = _events(x, weight, rules)
    if events is None:
        dense = _dense_grads(grad, x, weight, rules, [False, True, False])[1]
        assert dense is not None
        return dense.contiguous()
    return _weight_grad(events, grad, x.shape, weight.shape, rules)


_LIBRARY.impl("event_conv2d", _forward_op, "CompositeExplicitAutograd")
_LIBRARY.impl("event_conv2d_weight_grad", _weight_grad_op, "CompositeExplicitAutograd")


@torch.library.register_fake("norse_lite::event_conv2d", lib=_LIBRARY)
def _(x, weight, bias, stride, padding, dilation, groups):  # type: ignore[no-untyped-def]
    sizes = [
        (n + 2 * p - d * (k - 1) - 1) // s + 1
        for n, k, s, p, d in zip(
            x.shape[2:], weight.shape[2:], stride, padding, dilation, strict=True
        )
    ]
    return x.new_empty((x.shape[0], weight.shape[0], *sizes))


@torch.library.register_fake("norse_lite::event_conv2d_weight_grad", lib=_LIBRARY)
def _(grad, x, weight, stride, padding, dilation, groups):  # type: ignore[no-untyped-def]
    return weight.new_empty(weight.shape)


def _set_up(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    x, weight, _, *rules = inputs
    ctx.save_for_backward(x, weight)
    ctx.rules = tuple(rules)


def _differentiate(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
    x, weight = ctx.saved_tensors
    to_x, to_weight, to_bias = ctx.needs_input_grad[:3]
    grad_weight = None
    if to_weight:
        grad_weight = torch.ops.norse_lite.event_conv2d_weight_grad(grad, x, weight, *ctx.rules)
    grads = _dense_grads(grad, x, weight, ctx.rules, [True, False, False]) if to_x else (None,)
    return (
        grads[0],
        grad_weight,
        grad.sum((0, 2, 3)) if to_bias else None,
        *(None,) * 4,
    )


torch.library.register_autograd(
    "norse_lite::event_conv2d", _differentiate, setup_context=_set_up, lib=_LIBRARY
)

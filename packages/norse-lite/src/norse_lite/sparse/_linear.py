"""Event-driven linear maps: `norse_lite::event_linear` and its gradient."""

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

__all__ = ["event_linear"]

# Transposing one value of the weight, and of its gradient as far as that costs more than elsewhere.
_PACK = 0.6

_LIBRARY = torch.library.Library("norse_lite", "FRAGMENT")
_LIBRARY.define(
    "event_linear(Tensor x, Tensor weight, Tensor? bias) -> Tensor",
    tags=(torch.Tag.pt2_compliant_tag,),
)
_LIBRARY.define(
    "event_linear_weight_grad(Tensor grad, Tensor x) -> Tensor",
    tags=(torch.Tag.pt2_compliant_tag,),
)


def event_linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Apply a linear map to inputs that are mostly zero.

    Where the measured share of nonzero inputs makes it faster, only the weights of nonzero inputs
    are read; otherwise this is `torch.nn.functional.linear`. Both sum in their own order, so values
    differ by rounding. A weight that is not finite counts only where its input is not zero.

    Args:
        x: Inputs, `(..., inputs)`.
        weight: `(outputs, inputs)`.
        bias: `(outputs,)`; None for none.

    Returns:
        `x @ weight.T + bias`, `(..., outputs)`.

    Example:
        >>> x = (torch.arange(12).reshape(3, 4) % 5 == 0).float()
        >>> event_linear(x, torch.ones(2, 4)).tolist()
        [[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]]
    """
    if torch.compiler.is_compiling() or type(x) not in (Tensor, Parameter):
        return torch.ops.norse_lite.event_linear(x, weight, bias)
    if too_short(x.numel() * weight.shape[0]) and not worth_it(x, weight.shape[0]):
        return F.linear(x, weight, bias)
    events = _events(x, weight)
    if events is None:
        if worth_it(x, weight.shape[0]) and plain(x, weight):
            with spikes_as_bits():
                return F.linear(x, weight, bias)
        return F.linear(x, weight, bias)
    return _EventLinear.apply(x, weight, bias, events)  # type: ignore[no-any-return]


def _events(x: Tensor, weight: Tensor) -> sparse.EventList | None:
    if not plain(x, weight) or x.ndim < 1 or weight.ndim != 2 or x.shape[-1] != weight.shape[1]:
        return None
    return _listed(x, weight.shape[0])


def _listed(x: Tensor, outputs: int) -> sparse.EventList | None:
    if not x.numel():
        return None
    inputs = x.shape[-1]
    vectors = -(-outputs // LANES[working_dtype(x.dtype)])
    return list_events(
        x.reshape(-1, inputs),
        dense=DENSE_PRODUCT[x.dtype] * x.numel() * outputs,
        fixed=_PACK * outputs * inputs,
        per_event=VECTOR * vectors,
    )


def _product(events: sparse.EventList, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    outputs, inputs = weight.shape
    dtype = working_dtype(x.dtype)
    double, threads = dtype == torch.float64, torch.get_num_threads()
    values = weight.detach().to(dtype).contiguous()
    packed = torch.empty(sparse.packed_size(outputs, inputs, double), dtype=dtype)
    sparse.pack_weight(values.data_ptr(), double, outputs, inputs, packed.data_ptr())
    start = None if bias is None else bias.detach().to(dtype).contiguous()
    out = empty((*x.shape[:-1], outputs), dtype)
    address = 0 if start is None else start.data_ptr()
    sparse.linear_forward(
        events, outputs, packed.data_ptr(), address, True, out.data_ptr(), threads
    )
    return out.to(x.dtype)


def _weight_grad(events: sparse.EventList, grad: Tensor) -> Tensor:
    dtype = working_dtype(grad.dtype)
    outputs = grad.shape[-1]
    values = grad.detach().to(dtype).contiguous()
    out = torch.empty((outputs, events.columns), dtype=dtype)
    sparse.linear_weight_grad_at(
        events, outputs, values.data_ptr(), out.data_ptr(), torch.get_num_threads()
    )
    return out.to(grad.dtype)


class _EventLinear(torch.autograd.Function):
    """The event-driven way; the list of events is all that is kept of the input."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, events: sparse.EventList
    ) -> Tensor:
        ctx.save_for_backward(weight)
        ctx.events = events
        return _product(events, x, weight, bias)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride] (the decorator hides names)
        ctx: Any, grad: Tensor
    ) -> tuple[Tensor | None, ...]:
        (weight,) = ctx.saved_tensors
        to_x, to_weight, to_bias, _ = ctx.needs_input_grad
        return (
            grad.matmul(weight) if to_x else None,
            _weight_grad(ctx.events, grad) if to_weight else None,
            _bias_grad(grad) if to_bias else None,
            None,
        )


def _bias_grad(grad: Tensor) -> Tensor:
    return grad.reshape(-1, grad.shape[-1]).sum(0)


def _forward_op(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    events = _events(x, weight)
    if events is None:
        out = F.linear(x, weight, bias)
        return out.contiguous()
    return _product(events, x, weight, bias)


def _weight_grad_op(grad: Tensor, x: Tensor) -> Tensor:
    outputs, inputs = grad.shape[-1], x.shape[-1]
    events = _listed(x, outputs) if plain(x, grad) else None
    if events is None:
        return grad.reshape(-1, outputs).t().matmul(x.reshape(-1, inputs)).contiguous()
    return _weight_grad(events, grad)


_LIBRARY.impl("event_linear", _forward_op, "CompositeExplicitAutograd")
_LIBRARY.impl("event_linear_weight_grad", _weight_grad_op, "CompositeExplicitAutograd")


@torch.library.register_fake("norse_lite::event_linear", lib=_LIBRARY)
def _(x, weight, bias):  # type: ignore[no-untyped-def]
    return x.new_empty((*x.shape[:-1], weight.shape[0]))


@torch.library.register_fake("norse_lite::event_linear_weight_grad", lib=_LIBRARY)
def _(grad, x):  # type: ignore[no-untyped-def]
    return x.new_empty((grad.shape[-1], x.shape[-1]))


def _set_up(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    x, weight, _ = inputs
    ctx.save_for_backward(x, weight)


def _differentiate(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
    x, weight = ctx.saved_tensors
    to_x, to_weight, to_bias = ctx.needs_input_grad
    return (
        grad.matmul(weight) if to_x else None,
        torch.ops.norse_lite.event_linear_weight_grad(grad, x) if to_weight else None,
        _bias_grad(grad) if to_bias else None,
    )


torch.library.register_autograd(
    "norse_lite::event_linear", _differentiate, setup_context=_set_up, lib=_LIBRARY
)

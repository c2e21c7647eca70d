"""Torch operators over the compiled neurons: `norse_lite::neuron` and its backward.

Arguments are plain values, so that the operators trace, compile and export. State variables travel
stacked, `(states, *shape)`; coefficients are `(coefficients, 1)` or `(coefficients, neurons)`.
"""

import math
from typing import Any

import torch
from torch import Tensor

from neuro_kernels import dynamics
from norse_lite._memory import empty
from norse_lite.surrogate import surrogate_by_key

_LIBRARY = torch.library.Library("norse_lite", "DEF")
_LIBRARY.define(
    "neuron(Tensor x, Tensor? state, Tensor coefficients, str model, bool subtract, "
    "bool detach_reset, str surrogate, bool save) -> (Tensor, Tensor, Tensor)",
    tags=(torch.Tag.pt2_compliant_tag,),
)
_LIBRARY.define(
    "neuron_backward(Tensor? grad_out, Tensor? grad_state, Tensor? x, Tensor? saved, "
    "Tensor? state, Tensor coefficients, str model, bool subtract, bool detach_reset, "
    "str surrogate, bool learn) -> (Tensor, Tensor, Tensor)",
    tags=(torch.Tag.pt2_compliant_tag,),
)


def _every_step_equal(x: Tensor) -> bool:
    return x.shape[0] > 1 and x.stride(0) == 0


def _flat(x: Tensor) -> tuple[Tensor, bool]:
    """Return dense values, and whether they stand for every step (an input expanded over time)."""
    if _every_step_equal(x):
        return x[0].contiguous(), True
    return x.contiguous(), False


def addresses(stacked: Tensor | None, count: int) -> list[int]:
    if stacked is None:
        return [0] * count
    start, step = stacked.data_ptr(), stacked.stride(0) * stacked.element_size()
    return [start + k * step for k in range(count)]


def _address(x: Tensor | None) -> int:
    return 0 if x is None else x.data_ptr()


def _neurons(coefficients: Tensor) -> tuple[int, bool]:
    neurons = coefficients.shape[1]
    return neurons, neurons > 1


def _saved_shape(x: Tensor, kind: dynamics.Model, save: bool) -> tuple[int, ...]:
    return (x.shape[0], len(kind.tape), *x.shape[1:]) if save and kind.spiking else (0,)


def _shape(x: Tensor | None, saved: Tensor | None) -> tuple[int, ...]:
    if x is not None:
        return tuple(x.shape)
    assert saved is not None
    return (saved.shape[0], *saved.shape[2:])


def distances(kind: dynamics.Model, saved: Tensor, coefficients: Tensor) -> list[Tensor]:
    """Return the distance from each threshold at every step, from what the forward pass saved."""
    values = dict(zip(kind.tape, saved.unbind(1), strict=True))
    for name, value in zip(kind.coefficients, coefficients, strict=True):
        values.setdefault(name, value if value.numel() == 1 else value.view(saved.shape[3:]))
    return [values[a] - values[b] if b else values[a] for a, b in kind.distances]


def forward(
    x: Tensor,
    state: Tensor | None,
    coefficients: Tensor,
    model: str,
    subtract: bool,
    detach_reset: bool,
    surrogate: str,
    save: bool,
) -> tuple[Tensor, Tensor, Tensor]:
    kind = dynamics.NEURONS[model]
    states = len(kind.states)
    values, constant = _flat(x)
    coefficients = coefficients.contiguous()
    neurons, per_neuron = _neurons(coefficients)
    out = empty(x.shape, x.dtype)
    saved = empty(_saved_shape(x, kind, save), x.dtype)
    last = torch.empty((states, *x.shape[1:]), dtype=x.dtype)
    if state is not None:
        state = state.contiguous()
    dynamics.forward_at(
        kind.index,
        x.dtype == torch.float64,
        x.shape[0],
        math.prod(x.shape[1:]),
        neurons,
        values.data_ptr(),
        constant,
        coefficients.data_ptr(),
        per_neuron,
        addresses(state, states),
        addresses(last, states),
        out.data_ptr(),
        saved.data_ptr() if saved.numel() else 0,
        subtract,
        torch.get_num_threads(),
    )
    return out, last, saved


def backward(
    grad_out: Tensor | None,
    grad_state: Tensor | None,
    x: Tensor | None,
    saved: Tensor | None,
    state: Tensor | None,
    coefficients: Tensor,
    model: str,
    subtract: bool,
    detach_reset: bool,
    surrogate: str,
    learn: bool,
) -> tuple[Tensor, Tensor, Tensor]:
    kind = dynamics.NEURONS[model]
    states, count = len(kind.states), len(kind.coefficients)
    shape, dtype = _shape(x, saved), coefficients.dtype
    columns = math.prod(shape[1:])
    coefficients = coefficients.contiguous()
    neurons, per_neuron = _neurons(coefficients)
    values, x_constant = (None, False) if x is None else _flat(x)
    grads, grad_constant = (None, False) if grad_out is None else _flat(grad_out)
    if grad_state is not None:
        grad_state = grad_state.contiguous()
    if state is not None:
        state = state.contiguous()
    number, alpha, derivative = 0, 1.0, None
    if kind.spiking:
        rule = surrogate_by_key(surrogate)
        if rule.kernel is not None:
            number, alpha = dynamics.SURROGATES[rule.kernel], rule.alpha
        elif saved is not None and saved.numel():
            from_thresholds = distances(kind, saved, coefficients)
            derivative = torch.stack([rule.derivative(u) for u in from_thresholds]).to(dtype)
    grad_x = empty(shape, dtype)
    grad_first = torch.empty((states, *shape[1:]), dtype=dtype)
    grad_columns = torch.empty((count, columns), dtype=dtype) if learn else None
    dynamics.backward_at(
        kind.index,
        dtype == torch.float64,
        shape[0],
        columns,
        neurons,
        _address(values),
        x_constant,
        coefficients.data_ptr(),
        per_neuron,
        addresses(state, states),
        _address(saved),
        subtract,
        detach_reset,
        _address(grads),
        grad_constant,
        addresses(grad_state, states),
        number,
        alpha,
        _address(derivative),
        grad_x.data_ptr(),
        addresses(grad_first, states),
        _address(grad_columns),
        torch.get_num_threads(),
    )
    if grad_columns is None:
        return grad_x, grad_first, torch.empty(0, dtype=dtype)
    return grad_x, grad_first, grad_columns.view(count, -1, neurons).sum(1)


def _forward_cuda(*arguments: Any) -> tuple[Tensor, Tensor, Tensor]:
    from norse_lite.fused import _triton  # takes long to import

    return _triton.forward(*arguments)


def _backward_cuda(*arguments: Any) -> tuple[Tensor, Tensor, Tensor]:
    from norse_lite.fused import _triton

    return _triton.backward(*arguments)


_LIBRARY.impl("neuron", forward, "CPU")
_LIBRARY.impl("neuron_backward", backward, "CPU")
_LIBRARY.impl("neuron", _forward_cuda, "CUDA")
_LIBRARY.impl("neuron_backward", _backward_cuda, "CUDA")


@torch.library.register_fake("norse_lite::neuron", lib=_LIBRARY)
def _(x, state, coefficients, model, subtract, detach_reset, surrogate, save):  # type: ignore[no-untyped-def]
    kind = dynamics.NEURONS[model]
    return (
        x.new_empty(x.shape),
        x.new_empty((len(kind.states), *x.shape[1:])),
        x.new_empty(_saved_shape(x, kind, save)),
    )


@torch.library.register_fake("norse_lite::neuron_backward", lib=_LIBRARY)
def _(  # type: ignore[no-untyped-def]
    grad_out,
    grad_state,
    x,
    saved,
    state,
    coefficients,
    model,
    subtract,
    detach_reset,
    surrogate,
    learn,
):
    kind = dynamics.NEURONS[model]
    shape = _shape(x, saved)
    return (
        coefficients.new_empty(shape),
        coefficients.new_empty((len(kind.states), *shape[1:])),
        coefficients.new_empty(coefficients.shape if learn else (0,)),
    )


def _set_up(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, Tensor, Tensor]) -> None:
    x, state, coefficients, model, subtract, detach_reset, surrogate, _ = inputs
    saved = output[2] if output[2].numel() else None
    learn = ctx.needs_input_grad[2]
    ctx.rule = (model, subtract, detach_reset, surrogate, learn)
    ctx.mark_non_differentiable(output[2])
    keep_x = saved is None or learn
    ctx.save_for_backward(x if keep_x else None, saved, state, coefficients)


def _differentiate(ctx: Any, grad_out: Any, grad_state: Any, _: Any) -> tuple[Any, ...]:
    x, saved, state, coefficients = ctx.saved_tensors
    grad_x, grad_first, grad_coefficients = torch.ops.norse_lite.neuron_backward(
        grad_out, grad_state, x, saved, state, coefficients, *ctx.rule
    )
    return (
        grad_x,
        grad_first if state is not None else None,
        grad_coefficients if ctx.needs_input_grad[2] else None,
        None,
        None,
        None,
        None,
        None,
    )


torch.library.register_autograd(
    "norse_lite::neuron", _differentiate, setup_context=_set_up, lib=_LIBRARY
)

neuron_op = torch.ops.norse_lite.neuron.default

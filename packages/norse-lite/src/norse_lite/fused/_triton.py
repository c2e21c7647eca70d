"""Launches the Triton kernels of the multi-step LIF family on CUDA tensors.

The models differ in how the input reaches the voltage and whether they spike; their coefficients
are first brought to one common list.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from neuro_kernels import dynamics
from norse_lite.fused._ops import distances
from norse_lite.fused._triton_kernels import compiled
from norse_lite.surrogate import surrogate_by_key

__all__ = ["backward", "forward"]

# Kinds of input, as in `_triton_kernels`.
_JUMP, _CUBA, _BOX, _PLAIN = range(4)

MODELS = {
    "lif": _JUMP,
    "li": _JUMP,
    "cuba_lif": _CUBA,
    "cuba_li": _CUBA,
    "lif_box": _BOX,
    "li_box": _BOX,
    "iaf": _PLAIN,
}
_COMMON = ("leak", "decay", "gain", "v_leak", "weight", "v_th", "v_reset")
_BLOCK = 128


def _common(kind: dynamics.Model, coefficients: Tensor) -> Tensor:
    """Coefficients of all kinds in one order; those a model lacks are never used."""
    rows = dict(zip(kind.coefficients, coefficients, strict=True))
    zero = torch.zeros_like(coefficients[0])
    return torch.stack([rows.get(name, zero) for name in _COMMON])


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
    """Run `norse_lite::neuron`."""
    kind = dynamics.NEURONS[model]
    x = x.contiguous()
    steps, columns = x.shape[0], x[0].numel() if len(x) else 0
    out = torch.empty_like(x)
    save = save and kind.spiking
    saved = x.new_empty((steps, 1, *x.shape[1:]) if save else (0,))
    last = x.new_empty((len(kind.states), *x.shape[1:]))
    common = _common(kind, coefficients)
    first = x if state is None else state.contiguous()
    if last.numel():
        columns = last[0].numel()
        launch = compiled()["_forward"]
        launch[(-(-columns // _BLOCK),)](
            x,
            common,
            first,
            out,
            saved,
            last,
            steps,
            columns,
            common.shape[1],
            columns,
            KIND=MODELS[model],
            SPIKING=kind.spiking,
            SUBTRACT=subtract,
            STATE=state is not None,
            SAVE=save,
            BLOCK=_BLOCK,
            # Fused multiplications and additions would give other spikes than every other backend.
            enable_fp_fusion=False,
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
    """Run `norse_lite::neuron_backward`; spiking models need what the forward pass saved."""
    kind = dynamics.NEURONS[model]
    if x is not None:
        steps, *shape = x.shape
    else:
        assert saved is not None
        steps, _, *shape = saved.shape
    like = {"dtype": coefficients.dtype, "device": coefficients.device}
    grad_x = torch.empty((steps, *shape), **like)
    grad_first = torch.empty((len(kind.states), *shape), **like)
    columns = grad_first[0].numel()
    common = _common(kind, coefficients)
    nothing = torch.empty(0, **like)
    grad_out = torch.zeros_like(grad_x) if grad_out is None else grad_out.contiguous()
    grad_state = torch.zeros_like(grad_first) if grad_state is None else grad_state.contiguous()
    number, alpha, derivative = _slope(kind, saved, coefficients, surrogate)
    parts = torch.empty((len(_COMMON), columns) if learn else (0,), **like)
    tape = saved if kind.spiking else torch.empty_like(grad_x) if learn else nothing
    if columns:
        launch = compiled()["_backward"]
        launch[(-(-columns // _BLOCK),)](
            nothing if x is None else x.contiguous(),
            common,
            nothing if state is None else state.contiguous(),
            nothing if tape is None else tape,
            nothing if derivative is None else derivative,
            grad_out,
            grad_state,
            grad_x,
            grad_first,
            parts,
            torch.empty_like(grad_x) if learn else nothing,
            alpha,
            0.0 if detach_reset else 1.0,
            steps,
            columns,
            common.shape[1],
            KIND=MODELS[model],
            SPIKING=kind.spiking,
            SUBTRACT=subtract,
            STATE=state is not None,
            SURROGATE=number,
            LEARN=learn,
            BLOCK=_BLOCK,
            enable_fp_fusion=False,
        )
    if not learn:
        return grad_x, grad_first, nothing
    rows = [parts[_COMMON.index(name)] for name in kind.coefficients]
    total = torch.stack(rows).view(len(rows), -1, common.shape[1]).sum(1)
    return grad_x, grad_first, total


def _slope(
    kind: dynamics.Model, saved: Tensor | None, coefficients: Tensor, surrogate: str
) -> tuple[int, float, Any]:
    """Number and steepness of the surrogate, or its values at every step."""
    if not kind.spiking or saved is None:
        return 1, 1.0, None
    rule = surrogate_by_key(surrogate)
    if rule.kernel is not None:
        return dynamics.SURROGATES[rule.kernel], rule.alpha, None
    (u,) = distances(kind, saved, coefficients)
    return 0, 1.0, rule.derivative(u).to(saved.dtype).contiguous()

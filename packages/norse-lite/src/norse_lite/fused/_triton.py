"""Launches the Triton kernels of the multi-step neurons on CUDA tensors.

There are two families of kernels. The models of a family differ in how the input reaches the
voltage; their coefficients are first brought to one common list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from neuro_kernels import dynamics
from norse_lite.fused import _triton_adaptive, _triton_adaptive_backward, _triton_kernels
from norse_lite.fused._ops import distances
from norse_lite.surrogate import surrogate_by_key

__all__ = ["MODELS", "Launch", "backward", "forward"]

# Kinds of input, as in `_triton_kernels` and `_triton_adaptive`, and whether there is a refractory
# time.
MODELS = {
    "lif": (0, False),
    "li": (0, False),
    "cuba_lif": (1, False),
    "cuba_li": (1, False),
    "lif_box": (2, False),
    "li_box": (2, False),
    "iaf": (3, False),
    "lif_refrac": (4, True),
    "lif_ex": (5, False),
    "lif_adex": (6, False),
    "lif_adex_refrac": (6, True),
    "lsnn": (7, False),
    "ada_lif": (8, False),
}
_ADAPTIVE = 4  # the first kind of the second family
_COMMON = ("leak", "decay", "gain", "v_leak", "weight", "v_th", "v_reset")
# The models of the second family have two names for the same thing.
_COMMON_ADAPTIVE = (
    ("leak",),
    ("decay",),
    ("gain",),
    ("v_leak",),
    ("v_th",),
    ("v_reset",),
    ("delta_t",),
    ("ada", "adapt"),
    ("adaptation_current",),
    ("adaptation_spike", "beta"),
    ("rho_reset",),
)
_BLOCK = 128


@dataclass(frozen=True)
class Launch:
    """A model with its rules, ready to run on tensors that the caller provides.

    Attributes:
        kind: The model.
        subtract: Reset by subtraction.
        detach_reset: Gradients do not pass through the reset.
        surrogate: Key of the surrogate.
        rows: Which row of the common coefficients each of the model's own is.
        common: The common coefficients, `(rows, 1)` or `(rows, neurons)`.
    """

    kind: dynamics.Model
    subtract: bool
    detach_reset: bool
    surrogate: str
    rows: tuple[int, ...]
    common: Tensor

    @classmethod
    def of(
        cls, coefficients: Tensor, model: str, subtract: bool, detach_reset: bool, surrogate: str
    ) -> Launch:
        """Bring the coefficients of a model to the common list."""
        kind = dynamics.NEURONS[model]
        adaptive = MODELS[model][0] >= _ADAPTIVE
        table = _COMMON_ADAPTIVE if adaptive else tuple((name,) for name in _COMMON)
        places = {name: row for row, names in enumerate(table) for name in names}
        rows = tuple(places[name] for name in kind.coefficients)
        # Those a model lacks are never used.
        own = dict(zip(rows, coefficients, strict=True))
        zero = torch.zeros_like(coefficients[0])
        common = torch.stack([own.get(row, zero) for row in range(len(table))])
        return cls(kind, subtract, detach_reset, surrogate, rows, common)

    @property
    def adaptive(self) -> bool:
        """Whether the model is one of the second family."""
        return MODELS[self.kind.name][0] >= _ADAPTIVE

    def forward(
        self,
        x: Tensor,
        state: Tensor | None,
        out: Tensor | None,
        saved: Tensor | None,
        last: Tensor,
        states: Tensor | None = None,
    ) -> None:
        """Run over `x`, and write the outputs, the tape, the last state, and all states."""
        columns = last[0].numel()
        if not columns:
            return
        number, refractory = MODELS[self.kind.name]
        out = torch.empty_like(x) if out is None else out
        options = {
            "KIND": number,
            "SUBTRACT": self.subtract,
            "STATE": state is not None,
            "SAVE": saved is not None and self.kind.spiking,
            "BLOCK": _BLOCK,
            # Fused multiplications and additions would give other spikes than other backends.
            "enable_fp_fusion": False,
        }
        ends = (x.shape[0], columns, self.common.shape[1], columns)
        first = (x, self.common, x if state is None else state, out, x if saved is None else saved)
        grid = (-(-columns // _BLOCK),)
        if self.adaptive:
            launch = _triton_adaptive.compiled()["_forward"]
            keep = states is not None
            options |= {"REFRACTORY": refractory, "STATES": keep}
            launch[grid](*first, last, states if keep else x, *ends, **options)
        else:
            launch = _triton_kernels.compiled()["_forward"]
            launch[grid](*first, last, *ends, SPIKING=self.kind.spiking, **options)

    def backward(
        self,
        x: Tensor | None,
        state: Tensor | None,
        saved: Tensor | None,
        grad_out: Tensor,
        grad_last: Tensor,
        grad_x: Tensor,
        grad_first: Tensor,
        parts: Tensor | None,
    ) -> None:
        """Back-propagate, and write the gradients; `parts` are those of the common coefficients.

        Without `parts`, spiking models need no input, no state, but what the forward pass saved.
        """
        columns, learn = grad_first[0].numel(), parts is not None
        if not columns:
            return
        if self.kind.spiking and saved is None:
            assert x is not None
            saved = x.new_empty((len(x), len(self.kind.tape), *x.shape[1:]))
            self.forward(x, state, None, saved, torch.empty_like(grad_first))
        number, alpha, derivative = _slope(self.kind, saved, self.common, self.rows, self.surrogate)
        kind, refractory = MODELS[self.kind.name]
        options = {
            "KIND": kind,
            "SUBTRACT": self.subtract,
            "SURROGATE": number,
            "LEARN": learn,
            "BLOCK": _BLOCK,
            "enable_fp_fusion": False,
        }
        nothing = grad_x
        given = nothing if x is None else x
        slopes = nothing if derivative is None else derivative
        grads = (grad_out, grad_last, grad_x, grad_first, nothing if parts is None else parts)
        ends = (alpha, 0.0 if self.detach_reset else 1.0, len(grad_x), columns)
        ends = (*ends, self.common.shape[1])
        grid = (-(-columns // _BLOCK),)
        if self.adaptive:
            states = self._states(given, state) if learn else nothing
            launch = _triton_adaptive_backward.compiled()["_backward"]
            launch[grid](
                *(given, self.common, states, saved, slopes, *grads, *ends),
                REFRACTORY=refractory,
                **options,
            )
        else:
            tape = saved if self.kind.spiking else torch.empty_like(grad_x) if learn else nothing
            launch = _triton_kernels.compiled()["_backward"]
            launch[grid](
                *(given, self.common, nothing if state is None else state, tape, slopes, *grads),
                torch.empty_like(grad_x) if learn else nothing,
                *ends,
                SPIKING=self.kind.spiking,
                STATE=state is not None,
                **options,
            )

    def _states(self, x: Tensor, state: Tensor | None) -> Tensor:
        """Voltage, current and adaptation before every step."""
        if len(x) == 1 and state is not None:
            return state
        states = x.new_empty((len(x), 3, *x.shape[1:]))
        last = x.new_empty((len(self.kind.states), *x.shape[1:]))
        self.forward(x, state, None, None, last, states)
        return states

    def own(self, parts: Tensor) -> Tensor:
        """Sum the gradients of the common coefficients over batches, for those of the model."""
        return (
            torch.stack([parts[row] for row in self.rows])
            .view(len(self.rows), -1, self.common.shape[1])
            .sum(1)
        )


def _slope(
    kind: dynamics.Model, saved: Tensor | None, common: Tensor, rows: tuple[int, ...], key: str
) -> tuple[int, float, Tensor | None]:
    """Number and steepness of the surrogate, or its values at every step."""
    if not kind.spiking or saved is None:
        return 1, 1.0, None
    rule = surrogate_by_key(key)
    if rule.kernel is not None:
        return dynamics.SURROGATES[rule.kernel], rule.alpha, None
    own = torch.stack([common[row] for row in rows])
    values = [rule.derivative(u) for u in distances(kind, saved, own)]
    return 0, 1.0, torch.stack(values).to(saved.dtype).contiguous()


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
    launch = Launch.of(coefficients, model, subtract, detach_reset, surrogate)
    kind, x = launch.kind, x.contiguous()
    save = save and kind.spiking
    out = torch.empty_like(x)
    saved = x.new_empty((x.shape[0], len(kind.tape), *x.shape[1:]) if save else (0,))
    last = x.new_empty((len(kind.states), *x.shape[1:]))
    first = None if state is None else state.contiguous()
    launch.forward(x, first, out, saved if save else None, last)
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
    """Run `norse_lite::neuron_backward`."""
    launch = Launch.of(coefficients, model, subtract, detach_reset, surrogate)
    if x is not None:
        steps, *shape = x.shape
    else:
        assert saved is not None
        steps, _, *shape = saved.shape
    like: dict[str, Any] = {"dtype": coefficients.dtype, "device": coefficients.device}
    grad_x = torch.empty((steps, *shape), **like)
    grad_first = torch.empty((len(launch.kind.states), *shape), **like)
    parts = None
    if learn:
        parts = torch.zeros((len(launch.common), grad_first[0].numel()), **like)
    launch.backward(
        None if x is None else x.contiguous(),
        None if state is None else state.contiguous(),
        saved,
        torch.zeros_like(grad_x) if grad_out is None else grad_out.contiguous(),
        torch.zeros_like(grad_first) if grad_state is None else grad_state.contiguous(),
        grad_x,
        grad_first,
        parts,
    )
    nothing = torch.empty(0, **like)
    return grad_x, grad_first, nothing if parts is None else launch.own(parts)

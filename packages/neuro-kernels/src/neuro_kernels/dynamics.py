"""Neuron models run over many time steps in one call, forward and backward.

Arrays are `(steps, *shape)` in C order; `shape` ends with the layer's neurons, commonly
`(batch, neurons)`. A model's parameters are its dimensionless coefficients in the order that
`NEURONS` lists: rates per step (`leak = dt / tau_mem`, `decay = dt / tau_syn`), gains and voltages.
They are one value each, shape `(coefficients,)`, or one per neuron, `(coefficients, neurons)`.

The same functions serve other array libraries: `forward_at` and `backward_at` take addresses.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from neuro_kernels._kernels import neuron_backward as backward_at
from neuro_kernels._kernels import neuron_forward as forward_at
from neuro_kernels._kernels import neuron_models, num_threads

__all__ = [
    "NEURONS",
    "SURROGATES",
    "Gradients",
    "Model",
    "Trace",
    "backward",
    "backward_at",
    "forward",
    "forward_at",
]

ResetRule = Literal["value", "subtract"]


@dataclass(frozen=True, slots=True)
class Model:
    """A neuron model that the kernels know.

    Attributes:
        name: How `forward` and `backward` call it.
        index: How `forward_at` and `backward_at` call it.
        states: Names of its state variables, in order.
        coefficients: Names of its coefficients, in order.
        tape: Names of the values that `forward` saves for each step.
        distances: For each threshold, a name in `tape` and what to subtract from it to get the
            distance from the threshold: a name in `tape` or `coefficients`, or "" for nothing.
    """

    name: str
    index: int
    states: tuple[str, ...]
    coefficients: tuple[str, ...]
    tape: tuple[str, ...]
    distances: tuple[tuple[str, str], ...]

    @property
    def spiking(self) -> bool:
        """Whether its output is spikes; otherwise it is the voltage."""
        return bool(self.distances)


NEURONS: Mapping[str, Model] = {
    name: Model(name, index, *description)
    for index, (name, *description) in enumerate(neuron_models())
}

# Numbers of the surrogate derivatives, as in include/neuro_kernels/dynamics/neuron.hpp.
SURROGATES: Mapping[str, int] = {
    "given": 0,
    "super_spike": 1,
    "triangle": 2,
    "arctan": 3,
    "boxcar": 4,
}


class Trace(NamedTuple):
    """What a forward pass computes.

    `out` is `(steps, *shape)`, each state `shape`; `saved` is `(steps, tape, *shape)` in the order
    of the model's `tape`, or None.
    """

    out: np.ndarray
    state: tuple[np.ndarray, ...]
    saved: np.ndarray | None


class Gradients(NamedTuple):
    """What a backward pass computes: gradients of the input, the initial state, the coefficients.

    `coefficients` has the shape of the coefficients themselves, or is None if not asked for.
    """

    x: np.ndarray
    state: tuple[np.ndarray, ...]
    coefficients: np.ndarray | None


def _model(neuron: str) -> Model:
    try:
        return NEURONS[neuron]
    except KeyError:
        raise ValueError(f"unknown neuron {neuron!r}: choose one of {', '.join(NEURONS)}") from None


def _checked(name: str, array: np.ndarray, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    if array.shape != shape or array.dtype != dtype:
        raise ValueError(
            f"{name} must be {dtype.name} of shape {shape}, not {array.dtype.name} of {array.shape}"
        )
    return np.ascontiguousarray(array)


def _address(array: np.ndarray | None) -> int:
    return 0 if array is None else array.ctypes.data


@dataclass(slots=True)
class _Call:
    """Checked arguments common to both directions."""

    model: Model
    x: np.ndarray
    coefficients: np.ndarray
    columns: int
    neurons: int
    state: tuple[np.ndarray | None, ...]


def _call(
    neuron: str,
    x: np.ndarray,
    coefficients: np.ndarray,
    state: Sequence[np.ndarray] | None,
) -> _Call:
    model = _model(neuron)
    if x.dtype not in (np.float32, np.float64) or x.ndim < 1:
        raise ValueError(f"x must be float32 or float64 (steps, ...), not {x.dtype} {x.shape}")
    x = np.ascontiguousarray(x)
    columns = int(np.prod(x.shape[1:], dtype=np.int64))
    count = len(model.coefficients)
    if coefficients.dtype != x.dtype or coefficients.shape[:1] != (count,) or coefficients.ndim > 2:
        raise ValueError(
            f"coefficients must be {x.dtype} of shape ({count},) or ({count}, neurons) for "
            f"{', '.join(model.coefficients)}, not {coefficients.dtype} {coefficients.shape}"
        )
    neurons = coefficients.shape[1] if coefficients.ndim == 2 else 1
    if neurons < 1 or columns % neurons:
        raise ValueError(f"coefficients of {neurons} neurons do not fit x of shape {x.shape}")
    checked: tuple[np.ndarray | None, ...] = (None,) * len(model.states)
    if state is not None:
        if len(state) != len(model.states):
            raise ValueError(f"{neuron} has the state {model.states}, got {len(state)} arrays")
        checked = tuple(
            _checked(f"state {name}", value, x.shape[1:], x.dtype)
            for name, value in zip(model.states, state, strict=True)
        )
    return _Call(model, x, np.ascontiguousarray(coefficients), columns, neurons, checked)


def forward(
    neuron: str,
    x: np.ndarray,
    coefficients: np.ndarray,
    state: Sequence[np.ndarray] | None = None,
    *,
    reset: ResetRule = "value",
    save: bool = False,
) -> Trace:
    """Run a neuron model over all steps of an input.

    Args:
        neuron: A name in `NEURONS`.
        x: Input, float32 or float64, `(steps, *shape)`.
        coefficients: `(coefficients,)` or `(coefficients, neurons)`, dtype of `x`, in the model's
            order.
        state: Initial state, one array of `shape` for each of the model's variables; None starts
            at rest (voltage `v_leak`, no current).
        reset: A spike sets the voltage to `v_reset` ("value") or lowers it by `v_th - v_reset`
            ("subtract").
        save: Also return what `backward` can use in place of `x`.

    Returns:
        The output of every step and the last state.

    Raises:
        ValueError: A shape or dtype does not fit the model.

    Example:
        >>> x = np.full((4, 1), 0.75, np.float32)
        >>> iaf = np.array([1.0, 1.0, 0.0], np.float32)  # gain, v_th, v_reset
        >>> trace = forward("iaf", x, iaf)
        >>> trace.out[:, 0].tolist(), trace.state[0].tolist()
        ([0.0, 1.0, 0.0, 1.0], [0.0])
    """
    call = _call(neuron, x, coefficients, state)
    out = np.empty_like(call.x)
    saved = None
    if save and call.model.spiking:
        saved = np.empty((x.shape[0], len(call.model.tape), *x.shape[1:]), x.dtype)
    state_out = tuple(np.empty(x.shape[1:], x.dtype) for _ in call.model.states)
    forward_at(
        model=call.model.index,
        is_double=x.dtype == np.float64,
        steps=x.shape[0],
        columns=call.columns,
        neurons=call.neurons,
        x=_address(call.x),
        x_constant=False,
        coefficients=_address(call.coefficients),
        per_neuron=call.coefficients.ndim == 2,
        state=[_address(value) for value in call.state],
        state_out=[_address(value) for value in state_out],
        out=_address(out),
        saved=_address(saved),
        subtract=reset == "subtract",
        threads=num_threads(),
    )
    return Trace(out, state_out, saved)


def backward(
    neuron: str,
    x: np.ndarray,
    coefficients: np.ndarray,
    state: Sequence[np.ndarray] | None = None,
    *,
    grad_out: np.ndarray | None = None,
    grad_state: Sequence[np.ndarray] | None = None,
    saved: np.ndarray | None = None,
    surrogate: str = "super_spike",
    alpha: float = 100.0,
    derivative: np.ndarray | None = None,
    detach_reset: bool = False,
    reset: ResetRule = "value",
    learn: bool = False,
) -> Gradients:
    """Back-propagate through all steps of `forward`.

    Args:
        neuron: A name in `NEURONS`.
        x: The input of the forward pass.
        coefficients: Those of the forward pass.
        state: The initial state of the forward pass.
        grad_out: Gradient of every output, `(steps, *shape)`; None counts as zero.
        grad_state: Gradient of the last state; None counts as zero.
        saved: What the forward pass saved; None replays it from `x`.
        surrogate: Derivative used for the threshold's: a name in `SURROGATES`.
        alpha: Steepness of the surrogate.
        derivative: For surrogate "given": its value at every step, `(steps, *shape)`; for a model
            with several thresholds `(thresholds, steps, *shape)`.
        detach_reset: Leave out the gradient through the spike that resets the voltage.
        reset: As in the forward pass.
        learn: Also return gradients of the coefficients.

    Returns:
        Gradients of the input, the initial state and the coefficients.

    Raises:
        ValueError: A shape, dtype or name does not fit the model.

    Example:
        >>> x = np.full((3, 1), 0.5)
        >>> li_box = np.array([0.5, 1.0, 0.0])  # leak, gain, v_leak
        >>> backward("li_box", x, li_box, grad_out=np.ones((3, 1))).x[:, 0].tolist()
        [0.875, 0.75, 0.5]
    """
    call = _call(neuron, x, coefficients, state)
    if surrogate not in SURROGATES:
        raise ValueError(f"unknown surrogate {surrogate!r}: choose one of {', '.join(SURROGATES)}")
    if (derivative is not None) != (surrogate == "given"):
        raise ValueError("a derivative is expected with surrogate='given' and only with it")
    thresholds, tape = len(call.model.distances), len(call.model.tape)
    optional: dict[str, tuple[np.ndarray | None, tuple[int, ...]]] = {
        "grad_out": (grad_out, x.shape),
        "saved": (saved, (x.shape[0], tape, *x.shape[1:])),
        "derivative": (derivative, (thresholds, *x.shape) if thresholds > 1 else x.shape),
    }
    arrays = {
        name: None if value is None else _checked(name, value, shape, x.dtype)
        for name, (value, shape) in optional.items()
    }
    grad_last: list[np.ndarray | None] = [None] * len(call.model.states)
    if grad_state is not None:
        grad_last = [
            _checked(f"grad_state of {name}", value, x.shape[1:], x.dtype)
            for name, value in zip(call.model.states, grad_state, strict=True)
        ]
    grad_x = np.empty_like(call.x)
    grad_first = tuple(np.empty(x.shape[1:], x.dtype) for _ in call.model.states)
    count = len(call.model.coefficients)
    grad_columns = np.empty((count, call.columns), x.dtype) if learn else None
    backward_at(
        model=call.model.index,
        is_double=x.dtype == np.float64,
        steps=x.shape[0],
        columns=call.columns,
        neurons=call.neurons,
        x=_address(call.x),
        x_constant=False,
        coefficients=_address(call.coefficients),
        per_neuron=call.coefficients.ndim == 2,
        state=[_address(value) for value in call.state],
        saved=_address(arrays["saved"]),
        subtract=reset == "subtract",
        detach_reset=detach_reset,
        grad_out=_address(arrays["grad_out"]),
        grad_constant=False,
        grad_state_out=[_address(value) for value in grad_last],
        surrogate=SURROGATES[surrogate],
        alpha=alpha,
        derivative=_address(arrays["derivative"]),
        grad_x=_address(grad_x),
        grad_state=[_address(value) for value in grad_first],
        grad_coefficients=_address(grad_columns),
        threads=num_threads(),
    )
    grad_coefficients = None
    if grad_columns is not None:
        per_neuron = grad_columns.reshape(count, -1, call.neurons).sum(axis=1)
        grad_coefficients = per_neuron if call.coefficients.ndim == 2 else per_neuron[:, 0]
    return Gradients(grad_x, grad_first, grad_coefficients)

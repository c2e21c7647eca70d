"""Reference definitions of the neuron models in `neuro_kernels.dynamics`.

Each model is one function for a forward step and one for the matching backward step; the time loops
are common. A coefficient is a number or an array over neurons; state and input are arrays.
"""

from collections.abc import Sequence

import numpy as np

from neuro_kernels.dynamics import Gradients, Trace
from neuro_kernels.reference import adaptive

Values = Sequence[np.ndarray]


def surrogate_derivative(name: str, u: np.ndarray, alpha: float) -> np.ndarray:
    """Derivative that stands in for the threshold's at the distance `u` from it."""
    a = u.dtype.type(alpha)
    if name == "super_spike":
        return 1 / (a * np.abs(u) + 1) ** 2
    if name == "triangle":
        return a * np.maximum(0, 1 - np.abs(u))
    if name == "arctan":
        return a / (2 * (1 + (np.pi / 2 * a * u) ** 2))
    if name == "boxcar":
        return np.where(np.abs(u) * a <= 1, a / 2, 0).astype(u.dtype)
    raise ValueError(name)


def rest(neuron: str, c: Values) -> list[np.ndarray]:
    """State in which a model starts: voltage `v_leak`, no current."""
    if neuron in adaptive.NEURONS:
        return adaptive.rest(neuron, c)
    zero = np.zeros_like(c[0])
    return {
        "lif": lambda: [c[3], zero],
        "lif_box": lambda: [c[2]],
        "iaf": lambda: [zero],
        "li": lambda: [c[3], zero],
        "li_box": lambda: [c[2]],
        "cuba_lif": lambda: [c[3], zero],
        "cuba_li": lambda: [c[3], zero],
    }[neuron]()


def drive(neuron: str, x: np.ndarray, s: Values, c: Values) -> tuple[np.ndarray, list[np.ndarray]]:
    """Voltage after the step's input, before any reset, and the other state variables."""
    if neuron in ("lif", "li"):
        leak, decay, gain, v_leak = c[:4]
        j = s[1] + x
        return s[0] + leak * ((v_leak - s[0]) + gain * j), [j - decay * j]
    if neuron in ("cuba_lif", "cuba_li"):
        leak, decay, gain, v_leak, weight = c[:5]
        i = (s[1] - decay * s[1]) + weight * x
        return s[0] + leak * ((v_leak - s[0]) + gain * i), [i]
    if neuron in ("lif_box", "li_box"):
        leak, gain, v_leak = c[:3]
        return s[0] + leak * ((v_leak - s[0]) + gain * x), []
    return s[0] + c[0] * x, []


def drive_backward(
    neuron: str, x: np.ndarray, s: Values, c: Values, grad_v: np.ndarray, grad_rest: Values
) -> tuple[np.ndarray, list[np.ndarray], list[np.ndarray]]:
    """Gradients of `drive`: of the input, of the old state, of the coefficients it uses."""
    if neuron in ("lif", "li"):
        leak, decay, gain, v_leak = c[:4]
        j = s[1] + x
        grad_j = leak * gain * grad_v + (1 - decay) * grad_rest[0]
        grad_c = [
            grad_v * ((v_leak - s[0]) + gain * j),
            -grad_rest[0] * j,
            grad_v * leak * j,
            grad_v * leak,
        ]
        return grad_j, [(1 - leak) * grad_v, grad_j], grad_c
    if neuron in ("cuba_lif", "cuba_li"):
        leak, decay, gain, v_leak, weight = c[:5]
        i = (s[1] - decay * s[1]) + weight * x
        grad_i = leak * gain * grad_v + grad_rest[0]
        grad_c = [
            grad_v * ((v_leak - s[0]) + gain * i),
            -grad_i * s[1],
            grad_v * leak * i,
            grad_v * leak,
            grad_i * x,
        ]
        return weight * grad_i, [(1 - leak) * grad_v, (1 - decay) * grad_i], grad_c
    if neuron in ("lif_box", "li_box"):
        leak, gain, v_leak = c[:3]
        grad_c = [grad_v * ((v_leak - s[0]) + gain * x), grad_v * leak * x, grad_v * leak]
        return leak * gain * grad_v, [(1 - leak) * grad_v], grad_c
    return c[0] * grad_v, [grad_v], [grad_v * x]


def is_spiking(neuron: str) -> bool:
    """Whether a model has a threshold; its last two coefficients are then `v_th` and `v_reset`."""
    return neuron not in ("li", "li_box", "cuba_li")


def forward(
    neuron: str,
    x: np.ndarray,
    c: Values,
    state: Values | None = None,
    *,
    reset: str = "value",
) -> Trace:
    """Run a model step by step; `saved` is its tape."""
    if state is None:
        state = [np.broadcast_to(value, x.shape[1:]).astype(x.dtype) for value in rest(neuron, c)]
    if neuron in adaptive.NEURONS:
        return adaptive.forward(neuron, x, c, state, reset=reset)
    out, saved = np.empty_like(x), np.empty((x.shape[0], 1, *x.shape[1:]), x.dtype)
    s = list(state)
    for t in range(x.shape[0]):
        v, others = drive(neuron, x[t], s, c)
        saved[t, 0] = v
        if is_spiking(neuron):
            v_th, v_reset = c[-2:]
            spike = v > v_th
            out[t] = spike
            after = v - (v_th - v_reset) if reset == "subtract" else v_reset
            v = np.where(spike, after, v).astype(x.dtype)
        else:
            out[t] = v
        s = [v, *others]
    return Trace(out, tuple(s), saved)


def backward(
    neuron: str,
    x: np.ndarray,
    c: Values,
    state: Values,
    *,
    grad_out: np.ndarray,
    grad_state: Values,
    surrogate: str = "super_spike",
    alpha: float = 100.0,
    detach_reset: bool = False,
    reset: str = "value",
) -> Gradients:
    """Back-propagate step by step; gradients of coefficients are `(coefficients, *shape)`."""
    if neuron in adaptive.NEURONS:
        return adaptive.backward(
            neuron,
            x,
            c,
            state,
            grad_out=grad_out,
            grad_state=grad_state,
            derivative=lambda u: surrogate_derivative(surrogate, u, alpha),
            detach_reset=detach_reset,
            reset=reset,
        )
    states = [list(state)]
    for t in range(x.shape[0]):
        states.append(list(forward(neuron, x[t : t + 1], c, states[-1], reset=reset).state))
    grad_x = np.empty_like(x)
    grad_c = [np.zeros_like(state[0]) for _ in c]
    g = list(grad_state)
    for t in reversed(range(x.shape[0])):
        v, _ = drive(neuron, x[t], states[t], c)
        if is_spiking(neuron):
            v_th, v_reset = c[-2:]
            spike = v > v_th
            jump = v_reset - v_th if reset == "subtract" else v_reset - v
            grad_spike = grad_out[t] + (0 if detach_reset else g[0] * jump)
            grad_u = grad_spike * surrogate_derivative(surrogate, v - v_th, alpha)
            grad_c[-2] += -grad_u - (spike * g[0] if reset == "subtract" else 0)
            grad_c[-1] += spike * g[0]
            grad_v = (g[0] if reset == "subtract" else np.where(spike, 0, g[0])) + grad_u
        else:
            grad_v = g[0] + grad_out[t]
        grad_x[t], g, grad_used = drive_backward(neuron, x[t], states[t], c, grad_v, g[1:])
        for total, value in zip(grad_c, grad_used, strict=False):
            total += value
    return Gradients(grad_x, tuple(g), np.stack(grad_c))

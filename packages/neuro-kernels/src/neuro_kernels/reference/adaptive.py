"""Reference definitions of the neuron models with adaptation, upswing or refractory time.

Used through `neuro_kernels.reference.dynamics`.
"""

from collections.abc import Callable, Sequence

import numpy as np

from neuro_kernels.dynamics import NEURONS as MODELS
from neuro_kernels.dynamics import Gradients, Trace

Values = Sequence[np.ndarray]
NEURONS = ("ada_lif", "lif_adex", "lif_adex_refrac", "lif_ex", "lif_refrac", "lsnn")


def exponential(x: np.ndarray) -> np.ndarray:
    """exp() in the order of operations of cpp/dynamics/exponential.hpp."""
    single = x.dtype == np.float32
    number, integer, shift_bits = (
        (np.float32, np.int32, 23) if single else (np.float64, np.int64, 52)
    )
    shift = number(1.5 * 2**shift_bits)
    bound = number(100 if single else 800)
    with np.errstate(all="ignore"):
        clamped = np.where(x > bound, bound, np.where(x < -bound, -bound, x))
        shifted = clamped * number(1.4426950408889634) + shift
        n = shifted - shift
        if single:
            r = (clamped - n * number(0.693359375)) - n * number(-2.12194440e-4)
            p = number(1.9875691500e-4)
            for a in (1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1):
                p = p * r + number(a)
            p = p * r + number(5.0000001201e-1)
            e = (p * (r * r) + r) + number(1)
        else:
            r = (clamped - n * 6.93145751953125e-1) - n * 1.42860682030941723212e-6
            s = r * r
            p = (1.26177193074810590878e-4 * s + 3.02994407707441961300e-2) * s
            p = (p + 9.99999999999999999910e-1) * r
            q = (3.00198505138664455042e-6 * s + 2.52448340349684104192e-3) * s
            q = (q + 2.27265548208155028766e-1) * s + 2.00000000000000000005e0
            e = 1 + 2 * (p / (q - p))
        power = shifted.view(integer) - shift.view(integer)
        half = np.trunc(power / 2).astype(integer)
        bias = integer(127 if single else 1023)
        scale = ((half + bias) << integer(shift_bits)).view(number)
        remaining = ((power - half + bias) << integer(shift_bits)).view(number)
        result = e * scale * remaining
    most, least = (88.72283, -87.33654) if single else (709.782712893384, -708.396418532264)
    result = np.where(np.isnan(x), x, result)
    return np.where(
        x > number(most), number(np.inf), np.where(x < number(least), 0, result)
    ).astype(number)


def rest(neuron: str, c: Values) -> list[np.ndarray]:
    """Voltage `v_leak`, no current, no adaptation; the threshold of lsnn is `v_th`."""
    zero = np.zeros_like(c[0])
    states = [c[3]] + [zero] * (len(MODELS[neuron].states) - 1)
    if neuron == "lsnn":
        states[2] = c[4]
    return states


class _Step:
    """One step of a model: its values by name, and their gradients."""

    def __init__(self, neuron: str, x: np.ndarray, s: Values, c: Values, reset: str) -> None:
        self.refractory = neuron.endswith("_refrac")
        self.base = neuron.removesuffix("_refrac")
        self.names = MODELS[neuron].coefficients
        self.c = dict(zip(self.names, c, strict=True))
        self.before, self.x, self.subtract = s, x, reset == "subtract"
        base = s[:-1] if self.refractory else s
        # An upswing that is not reset to a value may leave the range of numbers.
        with np.errstate(over="ignore", invalid="ignore"):
            self._drive(*base)
        self.spike = self.v > self.th
        jumped = self.v - (self.th - self.c["v_reset"]) if self.subtract else self.c["v_reset"]
        self.v_b = np.where(self.spike, jumped, self.v).astype(x.dtype)
        others = [np.where(self.spike, self.w + self.jump, self.w)] if len(base) == 3 else []
        self.out = self.spike.astype(x.dtype)
        self.state = [self.v_b, self.i, *(one.astype(x.dtype) for one in others)]
        if self.refractory:
            v, rho = s[0], s[-1]
            self.held = rho > 0
            self.left = np.maximum(rho - self.held, 0).astype(x.dtype)
            self.out = np.where(self.held, 0, self.out).astype(x.dtype)
            self.state[0] = np.where(self.held, v, self.v_b)
            after = np.where(self.out > 0, self.c["rho_reset"], self.left)
            self.state.append(after.astype(x.dtype))

    def _drive(self, v: np.ndarray, i: np.ndarray, w: np.ndarray | None = None) -> None:
        """Voltage, threshold, current and adaptation after the input, before the spike."""
        c, x = self.c, self.x
        leak, fall = c["leak"], c["v_leak"] - v
        self.th, self.w, self.jump = c["v_th"], np.zeros_like(v), np.zeros_like(v)
        if self.base in ("lif", "lif_ex", "lif_adex"):
            self.j = i + x
            self.i = self.j - c["decay"] * self.j
            if self.base != "lif":
                self.e = exponential((v - c["v_th"]) / c["delta_t"])
                fall = fall + c["delta_t"] * self.e
            pull = fall + c["gain"] * self.j
            if w is not None:
                pull = pull - w
                drift = c["adaptation_current"] * (v - c["v_leak"]) - w
                self.w, self.jump = w + c["ada"] * drift, c["adaptation_spike"]
        else:
            assert w is not None
            self.i = (i - c["decay"] * i) + x
            pull = fall + c["gain"] * i
            self.jump = c["beta"]
            if self.base == "lsnn":
                self.w = w + c["adapt"] * (c["v_th"] - w)
                self.th = self.w
            else:
                pull = pull - w
                self.w = w - c["adapt"] * w
        self.pull = pull
        self.v = v + leak * pull

    def tape(self, names: Sequence[str]) -> list[np.ndarray]:
        """Values that the compiled model saves, by name."""
        known = {"v": self.v, "v_before": self.before[0], "rho": self.before[-1], "b": self.th}
        return [self.e if name == "e" else known[name] for name in names]

    def backward(
        self,
        grad_out: np.ndarray,
        g: Values,
        derivative: Callable[[np.ndarray], np.ndarray],
        detach: bool,
    ) -> tuple[np.ndarray, list[np.ndarray], dict[str, np.ndarray]]:
        """Gradients of the input, the state before the step, and the coefficients."""
        grads = {name: np.zeros_like(grad_out) for name in self.names}
        v, rho = self.before[0], self.before[-1]
        grad_v, to_v, to_rho = g[0], np.zeros_like(grad_out), []
        if self.refractory:
            fired = self.spike.astype(grad_out.dtype)
            grad_z = grad_out + g[-1] * (self.c["rho_reset"] - self.left)
            grad_left = np.where(self.left > 0, g[-1] * (1 - self.out), 0)
            grad_held = grad_v * (v - self.v_b) - grad_z * fired - grad_left
            to_rho = [grad_left + grad_held * derivative(rho)]
            grads["rho_reset"] += g[-1] * self.out
            grad_out = np.where(self.held, 0, grad_z)
            to_v = np.where(self.held, grad_v, 0)
            grad_v, g = np.where(self.held, 0, grad_v), g[:-1]
        grad_w = g[2] if len(g) == 3 else np.zeros_like(grad_v)
        jump = self.c["v_reset"] - (self.th if self.subtract else self.v)
        through = 0 if detach else grad_v * jump + grad_w * self.jump
        grad_u = (grad_out + through) * derivative(self.v - self.th)
        grad_th = -grad_u - (self.spike * grad_v if self.subtract else 0)
        grads["v_reset"] += self.spike * grad_v
        grad_v = grad_u + (grad_v if self.subtract else np.where(self.spike, 0, grad_v))
        x, before, grad_used = self._drive_backward(grad_v, g[1], grad_w, grad_th)
        for name, value in grad_used.items():
            grads[name] = grads[name] + value
        before[0] = before[0] + to_v
        return x, [*before[: len(g)], *to_rho], grads

    def _drive_backward(
        self, grad_v: np.ndarray, grad_i: np.ndarray, grad_w: np.ndarray, grad_th: np.ndarray
    ) -> tuple[np.ndarray, list[np.ndarray], dict[str, np.ndarray]]:
        c, v, i = self.c, self.before[0], self.before[1]
        pulled = c["leak"] * grad_v
        grads = {"leak": grad_v * self.pull, "v_leak": pulled}
        if self.base in ("lif", "lif_ex", "lif_adex"):
            to_v, to_w = grad_v - pulled, grad_w
            grads |= {"decay": -grad_i * self.j, "gain": pulled * self.j, "v_th": grad_th}
            grad_j = pulled * c["gain"] + (1 - c["decay"]) * grad_i
            if self.base != "lif":
                u = (v - c["v_th"]) / c["delta_t"]
                to_v = to_v + pulled * self.e
                grads["v_th"] = grad_th - pulled * self.e
                grads["delta_t"] = pulled * self.e * (1 - u)
            if self.base == "lif_adex":
                w, drift = self.before[2], c["ada"] * grad_w
                grads["ada"] = grad_w * (c["adaptation_current"] * (v - c["v_leak"]) - w)
                grads["adaptation_current"] = drift * (v - c["v_leak"])
                grads["adaptation_spike"] = grad_w * self.spike
                grads["v_leak"] = pulled - drift * c["adaptation_current"]
                to_v = to_v + drift * c["adaptation_current"]
                to_w = grad_w - drift - pulled
            return grad_j, [to_v, grad_j, to_w], grads
        w = self.before[2]
        grads |= {"decay": -grad_i * i, "gain": pulled * i, "beta": grad_w * self.spike}
        to_i = (1 - c["decay"]) * grad_i + pulled * c["gain"]
        if self.base == "lsnn":
            grad_b = grad_w + grad_th
            grads |= {"v_th": c["adapt"] * grad_b, "adapt": grad_b * (c["v_th"] - w)}
            return grad_i, [grad_v - pulled, to_i, (1 - c["adapt"]) * grad_b], grads
        grads |= {"v_th": grad_th, "adapt": -grad_w * w}
        return grad_i, [grad_v - pulled, to_i, (1 - c["adapt"]) * grad_w - pulled], grads


def forward(neuron: str, x: np.ndarray, c: Values, state: Values, *, reset: str) -> Trace:
    """Run a model step by step."""
    tape = MODELS[neuron].tape
    out, saved = np.empty_like(x), np.empty((x.shape[0], len(tape), *x.shape[1:]), x.dtype)
    s = list(state)
    for t in range(x.shape[0]):
        step = _Step(neuron, x[t], s, c, reset)
        out[t], s = step.out, step.state
        for k, value in enumerate(step.tape(tape)):
            saved[t, k] = value
    return Trace(out, tuple(s), saved)


def backward(
    neuron: str,
    x: np.ndarray,
    c: Values,
    state: Values,
    *,
    grad_out: np.ndarray,
    grad_state: Values,
    derivative: Callable[[np.ndarray], np.ndarray],
    detach_reset: bool,
    reset: str,
) -> Gradients:
    """Back-propagate step by step; gradients of coefficients are `(coefficients, *shape)`."""
    steps: list[_Step] = []
    s = list(state)
    for t in range(x.shape[0]):
        steps.append(_Step(neuron, x[t], s, c, reset))
        s = steps[-1].state
    grad_x, g = np.empty_like(x), list(grad_state)
    total = np.zeros((len(c), *x.shape[1:]), x.dtype)
    for t in reversed(range(x.shape[0])):
        grad_x[t], g, grads = steps[t].backward(grad_out[t], g, derivative, detach_reset)
        total += np.stack([grads[name] for name in MODELS[neuron].coefficients])
    return Gradients(grad_x, tuple(g), total)

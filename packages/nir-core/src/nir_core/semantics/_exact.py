"""The exact solution of the neuron equations for an input that is constant over each step.

Spikes are found where the solution crosses the threshold, at any time inside a step and as
often as it does; the output of a step is the number of spikes in it, and the potential is
that at its end. A crossing at the very end belongs to the next step.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nir_core.errors import NirRunError
from nir_core.nodes import SPIKING, NIRNode
from nir_core.semantics.profiles import Profile

__all__ = ["ExactNeuron"]

_HALVINGS = 60
# Each spike of a CubaLIF is searched for by itself: above this a step takes seconds.
_MOST_SEARCHED = 2_000
# The number of spikes of the other neurons follows from a formula, up to what floats count.
_MOST_COUNTED = 2.0**53


class _TooManySpikes(Exception):
    """Carries the limit."""


class ExactNeuron:
    """I, IF, LI, LIF, CubaLI or CubaLIF solved exactly, step by step."""

    early = False

    def __init__(
        self, node: NIRNode, profile: Profile, dt: float, shape: tuple[int, ...], name: str
    ) -> None:
        self.node, self.profile, self.dt, self.name = node, profile, dt, name
        self.kind = type(node).__name__
        self.cuba = self.kind.startswith("Cuba")
        self.spiking = isinstance(node, SPIKING)
        self.p = {
            key: np.broadcast_to(np.asarray(node.__dict__[key], np.float64), shape)
            for key in node._parameters
        }
        if self.spiking and (self.p["v_reset"] >= self.p["v_threshold"]).any():
            raise NirRunError(
                f"{name}: v_reset is not below v_threshold, so one spike would be followed by "
                "endless others at the same time; the exact solution does not exist"
            )
        if self.cuba:
            self.p["tau"] = self.p["tau_mem"]

    def start(self, shape: tuple[int, ...]) -> dict[str, np.ndarray]:
        """Give the state before the first step for an array (batch, *shape)."""
        state = {"v": np.zeros(shape)}
        if self.cuba:
            state["i"] = np.zeros(shape)
        return state

    def step(self, x: np.ndarray, state: dict[str, np.ndarray]) -> np.ndarray:
        """Advance the state by one step and give the output of the step."""
        try:
            return self._step(x, state)
        except _TooManySpikes as error:
            raise NirRunError(
                f"{self.name}: a neuron fires more than {error.args[0]:.0f} times in one step of "
                f"{self.dt:g} s; expected v_reset further below v_threshold, or a weaker input"
            ) from None

    def _step(self, x: np.ndarray, state: dict[str, np.ndarray]) -> np.ndarray:
        p = {key: np.broadcast_to(value, x.shape) for key, value in self.p.items()}
        if self.cuba:
            v, i, z = _cuba(x, state["v"], state["i"], p, self.dt, self.spiking)
            state["i"] = i
        elif self.kind in ("I", "IF"):
            v, z = _line(x, state["v"], p, self.dt, self.spiking)
        else:
            v, z = _leaky(x, state["v"], p, self.dt, self.spiking)
        state["v"] = v
        return z if self.spiking else v

    def native(self, v: np.ndarray) -> np.ndarray:
        """Give recorded potentials in the unit of the platform, which is that of NIR."""
        return v


def _pick(p: dict[str, Any], mask: np.ndarray) -> dict[str, Any]:
    return {key: value[mask] for key, value in p.items()}


def _repeats(first: np.ndarray, period: np.ndarray, h: float) -> tuple[np.ndarray, np.ndarray]:
    """Give how many further spikes follow in (first, h), and the time after the last one."""
    rest = h - first
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        more = np.where(np.isfinite(period), np.ceil(rest / period) - 1, 0)
    more = np.maximum(more, 0)
    if (more > _MOST_COUNTED).any() or (period <= 0).any():
        raise _TooManySpikes(_MOST_COUNTED)
    return more, rest - more * np.where(np.isfinite(period), period, 0)


def _line(
    x: np.ndarray, v: np.ndarray, p: dict[str, Any], h: float, spiking: bool
) -> tuple[np.ndarray, np.ndarray]:
    """dv/dt = r x: a straight line."""
    slope = p["r"] * x
    end = v + slope * h
    z = np.zeros_like(v)
    if not spiking:
        return end, z
    mask = (end > p["v_threshold"]) | (v > p["v_threshold"])
    if mask.any():
        q, s, v0 = _pick(p, mask), slope[mask], v[mask]
        threshold, reset = q["v_threshold"], q["v_reset"]
        with np.errstate(divide="ignore", invalid="ignore"):
            first = np.where(v0 > threshold, 0.0, (threshold - v0) / s)
            period = np.where(s > 0, (threshold - reset) / s, np.inf)
        more, rest = _repeats(first, period, h)
        z[mask] = 1 + more
        end[mask] = reset + s * rest
    return end, z


def _leaky(
    x: np.ndarray, v: np.ndarray, p: dict[str, Any], h: float, spiking: bool
) -> tuple[np.ndarray, np.ndarray]:
    """tau dv/dt = (v_leak - v) + r x: a decay towards v_leak + r x."""
    goal = p["v_leak"] + p["r"] * x
    end = goal + (v - goal) * np.exp(-h / p["tau"])
    z = np.zeros_like(v)
    if not spiking:
        return end, z
    mask = (end > p["v_threshold"]) | (v > p["v_threshold"])
    if mask.any():
        q, g, v0 = _pick(p, mask), goal[mask], v[mask]
        threshold, reset, tau = q["v_threshold"], q["v_reset"], q["tau"]
        with np.errstate(divide="ignore", invalid="ignore"):
            to_threshold = np.log1p((threshold - v0) / (g - threshold))
            first = np.where(v0 > threshold, 0.0, tau * to_threshold)
            again = np.log1p((threshold - reset) / (g - threshold))
            period = np.where(g > threshold, tau * again, np.inf)
        more, rest = _repeats(first, period, h)
        z[mask] = 1 + more
        end[mask] = g + (reset - g) * np.exp(-rest / tau)
    return end, z


def _solution(
    t: np.ndarray | float, x: np.ndarray, v: np.ndarray, i: np.ndarray, p: dict[str, Any]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give v, dv/dt and the current a time t after the state (v, i).

    With d = 1/tau_mem - 1/tau_syn and D = i - w_in x:
    v(t) = A + (v - A) e_mem + r D e_mem (t / tau_mem) (exp(d t) - 1) / (d t),
    which stays exact where both time constants are equal.
    """
    tau, tau_syn = p["tau"], p["tau_syn"]
    settled = p["w_in"] * x
    excess = i - settled
    goal = p["v_leak"] + p["r"] * settled
    e_mem = np.exp(-t / tau)
    z = t * (1 / tau - 1 / tau_syn)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratio = np.where(np.abs(z) < 1e-12, 1.0, np.expm1(z) / np.where(z == 0, 1.0, z))
        # For a slow synapse e_mem underflows while expm1 grows; their product is tame.
        shaped = np.where(z > 500.0, np.exp(-t / tau_syn) / np.where(z == 0, 1.0, z), e_mem * ratio)
    now = goal + (v - goal) * e_mem + p["r"] * excess * (t / tau) * shaped
    current = settled + excess * np.exp(-t / tau_syn)
    return now, (p["v_leak"] - now + p["r"] * current) / tau, current


def _cuba(
    x: np.ndarray, v: np.ndarray, i: np.ndarray, p: dict[str, Any], h: float, spiking: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    end, slope, current = _solution(h, x, v, i, p)
    z = np.zeros_like(v)
    if not spiking:
        return end, current, z
    start = (p["v_leak"] - v + p["r"] * i) / p["tau"]
    threshold = p["v_threshold"]
    mask = (v > threshold) | (end > threshold) | ((start > 0) & (slope < 0))
    if mask.any():
        q = _pick(p, mask)
        end[mask], z[mask] = _cuba_events(x[mask], v[mask], i[mask], q, h)
    return end, current, z


def _cuba_events(
    x: np.ndarray, v: np.ndarray, i: np.ndarray, p: dict[str, Any], h: float
) -> tuple[np.ndarray, np.ndarray]:
    """Follow each neuron of a list from spike to spike to the end of the step."""
    left = np.full(v.shape, h)
    count = np.zeros_like(v)
    final = np.empty_like(v)
    active = np.arange(v.size)
    rounds = 0
    while active.size:
        q = _pick(p, active)
        when, spikes = _next_crossing(x[active], v[active], i[active], q, left[active])
        quiet = active[~spikes]
        if quiet.size:
            rest = _pick(p, quiet)
            final[quiet] = _solution(left[quiet], x[quiet], v[quiet], i[quiet], rest)[0]
        active = active[spikes]
        q = _pick(p, active)
        _, _, i[active] = _solution(when[spikes], x[active], v[active], i[active], q)
        v[active] = q["v_reset"]
        left[active] -= when[spikes]
        count[active] += 1
        rounds += 1
        if rounds > _MOST_SEARCHED:
            raise _TooManySpikes(_MOST_SEARCHED)
    return final, count


def _next_crossing(
    x: np.ndarray, v: np.ndarray, i: np.ndarray, p: dict[str, Any], left: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Give the time of the first crossing within `left`, and whether there is one.

    The potential has at most one extremum, so it crosses upwards at most once; where it
    rises and falls again within the step, the crossing lies before the maximum.
    """
    threshold = p["v_threshold"]
    end, slope, _ = _solution(left, x, v, i, p)
    start = (p["v_leak"] - v + p["r"] * i) / p["tau"]
    low, high = np.zeros_like(left), left.copy()
    hump = (start > 0) & (slope < 0) & (end <= threshold) & (v <= threshold)
    if hump.any():
        q = _pick(p, hump)
        a, b = low[hump], high[hump]
        for _ in range(_HALVINGS):
            middle = (a + b) / 2
            rising = _solution(middle, x[hump], v[hump], i[hump], q)[1] > 0
            a, b = np.where(rising, middle, a), np.where(rising, b, middle)
        high[hump] = a
    top = _solution(high, x, v, i, p)[0]
    at_once = v > threshold
    spikes = at_once | (top > threshold)
    search = spikes & ~at_once
    if search.any():
        q = _pick(p, search)
        high[search] = _crossing(x[search], v[search], i[search], q, high[search])
    when = np.where(at_once, 0.0, high)
    # A crossing found at the very end belongs to the next step.
    spikes &= at_once | (when < left)
    return when, spikes


def _crossing(
    x: np.ndarray, v: np.ndarray, i: np.ndarray, p: dict[str, Any], high: np.ndarray
) -> np.ndarray:
    """Give when v passes the threshold, which it has passed at `high`.

    Newton's steps where they stay between the bounds, halving where they do not.
    """
    low, upper, t = np.zeros_like(high), high.copy(), np.zeros_like(high)
    for _ in range(2 * _HALVINGS):
        now, slope, _ = _solution(t, x, v, i, p)
        above = now > p["v_threshold"]
        low, upper = np.where(above, low, t), np.where(above, t, upper)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            ahead = t - (now - p["v_threshold"]) / slope
        inside = (ahead > low) & (ahead < upper)
        new = np.where(inside, ahead, (low + upper) / 2)
        moved, t = np.abs(new - t), new
        if (moved <= 1e-15 * high).all():
            break
    return t

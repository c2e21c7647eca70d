"""Neurons step by step: one update per step, by the rule of a profile."""

from __future__ import annotations

from typing import Any

import numpy as np

from nir_core.nodes import SPIKING, Delay, NIRNode
from nir_core.semantics.profiles import Profile, Rule

__all__ = ["DelayLine", "Neuron", "step_gain"]


def step_gain(dt: float, tau: Any, weight: Any) -> np.ndarray:
    """Give weight * dt / tau, and exactly 1 where that is meant.

    A weight of tau / dt stands for an input that is added as it is. The roundings of weight,
    quotient and product may leave the product two units in the last place of the stored
    numbers away from 1, which would make the result differ from that of a program that adds
    the input.
    """
    gain = np.asarray(weight, np.float64) * (dt / np.asarray(tau, np.float64))
    stored = [np.asarray(a).dtype for a in (tau, weight)]
    slack = 2 * max(np.finfo(t if t.kind == "f" else np.float64).eps for t in stored)
    return np.where(np.abs(gain - 1) <= slack, 1.0, gain)


class Neuron:
    """I, IF, LI, LIF, CubaLI or CubaLIF with its state over a batch.

    Every coefficient is worked out in float64 and then rounded to the number type of the
    run. The order of operations is part of the meaning of a profile:
    i = i - k_syn i;  i = i + g x;  v = v + k_mem ((v_leak - v) + r i).
    """

    def __init__(self, node: NIRNode, profile: Profile, dt: float, dtype: np.dtype) -> None:
        self.node, self.profile, self.dt, self.dtype = node, profile, dt, dtype
        self.kind = type(node).__name__
        self.rule: Rule = profile.rule(self.kind)
        self.spiking = isinstance(node, SPIKING)
        self.cuba = self.kind.startswith("Cuba")
        own = node.__dict__
        self.r = self._cast(own["r"])
        if self.spiking:
            self.threshold = self._cast(own["v_threshold"])
            self.reset = self._cast(own["v_reset"])
        if self.kind in ("I", "IF"):
            scale = dt if self.rule.gain == "dt" else 1.0
            self.k = self._cast(np.asarray(own["r"], np.float64) * scale)
            self.leak = self._cast(0.0)
        else:
            tau = np.asarray(own["tau_mem" if self.cuba else "tau"], np.float64)
            self.k = self._cast(dt / tau)
            self.e = self._cast(np.exp(-dt / tau))
            self.one_minus_e = self._cast(-np.expm1(-dt / tau))
            self.leak = self._cast(own["v_leak"])
        if self.cuba:
            tau_syn = np.asarray(own["tau_syn"], np.float64)
            self.k_syn = self._cast(dt / tau_syn)
            self.e_syn = self._cast(np.exp(-dt / tau_syn))
            zoh = self.rule.integrator == "zoh"
            held = -np.expm1(-dt / tau_syn) * np.asarray(own["w_in"], np.float64)
            self.g_syn = self._cast(held if zoh else step_gain(dt, own["tau_syn"], own["w_in"]))

    def _cast(self, value: Any) -> np.ndarray:
        return np.asarray(value).astype(self.dtype)

    @property
    def early(self) -> bool:
        """Whether the output of a step is known before its input."""
        return self.spiking and (self.rule.latency == 1 or self.rule.test == "before")

    def start(self, shape: tuple[int, ...]) -> dict[str, np.ndarray]:
        """Give the state before the first step for an array (batch, *shape)."""
        state = {"v": np.zeros(shape, self.dtype)}
        if self.profile.initial == "leak":
            state["v"] += self.leak
        if self.cuba:
            state["i"] = np.zeros(shape, self.dtype)
        if self.spiking and self.rule.latency:
            state["z"] = np.zeros(shape, self.dtype)
        return state

    def emit(self, state: dict[str, np.ndarray]) -> np.ndarray:
        """Give the output of a step before its input is known (only for `early`)."""
        return state["z"] if self.rule.latency else self._above(state["v"])

    def step(self, x: np.ndarray, state: dict[str, np.ndarray]) -> np.ndarray:
        """Advance the state by one step and give the output of the step."""
        v = state["v"]
        new = self._integrate(self._current(x, state), v)
        if not self.spiking:
            state["v"] = new
            return new
        if self.rule.test == "before":
            z = self._above(v)
            state["v"] = self._floored(self._after_spike(new, z))
            return z
        if self.rule.reset == "carry":
            before = self._above(v)
            new = new - before * self.threshold
            z = self._above(new)
            state["v"] = self._floored(new - (z - before) * self.threshold)
        else:
            z = self._above(new)
            state["v"] = self._floored(self._after_spike(new, z))
        if self.rule.latency:
            z, state["z"] = state["z"], z
        return z

    def _current(self, x: np.ndarray, state: dict[str, np.ndarray]) -> np.ndarray:
        """Give what drives the membrane: the input, or the new synaptic current."""
        if not self.cuba:
            return x
        i = state["i"]
        i = i - self.k_syn * i if self.rule.integrator == "euler" else self.e_syn * i
        i += self.g_syn * x
        state["i"] = i
        return i

    def _integrate(self, drive: np.ndarray, v: np.ndarray) -> np.ndarray:
        if self.kind in ("I", "IF"):
            return v + self.k * drive
        if self.rule.integrator == "euler":
            change = self.leak - v
            change += self.r * drive
            change *= self.k
            change += v
            return change
        if self.rule.integrator == "zoh":
            return v * self.e + self.one_minus_e * (self.leak + self.r * drive)
        return self.leak + (v - self.leak) * self.e + self.k * (self.r * drive)

    def _above(self, v: np.ndarray) -> np.ndarray:
        above = v > self.threshold if self.rule.compare == ">" else v >= self.threshold
        z = above.astype(self.dtype)
        if self.rule.multi_spike:
            with np.errstate(divide="ignore", invalid="ignore"):
                count = np.floor(v / self.threshold)
            # Several spikes make sense only above a positive threshold.
            z = np.where(above & (self.threshold > 0), np.maximum(count, 1), z).astype(self.dtype)
        return z

    def _after_spike(self, v: np.ndarray, z: np.ndarray) -> np.ndarray:
        if self.rule.reset == "value":
            return np.where(z > 0, self.reset, v)
        return v - z * self.threshold

    def _floored(self, v: np.ndarray) -> np.ndarray:
        return np.maximum(v, -self.threshold) if self.rule.floor else v

    def native(self, v: np.ndarray) -> np.ndarray:
        """Give recorded potentials (time first) in the unit and at the step of the platform."""
        own = self.node.__dict__
        if self.profile.voltage == "step" and self.kind not in ("I", "IF"):
            tau = np.asarray(own["tau_mem" if self.cuba else "tau"], np.float64)
            v = v * (tau / (self.dt * np.asarray(own["r"], np.float64)))
        elif self.profile.voltage == "threshold" and self.spiking:
            v = v / np.asarray(own["v_threshold"], np.float64)
        if self.spiking and self.rule.latency and len(v):
            v = np.concatenate([np.zeros_like(v[:1]), v[:-1]])
        return v


class DelayLine:
    """Delay: y(t) = x(t - delay), with delays rounded to whole steps."""

    def __init__(self, node: Delay, dt: float, dtype: np.dtype) -> None:
        self.dtype = dtype
        delay = np.asarray(node.delay, np.float64)
        self.steps = np.floor(delay / dt + 0.5).astype(np.int64)
        self.longest = int(self.steps.max()) if self.steps.size else 0

    @property
    def early(self) -> bool:
        """Whether every element is held back by a step at least."""
        return bool(self.steps.size) and int(self.steps.min()) >= 1

    def start(self, shape: tuple[int, ...]) -> dict[str, np.ndarray]:
        """Give the state: the last inputs, oldest first."""
        return {"past": np.zeros((self.longest, *shape), self.dtype)}

    def sequence(self, x: np.ndarray, state: dict[str, np.ndarray]) -> np.ndarray:
        """Hold a whole sequence (steps, batch, *shape) back."""
        known = np.concatenate([state["past"], x])
        result = self.pick(known, self.longest, len(x))
        state["past"] = known[len(known) - self.longest :]
        return result

    def pick(self, known: np.ndarray, at: int, count: int) -> np.ndarray:
        """Give `count` outputs; `known[at]` is the input of the first of these steps."""
        if self.steps.ndim == 0 or (self.steps == self.longest).all():
            return known[at - self.longest : at - self.longest + count].copy()
        steps = np.broadcast_to(self.steps, known.shape[2:])
        result = np.empty((count, *known.shape[1:]), self.dtype)
        for d in np.unique(steps):
            mask = steps == d
            result[:, :, mask] = known[at - d : at - d + count][:, :, mask]
        return result

"""Neurons and delays as torch modules with an explicit state, by the rules of a profile."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from nir_core.errors import NirRunError
from nir_core.nodes import SPIKING, Delay, NIRNode
from nir_core.semantics.profiles import Profile
from nir_core.torch._modules import tensor

__all__ = ["DelayModule", "NeuronModule"]

NodeState = dict[str, torch.Tensor]


class NeuronModule(nn.Module):
    """I, IF, LI, LIF, CubaLI or CubaLIF: the same arithmetic as the reference interpreter.

    Parameters keep NIR's names and units. Coefficients of a step are worked out from them in
    float64 on every call, so that they can be trained or loaded.

    Args:
        node: the node.
        profile: the rules.
        dt: length of a step in seconds.
        dtype: number type of state and signals.
        surrogate: gives spikes for a distance from the threshold.
    """

    def __init__(
        self, node: NIRNode, profile: Profile, dt: float, dtype: torch.dtype, surrogate: Any
    ) -> None:
        super().__init__()
        self.kind = type(node).__name__
        self.rule, self.initial = profile.rule(self.kind), profile.initial
        if self.rule.integrator == "exact":
            raise NirRunError(
                f"profile {profile.name!r} solves {self.kind} event by event, which the torch "
                "bridge does not; use another profile, such as 'nir'"
            )
        self.dt, self.dtype, self.surrogate = dt, dtype, surrogate
        self.spiking = isinstance(node, SPIKING)
        self.cuba = self.kind.startswith("Cuba")
        self.stored: dict[str, np.dtype] = {}
        for name, value in node.items():
            self.stored[name] = np.asarray(value).dtype
            self.register_parameter(name, nn.Parameter(tensor(value, torch.float64)))

    @property
    def early(self) -> bool:
        """Whether the output of a step is known before its input."""
        return self.spiking and (self.rule.latency == 1 or self.rule.test == "before")

    def extra_repr(self) -> str:
        return f"{self.kind}, dt={self.dt:g}"

    def coefficients(self) -> dict[str, torch.Tensor]:
        """Give what a step needs, in the number type of the signals."""
        own = {name: value.double() for name, value in self.named_parameters()}
        result = {"r": own["r"]}
        if self.spiking:
            result.update(threshold=own["v_threshold"], reset=own["v_reset"])
        if self.kind in ("I", "IF"):
            result["k"] = own["r"] * (self.dt if self.rule.gain == "dt" else 1.0)
            result["leak"] = torch.zeros((), dtype=torch.float64, device=own["r"].device)
        else:
            tau = own["tau_mem" if self.cuba else "tau"]
            result.update(k=self.dt / tau, leak=own["v_leak"], e=torch.exp(-self.dt / tau))
            result["one_minus_e"] = -torch.expm1(-self.dt / tau)
        if self.cuba:
            tau, w_in = own["tau_syn"], own["w_in"]
            result.update(k_syn=self.dt / tau, e_syn=torch.exp(-self.dt / tau))
            if self.rule.integrator == "zoh":
                result["g_syn"] = -torch.expm1(-self.dt / tau) * w_in
            else:
                result["g_syn"] = self._gain(tau, w_in)
        return {name: value.to(self.dtype) for name, value in result.items()}

    def _gain(self, tau: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        """Give weight * dt / tau, and 1 where only roundings of the file keep it from being 1."""
        gain = weight * (self.dt / tau)
        kinds = [self.stored[name] for name in ("tau_syn", "w_in")]
        slack = 2 * max(np.finfo(t if t.kind == "f" else np.float64).eps for t in kinds)
        return torch.where((gain - 1).abs() <= slack, torch.ones_like(gain), gain)

    def start(self, like: torch.Tensor) -> NodeState:
        """Give the state before the first step, for a signal like the given one."""
        zero = torch.zeros_like(like, dtype=self.dtype)
        v = zero
        if self.initial == "leak" and self.kind not in ("I", "IF"):
            v = zero + self.get_parameter("v_leak").to(self.dtype)
        state = {"v": v}
        if self.cuba:
            state["i"] = zero
        if self.spiking and self.rule.latency:
            state["z"] = zero
        return state

    def emit(self, state: NodeState, c: dict[str, torch.Tensor]) -> torch.Tensor:
        """Give the output of a step before its input is known (only for `early`)."""
        return state["z"] if self.rule.latency else self._above(state["v"], c)

    def forward(
        self,
        x: torch.Tensor,
        state: NodeState | None = None,
        coefficients: dict[str, torch.Tensor] | None = None,
    ) -> tuple[torch.Tensor, NodeState]:
        """Advance by one step.

        Args:
            x: (batch, *shape).
            state: the state, or None at the start; it is not changed.
            coefficients: of this step, where they are known already.

        Returns:
            The output (batch, *shape) and the new state.
        """
        state = self.start(x) if state is None else state
        c = self.coefficients() if coefficients is None else coefficients
        v, new = state["v"], dict(state)
        if self.cuba:
            i = state["i"]
            i = i - c["k_syn"] * i if self.rule.integrator == "euler" else c["e_syn"] * i
            x = new["i"] = i + c["g_syn"] * x
        u = self._integrate(x, v, c)
        if not self.spiking:
            new["v"] = u
            return u, new
        if self.rule.test == "before":
            z = self._above(v, c)
            new["v"] = self._floored(self._after_spike(u, z, c), c)
            return z, new
        if self.rule.reset == "carry":
            before = self._above(v, c)
            u = u - before * c["threshold"]
            z = self._above(u, c)
            new["v"] = self._floored(u - (z - before) * c["threshold"], c)
        else:
            z = self._above(u, c)
            new["v"] = self._floored(self._after_spike(u, z, c), c)
        if self.rule.latency:
            z, new["z"] = state["z"], z
        return z, new

    def _integrate(
        self, drive: torch.Tensor, v: torch.Tensor, c: dict[str, torch.Tensor]
    ) -> torch.Tensor:
        if self.kind in ("I", "IF"):
            return v + c["k"] * drive
        if self.rule.integrator == "euler":
            return (c["leak"] - v + c["r"] * drive) * c["k"] + v
        if self.rule.integrator == "zoh":
            return v * c["e"] + c["one_minus_e"] * (c["leak"] + c["r"] * drive)
        return c["leak"] + (v - c["leak"]) * c["e"] + c["k"] * (c["r"] * drive)

    def _above(self, v: torch.Tensor, c: dict[str, torch.Tensor]) -> torch.Tensor:
        threshold = c["threshold"]
        above = v > threshold if self.rule.compare == ">" else v >= threshold
        z = self.surrogate(v - threshold, above)
        if not self.rule.multi_spike:
            return z
        # Further spikes of the step add no gradient of their own; they only make sense above
        # a positive threshold.
        count = torch.floor(v.detach() / threshold.detach())
        further = torch.where(above & (threshold > 0), (count - 1).clamp(min=0), 0.0)
        return z + further.to(z.dtype)

    def _after_spike(
        self, v: torch.Tensor, z: torch.Tensor, c: dict[str, torch.Tensor]
    ) -> torch.Tensor:
        if self.rule.reset == "value":
            return torch.where(z > 0, c["reset"].expand_as(v), v)
        return v - z * c["threshold"]

    def _floored(self, v: torch.Tensor, c: dict[str, torch.Tensor]) -> torch.Tensor:
        return torch.maximum(v, -c["threshold"].expand_as(v)) if self.rule.floor else v


class DelayModule(nn.Module):
    """y(t) = x(t - delay), with delays rounded to whole steps; its state is the past input.

    Args:
        node: the node.
        dt: length of a step in seconds.
    """

    steps: torch.Tensor

    def __init__(self, node: Delay, dt: float) -> None:
        super().__init__()
        self.dt = dt
        steps = np.floor(np.asarray(node.delay, np.float64) / dt + 0.5).astype(np.int64)
        self.longest = int(steps.max(initial=0))
        self.early = bool(steps.size) and int(steps.min()) >= 1
        self.uniform = steps.ndim == 0 or bool((steps == self.longest).all())
        self.register_buffer("steps", torch.tensor(steps), persistent=False)

    def extra_repr(self) -> str:
        return f"up to {self.longest} steps"

    def start(self, like: torch.Tensor) -> NodeState:
        """Give the state before the first step: the last inputs, oldest first."""
        return {"past": like.new_zeros((self.longest, *like.shape))}

    def emit(self, state: NodeState, coefficients: Any = None) -> torch.Tensor:
        """Give the output of a step before its input is known (only for `early`)."""
        return self._pick(state["past"])

    def _pick(self, known: torch.Tensor) -> torch.Tensor:
        """Give the output; `known` ends with the input of the step, or just before it."""
        if self.uniform:
            return known[0]
        index = (self.longest - self.steps).expand(known.shape[1:])[None]
        return torch.gather(known, 0, index)[0]

    def forward(
        self, x: torch.Tensor, state: NodeState | None = None, coefficients: Any = None
    ) -> tuple[torch.Tensor, NodeState]:
        """Advance by one step; the arguments are those of `NeuronModule`."""
        state = self.start(x) if state is None else state
        known = torch.cat([state["past"], x[None]])
        return self._pick(known), {"past": known[1:]}

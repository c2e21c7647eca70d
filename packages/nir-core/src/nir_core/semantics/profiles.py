"""Semantics profiles: how each platform turns the equations of NIR into steps.

A .nir file gives differential equations and no step. A profile is the small set of choices
that makes a result of them. The rules of the platforms were found by reproducing the traces
published with the NIR paper; `evidence` says for which equations that succeeded.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Literal

from nir_core.errors import NirRunError

__all__ = ["PROFILES", "Profile", "Rule", "get_profile"]


@dataclass(frozen=True)
class Rule:
    """How one equation is stepped.

    With k = dt / tau and e = exp(-dt / tau), for tau dv/dt = (v_leak - v) + r x:

    Args:
        integrator: "euler": v += k ((v_leak - v) + r x);
            "zoh": v = e v + (1 - e) (v_leak + r x), exact for an input held over the step;
            "decay": v = v_leak + e (v - v_leak) + k r x, the input not damped;
            "exact": event by event inside the step.
        gain: what a step of dv/dt = r x adds: "dt" for r dt x, "one" for r x.
        test: spikes are tested on the potential "after" the update or "before" it.
        compare: ">" or ">=" between potential and threshold.
        reset: "value" sets v_reset, "subtract" takes v_threshold off, "carry" subtracts with
            the spike decided after the subtraction of the step before.
        multi_spike: several spikes in one step, floor(v / v_threshold) of them.
        floor: the potential never falls below -v_threshold.
        latency: steps between a spike and its output.
    """

    integrator: Literal["euler", "zoh", "decay", "exact"] = "euler"
    gain: Literal["dt", "one"] = "dt"
    test: Literal["after", "before"] = "after"
    compare: Literal[">", ">="] = ">"
    reset: Literal["value", "subtract", "carry"] = "value"
    multi_spike: bool = False
    floor: bool = False
    latency: Literal[0, 1] = 0


@dataclass(frozen=True)
class Profile:
    """The choices of one platform.

    Args:
        name: how the profile is called.
        lif: rule of LI and LIF.
        cuba: rule of CubaLI and CubaLIF; the membrane sees the new current.
        integrate: rule of I and IF.
        back_edge: what the delayed edge of a cycle carries in the first step: "zero", or
            "silent" for what its source gives when all neurons are silent, such as a bias.
        initial: the potential at the start, "zero" or "leak" for v_leak.
        voltage: unit the platform records potentials in: "nir", "step" for v tau / (dt r),
            "threshold" for v / v_threshold.
        evidence: what the rules were compared with.

    Example:
        >>> get_profile("norse").lif.integrator
        'euler'
        >>> get_profile("snntorch:subtract").lif.reset
        'carry'
    """

    name: str
    lif: Rule
    cuba: Rule
    integrate: Rule
    back_edge: Literal["zero", "silent"] = "silent"
    initial: Literal["zero", "leak"] = "zero"
    voltage: Literal["nir", "step", "threshold"] = "nir"
    evidence: str = ""

    def rule(self, kind: str) -> Rule:
        """Give the rule for a node class by its name."""
        if kind in ("I", "IF"):
            return self.integrate
        return self.cuba if kind.startswith("Cuba") else self.lif

    def with_reset(self, reset: str) -> Profile:
        """Give the profile with another reset for all equations.

        NIR knows v_reset only; networks trained with reset by subtraction cannot say so.
        """
        kind = "carry" if reset == "subtract" and self.name == "snntorch" else reset
        if kind not in ("value", "subtract", "carry"):
            raise NirRunError(f"a reset is 'value', 'subtract' or 'carry', got {reset!r}")
        changed = {
            key: replace(getattr(self, key), reset=kind) for key in ("lif", "cuba", "integrate")
        }
        return replace(self, name=f"{self.name}:{reset}", **changed)


_EULER = Rule()
_EULER_ONE = replace(_EULER, gain="one")
_DECAY = Rule("decay", compare=">=", reset="subtract")
_LATE = replace(_EULER, latency=1)
_ZOH = Rule("zoh")
_EXACT = Rule("exact")

PROFILES: dict[str, Profile] = {
    p.name: p
    for p in (
        Profile(
            "exact",
            _EXACT,
            _EXACT,
            _EXACT,
            evidence="published LIF trace: 0 of 1000 spikes differ, v to 3e-9",
        ),
        Profile(
            "nir",
            _EULER,
            _EULER,
            _EULER,
            evidence="forward Euler of the equations as NIR states them; no platform",
        ),
        Profile(
            "norse",
            _EULER,
            _EULER,
            _EULER_ONE,
            back_edge="zero",
            initial="leak",
            evidence="published LIF trace: 0 of 1000 spikes differ, v to 3e-8; "
            "IF on a convolutional network: 0 of 500",
        ),
        Profile(
            "snntorch",
            _EULER,
            _EULER,
            _EULER_ONE,
            voltage="step",
            evidence="published LIF trace: 0 of 1000 spikes differ; Braille: 0 of 9728",
        ),
        Profile(
            "sinabs",
            replace(_DECAY, multi_spike=True),
            replace(_DECAY, multi_spike=True),
            replace(_EULER_ONE, compare=">=", reset="subtract", multi_spike=True, floor=True),
            evidence="published LIF trace: 0 of 1000 spikes differ; IF on a convolutional "
            "network: 0 of 500; sinabs has no CubaLIF, its rule here is by analogy",
        ),
        Profile(
            "rockpool",
            _DECAY,
            replace(_DECAY, multi_spike=True),
            replace(_EULER_ONE, compare=">=", reset="subtract"),
            evidence="published LIF trace: 0 of 1000 spikes differ; CubaLIF: live rockpool "
            "3.1.0 after its own choice of step and gain, dt = tau_mem / (1 + r), "
            "I = e_syn (I + x), v = e_mem v + I + v_leak",
        ),
        Profile(
            "spyx",
            replace(_EULER, test="before", reset="subtract"),
            replace(_LATE, reset="subtract"),
            replace(_EULER_ONE, test="before", reset="subtract"),
            evidence="published LIF trace: 0 of 1000 spikes differ; CubaLIF by the published "
            "Braille activity",
        ),
        Profile(
            "lava",
            _LATE,
            _LATE,
            replace(_EULER_ONE, latency=1),
            evidence="published LIF traces (float, fixed, Loihi): 0 of 1000 spikes differ; "
            "CubaLIF not reproduced",
        ),
        Profile(
            "nengo",
            _ZOH,
            _ZOH,
            _EULER,
            voltage="threshold",
            evidence="published LIF trace: 0 of 1000 spikes differ, v to 1e-15; "
            "CubaLIF not reproduced",
        ),
        Profile(
            "spinnaker2",
            _EULER,
            _EULER,
            _EULER_ONE,
            voltage="step",
            evidence="published LIF trace: 0 of 1000 spikes differ; CubaLIF not reproduced",
        ),
    )
}


def get_profile(profile: str | Profile) -> Profile:
    """Give a profile by name; "name:subtract" or "name:value" changes the reset.

    Args:
        profile: a name, or a profile, which is given back.

    Returns:
        The profile.

    Raises:
        NirRunError: there is no profile with this name.

    Example:
        >>> get_profile("sinabs").integrate.multi_spike
        True
    """
    if isinstance(profile, Profile):
        return profile
    name, _, reset = str(profile).partition(":")
    if name not in PROFILES:
        raise NirRunError(f"there is no profile {name!r}; known are {', '.join(PROFILES)}")
    return PROFILES[name].with_reset(reset) if reset else PROFILES[name]


def rule_fields() -> tuple[str, ...]:
    """Give the names of the choices of a rule."""
    return tuple(f.name for f in fields(Rule))

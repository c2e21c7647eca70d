"""`fit`: does a network fit a chip, what would make it fit, and what does the fit cost."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import Any

import numpy as np

from nir_core.errors import NirRunError
from nir_core.graph import NIRGraph
from nir_core.passes._net import require_graph
from nir_core.passes._quantization_report import QuantizationReport, quantization_report
from nir_core.semantics.profiles import Profile
from nir_core.targets import _cores, _population
from nir_core.targets._formats import adapted, decay_shift, state_bits
from nir_core.targets._network import Network
from nir_core.targets._table import KEYS, Target, get_target
from nir_core.targets._violation import Violation

__all__ = ["Fit", "fit"]

_RULES = {**_population.rules, **_cores.rules}


@dataclass(frozen=True)
class Fit:
    """Whether a network fits a target.

    Args:
        target: name of the target.
        violations: everything that exceeds a limit, in the order of the limits.
        usage: what is used of each countable resource, and how much there is.
        cores: core of each weighted layer, on chips with cores, when all fit.
        unchecked: limits that need something that was not given, such as dt.
        profile: profile of the comparison.
        comparison: what rounding to the number formats of the target changes on the given
            input; None without input.
        graph: the network, with factors folded into weights.
        chip: the target.
        dt: length of a step in seconds, when given.
    """

    target: str
    violations: tuple[Violation, ...]
    usage: dict[str, tuple[int, int]]
    cores: dict[str, int]
    unchecked: tuple[str, ...]
    profile: str
    comparison: QuantizationReport | None
    graph: NIRGraph = field(repr=False)
    chip: Target = field(repr=False)
    dt: float | None = None

    @cached_property
    def adapted(self) -> NIRGraph:
        """The network rounded to the number formats of the target."""
        return adapted(self.graph, self.chip, self.dt)

    @property
    def fits(self) -> bool:
        """True when nothing is left that must be changed by hand."""
        return all(v.automatic for v in self.violations)

    def __bool__(self) -> bool:
        return self.fits

    def to_dict(self) -> dict[str, Any]:
        """Give the result as plain data for JSON."""
        return {
            "target": self.target,
            "fits": self.fits,
            "violations": [v.to_dict() for v in self.violations],
            "usage": {key: list(pair) for key, pair in self.usage.items()},
            "cores": self.cores,
            "unchecked": list(self.unchecked),
            "profile": self.profile,
            "comparison": None if self.comparison is None else self.comparison.to_dict(),
        }

    def __str__(self) -> str:
        lines = [f"{self.target}: {'fits' if self.fits else 'does not fit'}"]
        lines += [f"  {violation}" for violation in self.violations]
        for key, (used, most) in self.usage.items():
            lines.append(f"  {key}: {used:,} of {most:,}")
        lines += [f"  /{name}: core {core}" for name, core in self.cores.items()]
        lines += [f"  not checked: {text}" for text in self.unchecked]
        if self.comparison is not None:
            lines.append(f"  in the number formats of {self.target}, run as {self.profile}:")
            lines += [f"    {line}" for line in str(self.comparison).splitlines()]
        return "\n".join(lines)


def fit(
    graph: NIRGraph,
    target: str | Target,
    x: Any = None,
    *,
    dt: float | None = None,
    profile: str | Profile | None = None,
    labels: Any = None,
) -> Fit:
    """Check a network against the published limits of a chip.

    Each violation names the nearest legal change. The network is also rounded to the weight
    bits and time constants of the chip, and with an input both are run and compared. What a
    chip does beyond these figures (its own order of updates, saturation, noise) is not part
    of the answer; each figure carries its source.

    Args:
        graph: the network.
        target: name of a target, path of a JSON table, or a Target.
        x: input for the comparison, as for `run`.
        dt: length of a step in seconds; needed for the comparison and for time constants.
        profile: profile of the comparison; the one nearest to the chip when not given.
        labels: right output index of each sample, for the change of accuracy.

    Returns:
        Violations, usage and the comparison.

    Raises:
        NirError: the graph has errors, or there is no such target.
        NirRunError: an input without dt.

    Example:
        >>> import nir_core as nc
        >>> graph = nc.NIRGraph.from_list(
        ...     nc.Input((1, 20, 20)),
        ...     nc.Conv2d(None, np.ones((4, 1, 3, 3)), 3, 0, 1, 1, np.zeros(4)),
        ...     nc.IF(np.ones((4, 6, 6)), np.ones((4, 6, 6))),
        ... )
        >>> [(v.limit, v.got, v.change) for v in fit(graph, "speck2e").violations][0]
        ('strides', '3', 'a stride of 2')
    """
    require_graph(graph, "fit")
    chip = get_target(target)
    net = Network(graph)
    found: list[Violation] = []
    unchecked: list[str] = []
    limits = chip.limits
    for key in KEYS:
        if key not in limits:
            continue
        if key in _RULES:
            found += _RULES[key](net, limits[key])
        elif key == "state_bits" and "weight_bits" in limits:
            found += state_bits(net, limits[key], int(limits["weight_bits"].value))
        elif key == "decay_shift" and dt is not None:
            found += decay_shift(net, limits[key], dt)
        else:
            unchecked.append(f"{KEYS[key]} (give dt)")
    comparison = None
    chosen = chip.profile if profile is None else profile
    if x is not None:
        if dt is None:
            raise NirRunError("fit: dt, the length of a step in seconds, is missing")
        rounded = adapted(net.graph, chip, dt)
        comparison = quantization_report(
            net.graph, rounded, x, dt=dt, profile=chosen, labels=labels
        )
    return Fit(
        chip.name,
        tuple(found),
        _usage(net, chip),
        _placed(net, chip),
        tuple(unchecked),
        chosen if isinstance(chosen, str) else chosen.name,
        comparison,
        net.graph,
        chip,
        dt,
    )


def _placed(net: Network, chip: Target) -> dict[str, int]:
    if "core_memory" not in chip.limits:
        return {}
    needs = [_cores.core_sizes(layer) for layer in net.layers]
    found = _cores.place_layers(needs, chip.limits["core_memory"].value) or {}
    return {net.layers[layer].name: found[layer] for layer in sorted(found)}


def _usage(net: Network, chip: Target) -> dict[str, tuple[int, int]]:
    counts = {
        "spiking_cores": lambda: len(net.layers),
        "inputs": lambda: sum(prod(net.shape(name)) for name in net.inputs),
        "hidden": lambda: net.count(net.hidden),
        "outputs": lambda: sum(prod(net.shape(n, "input")) for n in net.plan.outputs.values()),
        "weights": lambda: sum(
            int(np.count_nonzero(net.nodes[n].__dict__["weight"])) for n in net.weighted
        ),
        "neurons": lambda: net.count(net.neurons),
        "synapses": lambda: sum(net.synapses(name) for name in net.weighted),
    }
    return {
        key: (count(), int(chip.limits[key].value))
        for key, count in counts.items()
        if key in chip.limits
    }

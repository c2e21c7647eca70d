"""`compare`: several profiles side by side on one input."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from nir_core.errors import NirRunError
from nir_core.graph import NIRGraph
from nir_core.nodes import SPIKING
from nir_core.semantics._signals import flat_plan
from nir_core.semantics.explain import explained
from nir_core.semantics.interpret import run
from nir_core.semantics.profiles import Profile, get_profile

__all__ = ["Comparison", "compare"]


@dataclass(frozen=True)
class Comparison:
    """Several profiles on one input, each against a reference.

    Args:
        reference: name of the reference profile.
        rows: one dictionary per profile: `profile`, `spikes` by layer,
            `output_agreement` (share of equal output elements), `first_divergence` (None, or
            `node`, `step`, `neuron` and the `rules` that cause it).
    """

    reference: str
    rows: tuple[dict[str, Any], ...]

    def __str__(self) -> str:
        layers = list(self.rows[0]["spikes"]) if self.rows else []
        head = ["profile", *layers, "output equal", f"first difference to {self.reference}"]
        body = [head]
        for row in self.rows:
            first = row["first_divergence"]
            text = "none"
            if first:
                rules = ", ".join(first["rules"]) or "several rules together"
                text = f"/{first['node']} step {first['step']}: {rules}"
            counts = [f"{row['spikes'][layer]:g}" for layer in layers]
            body.append([row["profile"], *counts, f"{row['output_agreement']:.1%}", text])
        widths = [max(len(r[i]) for r in body) for i in range(len(head))]
        return "\n".join(
            "  ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)).rstrip() for r in body
        )

    def to_dict(self) -> dict[str, Any]:
        """Give the comparison as plain data for JSON."""
        return {"reference": self.reference, "rows": list(self.rows)}


def compare(
    graph: NIRGraph,
    x: Any,
    *,
    dt: float | None = None,
    profiles: Iterable[str | Profile] = ("norse", "snntorch", "sinabs", "exact"),
    reference: str | Profile | None = None,
) -> Comparison:
    """Run several profiles on one input and set each against a reference.

    Args:
        graph: the network.
        x: the input, as for `run`.
        dt: length of a step in seconds.
        profiles: the profiles.
        reference: the profile to compare with; the first of `profiles` when not given.

    Returns:
        One row per profile: spikes of each layer, agreement of the output, first divergence.

    Example:
        >>> import numpy as np
        >>> from nir_core import LIF
        >>> graph = NIRGraph.from_list(LIF([2.5e-3], [1.0], [0.0], [0.1]))
        >>> table = compare(graph, np.ones((40, 1)), dt=1e-4, profiles=["norse", "lava"])
        >>> [row["output_agreement"] for row in table.rows]
        [1.0, 0.35]
    """
    chosen = [get_profile(p) for p in profiles]
    if not chosen:
        raise NirRunError("compare needs at least one profile")
    base = get_profile(reference) if reference is not None else chosen[0]
    run_base = run(graph, x, dt=dt, profile=base, record="all")
    rows = []
    for profile in chosen:
        found = explained(graph, x, dt, base, profile, run_base)
        first = None
        if not found.agree:
            first = {
                "node": found.node,
                "step": found.step,
                "neuron": found.neuron,
                "rules": [r.rule for r in found.rules if r.causes],
            }
        share = found.output_differing / max(1, found.output_elements)
        rows.append(
            {
                "profile": profile.name,
                "spikes": {n.node: n.spikes_b for n in found.nodes if _spikes(graph, n.node)},
                "output_agreement": 1 - share,
                "first_divergence": first,
            }
        )
    return Comparison(base.name, tuple(rows))


def _spikes(graph: NIRGraph, name: str) -> bool:
    return isinstance(flat_plan(graph).nodes[name], SPIKING)

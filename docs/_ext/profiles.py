"""The directive `profiles`: the rules of all semantics profiles side by side, as nir-core has them.

Its argument is the equation: `lif`, `cuba` or `integrate`; `evidence` lists what they were compared
with.
"""

from dataclasses import fields
from typing import Any

from docutils import nodes
from docutils.parsers.rst import Directive
from tables import table

import nir_core

HEADINGS = {
    "integrator": "integrator",
    "gain": "input gain",
    "test": "spike test",
    "compare": "comparison",
    "reset": "reset",
    "multi_spike": "spikes per step",
    "floor": "floor",
    "latency": "latency",
}


def _cell(name: str, value: Any) -> str:
    if name == "multi_spike":
        return "many" if value else "one"
    if name == "floor":
        return "-threshold" if value else "none"
    return str(value)


def rules(equation: str) -> list[list[str]]:
    """The rows of a table, headings first.

    Args:
        equation: "lif", "cuba", "integrate" or "evidence".
    """
    profiles = nir_core.PROFILES.values()
    if equation == "evidence":
        rows = [[one.name, one.initial, one.back_edge, one.evidence] for one in profiles]
        return [["profile", "starts at", "first step of a cycle", "compared with"], *rows]
    names = [field.name for field in fields(nir_core.Rule)]
    cells = [[_cell(n, getattr(getattr(one, equation), n)) for n in names] for one in profiles]
    heads = ["profile", *(HEADINGS[name] for name in names)]
    return [heads, *([one.name, *row] for one, row in zip(profiles, cells, strict=True))]


class Profiles(Directive):
    """Writes the table."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Give the table's node."""
        return [table(rules(self.arguments[0]))]


def setup(app: Any) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_directive("profiles", Profiles)
    return {"parallel_read_safe": True}

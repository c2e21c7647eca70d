"""Explanations name the first diverging neuron and the rule that makes it diverge."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import nir_core as nc


def chain(*nodes: nc.NIRNode) -> nc.NIRGraph:
    return nc.NIRGraph.from_list(*nodes)


LIF = nc.LIF([2.5e-3], [1.0], [0.0], [0.1])
DRIVE = np.full((60, 1), 0.5)

# Pairs that differ in one effective choice, and that choice.
CAUSES = [
    ("norse", "lava", LIF, DRIVE, "latency"),
    ("norse", "nengo", LIF.replace(tau=[3e-4]), np.full((60, 1), 0.11), "integrator"),
    ("norse", "norse:subtract", LIF, DRIVE, "reset"),
    ("norse", "nir", nc.IF([1.0], [3.0]), np.ones((20, 1)), "gain"),
    ("norse", "rockpool", nc.IF([1.0], [3.0]), np.ones((20, 1)), "compare"),
    ("rockpool", "sinabs", nc.IF([1.0], [1.0]), np.full((5, 1), 2.5), "multi_spike"),
    ("norse", "snntorch", nc.LIF([1e-3], [1.0], [0.5], [0.6]), np.full((9, 1), 0.2), "initial"),
]


@pytest.mark.parametrize(("a", "b", "node", "x", "rule"), CAUSES)
def test_the_causing_rule_is_found(
    a: str, b: str, node: nc.NIRNode, x: np.ndarray, rule: str
) -> None:
    found = nc.explain(chain(node), x, dt=1e-4, a=a, b=b)
    assert not found.agree
    assert rule in [r.rule for r in found.rules if r.causes]
    assert found.value_a != found.value_b


def test_the_floor_is_found_as_a_cause() -> None:
    from dataclasses import replace

    sinabs = nc.get_profile("sinabs")
    bare = replace(sinabs, name="bare", integrate=replace(sinabs.integrate, floor=False))
    x = np.array([[-5.0], [1.5], [1.0], [1.0]])
    found = nc.explain(chain(nc.IF([1.0], [1.0])), x, dt=1.0, a=sinabs, b=bare)
    assert [r.rule for r in found.rules if r.causes] == ["floor"]


def test_the_first_of_several_layers_and_the_right_neuron_are_named() -> None:
    rng = np.random.default_rng(0)
    lif = nc.LIF(*(np.full(5, p) for p in (2.5e-3, 1.0, 0.0, 0.5)))
    graph = chain(
        nc.Linear(rng.normal(size=(5, 4))), lif, nc.Linear(rng.normal(size=(5, 5)) * 9), lif
    )
    x = rng.random((80, 3, 4)) * 8
    found = nc.explain(graph, x, dt=1e-4, a="norse", b="nengo")
    a = nc.run(graph, x, dt=1e-4, profile="norse", record="all")
    b = nc.run(graph, x, dt=1e-4, profile="nengo", record="all")
    first = {n: np.argwhere(a.spikes[n] != b.spikes[n]) for n in ("lif", "lif_1")}
    earliest = min((tuple(v[0]), n) for n, v in first.items() if len(v))
    assert found.step == min(int(v[0][0]) for v in first.values() if len(v))
    assert found.node is not None
    index = (found.step, found.sample, *found.neuron)  # type: ignore[misc]
    assert index == tuple(first[found.node][0])
    assert earliest[0][0] == found.step
    assert found.output_differing == int((a.output != b.output).sum())


def test_agreeing_profiles_agree() -> None:
    found = nc.explain(chain(LIF), DRIVE, dt=1e-4, a="norse", b="snntorch")
    assert found.agree
    assert str(found) == "norse and snntorch agree on this input"
    assert found.output_differing == 0


def test_explanations_are_text_and_plain_data() -> None:
    found = nc.explain(chain(LIF), DRIVE, dt=1e-4, a="norse", b="lava")
    assert "cause: latency is 0 in norse, 1 in lava" in str(found)
    assert json.loads(json.dumps(found.to_dict()))["agree"] is False


def test_comparison_counts_spikes_per_layer(nir_data: Path) -> None:
    graph = nc.read(nir_data / "braille" / "braille_noDelay_bias_zero.nir")
    x = np.load(nir_data / "braille" / "input_sample0_from_figure.npy")
    table = nc.compare(graph, x, dt=1e-4, profiles=["snntorch", "norse", "exact"])
    rows = {row["profile"]: row for row in table.rows}
    assert rows["snntorch"]["spikes"] == {"lif1.lif": 119, "lif2": 687}
    assert rows["snntorch"]["first_divergence"] is None
    assert rows["snntorch"]["output_agreement"] == 1
    assert rows["norse"]["first_divergence"]["rules"] == ["back_edge"]
    assert "first difference to snntorch" in str(table)
    json.dumps(table.to_dict())


def test_comparison_needs_a_profile() -> None:
    with pytest.raises(nc.NirRunError, match="at least one"):
        nc.compare(chain(LIF), DRIVE, dt=1e-4, profiles=[])

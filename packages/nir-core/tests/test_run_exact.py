"""The exact solution against fine Euler steps and against formulas."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nir_core as nc

NUMBER = st.floats(0.05, 1.0)


def chain(*nodes: nc.NIRNode) -> nc.NIRGraph:
    return nc.NIRGraph.from_list(*nodes)


def fine(node: nc.NIRNode, x: np.ndarray, dt: float, finer: int) -> tuple[np.ndarray, np.ndarray]:
    """Spikes per step and v at the end of each step with `finer` Euler steps in each."""
    result = nc.run(
        chain(node), np.repeat(x, finer, axis=0), dt=dt / finer, profile="nir", record="all"
    )
    name = type(node).__name__.lower()
    spikes = result.output.reshape(len(x), finer, *x.shape[1:]).sum(1)
    return spikes, result.voltages[name][finer - 1 :: finer]


@given(st.lists(NUMBER, min_size=7, max_size=7), st.integers(0, 10_000))
@settings(max_examples=6)
def test_without_spikes_the_potential_is_the_limit_of_fine_steps(p: list[float], seed: int) -> None:
    x = np.random.default_rng(seed).normal(size=(5, 1))
    nodes = [
        nc.I(p[0]),
        nc.LI(p[1], p[0], p[3]),
        nc.CubaLI(p[1], p[2], p[0], p[3], p[4]),
        nc.CubaLI(p[1], p[1], p[0], p[3], p[4]),
        nc.CubaLI(p[1], p[1] * (1 + 1e-13), p[0], p[3], p[4]),
    ]
    for node in nodes:
        graph = chain(nc.Input([1]), node)
        y = nc.run(graph, x, dt=0.1, profile="exact").output
        name = type(node).__name__.lower()
        limit = nc.run(
            graph, np.repeat(x, 1000, axis=0), dt=0.1 / 1000, profile="nir", record="all"
        ).voltages[name][999::1000]
        np.testing.assert_allclose(y, limit, atol=1e-2)


@pytest.mark.parametrize(
    "node",
    [
        nc.LIF([0.02], [1.0], [0.0], [1.0]),
        nc.LIF([0.02], [2.0], [0.3], [1.0], [-0.5]),
        nc.IF([50.0], [1.0]),
        nc.CubaLIF([0.005], [0.02], [1.0], [0.0], [1.0], w_in=2.0),
        nc.CubaLIF([0.02], [0.02], [2.0], [0.1], [1.0], [-0.2], w_in=2.0),
        nc.CubaLIF([0.03], [0.01], [2.0], [0.0], [1.0], [0.5], w_in=1.0),
    ],
)
def test_spike_counts_and_potentials_are_the_limit_of_fine_steps(node: nc.NIRNode) -> None:
    rng = np.random.default_rng(5)
    x = rng.uniform(-1, 4, (40, 1))
    result = nc.run(chain(node), x, dt=0.01, profile="exact", record="all")
    spikes, v = fine(node, x, 0.01, 1000)
    assert spikes.sum() > 5
    # A spike close to the border of two steps may be counted in either.
    assert abs(np.cumsum(result.output) - np.cumsum(spikes)).max() <= 1
    # Late by half a fine step each, spikes drift apart; before the tenth they have not yet.
    early = (np.cumsum(spikes) < 10) & (np.cumsum(result.output) == np.cumsum(spikes))
    assert early.sum() >= 3
    gap = abs(result.voltages[type(node).__name__.lower()] - v)[early]
    assert gap.max() < 0.05


def test_several_spikes_fit_into_one_step() -> None:
    # dv/dt = 10, threshold 1: a spike every 0.1 s, the tenth at the very end counts next.
    graph = chain(nc.IF([1.0], [1.0]))
    result = nc.run(graph, np.full((3, 1), 10.0), dt=1.0, profile="exact", record="all")
    assert result.output.sum() in (28, 29, 30)
    assert result.output[0, 0] in (9, 10)


def test_a_leaky_neuron_fires_with_its_analytic_period() -> None:
    tau, drive = 0.02, 3.0
    period = tau * np.log(drive / (drive - 1))
    steps, dt = 1000, 1e-4
    node = nc.LIF([tau], [1.0], [0.0], [1.0])
    z = nc.run(chain(node), np.full((steps, 1), drive), dt=dt, profile="exact").output[:, 0]
    times = np.arange(1, int(steps * dt / period) + 1) * period
    assert np.flatnonzero(z).tolist() == np.floor(times / dt).astype(int).tolist()


def test_a_coarse_step_gives_the_same_spike_times_as_a_fine_one() -> None:
    rng = np.random.default_rng(2)
    x = rng.uniform(0, 4, (20, 6))
    node = nc.CubaLIF(*(np.full(6, p) for p in (0.005, 0.02, 1.0, 0.0, 1.0)), w_in=2.0)
    coarse = nc.run(chain(node), x, dt=0.01, profile="exact").output
    finer = nc.run(chain(node), np.repeat(x, 10, axis=0), dt=0.001, profile="exact").output
    assert coarse.sum() > 20
    assert (finer.reshape(20, 10, 6).sum(1) == coarse).all()


def test_a_hump_between_two_steps_is_seen() -> None:
    # The potential rises above the threshold and falls below it within one step.
    node = nc.CubaLIF([0.01], [0.01], [1.0], [0.0], [0.3], [-5.0], w_in=100.0)
    graph = chain(node)
    x = np.array([[0.012], [0.0]])
    fine_v = nc.run(
        chain(node.replace(v_threshold=[9.0])),
        np.repeat(x, 1000, axis=0),
        dt=1e-4,
        profile="exact",
        record="all",
    ).voltages["cubalif"]
    assert fine_v.max() > 0.3
    assert fine_v[999] > 0.3 or fine_v[-1] < 0.3
    assert nc.run(graph, x, dt=0.1, profile="exact").output.sum() >= 1


def test_a_neuron_above_threshold_at_rest_fires_at_once() -> None:
    node = nc.LIF([0.02], [1.0], [0.0], [-0.5], [-1.0])
    z = nc.run(chain(node), np.zeros((1, 1)), dt=1e-3, profile="exact").output
    assert z[0, 0] == 1


@pytest.mark.parametrize("gap", [1e-9, 5e-324])
def test_a_reset_just_below_the_threshold_ends_soon_and_clearly(gap: float) -> None:
    node = nc.CubaLIF([5e-3], [1e-2], [50.0], [0.0], [gap], [0.0])
    with pytest.raises(nc.NirRunError, match="/cubalif: a neuron fires more than"):
        nc.run(nc.NIRGraph.from_list(node), np.ones((2, 1)), dt=1e-3, profile="exact")


def test_very_many_spikes_in_a_step_are_counted_by_formula() -> None:
    graph = nc.NIRGraph.from_list(nc.IF([1.0], [1e-9], [0.0]))
    assert nc.run(graph, np.ones((2, 1)), dt=1e-3, profile="exact").output.sum() == pytest.approx(
        2e6, abs=2
    )
    graph = nc.NIRGraph.from_list(nc.IF([1.0], [5e-324], [0.0]))
    with pytest.raises(nc.NirRunError, match="/if: a neuron fires more than"):
        nc.run(graph, np.ones((1, 1)), dt=1e-3, profile="exact")

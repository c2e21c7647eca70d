"""Every profile reproduces what its platform published, spike for spike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import nir_core as nc

# file, profile, rows of the output spikes, largest error of v
TRACES = [
    ("exact", "exact", (460, 510, 710, 760), 3e-9),
    ("norse", "norse", (460, 510, 710, 760), 2.5e-8),
    ("snntorch", "snntorch", (460, 510, 710, 760), 1e-6),
    ("spinnaker2", "spinnaker2", (460, 510, 710, 760), 5e-4),
    ("lava_cpu_float", "lava", (461, 511, 711, 761), 4e-8),
    ("lava_cpu_fixed", "lava", (461, 511, 711, 761), 9e-3),
    ("lava_loihi_fixed", "lava", (461, 511, 711, 761), None),
    ("nengo", "nengo", (460, 510, 710, 760), 2e-15),
    ("sinabs", "sinabs", (450, 500, 710, 760), 2e-8),
    ("rockpool", "rockpool", (450, 500, 710, 760), 2e-8),
    ("spyx", "spyx", (461, 511, 711, 761), 5e-8),
]


@pytest.mark.parametrize(("file", "profile", "spikes", "error"), TRACES)
def test_the_published_lif_trace_is_reproduced(
    nir_data: Path, file: str, profile: str, spikes: tuple[int, ...], error: float | None
) -> None:
    graph = nc.read(nir_data / "lif" / "lif_norse.nir")
    table = np.loadtxt(nir_data / "lif" / f"lif_{file}.csv", delimiter=",")
    x = (table[:, :1] > 0).astype(float)
    result = nc.run(graph, x, dt=1e-4, profile=profile, record=["1"], units="native")
    assert np.flatnonzero(result.output[:, 0]).tolist() == list(spikes)
    assert (result.output[:, 0] == table[:, 2]).all()
    if error is not None:
        v, expected = result.voltages["1"][:, 0], table[:, 1]
        if file.endswith("fixed"):
            v, expected = v / abs(v).max(), expected / abs(expected).max()
        assert abs(v - expected).max() <= error


def test_every_profile_but_the_plain_equations_has_a_trace() -> None:
    assert {profile for _, profile, _, _ in TRACES} == set(nc.PROFILES) - {"nir"}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_published_braille_activity_is_reproduced(nir_data: Path, dtype: str) -> None:
    folder = nir_data / "braille"
    graph = nc.read(folder / "braille_noDelay_bias_zero.nir")
    x = np.load(folder / "input_sample0_from_figure.npy")
    activity = np.load(folder / "snntorch_activity_noDelay_bias_zero.npy")
    result = nc.run(graph, x, dt=1e-4, profile="snntorch", record=["lif1.lif"], dtype=dtype)
    assert (result.spikes["lif1.lif"] != activity).sum() == 0
    assert result.output.sum(0).tolist() == [10, 160, 112, 113, 103, 68, 121]


def test_the_first_step_of_the_recurrence_is_what_tells_norse_from_snntorch(
    nir_data: Path,
) -> None:
    folder = nir_data / "braille"
    graph = nc.read(folder / "braille_noDelay_bias_zero.nir")
    x = np.load(folder / "input_sample0_from_figure.npy")
    run = {
        name: nc.run(graph, x, dt=1e-4, profile=name, record=["lif1.lif"])
        for name in ("snntorch", "norse")
    }
    bias = graph.nodes["lif1.w_rec"].bias
    # i after the first step differs by the gain times the recurrent bias.
    lif = graph.nodes["lif1.lif"]
    gap = run["snntorch"].currents["lif1.lif"][0] - run["norse"].currents["lif1.lif"][0]
    assert np.allclose(gap, 1e-4 / lif.tau_syn * lif.w_in * bias)

"""`run(..., fast=True)` gives what the plain interpreter gives."""

from __future__ import annotations

import sys
from typing import Any

import nir_random
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nir_strategies import graphs

import nir_core as nc

pytest.importorskip("neuro_kernels.inference")

SEEDS = st.integers(0, 2**32 - 1)
PROFILES = [*nc.PROFILES, "snntorch:subtract", "norse:subtract"]
# The exact solver has no other form, and may count a hundred thousand spikes in a step.
STEPPED = [name for name in PROFILES if name != "exact"]


def assert_same(a: Any, b: Any) -> None:
    for name, before in a.signals.items():
        after = b.signals[name]
        size = max(1.0, float(np.abs(before).max(initial=0)))
        np.testing.assert_allclose(after, before, rtol=0, atol=1e-9 * size, err_msg=name)
    for name, before in a.spikes.items():
        np.testing.assert_array_equal(b.spikes[name], before, err_msg=name)
    for kind in ("voltages", "currents"):
        assert getattr(a, kind).keys() == getattr(b, kind).keys()
        for name, before in getattr(a, kind).items():
            size = max(1.0, float(np.abs(before).max(initial=0)))
            np.testing.assert_allclose(
                getattr(b, kind)[name], before, rtol=0, atol=1e-9 * size, err_msg=name
            )


@settings(max_examples=150)
@given(seed=SEEDS, profile=st.sampled_from(PROFILES), batched=st.booleans())
def test_random_networks_give_the_same(seed: int, profile: str, batched: bool) -> None:
    rng = np.random.default_rng(seed)
    graph = nir_random.chain(rng, depth=2)
    x = nir_random.spikes(rng, graph, 15)
    if batched:
        x = np.stack([x, x * (rng.random(x.shape) < 0.2), np.zeros_like(x)], axis=1)
    plain = nc.run(graph, x, dt=1e-3, profile=profile, record="all")
    fast = nc.run(graph, x, dt=1e-3, profile=profile, record="all", fast=True)
    assert_same(plain, fast)
    lean = nc.run(graph, x, dt=1e-3, profile=profile, fast=True)
    np.testing.assert_allclose(lean.output, plain.output, rtol=1e-9, atol=1e-9)


@settings(max_examples=100)
@given(graph=graphs(), seed=SEEDS, profile=st.sampled_from(STEPPED))
def test_any_graph_runs_as_in_the_plain_interpreter(
    graph: nc.NIRGraph, seed: int, profile: str
) -> None:
    x = nir_random.spikes(np.random.default_rng(seed), graph, 3)

    def tried(fast: bool) -> Any:
        with np.errstate(all="ignore"):
            try:
                return nc.run(graph, x, dt=1e-3, profile=profile, fast=fast)
            except nc.NirError as error:
                return str(error)

    plain, fast = tried(False), tried(True)
    if isinstance(plain, str):
        assert fast == plain
    else:
        assert fast.output.shape == plain.output.shape
        assert fast.output.dtype == plain.output.dtype


@settings(max_examples=40)
@given(seed=SEEDS, profile=st.sampled_from(["norse", "lava", "sinabs", "spyx"]))
def test_a_run_in_two_parts_gives_the_same(seed: int, profile: str) -> None:
    rng = np.random.default_rng(seed)
    graph = nir_random.chain(rng)
    x = nir_random.spikes(rng, graph, 12)
    whole = nc.run(graph, x, dt=1e-3, profile=profile, fast=True)
    first = nc.run(graph, x[:5], dt=1e-3, profile=profile, fast=True)
    # A state fits either interpreter.
    second = nc.run(graph, x[5:], dt=1e-3, profile=profile, state=first.state)
    both = np.concatenate([first.output, second.output])
    np.testing.assert_allclose(both, whole.output, rtol=1e-9, atol=1e-9)


def convolutional(dtype: Any = np.float32) -> nc.NIRGraph:
    rng = np.random.default_rng(0)

    def lif(shape: tuple[int, ...]) -> nc.LIF:
        return nc.LIF(*(np.full(shape, v, dtype) for v in (1e-2, 1.0, 0.0, 0.1)))

    return nc.NIRGraph.from_list(
        nc.Input((2, 18, 18)),
        nc.Conv2d(None, rng.normal(size=(16, 2, 3, 3)).astype(dtype), 1, 0, 1, 1, np.zeros(16)),
        lif((16, 16, 16)),
        nc.SumPool2d(2, 2, 0),
        nc.Conv2d(None, rng.normal(size=(20, 16, 3, 3)).astype(dtype), 1, 1, 1, 1, np.ones(20)),
        lif((20, 8, 8)),
        nc.AvgPool2d(2, 2, 0),
        nc.Flatten(None, 0),
        nc.Linear(rng.normal(size=(10, 320)).astype(dtype)),
        lif((10,)),
    )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_convolutional_network_gives_the_same_spikes(dtype: str) -> None:
    graph = convolutional()
    x = (np.random.default_rng(1).random((20, 2, 18, 18)) < 0.05).astype(np.float32)
    options: dict[str, Any] = {"dt": 1e-3, "profile": "norse", "dtype": dtype, "record": "all"}
    plain, fast = nc.run(graph, x, **options), nc.run(graph, x, **options, fast=True)
    assert plain.output.sum() > 0
    for name, spikes in plain.spikes.items():
        np.testing.assert_array_equal(fast.spikes[name], spikes)
    assert fast.output.dtype == np.dtype(dtype)


def test_the_published_recurrent_network_gives_the_same(nir_data: Any) -> None:
    graph = nc.read(nir_data / "braille" / "braille_noDelay_bias_zero.nir")
    x = np.load(nir_data / "braille" / "input_sample0_from_figure.npy").astype(float)
    x = x if x.shape[-1] == 12 else x.T
    plain = nc.run(graph, x, dt=1e-4, profile="snntorch", record="all")
    assert_same(plain, nc.run(graph, x, dt=1e-4, profile="snntorch", record="all", fast=True))


def test_runs_do_not_disturb_each_other() -> None:
    graph = convolutional()
    rng = np.random.default_rng(2)
    inputs = [(rng.random((8, 2, 18, 18)) < p).astype(np.float32) for p in (0.02, 0.3)]
    options: dict[str, Any] = {"dt": 1e-3, "profile": "norse", "fast": True}
    first = [nc.run(graph, x, **options) for x in inputs]
    again = nc.run(graph, inputs[0], **options)
    np.testing.assert_array_equal(again.output, first[0].output)
    state = {k: {n: v.copy() for n, v in s.items()} for k, s in first[0].state.items()}
    nc.run(graph, inputs[1], **options, state=first[0].state)
    for key, values in state.items():
        for name, value in values.items():
            np.testing.assert_array_equal(first[0].state[key][name], value)


def test_without_the_kernels_auto_runs_and_true_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    graph = nc.NIRGraph.from_list(nc.IF([1.0], [1.0]))
    expected = nc.run(graph, np.ones((4, 1)), dt=1e-3, profile="norse").output
    monkeypatch.setitem(sys.modules, "neuro_kernels.inference", None)
    done = nc.run(graph, np.ones((4, 1)), dt=1e-3, profile="norse", fast="auto")
    np.testing.assert_array_equal(done.output, expected)
    with pytest.raises(nc.NirRunError, match=r"nir-core\[fast\]"):
        nc.run(graph, np.ones((4, 1)), dt=1e-3, profile="norse", fast=True)
    with pytest.raises(nc.NirRunError, match="True, False or 'auto'"):
        nc.run(graph, np.ones((4, 1)), dt=1e-3, fast="yes")  # type: ignore[arg-type]

"""The interpreter: input shapes, recurrence, delays, nesting, batches, chunks, errors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nir_strategies import graphs

import nir_core as nc

PROFILES = sorted(nc.PROFILES)


def chain(*nodes: nc.NIRNode) -> nc.NIRGraph:
    return nc.NIRGraph.from_list(*nodes)


def lif(n: int = 1, threshold: float = 1.0) -> nc.LIF:
    return nc.LIF(*(np.full(n, v) for v in (0.01, 1.0, 0.0, threshold)))


def random_input(graph: nc.NIRGraph, steps: int, batch: int, seed: int = 0) -> np.ndarray:
    (shape,) = (node.shape for node in graph.inputs.values())
    rng = np.random.default_rng(seed)
    # Multiples of 1/8 so that sums do not depend on their order.
    return rng.integers(-8, 17, (steps, batch, *shape)) / 8  # type: ignore[misc]


RUNNABLE = st.tuples(graphs(), st.sampled_from(PROFILES), st.integers(0, 1000))


def runs(graph: nc.NIRGraph) -> bool:
    """The exact solution and the values of random graphs may be refused; nothing else is."""
    return nc.check(graph).ok


@given(RUNNABLE)
@settings(max_examples=60)
def test_a_batch_gives_what_its_samples_give(case: tuple[nc.NIRGraph, str, int]) -> None:
    graph, profile, seed = case
    x = random_input(graph, 6, 3, seed)
    try:
        whole = nc.run(graph, x, dt=0.01, profile=profile, record="all")
    except nc.NirError as error:
        assert not runs(graph) or "v_reset is not below" in str(error)  # noqa: PT017
        return
    for b in range(3):
        one = nc.run(graph, x[:, b], dt=0.01, profile=profile, record="all")
        assert one.output.shape == whole.output[:, b].shape
        for name, signal in one.signals.items():
            np.testing.assert_allclose(signal, whole.signals[name][:, b], rtol=1e-9, atol=1e-9)


@given(RUNNABLE, st.lists(st.integers(0, 4), min_size=1, max_size=4))
@settings(max_examples=60)
def test_chunks_with_state_give_what_the_whole_gives(
    case: tuple[nc.NIRGraph, str, int], lengths: list[int]
) -> None:
    graph, profile, seed = case
    x = random_input(graph, sum(lengths), 2, seed)
    try:
        whole = nc.run(graph, x, dt=0.01, profile=profile, record="all")
    except nc.NirError:
        return
    state, start = None, 0
    for length in lengths:
        piece = nc.run(
            graph, x[start : start + length], dt=0.01, profile=profile, record="all", state=state
        )
        for name, signal in piece.signals.items():
            expected = whole.signals[name][start : start + length]
            np.testing.assert_allclose(signal, expected, rtol=1e-9, atol=1e-9)
        state, start = piece.state, start + length


@pytest.mark.parametrize("profile", PROFILES)
def test_a_nested_graph_gives_what_its_content_gives(profile: str) -> None:
    rng = np.random.default_rng(1)
    weight = rng.normal(size=(3, 2))
    inner = nc.NIRGraph(
        {"in": nc.Input([2]), "fc": nc.Linear(weight), "lif": lif(3), "out": nc.Output([3])},
        [("in", "fc"), ("fc", "lif"), ("lif", "out")],
    )
    nested = chain(nc.Input([2]), inner)
    flat = chain(nc.Input([2]), nc.Linear(weight), lif(3))
    x = rng.normal(size=(50, 2)) * 40
    a = nc.run(nested, x, dt=1e-3, profile=profile, record=["nirgraph"])
    b = nc.run(flat, x, dt=1e-3, profile=profile)
    assert a.output.sum() > 0
    assert (a.output == b.output).all()
    assert set(a.spikes) == {"nirgraph/lif"}
    assert set(a.signals) == {f"nirgraph/{n}" for n in ("in", "fc", "lif", "out")}


def test_edges_into_a_node_add_up() -> None:
    graph = nc.NIRGraph(
        {
            "a": nc.Input([2]),
            "b": nc.Input([2]),
            "s": nc.Scale([2.0, 3.0]),
            "o": nc.Output([2]),
            "p": nc.Output([2]),
        },
        [("a", "s"), ("b", "s"), ("s", "o"), ("b", "p"), ("s", "p")],
    )
    a, b = np.ones((4, 2)), np.full((4, 2), 10.0)
    result = nc.run(graph, {"a": a, "b": b}, dt=1.0, profile="nir")
    assert set(result.output) == {"o", "p"}
    assert result.output["o"].tolist() == [[22, 33]] * 4
    assert result.output["p"].tolist() == [[32, 43]] * 4


def test_the_edge_that_closes_a_cycle_carries_the_step_before() -> None:
    graph = nc.NIRGraph(
        {"i": nc.Input([1]), "a": nc.Linear([[1.0]]), "b": nc.Scale([0.5]), "o": nc.Output([1])},
        [("i", "a"), ("a", "b"), ("b", "a"), ("a", "o")],
    )
    y = nc.run(graph, np.ones((4, 1)), dt=1.0, profile="nir").output[:, 0]
    assert y.tolist() == [1, 1.5, 1.75, 1.875]


def test_a_self_edge_is_a_cycle() -> None:
    graph = nc.NIRGraph(
        {"i": nc.Input([1]), "a": nc.Scale([1.0]), "o": nc.Output([1])},
        [("i", "a"), ("a", "a"), ("a", "o")],
    )
    y = nc.run(graph, np.ones((4, 1)), dt=1.0, profile="nir").output[:, 0]
    assert y.tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(("profile", "first"), [("norse", 0.0), ("snntorch", 5.0)])
def test_what_a_cycle_carries_in_the_first_step_is_a_choice_of_the_profile(
    profile: str, first: float
) -> None:
    graph = nc.NIRGraph(
        {
            "i": nc.Input([1]),
            "if": nc.IF([1.0], [100.0]),
            "w": nc.Affine([[1.0]], [5.0]),
            "o": nc.Output([1]),
        },
        [("i", "if"), ("if", "w"), ("w", "if"), ("if", "o")],
    )
    result = nc.run(graph, np.zeros((2, 1)), dt=1.0, profile=profile, record=["if"])
    assert result.voltages["if"][:, 0].tolist() == [first, first + 5]


def test_the_cut_of_a_cycle_does_not_depend_on_the_order_in_the_file() -> None:
    nodes = {
        "i": nc.Input([1]),
        "z": nc.Linear([[1.0]]),
        "a": nc.Scale([0.5]),
        "o": nc.Output([1]),
    }
    edges = [("i", "z"), ("z", "a"), ("a", "z"), ("a", "o")]
    x = np.ones((4, 1))
    one = nc.run(nc.NIRGraph(nodes, edges), x, dt=1.0, profile="nir").output
    turned = nc.NIRGraph(dict(reversed(nodes.items())), edges[::-1])
    assert (nc.run(turned, x, dt=1.0, profile="nir").output == one).all()


def test_a_delay_holds_back_by_whole_steps() -> None:
    graph = chain(nc.Delay([0.0, 1e-3, 2.6e-3]))
    x = np.arange(1.0, 6.0)[:, None] * np.ones(3)
    y = nc.run(graph, x, dt=1e-3, profile="nir").output
    assert y.T.tolist() == [[1, 2, 3, 4, 5], [0, 1, 2, 3, 4], [0, 0, 0, 1, 2]]


def test_a_delay_in_a_cycle_replaces_the_delay_of_the_closing_edge() -> None:
    graph = nc.NIRGraph(
        {"i": nc.Input([1]), "s": nc.Scale([1.0]), "d": nc.Delay([2e-3]), "o": nc.Output([1])},
        [("i", "s"), ("s", "d"), ("d", "s"), ("s", "o")],
    )
    x = np.zeros((7, 1))
    x[0] = 1
    y = nc.run(graph, x, dt=1e-3, profile="nir").output[:, 0]
    assert y.tolist() == [1, 0, 1, 0, 1, 0, 1]


def test_latency_of_a_platform_replaces_the_delay_of_the_closing_edge() -> None:
    graph = nc.NIRGraph(
        {
            "i": nc.Input([1]),
            "n": nc.IF([1.0], [0.5]),
            "w": nc.Scale([1.0]),
            "o": nc.Output([1]),
        },
        [("i", "n"), ("n", "w"), ("w", "n"), ("n", "o")],
    )
    x = np.zeros((4, 1))
    x[0] = 1
    assert nc.run(graph, x, dt=1.0, profile="lava").output[:, 0].tolist() == [0, 1, 1, 1]
    assert nc.run(graph, x, dt=1.0, profile="norse").output[:, 0].tolist() == [1, 1, 1, 1]


def test_every_stateless_node_computes_its_formula() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, 4))
    w, b = rng.normal(size=(3, 4)), rng.normal(size=3)

    def out(node: nc.NIRNode, x: np.ndarray = x) -> np.ndarray:
        return nc.run(chain(nc.Input(x.shape[1:]), node), x, dt=1.0, profile="nir").output

    np.testing.assert_allclose(out(nc.Affine(w, b)), x @ w.T + b)
    np.testing.assert_allclose(out(nc.Linear(w)), x @ w.T)
    np.testing.assert_allclose(out(nc.Scale(w[0])), x * w[0])
    assert (out(nc.Threshold(np.zeros(4))) == (x > 0)).all()
    stacked = rng.normal(size=(5, 3, 4))
    many = rng.normal(size=(2, 5, 4))
    expected = np.einsum("kmn,tkn->tkm", stacked, many) + b
    np.testing.assert_allclose(out(nc.Affine(stacked, b), many), expected)
    image = rng.normal(size=(2, 3, 4, 6))
    assert (out(nc.Flatten(None, 1), image) == image.reshape(2, 3, 24)).all()
    assert (out(nc.Flatten(None, -2, -1), image) == image.reshape(2, 3, 24)).all()
    assert (out(nc.Flatten(None, 0, 1), image) == image.reshape(2, 12, 6)).all()
    sums = image.reshape(2, 3, 2, 2, 3, 2).sum((3, 5))
    np.testing.assert_allclose(out(nc.SumPool2d(2, 2, 0), image), sums)
    np.testing.assert_allclose(out(nc.AvgPool2d(2, 2, 0), image), sums / 4)


def test_neurons_follow_the_euler_rule() -> None:
    rng = np.random.default_rng(0)
    p = {
        "tau_syn": 5e-3 + rng.random(4) * 5e-3,
        "tau_mem": 5e-3 + rng.random(4) * 5e-3,
        "r": 1 + rng.random(4),
        "v_leak": rng.normal(size=4) * 0.1,
        "v_threshold": 0.5 + rng.random(4),
        "v_reset": -rng.random(4) * 0.1,
        "w_in": 1 + rng.random(4),
    }
    x = rng.normal(size=(60, 4)) * 3
    result = nc.run(chain(nc.CubaLIF(**p)), x, dt=1e-3, profile="nir", record="all")
    i = v = np.zeros(4)
    for t in range(60):
        i = i + 1e-3 / p["tau_syn"] * (p["w_in"] * x[t] - i)
        v = v + 1e-3 / p["tau_mem"] * (p["v_leak"] - v + p["r"] * i)
        z = v > p["v_threshold"]
        v = np.where(z, p["v_reset"], v)
        assert (result.output[t] == z).all()
        np.testing.assert_allclose(result.voltages["cubalif"][t], v, atol=1e-12)
        np.testing.assert_allclose(result.currents["cubalif"][t], i, atol=1e-12)
    assert result.output.sum() > 3


def test_integrators_give_their_potential() -> None:
    x = np.ones((3, 1))
    assert nc.run(chain(nc.I([2.0])), x, dt=0.5, profile="nir").output[:, 0].tolist() == [1, 2, 3]
    li = chain(nc.LI([1.0], [1.0], [0.0]))
    assert nc.run(li, x, dt=0.5, profile="nir").output[:, 0].tolist() == [0.5, 0.75, 0.875]


def test_several_spikes_in_a_step_and_a_floor_are_rules_of_sinabs() -> None:
    graph = chain(nc.IF([1.0], [1.0]))
    x = np.array([[3.5], [-9.0], [1.0], [1.0], [1.0]])
    result = nc.run(graph, x, dt=1.0, profile="sinabs", record=["if"])
    assert result.output[:, 0].tolist() == [3, 0, 0, 1, 1]
    assert result.voltages["if"][:, 0].tolist() == [0.5, -1, 0, 0, 0]


def test_resets_by_name() -> None:
    graph = chain(nc.IF([1.0], [1.0]))
    x = np.full((4, 1), 0.75)
    value = nc.run(graph, x, dt=1.0, profile="norse", record=["if"])
    assert value.voltages["if"][:, 0].tolist() == [0.75, 0, 0.75, 0]
    subtract = nc.run(graph, x, dt=1.0, profile="norse:subtract", record=["if"])
    assert subtract.voltages["if"][:, 0].tolist() == [0.75, 0.5, 0.25, 1]
    assert subtract.profile == "norse:subtract"


def test_a_network_of_fused_lif_layers_is_reproduced_in_float32() -> None:
    """A jump of the current by x before its decay is CubaLIF with w_in = tau_syn / dt."""
    rng = np.random.default_rng(3)
    f = np.float32
    dt, tau_mem, tau_syn = 1e-3, 1e-2, 7e-3
    w = (rng.integers(-16, 17, (20, 12)) / 8).astype(f)
    spikes = (rng.random((200, 8, 12)) < 0.3).astype(f)
    x = spikes @ w.T
    k_mem, k_syn = f(dt / tau_mem), f(dt / tau_syn)
    i = np.zeros((8, 20), f)
    v = np.zeros((8, 20), f)
    expected = []
    for step in x:
        j = i + step
        v = v + k_mem * ((f(0) - v) + j)
        z = v > f(1)
        v = np.where(z, f(0), v)
        i = j - k_syn * j
        expected.append(z)
    neuron = nc.CubaLIF(tau_syn, tau_mem, 1.0, 0.0, 1.0, w_in=tau_syn / dt)
    graph = chain(nc.Linear(w), neuron)
    result = nc.run(graph, spikes, dt=dt, profile="norse", dtype="float32", record="all")
    assert result.output.dtype == np.float32
    assert result.output.sum() > 1000
    assert (result.output == np.array(expected)).all()
    assert (result.voltages["cubalif"][-1] == v).all()


@pytest.mark.parametrize("dt", [1e-3, 3e-4, 1e-4, 0.7e-3])
@pytest.mark.parametrize("tau", [5e-3, 1e-2, 0.013, 1 / 300])
@pytest.mark.parametrize("stored", [np.float64, np.float32])
def test_a_weight_of_tau_over_dt_is_a_gain_of_exactly_one(
    dt: float, tau: float, stored: type
) -> None:
    from nir_core.semantics._neurons import step_gain

    assert step_gain(dt, stored(tau), stored(tau / dt)) == 1.0
    assert step_gain(dt, stored(tau), stored(1.001 * tau / dt)) != 1.0


def test_dt_has_no_default_and_the_message_tells_what_is_recorded() -> None:
    graph = chain(lif())
    with pytest.raises(nc.NirRunError, match=r"dt.*is missing; the graph records none"):
        nc.run(graph, np.ones((3, 1)))
    noted = nc.with_semantics(graph, profile="norse", dt=1e-3)
    with pytest.raises(nc.NirRunError, match=r"records dt=0\.001 and profile='norse'"):
        nc.run(noted, np.ones((3, 1)))


def test_zero_steps_give_empty_results() -> None:
    result = nc.run(chain(lif(3)), np.zeros((0, 3)), dt=1e-3, profile="norse", record="all")
    assert result.output.shape == (0, 3)
    assert result.voltages["lif"].shape == (0, 3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dt": 0}, "positive number of seconds"),
        ({"dt": float("nan")}, "positive number of seconds"),
        ({"profile": "brian"}, "there is no profile 'brian'; known are exact"),
        ({"profile": "norse:soft"}, "a reset is"),
        ({"dtype": "float16"}, "dtype is"),
        ({"dtype": "float32", "profile": "exact"}, "float64"),
        ({"record": ["lfi"]}, "did you mean 'lif'"),
        ({"units": "mV"}, "units is"),
        ({"x": np.ones((3, 2))}, r"expected \(steps, 1\) or \(steps, batch, 1\), got \(3, 2\)"),
        ({"x": np.ones(3)}, "expected"),
        ({"x": np.array([["a"]])}, "real numbers"),
        ({"x": {"other": np.ones((3, 1))}}, "the inputs of the graph are"),
        ({"state": {"lif": {"v": np.zeros((7, 1))}}}, "state does not fit"),
    ],
)
def test_wrong_calls_say_what_was_expected(options: dict, message: str) -> None:
    options = {"x": np.ones((3, 1)), "dt": 1e-3, "profile": "norse", **options}
    with pytest.raises(nc.NirRunError, match=message):
        nc.run(chain(lif()), **options)


def test_wrong_graphs_are_refused() -> None:
    x = np.ones((3, 1))
    with pytest.raises(nc.NirTypeError, match="from_nir"):
        nc.run(lif(), x, dt=1.0)  # type: ignore[arg-type]
    with pytest.raises(nc.NirError, match="NIR041"):
        nc.run(chain(nc.LI([-1.0], [1.0], [0.0])), x, dt=1.0)
    with pytest.raises(nc.NirRunError, match="no Input"):
        nc.run(nc.NIRGraph({"l": lif()}, []), x, dt=1.0)
    with pytest.raises(nc.NirRunError, match="no Output"):
        nc.run(nc.NIRGraph({"i": nc.Input([1])}, []), x, dt=1.0)
    with pytest.raises(nc.NirRunError, match="v_reset is not below"):
        nc.run(chain(nc.IF([1.0], [1.0], [1.0])), x, dt=1.0, profile="exact")
    with pytest.raises(nc.NirRunError, match="is the delay in seconds"):
        nc.run(chain(nc.Delay(np.full(1000, 1e9))), np.ones((1, 1000)), dt=1e-3)
    two = nc.NIRGraph(
        {"a": nc.Input([1]), "b": nc.Input([1]), "o": nc.Output([1])}, [("a", "o"), ("b", "o")]
    )
    with pytest.raises(nc.NirRunError, match="give x as a dictionary"):
        nc.run(two, x, dt=1.0)
    with pytest.raises(nc.NirRunError, match="same number of steps"):
        nc.run(two, {"a": x, "b": x[:1]}, dt=1.0)


@pytest.mark.parametrize("dt", [0, -1e-3, np.nan, np.inf, "1ms", [1e-3, 2e-3]])
def test_a_step_is_one_positive_number_of_seconds(dt: object) -> None:
    graph = nc.NIRGraph.from_list(nc.LIF([0.1], [1.0], [0.0], [1.0]))
    with pytest.raises(nc.NirRunError, match="dt is a positive number of seconds"):
        nc.run(graph, np.ones((2, 1)), dt=dt)  # type: ignore[arg-type]


def test_an_input_that_is_not_a_number_is_refused() -> None:
    graph = nc.NIRGraph.from_list(nc.LIF([0.1], [1.0], [0.0], [1.0]))
    x = np.zeros((5, 1))
    x[3] = np.nan
    with pytest.raises(nc.NirRunError, match=r"NaN, first at \[3, 0\]"):
        nc.run(graph, x, dt=1e-3)

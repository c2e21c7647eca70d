"""Every pass keeps what a graph computes, and does what it is for."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import nir_random
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from nir_strategies import graphs

import nir_core as nc
from nir_core import passes

SEEDS = st.integers(0, 2**32 - 1)
PROFILES = st.sampled_from(["nir", "norse", "snntorch", "sinabs", "lava", "nengo"])
DT = 1e-3

EXACT = [p for p in passes.PASSES.values() if p.result == "same"]
ROUNDING = [p for p in passes.PASSES.values() if p.result == "rounding"]


def changed(graph: nc.NIRGraph, *names: str) -> nc.NIRGraph:
    """Apply passes; a graph whose loops flatten refuses is of no use to a test."""
    try:
        return passes.apply(graph, *names).graph
    except nc.NirError as error:
        assume("entered at several places" not in str(error))
        raise


def outputs(graph: nc.NIRGraph, x: Any, profile: str) -> np.ndarray:
    with np.errstate(all="ignore"):
        return nc.run(graph, x, dt=DT, profile=profile).output


def assert_close(before: nc.NIRGraph, after: nc.NIRGraph, x: Any, profile: str) -> None:
    one, two = outputs(before, x, profile), outputs(after, x, profile)
    assert one.shape == two.shape
    size = np.abs(one).max(initial=0.0)
    assert np.isfinite(size)
    np.testing.assert_allclose(two, one, rtol=0, atol=1e-8 * max(size, 1.0))


@settings(max_examples=60)
@given(seed=SEEDS, profile=PROFILES, chosen=st.sampled_from(EXACT))
def test_exact_passes_keep_every_bit(seed: int, profile: str, chosen: passes.Pass) -> None:
    rng = np.random.default_rng(seed)
    graph = nir_random.chain(rng)
    x = nir_random.spikes(rng, graph)
    assert (outputs(chosen(graph), x, profile) == outputs(graph, x, profile)).all()


@settings(max_examples=120)
@given(seed=SEEDS, profile=PROFILES, chosen=st.sampled_from(ROUNDING))
def test_other_passes_keep_the_result_up_to_rounding(
    seed: int, profile: str, chosen: passes.Pass
) -> None:
    rng = np.random.default_rng(seed)
    graph = nir_random.chain(rng)
    assert_close(graph, changed(graph, chosen.name), nir_random.spikes(rng, graph), profile)


@settings(max_examples=60)
@given(seed=SEEDS)
def test_chains_of_linear_nodes_keep_the_result(seed: int) -> None:
    rng = np.random.default_rng(seed)
    graph = nir_random.chain(rng, kinds=nir_random.LINEAR)
    x = nir_random.spikes(rng, graph, 4)
    assert_close(graph, passes.fold(graph), x, "nir")
    assert_close(graph, passes.fuse(graph, always=True), x, "nir")


@settings(max_examples=40)
@given(seed=SEEDS, profile=PROFILES)
def test_all_passes_in_a_row_keep_the_result(seed: int, profile: str) -> None:
    rng = np.random.default_rng(seed)
    graph = nir_random.chain(rng, depth=2)
    names = [p.name for p in passes.PASSES.values() if p.result != "other"]
    order = rng.permutation(names)
    done = changed(graph, *map(str, order))
    assert_close(graph, done, nir_random.spikes(rng, graph), profile)


@settings(max_examples=60)
@given(graph=graphs(), chosen=st.sampled_from(sorted(passes.PASSES)))
def test_passes_take_any_graph_and_settle(graph: nc.NIRGraph, chosen: str) -> None:
    with np.errstate(all="ignore"):
        once = changed(graph, chosen)
        twice = passes.PASSES[chosen](once)
    assert {n: s.output for n, s in once.shapes.items() if n in once.outputs} == {
        n: graph.shapes[n].output for n in graph.outputs
    }
    if chosen != "quantize":
        assert twice == once


@settings(max_examples=40)
@given(graph=graphs(), seed=SEEDS)
def test_flatten_leaves_no_nested_graph(graph: nc.NIRGraph, seed: int) -> None:
    flat = changed(graph, "flatten")
    assert not any(isinstance(node, nc.NIRGraph) for node in flat.nodes.values())
    try:
        x = nir_random.spikes(np.random.default_rng(seed), graph, 6)
        before = outputs(graph, x, "nir")
    except nc.NirError:
        return
    np.testing.assert_allclose(outputs(flat, x, "nir"), before, rtol=1e-9, atol=1e-9)


def net(nodes: dict[str, Any], *edges: tuple[str, str]) -> nc.NIRGraph:
    return nc.NIRGraph(nodes, edges)


def test_a_pass_with_nothing_to_do_gives_the_same_object() -> None:
    graph = nc.NIRGraph.from_list(nc.Affine(np.ones((2, 3)), np.ones(2)))
    for chosen in passes.PASSES.values():
        if chosen.result != "other":
            assert chosen(graph) is graph, chosen.name


def test_flatten_names_by_path_and_avoids_names_that_are_taken() -> None:
    inner = nc.NIRGraph.from_list(nc.Threshold([0.5]))
    graph = net(
        {"in": nc.Input([1]), "b": inner, "b.threshold": nc.Scale([2.0]), "out": nc.Output([1])},
        ("in", "b"),
        ("b", "b.threshold"),
        ("b.threshold", "out"),
    )
    flat = passes.flatten(graph)
    assert list(flat.nodes) == ["in", "b.threshold_1", "b.threshold", "out"]
    assert passes.flatten(graph, separator="_").nodes.keys() >= {"b_threshold"}


def test_flatten_keeps_a_signal_that_counts_twice() -> None:
    through = net({"i": nc.Input([1]), "o": nc.Output([1])}, ("i", "o"))
    graph = net(
        {"in": nc.Input([1]), "block": through, "out": nc.Output([1])},
        ("in", "block"),
        ("block", "out"),
        ("in", "out"),
    )
    flat = passes.flatten(graph)
    assert (outputs(flat, np.ones((2, 1)), "nir") == 2).all()


def test_fold_reaches_through_flatten_and_pooling() -> None:
    rng = np.random.default_rng(0)
    graph = nc.NIRGraph.from_list(
        nc.Input((2, 4, 4)),
        nc.Scale(np.broadcast_to(rng.normal(size=(2, 1, 1)), (2, 4, 4))),
        nc.SumPool2d(2, 2, 0),
        nc.Flatten(None, 0),
        nc.Affine(rng.normal(size=(3, 8)), np.zeros(3)),
        nc.Scale([1.0, 2.0, 3.0]),
    )
    folded = passes.fold(graph)
    assert list(folded.nodes) == ["input", "sumpool2d", "flatten", "affine", "output"]
    assert_close(graph, folded, rng.random((3, 2, 4, 4)), "nir")


def test_fold_gives_a_factor_to_the_neuron() -> None:
    graph = nc.NIRGraph.from_list(
        nc.Scale([2.0, 3.0]), nc.CubaLIF(*[[0.01] * 2] * 2, [1.0] * 2, [0.0] * 2, [1.0] * 2)
    )
    assert passes.fold(graph).nodes["cubalif"].w_in.tolist() == [2.0, 3.0]  # type: ignore


def test_fold_does_not_touch_what_others_read() -> None:
    scale, fc = nc.Scale([2.0]), nc.Affine([[3.0]], [1.0])
    graph = net(
        {"in": nc.Input([1]), "s": scale, "fc": fc, "out": nc.Output([1])},
        ("in", "s"),
        ("s", "fc"),
        ("s", "out"),
        ("fc", "out"),
    )
    assert passes.fold(graph) is graph


def test_fold_multiplies_matrices_only_where_that_saves_work() -> None:
    wide = nc.NIRGraph.from_list(nc.Linear(np.ones((1, 50))), nc.Linear(np.ones((50, 1))))
    assert passes.fold(wide) is wide
    narrow = nc.NIRGraph.from_list(nc.Linear(np.ones((50, 2))), nc.Linear(np.ones((2, 50))))
    assert [type(n).__name__ for n in passes.fold(narrow).nodes.values()] == [
        "Input",
        "Linear",
        "Output",
    ]


def test_fuse_leaves_a_pair_whose_inner_padding_shows() -> None:
    conv = nc.Conv2d(None, np.ones((1, 1, 3, 3)), 1, 0, 1, 1, np.ones(1))
    graph = nc.NIRGraph.from_list(nc.Input((1, 8, 8)), conv, nc.AvgPool2d(2, 2, 1))
    assert passes.fuse(graph, always=True) is graph


def test_fuse_makes_fewer_operations() -> None:
    rng = np.random.default_rng(1)
    conv = nc.Conv2d(None, rng.normal(size=(4, 2, 3, 3)), 1, 1, 1, 1, rng.normal(size=4))
    graph = nc.NIRGraph.from_list(nc.Input((2, 16, 16)), conv, nc.SumPool2d(2, 2, 0))
    fused = passes.fuse(graph)
    assert nc.stats(fused).macs < nc.stats(graph).macs
    assert_close(graph, fused, rng.random((2, 2, 16, 16)), "nir")


def test_dedupe_follows_equal_branches_to_their_end() -> None:
    lif = nc.LIF([0.01], [1.0], [0.0], [0.5])
    nodes = {"in": nc.Input([1]), "a": nc.Scale([2.0]), "b": nc.Scale([2.0]), "la": lif, "lb": lif}
    nodes |= {"x": nc.Output([1]), "y": nc.Output([1])}
    chain = [("in", "a"), ("in", "b"), ("a", "la"), ("b", "lb"), ("la", "x"), ("lb", "y")]
    assert list(passes.dedupe(net(nodes, *chain)).nodes) == ["in", "a", "la", "x", "y"]


def test_dedupe_keeps_twins_that_are_added() -> None:
    nodes = {"in": nc.Input([1]), "a": nc.Scale([2.0]), "b": nc.Scale([2.0]), "o": nc.Output([1])}
    graph = net(nodes, ("in", "a"), ("in", "b"), ("a", "o"), ("b", "o"))
    assert passes.dedupe(graph) is graph


def test_prune_keeps_a_bias_that_no_input_reaches() -> None:
    nodes = {
        "in": nc.Input([1]),
        "silent": nc.Linear([[1.0]]),
        "bias": nc.Affine([[1.0]], [0.5]),
        "out": nc.Output([1]),
    }
    graph = net(nodes, ("in", "out"), ("silent", "bias"), ("bias", "out"))
    assert list(passes.prune(graph).nodes) == ["in", "bias", "out"]


def test_prune_removes_a_loop_that_nothing_wakes() -> None:
    lif = nc.LIF([0.01], [1.0], [0.0], [0.5])
    nodes = {"in": nc.Input([1]), "lif": lif, "w": nc.Linear([[9.0]]), "out": nc.Output([1])}
    loop = (("lif", "w"), ("w", "lif"), ("lif", "out"), ("in", "out"))
    assert list(passes.prune(net(nodes, *loop)).nodes) == ["in", "out"]
    awake = nodes | {"lif": nc.LIF([0.01], [1.0], [0.6], [0.5])}
    assert list(passes.prune(net(awake, *loop)).nodes) == ["in", "lif", "w", "out"]


def test_decompose_and_recompose_are_inverse() -> None:
    rng = np.random.default_rng(0)
    cuba = nir_random.neuron(rng, "CubaLIF", (3,))
    graph = nc.NIRGraph.from_list(nc.Input([3]), cuba, nir_random.neuron(rng, "CubaLI", (3,)))
    back = passes.recompose(passes.decompose(graph))
    assert back == graph


def test_decompose_keeps_a_recurrent_network(nir_data: Any) -> None:
    graph = nc.read(nir_data / "braille" / "braille_noDelay_bias_zero.nir")
    x = np.load(nir_data / "braille" / "input_sample0_from_figure.npy").astype(float)
    x = x if x.shape[-1] == 12 else x.T
    for profile in ("norse", "snntorch"):
        one = nc.run(graph, x, dt=1e-4, profile=profile)
        two = nc.run(passes.decompose(graph), x, dt=1e-4, profile=profile)
        assert (one.output == two.output).all()


def test_compress_uniform_keeps_the_shape_of_a_layer() -> None:
    lif = nc.LIF([0.01] * 3, [1.0] * 3, [0.0] * 3, [1.0] * 3)
    first = passes.compress_uniform(nc.NIRGraph.from_list(lif))
    assert first.nodes["lif"].tau.shape == ()  # type: ignore
    assert first.shapes["output"].output == (3,)
    assert passes.expand_uniform(first).nodes["lif"] == lif


def test_compress_uniform_tells_zero_from_minus_zero() -> None:
    graph = nc.NIRGraph.from_list(nc.Input([2]), nc.Scale([0.0, -0.0]))
    assert passes.compress_uniform(graph) is graph


@settings(max_examples=40)
@given(seed=SEEDS, kind=st.sampled_from(["Affine", "Linear", "Conv"]))
def test_a_folded_batch_norm_equals_the_formula(seed: int, kind: str) -> None:
    rng = np.random.default_rng(seed)
    shape = (4,) if kind != "Conv" else [(2, 9), (2, 7, 6)][rng.integers(2)]
    node = nir_random.linear(rng, kind, shape)
    graph = nc.NIRGraph.from_list(nc.Input(shape), node)
    y = outputs(graph, x := rng.normal(size=(3, *shape)), "nir")
    channels = y.shape[1]
    mean, gamma, beta = rng.normal(size=(3, channels))
    var = rng.uniform(0.1, 2, channels)
    columns = [v.reshape(-1, *(1,) * (y.ndim - 2)) for v in (mean, var, gamma, beta)]
    expected = columns[2] * (y - columns[0]) / np.sqrt(columns[1] + 1e-5) + columns[3]
    numbers = {"mean": mean, "var": var, "gamma": gamma, "beta": beta}
    folded = passes.fold_batch_norm(node, **numbers)  # type: ignore[arg-type]
    got = outputs(nc.NIRGraph.from_list(nc.Input(shape), folded), x, "nir")
    np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-9)
    alone = passes.batch_norm(channels, **numbers, shape=y.shape[2:] or None)
    with_node = nc.NIRGraph.from_list(nc.Input(shape), node, alone)
    np.testing.assert_allclose(outputs(with_node, x, "nir"), expected, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(
        outputs(passes.fuse(with_node, always=True), x, "nir"), expected, rtol=1e-9, atol=1e-9
    )


def test_batch_norm_refuses_what_does_not_fit() -> None:
    with pytest.raises(nc.NirError, match="each of the 1 output channels"):
        passes.fold_batch_norm(nc.Linear([[1.0]]), mean=[0.0, 0.0], var=[1.0])
    with pytest.raises(nc.NirError, match="variance"):
        passes.fold_batch_norm(nc.Linear([[1.0]]), mean=[0.0], var=[-1.0])
    with pytest.raises(nc.NirTypeError, match="got Scale"):
        passes.fold_batch_norm(nc.Scale([1.0]), mean=[0.0], var=[1.0])  # type: ignore[arg-type]


def test_recurrence_names_loops_through_nested_graphs() -> None:
    lif = nc.LIF([0.01], [1.0], [0.0], [0.5])
    block = nc.NIRGraph.from_list(lif)
    nodes = {"in": nc.Input([1]), "block": block, "w": nc.Linear([[0.5]]), "out": nc.Output([1])}
    graph = net(nodes, ("in", "block"), ("block", "w"), ("w", "block"), ("block", "out"))
    found = passes.recurrence(graph)
    assert set(found.components[0]) == {"block/input", "block/lif", "block/output", "w"}
    assert found.delayed == (("w", "block/input"),)
    assert found.stateless == ()
    marked = passes.mark_recurrence(graph)
    assert marked.metadata["recurrence"]["delayed_from"] == ("w",)
    assert passes.mark_recurrence(marked) is marked


def test_recurrence_tells_a_loop_without_state() -> None:
    nodes = {"in": nc.Input([1]), "w": nc.Linear([[0.5]]), "out": nc.Output([1])}
    graph = net(nodes, ("in", "w"), ("w", "w"), ("w", "out"))
    assert passes.recurrence(graph).stateless == (0,)
    assert not passes.recurrence(nc.NIRGraph.from_list(nc.Linear([[0.5]])))


@settings(max_examples=40)
@given(
    seed=SEEDS,
    bits=st.integers(2, 16),
    scale=st.sampled_from(["max", "power_of_two"]),
    per_channel=st.booleans(),
)
def test_quantized_weights_are_whole_numbers_of_steps(
    seed: int, bits: int, scale: Any, per_channel: bool
) -> None:
    rng = np.random.default_rng(seed)
    graph = nir_random.chain(rng, depth=0)
    done = passes.quantize(graph, bits=bits, scale=scale, per_channel=per_channel)
    for name, node in done.nodes.items():
        if "quantization" not in node.metadata:
            continue
        step = np.asarray(node.metadata["quantization"]["step"])
        weight, before = node.weight, graph.nodes[name].weight  # type: ignore[attr-defined]
        if step.ndim:
            matrix = isinstance(node, (nc.Affine, nc.Linear))
            step = step[..., None] if matrix else step.reshape(-1, *(1,) * (weight.ndim - 1))
        whole = weight / step
        np.testing.assert_allclose(whole, np.rint(whole), atol=1e-6)
        assert np.abs(whole).max(initial=0) <= 2 ** (bits - 1) - 1 + 1e-6
        assert (np.abs(weight - before) <= step * 0.5000001).all()
        if scale == "power_of_two":
            assert (np.frexp(step)[0] == 0.5).all()


def test_more_bits_change_less() -> None:
    rng = np.random.default_rng(3)
    graph = nc.NIRGraph.from_list(
        nc.Affine(rng.normal(size=(20, 10)), rng.normal(size=20) * 0.1),
        nc.IF(np.ones(20), np.ones(20)),
        nc.Linear(rng.normal(size=(4, 20))),
        nc.IF(np.ones(4), np.full(4, 3.0)),
    )
    x = (rng.random((40, 6, 10)) < 0.4).astype(float)
    before = nc.run(graph, x, dt=DT, profile="norse").output.sum(0).argmax(1)
    reports = [
        passes.quantization_report(
            graph, passes.quantize(graph, bits=b), x, dt=DT, profile="norse", labels=before
        )
        for b in (2, 4, 12)
    ]
    wrong = [r.output_differing for r in reports]
    assert wrong[0] > wrong[1] > wrong[2]
    assert [r.accuracy_before for r in reports] == [1.0] * 3
    assert [r.accuracy_after for r in reports] == [r.same_decision for r in reports]
    assert reports[0].layers[0].snr_db < reports[2].layers[0].snr_db
    assert "12 bits" in str(reports[2])


def test_quantize_refuses_strange_options() -> None:
    graph = nc.NIRGraph.from_list(nc.Linear([[1.0]]))
    with pytest.raises(nc.NirError, match="bits are 2 to 32"):
        passes.quantize(graph, bits=1)
    with pytest.raises(nc.NirError, match="no node 'x'"):
        passes.quantize(graph, nodes=["x"])
    with pytest.raises(nc.NirError, match="'max' or 'power_of_two'"):
        passes.quantize(graph, scale="min")  # type: ignore[arg-type]


def test_apply_refuses_a_pass_that_changes_the_result() -> None:
    def double(graph: nc.NIRGraph) -> nc.NIRGraph:
        return graph.with_nodes(linear=nc.Linear([[2.0]]))

    graph = nc.NIRGraph.from_list(nc.Linear([[1.0]]))
    wrong = passes.Pass("double", double, "same", "")
    with pytest.raises(nc.NirError, match=r"double: .* outputs differ"):
        passes.apply(graph, wrong, prove="nir")
    assert not passes.agreement(graph, double(graph)).same
    assert passes.apply(graph, wrong).graph.nodes["linear"].weight == 2  # type: ignore


def test_apply_suggests_a_pass() -> None:
    with pytest.raises(nc.NirError, match="did you mean 'flatten'"):
        passes.apply(nc.NIRGraph.from_list(nc.Linear([[1.0]])), "flaten")


def test_passes_refuse_what_is_not_a_graph() -> None:
    for chosen in passes.PASSES.values():
        with pytest.raises(nc.NirTypeError):
            chosen(nc.Linear([[1.0]]))  # type: ignore[arg-type]


def test_a_loop_entered_at_two_places_is_left_alone() -> None:
    lif = nc.LIF([0.01], [1.0], [0.0], [0.1])
    block = nc.NIRGraph.from_list(nc.Scale([9.0]), lif)
    nodes = {"in": nc.Input([1]), "a": lif, "b": nc.Scale([2.0]), "block": block}
    nodes |= {"c": nc.CubaLIF([0.01], [0.01], [1.0], [0.0], [0.1]), "out": nc.Output([1])}
    edges = [("in", "a"), ("in", "c"), ("a", "b"), ("b", "c"), ("c", "block"), ("block", "a")]
    graph = net(nodes, *edges, ("c", "out"))
    for name in ("fold", "fuse", "decompose", "dedupe", "prune"):
        assert passes.PASSES[name](graph) is graph, name
    x = np.ones((30, 1))
    flat = changed(graph, "flatten")
    assert (outputs(flat, x, "norse") == outputs(graph, x, "norse")).all()


def test_fold_stops_before_numbers_overflow() -> None:
    nodes: dict[str, Any] = {"in": nc.Input([1])}
    nodes |= {f"s{i}": nc.Scale([1e-200 if i % 2 else 1e200]) for i in range(9)}
    nodes |= {"a": nc.Scale([1e200]), "b": nc.Scale([1e200]), "out": nc.Output([1])}
    folded = passes.fold(nc.NIRGraph(nodes, list(pairwise(nodes))))
    assert all(np.isfinite(n.scale).all() for n in folded.nodes.values() if isinstance(n, nc.Scale))
    assert len(folded.nodes) == 5


def test_a_long_chain_folds_to_one_node() -> None:
    nodes: dict[str, Any] = {"in": nc.Input([1])}
    nodes |= {f"s{i}": nc.Scale([(1.0, 0.5, 2.0)[i % 3]]) for i in range(5000)}
    nodes["out"] = nc.Output([1])
    graph = nc.NIRGraph(nodes, list(pairwise(nodes)))
    assert len(passes.fold(graph).nodes) == 3

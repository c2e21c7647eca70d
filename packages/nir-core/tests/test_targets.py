"""Chips: tables with sources, violations with the nearest change, and the adapted network."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nir_strategies import graphs

import nir_core as nc
from nir_core.cli import main
from nir_core.targets import KEYS, Limit, Target, get_target, targets
from nir_core.targets._cores import core_sizes, place_layers
from nir_core.targets._network import Layer


def conv(out: int, taken: int, kernel: int, **options: Any) -> nc.Conv2d:
    fields = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, **options}
    weight = np.random.default_rng(0).normal(size=(out, taken // fields["groups"], kernel, kernel))
    return nc.Conv2d(None, weight, bias=np.zeros(out), **fields)


def spiking(shape: tuple[int, ...], threshold: float = 1.0) -> nc.IF:
    return nc.IF(np.ones(shape), np.full(shape, threshold))


def network(*nodes: nc.NIRNode, shape: tuple[int, ...] = (2, 32, 32)) -> nc.NIRGraph:
    return nc.NIRGraph.from_list(nc.Input(shape), *nodes)


def fitting() -> nc.NIRGraph:
    return network(
        conv(8, 2, 3),
        spiking((8, 30, 30)),
        nc.SumPool2d(2, 2, 0),
        nc.Flatten(None, 0),
        nc.Linear(np.random.default_rng(1).normal(size=(10, 8 * 15 * 15))),
        spiking((10,)),
    )


def limits(graph: nc.NIRGraph, target: str = "speck2e", **options: Any) -> dict[str, str]:
    """The violated limits that need a change by hand, with the change."""
    found = nc.fit(graph, target, **options)
    return {v.limit: v.change for v in found.violations if not v.automatic}


def test_every_figure_has_a_source_and_a_meaning() -> None:
    assert {"speck2b", "speck2e", "xylo_audio_2", "loihi2", "spinnaker2"} <= set(targets())
    for target in targets().values():
        assert target.profile in nc.PROFILES
        for key, limit in target.limits.items():
            assert key in KEYS
            assert len(limit.source) > 10


def test_a_network_that_fits() -> None:
    found = nc.fit(fitting(), "speck2e")
    assert found
    assert found.fits
    assert found.usage["spiking_cores"] == (2, 9)
    assert set(found.cores) == {"conv2d", "linear"}
    assert {v.limit for v in found.violations} == {"weight_bits"}


def test_each_limit_of_a_convolution_is_named_with_the_nearest_change() -> None:
    big = (2, 128, 128)
    assert limits(network(conv(4, 2, 3, stride=3), spiking((4, 10, 10)))) == {
        "strides": "a stride of 2"
    }
    wide = limits(network(conv(2, 2, 17), spiking((2, 16, 16))))
    assert wide == {"kernel": "a kernel of 16x16"}
    padded = limits(network(conv(2, 2, 3, padding=8), spiking((2, 46, 46))))
    assert padded == {"padding": "7 at both sides"}
    large = limits(network(conv(1, 2, 3), spiking((1, 126, 126)), shape=big))
    assert large["feature_map"] == "a stride of 2, or pool before the layer"
    assert (
        "zeros in its gaps, 5x5"
        in limits(network(conv(2, 2, 3, dilation=2), spiking((2, 28, 28))))["kernel"]
    )
    assert "full weight" in limits(network(conv(2, 2, 3, groups=2), spiking((2, 30, 30))))["kernel"]
    far = network(conv(2, 2, 3, stride=8), spiking((2, 17, 17)), shape=(2, 132, 132))
    assert "pool or crop" in limits(far)["input_size"]
    assert limits(network(conv(1025, 2, 1, stride=8), spiking((1025, 4, 4))))["channels"]


def test_each_limit_of_a_pooling_is_named() -> None:
    mean = network(conv(2, 2, 3), spiking((2, 30, 30)), nc.AvgPool2d(2, 2, 0))
    assert "divided by 4" in limits(mean)["pools"]
    three = network(conv(2, 2, 3), spiking((2, 30, 30)), nc.SumPool2d(3, 3, 0))
    assert limits(three) == {"pools": "2x2 windows"}
    early = network(conv(2, 2, 3), nc.SumPool2d(2, 2, 0), spiking((2, 15, 15)))
    assert "fuse" in limits(early)["spiking_cores"]
    assert limits(nc.passes.fuse(early)) == {}


def test_layers_without_neurons_and_neurons_without_a_layer_are_named() -> None:
    assert "put an IF" in limits(network(conv(2, 2, 3)))["spiking_cores"]
    assert "1x1 convolution" in limits(network(spiking((2, 32, 32))))["spiking_cores"]


def test_too_many_layers_and_too_many_branches_are_named() -> None:
    chain: list[nc.NIRNode] = []
    for _ in range(10):
        chain += [conv(2, 2, 1), spiking((2, 32, 32))]
    assert "remove 1 weighted layers" in limits(network(*chain))["spiking_cores"]
    nodes: dict[str, nc.NIRNode] = {"input": nc.Input((2, 8, 8))}
    edges = []
    for i in range(3):
        nodes |= {f"c{i}": conv(2, 2, 1), f"n{i}": spiking((2, 8, 8)), f"o{i}": nc.Output(None)}
        edges += [("input", f"c{i}"), (f"c{i}", f"n{i}"), (f"n{i}", f"o{i}")]
    assert limits(nc.NIRGraph(nodes, edges)) == {
        "layer_fan_out": "compute the layer 2 times, in several cores"
    }


def test_a_layer_that_no_core_can_hold_is_told_how_many_channels_fit() -> None:
    change = limits(network(conv(200, 2, 3), spiking((200, 30, 30))))["core_memory"]
    assert change == "at most 64 output channels"
    assert limits(network(conv(64, 2, 3), spiking((64, 30, 30)))) == {}


def test_sizes_round_addresses_up_to_powers_of_two() -> None:
    # From the memory summaries of sinabs for convolutions 2 -> 8 of 3x3 on 34x34 and 36x36.
    assert core_sizes(Layer("", (2, 8), (3, 3), (32, 32), False, ())) == (256, 8192, 0)
    assert core_sizes(Layer("", (2, 8), (3, 3), (34, 34), True, ())) == (256, 32768, 8)
    assert core_sizes(Layer("", (8, 10), (16, 16), (1, 1), False, ())) == (32768, 10, 0)


@settings(max_examples=60)
@given(
    needs=st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4), st.just(0)), max_size=4),
    cores=st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4), st.just(1)), max_size=4),
)
def test_layers_are_placed_whenever_that_is_possible(needs: Any, cores: Any) -> None:
    from itertools import permutations

    found = place_layers(needs, cores)
    possible = any(
        all(
            all(n <= c for n, c in zip(need, core, strict=True))
            for need, core in zip(needs, order, strict=False)
        )
        for order in permutations(cores, len(needs))
    )
    assert (found is not None) == possible
    if found is not None:
        assert len(set(found.values())) == len(needs)
        for layer, core in found.items():
            assert all(n <= c for n, c in zip(needs[layer], cores[core], strict=True))


def test_a_neuron_that_the_chip_lacks_is_named_with_the_nearest() -> None:
    ones = np.ones((2, 30, 30))
    leaky = network(conv(2, 2, 3), nc.LIF(ones, ones, ones * 0, ones))
    assert "IF with the same threshold" in limits(leaky)["nodes"]
    lif = nc.NIRGraph.from_list(nc.Linear(np.ones((3, 2))), nc.LIF(*[np.full(3, 0.1)] * 4))
    assert "CubaLIF" in limits(lif, "xylo_audio_2")["nodes"]
    assert "nodes" not in limits(lif, "loihi2")


def cuba(count: int, tau: float = 0.016) -> nc.CubaLIF:
    ones = np.ones(count)
    return nc.CubaLIF(ones * tau, ones * tau, ones, ones * 0, ones)


def dense(*sizes: int) -> nc.NIRGraph:
    rng = np.random.default_rng(0)
    nodes: list[nc.NIRNode] = []
    for before, after in pairwise(sizes):
        nodes += [nc.Linear(rng.normal(size=(after, before))), cuba(after)]
    return nc.NIRGraph.from_list(*nodes)


def test_populations_that_are_too_large_say_by_how_much() -> None:
    found = limits(dense(17, 1001, 9), "xylo_audio_2", dt=1e-3)
    assert found["inputs"] == "1 input channels less"
    assert found["hidden"] == "1 hidden neurons less"
    assert found["outputs"] == "1 output neurons less"
    assert limits(dense(16, 60, 8), "xylo_audio_2", dt=1e-3) == {}
    many = limits(dense(16, 100, 100, 8), "xylo_audio_2", dt=1e-3)
    assert many == {"hidden_fan_out": "keep the 64 largest weights of each of 100 neurons"}
    assert set(limits(dense(16, 200, 8), "xylo_imu", dt=1e-3)) == {
        "input_projection",
        "output_projection",
    }
    assert "weights" in limits(dense(16, 900, 70, 8), "xylo_audio_2", dt=1e-3)


def test_zeros_take_no_connection() -> None:
    graph = dense(16, 100, 100, 8)
    sparse = np.zeros((100, 100))
    sparse[:64] = 1
    assert limits(graph.with_nodes(linear_1=nc.Linear(sparse)), "xylo_audio_2", dt=1e-3) == {}


def test_memory_and_synapses_are_counted() -> None:
    shape = (64, 402, 402)
    graph = network(conv(64, 64, 3), nc.IF(1.0, 1.0), shape=shape)
    assert set(limits(graph, "loihi2")) == {"neurons", "synapses"}
    assert "2 chips" in limits(graph, "spinnaker2")["memory_bytes"]


def test_weights_on_the_grid_need_no_rounding() -> None:
    graph = nc.passes.quantize(fitting(), bits=8)
    assert nc.fit(graph, "speck2e").violations == ()
    assert "weight_bits" in {
        v.limit for v in nc.fit(nc.passes.quantize(fitting(), bits=9), "speck2e").violations
    }


def test_a_threshold_that_the_state_cannot_hold_is_named() -> None:
    graph = network(conv(2, 2, 3), spiking((2, 30, 30), threshold=1e4))
    assert "larger weights" in limits(graph)["state_bits"]


def test_time_constants_become_powers_of_two_of_the_step() -> None:
    graph = nc.NIRGraph.from_list(nc.Linear(np.ones((2, 2))), cuba(2, 0.011))
    found = nc.fit(graph, "xylo_audio_2", dt=1e-3)
    assert found.fits
    assert "decay_shift" in {v.limit for v in found.violations}
    assert found.adapted.nodes["cubalif"].tau_mem == pytest.approx([8e-3, 8e-3])  # type: ignore
    assert nc.fit(graph, "xylo_audio_2").unchecked


def test_the_rounded_network_is_run_beside_the_original() -> None:
    rng = np.random.default_rng(0)
    x = (rng.random((30, 5, 2, 32, 32)) < 0.1).astype(float)
    labels = nc.run(fitting(), x, dt=1e-3, profile="sinabs").output.sum(0).argmax(1)
    found = nc.fit(fitting(), "speck2e", x, dt=1e-3, labels=labels)
    assert found.profile == "sinabs"
    assert found.comparison is not None
    assert found.comparison.accuracy_before == 1.0
    assert found.comparison.output_elements == 30 * 5 * 10
    assert found.comparison.layers[0].bits == 8
    with pytest.raises(nc.NirRunError, match="dt"):
        nc.fit(fitting(), "speck2e", x)


def test_a_factor_is_folded_before_the_check() -> None:
    graph = network(conv(2, 2, 3), nc.Scale(2.0), spiking((2, 30, 30)))
    assert limits(graph) == {}


def test_names_of_targets_are_forgiving_and_suggest() -> None:
    assert get_target("Xylo-Audio 2").name == "xylo_audio_2"
    with pytest.raises(nc.NirError, match="did you mean 'speck2b'"):
        get_target("spec2b")


def test_a_table_of_your_own(tmp_path: Path) -> None:
    table = {"name": "mine", "limits": {"neurons": {"value": 1, "source": "measured at home"}}}
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(table))
    assert limits(dense(2, 3), str(path)) == {"neurons": "2 neurons less"}
    mine = Target("x", "x", "", "nir", {"neurons": Limit(3, "a source")})
    assert nc.fit(dense(2, 3), mine).fits
    table["limits"]["neurns"] = table["limits"].pop("neurons")  # type: ignore
    path.write_text(json.dumps(table))
    with pytest.raises(nc.NirError, match="did you mean 'neurons'"):
        get_target(str(path))
    path.write_text("{")
    with pytest.raises(nc.NirFileError, match="not a target table"):
        get_target(str(path))


@settings(max_examples=60)
@given(graph=graphs(), name=st.sampled_from(sorted(targets())))
def test_any_graph_gets_an_answer(graph: nc.NIRGraph, name: str) -> None:
    found = nc.fit(graph, name, dt=1e-3)
    assert str(found)
    json.dumps(found.to_dict())
    for violation in found.violations:
        assert violation.change
        assert violation.source


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    net = str(tmp_path / "net.nir")
    nc.write(net, fitting())
    assert main(["fit", net, "--target", "speck2e", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["fits"] is True
    out = str(tmp_path / "out.nirz")
    run = ["--random", "0.1", "--steps", "5", "--dt", "1ms", "-o", out]
    assert main(["fit", net, "--target", "speck2e", *run]) == 0
    assert "8 bits" in capsys.readouterr().out
    assert "quantization" in nc.read(out).nodes["conv2d"].metadata
    assert main(["fit", net, "--target", "xylo_audio_2"]) == 1
    assert "does not fit" in capsys.readouterr().out
    assert main(["fit", "--list"]) == 0
    assert "loihi2" in capsys.readouterr().out
    assert main(["fit", "--list", "--target", "speck2b"]) == 0
    assert "source: https" in capsys.readouterr().out
    assert main(["fit", net]) == 2
    assert main(["fit", net, "--target", "spek"]) == 2

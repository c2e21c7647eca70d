"""Rules about kinds of nodes, numbers of neurons and connections, memory and number formats."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, prod

import numpy as np

from nir_core.nodes import NEURONS, AvgPool2d, Conv1d, Conv2d, Input
from nir_core.targets._network import WEIGHTED, Network
from nir_core.targets._table import Limit
from nir_core.targets._violation import Violation

__all__ = ["rules"]

Found = Iterator[Violation]

# The nearest kind that a chip may have, best first, and what is lost.
_NEAREST = {
    "LIF": {
        "CubaLIF": "CubaLIF with a tau_syn far below tau",
        "IF": "IF with the same threshold (the leak is lost)",
    },
    "CubaLIF": {"LIF": "LIF (the synapse is lost)", "IF": "IF (synapse and leak are lost)"},
    "IF": {"LIF": "LIF with a tau far above the run", "CubaLIF": "CubaLIF with a long tau_mem"},
    "LI": {"CubaLIF": "CubaLIF, read out by spikes", "LIF": "LIF, read out by spikes", "IF": "IF"},
    "CubaLI": {"CubaLIF": "CubaLIF, read out by spikes", "LIF": "LIF", "IF": "IF"},
    "I": {"IF": "IF, read out by spikes"},
    "Threshold": {"IF": "IF that is reset in each step"},
    "Conv1d": {"Conv2d": "Conv2d of height 1", "Linear": "Linear with the unrolled weight"},
    "Conv2d": {"Linear": "Linear with the unrolled weight"},
    "AvgPool2d": {"SumPool2d": "SumPool2d, with the weights behind it divided by the window"},
    "SumPool2d": {"Linear": "Linear with the unrolled weight; or fuse it with a convolution"},
    "Scale": {"Linear": "Linear with a diagonal weight; or one factor for all neurons"},
    "Delay": {"CubaLIF": "a longer tau_syn that spreads the spike over the delay"},
    "Affine": {"Linear": "Linear, with the bias as a lower threshold"},
}


def nodes(net: Network, limit: Limit) -> Found:
    """Only kinds of nodes that the chip has."""
    known = set(limit.value)
    neurons = [n for n in limit.value if n in {cls.__name__ for cls in NEURONS}]
    for name, node in net.nodes.items():
        kind = type(node).__name__
        # An average is a sum with other weights behind it, and has a rule of its own.
        if kind in known or (isinstance(node, AvgPool2d) and "SumPool2d" in known):
            continue
        options = _NEAREST.get(kind, {})
        change = next((text for other, text in options.items() if other in known), None)
        allowed = ", ".join(neurons if isinstance(node, NEURONS) else limit.value)
        yield Violation("nodes", name, allowed, kind, change or f"remove the {kind}", limit.source)


def _numbers(key: str, count: int, limit: Limit, what: str, node: str = "") -> Found:
    if count > limit.value:
        yield Violation(
            key,
            node,
            f"{limit.value:,}",
            f"{count:,}",
            f"{count - limit.value:,} {what} less",
            limit.source,
        )


def inputs(net: Network, limit: Limit) -> Found:
    """Input channels."""
    count = sum(prod(net.shape(name)) for name in net.inputs)
    yield from _numbers("inputs", count, limit, "input channels")


def hidden(net: Network, limit: Limit) -> Found:
    """Neurons that feed others."""
    yield from _numbers("hidden", net.count(net.hidden), limit, "hidden neurons")


def outputs(net: Network, limit: Limit) -> Found:
    """Neurons that are read out."""
    count = sum(prod(net.shape(name, "input")) for name in net.plan.outputs.values())
    yield from _numbers("outputs", count, limit, "output neurons")


def readout_classes(net: Network, limit: Limit) -> Found:
    """Classes of the readout circuit; more outputs are read as spikes of the last layer."""
    count = sum(prod(net.shape(name, "input")) for name in net.plan.outputs.values())
    if count > limit.value:
        change = "read the spikes of the last layer instead of the readout circuit"
        allowed, got = str(limit.value), str(count)
        yield Violation("readout_classes", "", allowed, got, change, limit.source, True)


def neurons(net: Network, limit: Limit) -> Found:
    """Neurons in all."""
    yield from _numbers("neurons", net.count(net.neurons), limit, "neurons")


def synapses(net: Network, limit: Limit) -> Found:
    """Connections in all."""
    total = sum(net.synapses(name) for name in net.weighted)
    yield from _numbers("synapses", total, limit, "synapses")


def weights(net: Network, limit: Limit) -> Found:
    """Stored weights that are not zero."""
    total = sum(int(np.count_nonzero(net.nodes[n].__dict__["weight"])) for n in net.weighted)
    yield from _numbers("weights", total, limit, "weights (zeros do not count)")


def memory_bytes(net: Network, limit: Limit) -> Found:
    """Weights at one byte and states at two."""
    total = sum(prod(net.nodes[n].__dict__["weight"].shape) for n in net.weighted)
    for name in net.neurons:
        states = 2 if type(net.nodes[name]).__name__.startswith("Cuba") else 1
        total += 2 * states * prod(net.shape(name))
    if total > limit.value:
        chips = ceil(total / limit.value)
        yield Violation(
            "memory_bytes",
            "",
            f"{limit.value:,}",
            f"{total:,} with 8-bit weights and 16-bit states",
            f"{chips} chips, or {total - limit.value:,} bytes less",
            limit.source,
        )


def _hidden_links(net: Network) -> dict[str, np.ndarray]:
    """Give for each hidden layer the number of hidden neurons that each neuron feeds."""
    found: dict[str, np.ndarray] = {}
    targets = set(net.hidden)
    for name in net.hidden:
        total = np.zeros(prod(net.shape(name)), np.int64)
        for other in net.neighbours(name, behind=True, stop=(*WEIGHTED, *NEURONS)):
            node = net.nodes[other]
            if isinstance(node, WEIGHTED):
                reached = net.neighbours(other, behind=True, stop=NEURONS)
                if not targets.intersection(reached) or isinstance(node, (Conv1d, Conv2d)):
                    continue
                weight = np.asarray(node.__dict__["weight"])
                if weight.ndim == 2 and weight.shape[1] == len(total):
                    total += np.count_nonzero(weight, axis=0)
            elif other in targets:
                total += 1
        found[name] = total
    return found


def hidden_fan_out(net: Network, limit: Limit) -> Found:
    """Hidden neurons that one hidden neuron feeds, by weights that are not zero."""
    for name, counts in _hidden_links(net).items():
        most = int(counts.max(initial=0))
        if most > limit.value:
            over = int((counts > limit.value).sum())
            change = f"keep the {limit.value} largest weights of each of {over} neurons"
            yield Violation(
                "hidden_fan_out", name, str(limit.value), str(most), change, limit.source
            )


def input_projection(net: Network, limit: Limit) -> Found:
    """Hidden neurons that the input reaches."""
    reached: dict[str, None] = {}
    for name in net.inputs:
        reached.update(dict.fromkeys(net.neighbours(name, behind=True, stop=NEURONS)))
    count = net.count([n for n in reached if n in net.hidden])
    yield from _numbers("input_projection", count, limit, "hidden neurons behind the input")


def output_projection(net: Network, limit: Limit) -> Found:
    """Hidden neurons that feed the readout."""
    feeding: dict[str, None] = {}
    for name in net.readout:
        feeding.update(dict.fromkeys(net.neighbours(name, behind=False, stop=(*NEURONS, Input))))
    count = net.count([n for n in feeding if n in net.hidden])
    yield from _numbers("output_projection", count, limit, "hidden neurons before the output")


def weight_bits(net: Network, limit: Limit) -> Found:
    """Weights are whole numbers of a step; `fit` rounds them."""
    most = (1 << (limit.value - 1)) - 1
    for name in net.weighted:
        weight = np.asarray(net.nodes[name].__dict__["weight"], np.float64)
        top = float(np.abs(weight).max(initial=0))
        if not top or _on_grid(weight / top, most):
            continue
        change = f"quantize(bits={limit.value}), done in the network that fit runs"
        dtype = net.nodes[name].__dict__["weight"].dtype
        yield Violation(
            "weight_bits", name, f"{limit.value} bits", str(dtype), change, limit.source, True
        )


def _on_grid(shares: np.ndarray, most: int) -> bool:
    """Whether numbers up to 1 are all multiples of one step, at most `most` of them."""
    values = np.unique(np.abs(shares))
    if len(values) > most + 1:
        return False
    for count in range(1, most + 1):
        whole = values * count
        if np.abs(whole - np.rint(whole)).max(initial=0) < 1e-6 * most:
            return True
    return False


rules = {
    "nodes": nodes,
    "inputs": inputs,
    "hidden": hidden,
    "outputs": outputs,
    "readout_classes": readout_classes,
    "hidden_fan_out": hidden_fan_out,
    "input_projection": input_projection,
    "output_projection": output_projection,
    "weights": weights,
    "neurons": neurons,
    "synapses": synapses,
    "memory_bytes": memory_bytes,
    "weight_bits": weight_bits,
}

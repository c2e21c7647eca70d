"""`decompose` and `recompose`: a current-based neuron as synapse, gain and membrane, and back."""

from __future__ import annotations

import numpy as np

from nir_core.graph import NIRGraph
from nir_core.nodes import LI, LIF, CubaLI, CubaLIF, Scale
from nir_core.passes._net import Net, every_level, merged_array
from nir_core.shapes import NodeShapes

__all__ = ["decompose", "recompose"]


def decompose(graph: NIRGraph) -> NIRGraph:
    """Take each CubaLIF apart to LI (synapse), Scale (gain) and LIF (membrane); CubaLI likewise.

    tau_syn dI/dt = -I + w_in x is the LI "<name>_synapse" with r = w_in and v_leak = 0, the
    gain r is the Scale "<name>_gain", and the membrane keeps the name and has r = 1.

    Args:
        graph: the graph.

    Returns:
        A graph with the same result up to rounding under the stepped profiles but spyx (its
        rules for LIF and CubaLIF differ). Under "exact" the synaptic current of a CubaLIF
        moves within a step, while that of a separate LI is held: there the two differ by the
        order of dt.

    Raises:
        NirError: the graph has structural errors.

    Example:
        >>> graph = NIRGraph.from_list(CubaLIF([5e-3], [1e-2], [3.0], [0.0], [1.0]))
        >>> [type(node).__name__ for node in decompose(graph).nodes.values()]
        ['Input', 'LI', 'Scale', 'LIF', 'Output']
    """
    return every_level(graph, _decompose_level, "decompose")


def _decompose_level(net: Net) -> None:
    for name, node in list(net.nodes.items()):
        if not isinstance(node, (CubaLI, CubaLIF)) or net.is_frozen(name):
            continue
        shape = net.shapes[name].output
        here = NodeShapes(shape, shape)
        one = np.ones(np.shape(node.r), merged_array(1.0, node.r).dtype)
        rest = np.zeros(np.shape(node.v_leak), np.asarray(node.v_leak).dtype)
        if isinstance(node, CubaLIF):
            membrane = LIF(
                node.tau_mem,
                one,
                node.v_leak,
                node.v_threshold,
                node.v_reset,
                metadata=node.metadata,
            )
        else:
            membrane = LI(node.tau_mem, one, node.v_leak, metadata=node.metadata)
        net.put(name, membrane)
        gain = net.insert(f"{name}_gain", Scale(node.r), here, before=name)
        net.insert(
            f"{name}_synapse", LI(node.tau_syn, np.asarray(node.w_in), rest), here, before=gain
        )


def recompose(graph: NIRGraph) -> NIRGraph:
    """Join LI, Scale and LIF (or LI) in a row to a CubaLIF (or CubaLI).

    The LI must have v_leak = 0, and nothing else may read the LI or the Scale. The Scale may
    be missing. Where a NIR file was written with a separate synapse, this is the inverse of
    `decompose`.

    Args:
        graph: the graph.

    Returns:
        A graph with the same result in the sense of `decompose`.

    Raises:
        NirError: the graph has structural errors.

    Example:
        >>> cuba = CubaLIF([5e-3], [1e-2], [3.0], [0.0], [1.0])
        >>> graph = NIRGraph.from_list(cuba)
        >>> recompose(decompose(graph)).nodes["cubalif"] == cuba
        True
    """
    return every_level(graph, _recompose_level, "recompose")


def _recompose_level(net: Net) -> None:
    for name in list(net.nodes):
        node = net.nodes.get(name)
        if not isinstance(node, LI) or np.asarray(node.v_leak).any():
            continue
        chain = _follow(net, name)
        if not isinstance(net.nodes[chain[-1]], (LI, LIF)) or len(chain) < 2:
            continue
        gain = net.nodes[chain[1]] if len(chain) == 3 else None
        membrane = net.nodes[chain[-1]]
        assert isinstance(membrane, (LI, LIF))
        r = membrane.r
        if isinstance(gain, Scale):
            r = merged_array(np.asarray(gain.scale, np.float64) * membrane.r, gain.scale, r)
        shared = (node.tau, membrane.tau, r, membrane.v_leak)
        extra = {"w_in": node.r, "metadata": membrane.metadata}
        if isinstance(membrane, LIF):
            made = CubaLIF(*shared, membrane.v_threshold, membrane.v_reset, **extra)
        else:
            made = CubaLI(*shared, **extra)
        if made._input_shape() != net.shapes[chain[-1]].input:
            own = membrane._input_shape() or node._input_shape()
            if made._input_shape() is not None or own is not None:
                continue
        for link in chain[:-1]:
            net.bypass(link)
        net.put(chain[-1], made)


def _follow(net: Net, name: str) -> list[str]:
    """Give the chain LI (-> Scale) -> membrane that begins at a node, as far as it goes."""
    chain = [name]
    while len(chain) < 3:
        target = net.follower(chain[-1])
        if target is None or target in chain:
            break
        chain.append(target)
        if not isinstance(net.nodes[target], Scale):
            break
    return chain

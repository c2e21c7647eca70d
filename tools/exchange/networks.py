"""The networks that are exchanged, and the input they are run with."""

from __future__ import annotations

import numpy as np

import nir_core as nc

STEPS = 100
INPUTS, HIDDEN = 4, 5


def spikes(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    """Give random input spikes (steps, *shape)."""
    rng = np.random.default_rng(seed + 100)
    return (rng.random((STEPS, *shape)) < 0.3).astype(np.float64)


def _full(value: float, shape: int | tuple[int, ...] = HIDDEN) -> np.ndarray:
    return np.full(shape, value, dtype=np.float32)


def _weights(seed: int, shape: tuple[int, ...], scale: float) -> np.ndarray:
    return (np.random.default_rng(seed).normal(size=shape) * scale).astype(np.float32)


def lif(dt: float, r: float = 1.0) -> nc.NIRGraph:
    """Two layers of LIF."""
    neurons = nc.LIF(_full(20 * dt), _full(r), _full(0.0), _full(0.15 * r))
    return nc.NIRGraph.from_list(
        nc.Affine(_weights(0, (HIDDEN, INPUTS), 3.0), _weights(1, (HIDDEN,), 0.1)),
        neurons,
        nc.Affine(_weights(2, (HIDDEN, HIDDEN), 4.0), _weights(3, (HIDDEN,), 0.1)),
        neurons,
    )


def cuba(dt: float) -> nc.NIRGraph:
    """One layer of CubaLIF, with gains that make its input enter as it is."""
    neurons = nc.CubaLIF(
        _full(5 * dt), _full(10 * dt), _full(10.0), _full(0.0), _full(1.0), w_in=_full(5.0)
    )
    weight = _weights(4, (HIDDEN, INPUTS), 1.0)
    return nc.NIRGraph.from_list(nc.Affine(weight, _weights(5, (HIDDEN,), 0.1)), neurons)


def recurrent(dt: float) -> nc.NIRGraph:
    """A layer of CubaLIF that feeds itself through weights."""
    (_, fc), (_, neurons) = list(cuba(dt).nodes.items())[1:3]
    nodes = {
        "input": nc.Input([INPUTS]),
        "fc": fc,
        "lif": neurons,
        "w_rec": nc.Affine(_weights(6, (HIDDEN, HIDDEN), 0.5), _full(0.0)),
        "output": nc.Output([HIDDEN]),
    }
    edges = [("input", "fc"), ("fc", "lif"), ("lif", "w_rec"), ("w_rec", "lif"), ("lif", "output")]
    return nc.NIRGraph(nodes, edges)


def integrate(dt: float, r: float = 1.0) -> nc.NIRGraph:
    """A convolution, IF, pooling, and a layer of IF."""
    big = (3, 8, 8)
    return nc.NIRGraph.from_list(
        nc.Input((2, 8, 8)),
        nc.Conv2d(None, _weights(7, (3, 2, 3, 3), 0.6), 1, 1, 1, 1, _full(0.0, 3)),
        nc.IF(_full(r, big), _full(2.0, big)),
        nc.SumPool2d((2, 2), (2, 2), (0, 0)),
        nc.Flatten(None, 0),
        nc.Affine(_weights(8, (HIDDEN, 48), 0.3), _full(0.0)),
        nc.IF(_full(r), _full(2.0)),
    )


NETWORKS = {
    "LIF": lif,
    "CubaLIF": cuba,
    "recurrent CubaLIF": recurrent,
    "convolution with IF": integrate,
}

"""Modules and nodes that the tests of nirtorch's names share."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
nn = torch.nn


class Leak(nn.Module):
    """A stateful module as users write it for nirtorch."""

    def __init__(self, node: Any) -> None:
        super().__init__()
        self.tau = nn.Parameter(torch.tensor(node.tau))

    def forward(self, x: Any, state: Any = None) -> Any:
        v = torch.zeros_like(x) if state is None else state
        v = v * 0.5 + x
        return (v > 1).to(x.dtype), v


def lif(nir: Any, n: int = 2) -> Any:
    one = np.ones(n, np.float32)
    return nir.LIF(tau=one * 0.01, r=one, v_leak=one * 0, v_threshold=one)


def affine(nir: Any, rows: int = 2, columns: int = 3) -> Any:
    rng = np.random.default_rng(rows + 10 * columns)
    weight = rng.normal(size=(rows, columns)).astype(np.float32)
    return nir.Affine(weight, np.zeros(rows, np.float32))


def run(module: Any, xs: Any) -> Any:
    state, rows = None, []
    for x in xs:
        y, state = module(x) if state is None else module(x, state)
        rows.append(y)
    return torch.stack(rows), state


def to_node(nir: Any) -> Any:
    def convert(module: Any) -> Any:
        if isinstance(module, nn.Linear):
            return nir.Affine(module.weight.detach().numpy(), module.bias.detach().numpy())
        return lif(nir) if isinstance(module, Leak) else None

    return convert

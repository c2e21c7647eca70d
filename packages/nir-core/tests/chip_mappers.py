"""Ask the mappers of sinabs and rockpool whether networks fit; run as a program of its own.

Both packages load the vendor's driver when they are imported, though mapping needs none of
it. An empty stand-in takes its place, so that nothing is fetched or opened.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import json
import sys
import warnings
from itertools import pairwise
from typing import Any
from unittest.mock import MagicMock

ABSENT = ("samna", "samnagui", "bitstruct", "xylosim", "pylab", "matplotlib", "pbr")


class StandIn(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives an empty module for each package of the driver, and for plotting."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        if name.split(".")[0] in ABSENT:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec: Any) -> Any:
        module = MagicMock(name=spec.name)
        module.__path__, module.__version__, module.__spec__ = [], "0", spec
        return module

    def exec_module(self, module: Any) -> None:
        pass


def sinabs(case: dict[str, Any]) -> bool:
    """Whether every layer of a convolutional network finds a core."""
    import sinabs.layers as sl
    from sinabs.backend.dynapcnn import DynapcnnNetwork, mapping
    from sinabs.backend.dynapcnn.chips.speck2e import Speck2EConfigBuilder
    from torch import nn

    layers: list[Any] = []
    for conv in case["convs"]:
        layers.append(nn.Conv2d(*conv["shape"], bias=False))
        layers.append(sl.IAFSqueeze(batch_size=1, min_v_mem=-1.0))
        if conv["pool"] > 1:
            layers.append(sl.SumPool2d(conv["pool"]))
    layers += [nn.Flatten(), nn.Linear(case["features"], case["classes"], bias=False)]
    layers.append(sl.IAFSqueeze(batch_size=1, min_v_mem=-1.0))
    network = DynapcnnNetwork(
        nn.Sequential(*layers), input_shape=tuple(case["input"]), batch_size=1, dvs_input=False
    )
    try:
        mapping.get_valid_mapping(network.dynapcnn_layers, Speck2EConfigBuilder.get_constraints())
    except ValueError:
        return False
    return True


def rockpool(case: dict[str, Any]) -> bool:
    """Whether a dense network finds hidden and output neurons."""
    from rockpool.devices.xylo.syns61201 import mapper
    from rockpool.nn.combinators import Sequential
    from rockpool.nn.modules import LIFTorch, LinearTorch

    sizes = case["sizes"]
    parts: list[Any] = []
    for before, after in pairwise(sizes):
        parts += [LinearTorch((before, after)), LIFTorch((after,))]
    try:
        mapper(Sequential(*parts).as_graph())
    except Exception as error:
        if type(error).__name__ != "DRCError":
            raise
        return False
    return True


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sys.meta_path.insert(0, StandIn())
    ask = {"sinabs": sinabs, "rockpool": rockpool}[sys.argv[1]]
    answers = [ask(case) for case in json.load(sys.stdin)]
    print("answers", json.dumps(answers))

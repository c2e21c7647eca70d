"""What each framework does with a file of ours, and what it gives of its own.

Everything goes through the public functions of the frameworks.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

import nir_core as nc

Run = Callable[[np.ndarray], np.ndarray]


class Peer:
    """One framework.

    Attributes:
        name: distribution.
        profile: the profile of nir_core that describes it.
        dt: length of a step in seconds.
        r: the resistance that IF needs there.
        lif_r: the resistance of LIF that says what it does.
        layers: the rules of the layers it exports, where these are not those of its import.
    """

    name = ""
    profile = ""
    dt = 1e-4
    r = 1.0
    lif_r = 1.0
    layers: nc.Profile | None = None

    def runner(self, path: Path) -> Run:
        """Import a file; give what runs (steps, *shape) and returns (steps, *shape)."""
        raise LookupError(f"{self.name} imports nothing")

    def export(self, path: Path) -> tuple[nc.NIRGraph, Run]:
        """Export an own LIF network; give the graph as it arrives here, and what runs it there."""
        raise LookupError(f"{self.name} exports nothing")


def _rows(outputs: list[Any]) -> np.ndarray:
    return np.array([y.detach().numpy().reshape(-1) for y in outputs])


def _stepwise(model: Any, dtype: Any, first: Any = None) -> Run:
    """Run a model that gives (output, state) for one step."""
    torch: Any = import_module("torch")

    def run(x: np.ndarray) -> np.ndarray:
        state, outputs = first, []
        for step in torch.tensor(x, dtype=dtype):
            y, state = model(step[None]) if state is None else model(step[None], state)
            outputs.append(y[0] if isinstance(y, tuple) else y)
        return _rows(outputs)

    return run


def _through_file(graph: Any, path: Path) -> nc.NIRGraph:
    """Write with the installed nir and read here; where nir cannot write, pass the objects."""
    nir: Any = import_module("nir")

    try:
        nir.write(str(path), graph)
    except (TypeError, ValueError):
        return nc.from_nir(graph, type_check=False)
    return nc.read(path, check="off")


class Norse(Peer):
    name, profile, dt = "norse", "norse", 1e-3

    def runner(self, path: Path) -> Run:
        nir: Any = import_module("nir")
        norse: Any = import_module("norse.torch")
        torch: Any = import_module("torch")

        model = norse.from_nir(nir.read(str(path), type_check=False), dt=self.dt).double()
        return _stepwise(model, torch.float64)

    def export(self, path: Path) -> tuple[nc.NIRGraph, Run]:
        norse: Any = import_module("norse.torch")
        torch: Any = import_module("torch")

        torch.manual_seed(0)
        model = norse.SequentialState(
            torch.nn.Linear(4, 5), norse.LIFBoxCell(), torch.nn.Linear(5, 5), norse.LIFBoxCell()
        )
        with torch.no_grad():
            model[0].weight.mul_(40)
            model[2].weight.mul_(60)
        graph = _through_file(norse.to_nir(model, torch.rand(4)), path)
        return graph, _stepwise(model, torch.float32)


class SnnTorch(Peer):
    name, profile = "snntorch", "snntorch"

    def runner(self, path: Path) -> Run:
        nir: Any = import_module("nir")
        torch: Any = import_module("torch")
        import_from_nir: Any = import_module("snntorch.import_nir").import_from_nir

        model = import_from_nir(nir.read(str(path), type_check=False))

        def run(x: np.ndarray) -> np.ndarray:
            state, outputs = None, []
            for step in torch.tensor(x, dtype=torch.float32):
                y, state = model(step[None], state)
                outputs.append(y[0] if isinstance(y, tuple) else y)
            return _rows(outputs)

        return run

    def export(self, path: Path) -> tuple[nc.NIRGraph, Run]:
        snn: Any = import_module("snntorch")
        torch: Any = import_module("torch")
        export_to_nir: Any = import_module("snntorch.export_nir").export_to_nir

        torch.manual_seed(0)

        def leaky() -> Any:
            return snn.Leaky(
                beta=torch.full((5,), 0.9),
                threshold=torch.ones(5),
                init_hidden=True,
                reset_mechanism="zero",
                reset_delay=False,
            )

        model = torch.nn.Sequential(torch.nn.Linear(4, 5), leaky(), torch.nn.Linear(5, 5), leaky())
        with torch.no_grad():
            model[0].weight.mul_(3)
            model[2].weight.mul_(3)
        graph = _through_file(export_to_nir(model, torch.rand(1, 4), ignore_dims=[0]), path)

        def run(x: np.ndarray) -> np.ndarray:
            for module in model:
                if isinstance(module, snn.Leaky):
                    module.reset_mem()  # exporting has run it
            return _rows([model(step[None]) for step in torch.tensor(x, dtype=torch.float32)])

        return graph, run


class SpikingJelly(Peer):
    name, profile, r = "spikingjelly", "nir", 1e4

    def runner(self, path: Path) -> Run:
        nir: Any = import_module("nir")
        torch: Any = import_module("torch")
        nir_exchange: Any = import_module("spikingjelly.activation_based.nir_exchange")

        graph = nir.read(str(path), type_check=False)
        model = nir_exchange.import_from_nir(graph, dt=self.dt)
        return _stepwise(model, torch.float32)

    def export(self, path: Path) -> tuple[nc.NIRGraph, Run]:
        torch: Any = import_module("torch")
        layer: Any = import_module("spikingjelly.activation_based.layer")
        neuron: Any = import_module("spikingjelly.activation_based.neuron")
        nir_exchange: Any = import_module("spikingjelly.activation_based.nir_exchange")

        torch.manual_seed(0)

        def cell() -> Any:
            return neuron.LIFNode(tau=5.0, decay_input=True, v_reset=0.0)

        model = torch.nn.Sequential(layer.Linear(4, 5), cell(), layer.Linear(5, 5), cell())
        with torch.no_grad():
            model[0].weight.mul_(9)
            model[2].weight.mul_(9)
        graph = nir_exchange.export_to_nir(model, torch.rand(1, 4), dt=self.dt)

        def run(x: np.ndarray) -> np.ndarray:
            for module in model.modules():
                if hasattr(module, "reset"):
                    module.reset()
            return _rows([model(step[None]) for step in torch.tensor(x, dtype=torch.float32)])

        return _through_file(graph, path), run


class Sinabs(Peer):
    """Its time constants count steps, so a step is one second here.

    Its import takes no notice of r and adds the input as it is, which is what r = tau / dt means.
    """

    name, profile, dt, lif_r = "sinabs", "sinabs", 1.0, 20.0

    def __init__(self) -> None:
        rules = nc.get_profile("sinabs")
        # Layers made by hand normalise their input by 1 - exp(-dt / tau) and have no lower limit.
        self.layers = replace(
            rules,
            name="sinabs layers",
            lif=replace(rules.lif, integrator="zoh"),
            integrate=replace(rules.integrate, floor=False),
        )

    def runner(self, path: Path) -> Run:
        nir: Any = import_module("nir")
        torch: Any = import_module("torch")
        from_nir: Any = import_module("sinabs.nir").from_nir

        model = from_nir(nir.read(str(path)), batch_size=1)

        def run(x: np.ndarray) -> np.ndarray:
            with torch.no_grad():
                # Batch and time share the first axis of an imported network.
                y = model(torch.tensor(x, dtype=torch.float32))
            return (y[0] if isinstance(y, tuple) else y).numpy().reshape(len(x), -1)

        return run

    def export(self, path: Path) -> tuple[nc.NIRGraph, Run]:
        layers: Any = import_module("sinabs.layers")
        torch: Any = import_module("torch")
        to_nir: Any = import_module("sinabs.nir").to_nir

        torch.manual_seed(0)
        model = torch.nn.Sequential(
            torch.nn.Linear(4, 5),
            layers.LIF(tau_mem=20.0),
            torch.nn.Linear(5, 5),
            layers.IAF(),
        )
        with torch.no_grad():
            model[0].weight.mul_(40)
            model[2].weight.mul_(2)
        graph = _through_file(to_nir(model, torch.rand(1, 10, 4)), path)
        # Input and Output have the shape of the whole sample, batch and time included.
        graph = graph.with_nodes(input=nc.Input([4]), output=nc.Output([5]))

        def run(x: np.ndarray) -> np.ndarray:
            for module in model:
                if hasattr(module, "reset_states"):
                    module.reset_states()
            with torch.no_grad():
                y = model(torch.tensor(x, dtype=torch.float32)[None])
            return y.numpy().reshape(len(x), -1)

        return graph, run


class Rockpool(Peer):
    name, profile, dt = "rockpool", "rockpool", 1e-3

    def __init__(self) -> None:
        # It looks for packages to install when it is imported.
        os.environ["PIP_NO_INDEX"] = "1"
        rules = nc.get_profile("rockpool")
        cuba = replace(rules.cuba, multi_spike=True)
        self.layers = replace(rules, name="rockpool layers", cuba=cuba)

    def runner(self, path: Path) -> Run:
        nir: Any = import_module("nir")
        torch: Any = import_module("torch")
        from_nir: Any = import_module("rockpool.nn.modules.torch.nir").from_nir

        model = from_nir(nir.read(str(path)))

        def run(x: np.ndarray) -> np.ndarray:
            with torch.no_grad():
                y = model(torch.tensor(x, dtype=torch.float32)[None])
            return (y[0] if isinstance(y, tuple) else y).numpy().reshape(len(x), -1)

        return run

    def export(self, path: Path) -> tuple[nc.NIRGraph, Run]:
        torch: Any = import_module("torch")
        Sequential: Any = import_module("rockpool.nn.combinators").Sequential
        module: Any = import_module("rockpool.nn.modules")
        LIFTorch: Any = module.LIFTorch
        LinearTorch: Any = module.LinearTorch
        to_nir: Any = import_module("rockpool.nn.modules.torch.nir").to_nir

        torch.manual_seed(0)
        model = Sequential(LinearTorch((4, 5), has_bias=False), LIFTorch(5, dt=self.dt))
        with torch.no_grad():
            model[0].weight.mul_(9)
        graph = _through_file(to_nir(model, torch.rand(1, 10, 4)), path)
        # Here too.
        (name, neurons), *_ = [(k, n) for k, n in graph.nodes.items() if isinstance(n, nc.CubaLIF)]
        # It adds its input as it is, which is w_in = tau_syn / dt, but writes w_in = 1.
        neurons = neurons.replace(w_in=neurons.tau_syn / self.dt)
        ends = {"input": nc.Input([4]), "output": nc.Output([5])}
        graph = graph.swap({name: neurons, **ends})

        def run(x: np.ndarray) -> np.ndarray:
            model.reset_state()
            with torch.no_grad():
                y = model(torch.tensor(x, dtype=torch.float32)[None])[0]
            return y.numpy().reshape(len(x), -1)

        return graph, run


PEERS = {peer.name: peer for peer in (Norse, SnnTorch, SpikingJelly, Sinabs, Rockpool)}

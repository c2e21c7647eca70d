"""The network that a pipeline trains, and the task of training it."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from norse_lite._errors import NetworkError
from norse_lite.diagnose import calibrate, fluctuation_driven_
from norse_lite.neurons.iaf import IAF
from norse_lite.neurons.li import LI
from norse_lite.neurons.li_box import LIBox
from norse_lite.neurons.lif import LIF, LIFRecurrent
from norse_lite.neurons.lif_box import LIFBox, LIFBoxRecurrent
from norse_lite.pipeline._config import Network
from norse_lite.pipeline._frames import Dataset, Layout
from norse_lite.sequential import SequentialState
from norse_lite.surrogate import SuperSpike
from norse_lite.tasks._supervised import Supervised

__all__ = ["Subset", "build_network", "make_task", "outputs", "scores", "spiking_layers"]

# Samples that the first weights are calibrated on.
_CALIBRATION = 64


def _times(options: Network, dt: float) -> dict[str, Any]:
    """Time constants in seconds; a coarse step has slow neurons."""
    mem = options.tau_mem * 1e-6 if options.tau_mem else max(20e-3, 4 * dt)
    syn = options.tau_syn * 1e-6 if options.tau_syn else max(10e-3, 2 * dt)
    for name, tau in (("tau_mem", mem), ("tau_syn", syn)):
        if tau < dt and options.neuron != "iaf":
            raise NetworkError(
                f"{name} in [network] is {tau * 1e3:g} ms, shorter than a step of {dt * 1e3:g} ms: "
                "the neurons would not be stable; use more steps or a longer time"
            )
    return {"tau_mem": mem, "tau_syn": syn} if options.neuron == "lif" else {"tau_mem": mem}


def _neurons(options: Network, dt: float) -> tuple[Any, Any, Any]:
    """Give what makes a hidden layer, a recurrent layer of (inputs, neurons), and the readout."""
    surrogate = SuperSpike(alpha=options.alpha)
    if options.neuron == "iaf":

        def integrate() -> nn.Module:
            return IAF(surrogate=surrogate, dt=dt)

        return integrate, None, integrate
    times = _times(options, dt)
    hidden, recurrent, integrator = (
        (LIF, LIFRecurrent, LI) if options.neuron == "lif" else (LIFBox, LIFBoxRecurrent, LIBox)
    )

    def spiking() -> nn.Module:
        return hidden(surrogate=surrogate, dt=dt, **times)

    return (
        spiking,
        lambda n, m: recurrent(n, m, surrogate=surrogate, dt=dt, **times),
        spiking if options.readout == "spikes" else lambda: integrator(dt=dt, **times),
    )


def build_network(options: Network, layout: Layout, classes: int) -> SequentialState:
    """Build the network with torch's first weights.

    Args:
        options: Its kind and size.
        layout: Shape and time of its input.
        classes: Number of outputs.

    Returns:
        A chain of named modules.
    """
    neuron, recurrent, readout = _neurons(options, layout.dt)
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    channels, height, width = 2, layout.size[1], layout.size[0]
    if options.kind == "convolutional":
        for k, wide in enumerate(options.channels, 1):
            if min(height, width) < 2:
                raise NetworkError(
                    f"channels in [network] has {len(options.channels)} convolutions, which halve "
                    f"a frame of {layout.size[0]}x{layout.size[1]} pixels too often; take fewer"
                )
            side = 5 if k == 1 and min(height, width) >= 5 else 3
            layers[f"conv{k}"] = nn.Conv2d(
                channels, wide, side, stride=2, padding=side // 2, bias=options.bias
            )
            layers[f"spikes{k}"] = neuron()
            channels, height, width = wide, -(-height // 2), -(-width // 2)
    layers["flatten"] = nn.Flatten()
    features = channels * height * width
    for k, size in enumerate(options.hidden if options.kind != "convolutional" else (), 1):
        if options.kind == "recurrent":
            layers[f"spikes{k}"] = recurrent(features, size)
        else:
            layers[f"linear{k}"] = nn.Linear(features, size, bias=options.bias)
            layers[f"spikes{k}"] = neuron()
        features = size
    layers["classes"] = nn.Linear(features, classes, bias=options.bias)
    layers["readout"] = readout()
    return SequentialState(layers)


def spiking_layers(network: nn.Module) -> list[str]:
    """Names of the layers whose spikes are compared."""
    return [name for name, _ in network.named_children() if name.startswith("spikes")]


def scores(output: Tensor) -> Tensor:
    """Mean over time of the outputs: `(T, B, classes)` to `(B, classes)`."""
    return output.mean(0)


@torch.no_grad()
def outputs(network: SequentialState, x: Tensor) -> dict[str, Tensor]:
    """Run a network and keep what its spiking layers and its readout give, `(T, B, ...)`."""
    wanted = {*spiking_layers(network), "readout"}
    kept = {}
    for k, (name, _) in enumerate(network.named_children()):
        x, _ = network[k : k + 1](x)
        if name in wanted:
            kept[name] = x
    return kept


@dataclass(frozen=True)
class Subset:
    """Some samples of a data set, with the numbers of their classes."""

    dataset: Dataset
    numbers: tuple[int, ...]
    labels: Tensor

    def __len__(self) -> int:
        return len(self.numbers)

    def read(self, numbers: Tensor) -> tuple[Tensor, Tensor]:
        """Return frames `(B, T, 2, height, width)` and classes `(B,)`."""
        chosen = [self.numbers[k] for k in numbers.tolist()]
        return torch.from_numpy(self.dataset.frames[chosen]), self.labels[numbers]


class _Calibrated(Supervised):
    """A task whose network begins with weights that make it fire."""

    calibration: dict[str, Any] | None = None
    rate: float = 0.1

    def model(self, generator: torch.Generator) -> nn.Module:
        """Build the network, and scale its weights on some training samples."""
        network = super().model(generator)
        count = min(_CALIBRATION, len(self.train))
        chosen = torch.linspace(0, len(self.train) - 1, count).long()
        x = self.train.read(chosen)[0].float().transpose(0, 1)
        density = float((x > 0).float().mean())
        # Neither frames without an event nor frames without a gap give weights a size.
        rate = min(max(density, 1e-4), 0.99)
        fluctuation_driven_(network, rate=rate, generator=generator)
        found = calibrate(network, x, self.rate)
        self.calibration = {"rows": [asdict(row) for row in found.rows]}
        with torch.no_grad():
            # Scores that begin about 1 apart suit the cross entropy.
            spread = float(scores(network(x)[0]).std(1).mean())
            if spread > 0 and "classes" in dict(network.named_children()):
                factor = min(1.0 / spread, 1e3)
                if type(network.get_submodule("readout")) in (LI, LIBox):
                    for parameter in network.get_submodule("classes").parameters():
                        parameter *= factor
        return network


def make_task(
    options: Network,
    layout: Layout,
    classes: int,
    train: Subset,
    test: Subset,
    *,
    batch_size: int,
) -> _Calibrated:
    """Give the task of training a network on frames.

    Args:
        options: The network.
        layout: Shape and time of its input.
        classes: Number of classes.
        train: Samples to train on.
        test: Samples to score after each epoch.
        batch_size: Samples per update.
    """
    # A spiking readout has means between 0 and 1, too close together for the cross entropy.
    spiking = options.neuron == "iaf" or options.readout == "spikes"
    factor = float(layout.steps) if spiking else 1.0
    task = _Calibrated(
        "pipeline",
        train,
        test,
        build=lambda g: build_network(options, layout, classes),
        drive=lambda x, g: x.transpose(0, 1),
        readout=lambda y: factor * scores(y),
        batch_size=batch_size,
    )
    task.rate = options.rate
    return task


def save_network(network: nn.Module, path: Path) -> None:
    """Write the weights of a network."""
    torch.save(network.state_dict(), path)


def load_network(path: Path, options: Network, layout: Layout, classes: int) -> SequentialState:
    """Read a network that `save_network` wrote."""
    network = build_network(options, layout, classes)
    # Weights only: a file from elsewhere runs no code.
    network.load_state_dict(torch.load(path, weights_only=True))
    return network.eval()


def batches(count: int, size: int = 64) -> Sequence[range]:
    """Numbers of samples in batches of a size."""
    return [range(k, min(k + size, count)) for k in range(0, count, size)]

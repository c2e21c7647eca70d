"""The same spiking network in several libraries, with hidden layers that fire equally often."""

import importlib
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

Sequence_ = Callable[[Tensor], Tensor]  # (T, B, ...) to (T, B, ...)

VERSIONS = ("norse-lite", "neuro-kernels", "torch", "norse", "snntorch", "spikingjelly", "sinabs")


def one_thread() -> None:
    """Let torch and our kernels use one thread."""
    torch.set_num_threads(1)
    importlib.import_module("neuro_kernels").set_num_threads(1)


def norse_lite_lif() -> Sequence_:
    """Our LIF layer, with the surrogate gradient of Norse 1.1.0."""
    surrogate = importlib.import_module("norse_lite.surrogate")
    layer = importlib.import_module("norse_lite").LIF(surrogate=surrogate.SuperSpike(1.0))
    return lambda x: layer(x)[0]


def norse_lif() -> Sequence_:
    """The LIF module of Norse."""
    layer = importlib.import_module("norse.torch").LIF()
    return lambda x: layer(x)[0]


def snntorch_leaky() -> Sequence_:
    """The Leaky neuron of snnTorch in a loop over time."""
    neuron = importlib.import_module("snntorch").Leaky(beta=0.9)

    def run(x: Tensor) -> Tensor:
        mem = neuron.reset_mem()
        out = []
        for step in x.unbind():
            z, mem = neuron(step, mem)
            out.append(z)
        return torch.stack(out)

    return run


def spikingjelly_lif() -> Sequence_:
    """The multi-step LIFNode of SpikingJelly."""
    base = "spikingjelly.activation_based"
    neuron = importlib.import_module(f"{base}.neuron").LIFNode(
        tau=10.0, decay_input=False, step_mode="m"
    )

    def run(x: Tensor) -> Tensor:
        neuron.reset()
        return neuron(x)

    return run


def sinabs_lif() -> Sequence_:
    """The LIF layer of sinabs with a synaptic current; it wants the batch first."""
    layer = importlib.import_module("sinabs.layers").LIF(tau_mem=10.0, tau_syn=5.0)

    def run(x: Tensor) -> Tensor:
        layer.reset_states()
        return layer(x.transpose(0, 1)).transpose(0, 1)

    return run


def mean_readout(x: Tensor) -> Tensor:
    """Average over time: less work than a leaky integrator."""
    return x.mean(0)


def li_readout(library: str) -> Sequence_:
    """The leaky integrator of ours or of Norse, and its mean over time."""
    layer = importlib.import_module(library).LI()
    return lambda x: layer(x)[0].mean(0)


class Network(nn.Module):
    """Weighted layers with a neuron after all but the last, over whole sequences.

    Args:
        layers: For each neuron the modules in front of it; the last group leads to the readout.
        neurons: Makes the neurons of a layer.
        readout: Maps `(T, B, classes)` to `(B, classes)`.
    """

    def __init__(
        self,
        layers: Sequence[nn.Module],
        neurons: Callable[[], Sequence_],
        readout: Sequence_ = mean_readout,
    ) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.neurons = [neurons() for _ in layers[:-1]]
        self.readout = readout
        self.rates: list[float] = []
        self.counts: list[int] = []

    def forward(self, x: Tensor) -> Tensor:
        """Run over `(T, B, ...)` to `(B, classes)`."""
        self.counts = []
        return self.readout(self.run(x, len(self.layers)))

    def run(self, x: Tensor, count: int) -> Tensor:
        """Run the first layers, and the neurons behind them."""
        for index, layer in enumerate(self.layers[:count]):
            y = layer(x.flatten(0, 1))
            x = y.unflatten(0, x.shape[:2])
            if index < len(self.neurons):
                x = self.neurons[index](x)
        return x


@torch.no_grad()
def fire(network: Network, x: Tensor, rate: float) -> list[float]:
    """Scale the weights, layer by layer, until each neuron fires at `rate` per step on average."""
    reached = []
    for index in range(len(network.layers) - 1):
        parameters = [p for p in network.layers[index].parameters() if p.requires_grad]
        weights = max(parameters, key=lambda p: p.numel())
        original, low, high, got = weights.clone(), 1e-2, 1e3, 0.0
        for _ in range(20):
            factor = (low * high) ** 0.5
            weights.copy_(original * factor)
            got = float((network.run(x, index + 1) != 0).float().mean())
            if abs(got - rate) < 0.03 * rate:
                break
            low, high = (factor, high) if got < rate else (low, factor)
        reached.append(got)
    return reached


def training_step(network: Network, x: Tensor, labels: Tensor) -> Callable[[], float]:
    """Forward, cross-entropy, backward and an Adam step; too small a step to change the loss."""
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-12)

    def step() -> float:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(network(x), labels)
        loss.backward()
        optimizer.step()
        return float(loss.detach())

    return step


def rate_check(network: Network, x: Tensor, rate: float) -> str | None:
    """Return what is wrong with how often the hidden layers fire, if anything."""
    with torch.no_grad():
        for index in range(len(network.layers) - 1):
            got = float((network.run(x, index + 1) != 0).float().mean())
            if not rate / 2 < got < rate * 2:
                return f"hidden layer {index + 1} fires at {got:.2%} per step, not {rate:.2%}"
    return None


def finite(value: Any) -> str | None:
    """Return a complaint about a loss that is not a number."""
    return None if value == value and abs(value) < 1e6 else f"the loss is {value}"

"""A convolutional network on frames of events: a training step, and one sample at a time."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor, nn

from bench import spiking
from bench.harness import BenchError, Candidate, Case

TITLE = "Convolutional network"
TEXT = """
2x34x34 input (the size of N-MNIST) that fires at 5 % per step; convolution to 16 channels, LIF,
average pooling, convolution to 32 channels, LIF, average pooling, 10 classes; T = 30, one thread,
float32. Kernels are 3x3, padded. Every library gets the same weights, scaled layer by layer until
its own neurons fire at the stated rate; those of Norse are ours, and its result must be ours. Every
library gets all steps of a convolution in one call.

*Training* is forward, cross-entropy, backward and Adam with a batch of 16 at 4 % firing. *One
sample* is a forward pass of batch 1 without gradients at 2.5 % firing, where Norse must give the
same spikes. *Event layers* are `EventConv2d`, `EventLinear`, `LIF` and norse-lite's `AvgPool2d`;
the others pool with torch's. Without gradients they stand in a `SequentialState`, which hands
spikes from layer to layer as lists.
"""
VERSIONS = spiking.VERSIONS


def cases(quick: bool) -> Sequence[Case]:
    """A training step and a single sample."""
    spiking.one_thread()
    steps = 5 if quick else 30
    found = []
    for batch, rate, train in ((2 if quick else 16, 0.04, True), (1, 0.025, False)):
        generator = torch.Generator().manual_seed(0)
        x = (torch.rand(steps, batch, 2, 34, 34, generator=generator) < 0.05).float()
        labels = torch.randint(10, (batch,), generator=generator)
        what = f"training step, batch {batch}" if train else "one sample"
        title = f"{what}, T = {steps}, {rate:.1%} firing"
        found.append(Case(title, _candidates(x, labels, rate, train)))
    return found


def _layers(
    conv: Callable[..., nn.Module],
    linear: Callable[..., nn.Module],
    pool: Callable[..., nn.Module] = nn.AvgPool2d,
) -> list[nn.Module]:
    torch.manual_seed(1)
    return [
        conv(2, 16, 3, padding=1),
        nn.Sequential(pool(2), conv(16, 32, 3, padding=1)),
        nn.Sequential(pool(2), nn.Flatten(), linear(2048, 10)),
    ]


def _candidates(x: Tensor, labels: Tensor, rate: float, train: bool) -> list[Candidate]:
    from norse_lite import AvgPool2d, EventConv2d, EventLinear

    def make(neurons: Callable[[], spiking.Sequence_], source: nn.Module | None) -> spiking.Network:
        network = spiking.Network(_layers(nn.Conv2d, nn.Linear), neurons)
        if source is not None:
            network.load_state_dict(source.state_dict())
        else:
            spiking.fire(network, x, rate)
        return network

    ours = spiking.Network(_layers(EventConv2d, EventLinear, AvgPool2d), spiking.norse_lite_lif)
    spiking.fire(ours, x, rate)
    spikes = _counts(ours, x)
    loss = spiking.training_step(ours, x, labels)()

    def check(network: spiking.Network, same: bool, result: object) -> str | None:
        if train:
            assert isinstance(result, float)
            if same and abs(result - loss) > 0.01 * abs(loss):
                return f"the loss is {result:.4g}, not {loss:.4g}"
        if same and (counts := _counts(network, x)) != spikes:
            apart = max(abs(a - b) / b for a, b in zip(counts, spikes, strict=True))
            if apart > 1e-3:
                return f"{counts} spikes, not {spikes}"
        return spiking.rate_check(network, x, rate)

    if not train:
        _check_chain(ours, x)

    def candidate(name: str, network: spiking.Network, same: bool, remark: str = "") -> Candidate:
        run = spiking.training_step(network, x, labels) if train else _inference(network, x)
        if network is ours and not train:
            run = _inference(_chain(ours), x)
        return Candidate(name, run, partial(check, network, same), remark, network is ours)

    other = "another neuron"
    return [
        candidate("norse-lite, event layers", ours, True),
        candidate("norse-lite, torch layers", make(spiking.norse_lite_lif, ours), True),
        candidate("norse", make(spiking.norse_lif, ours), True),
        candidate("snnTorch Leaky", make(spiking.snntorch_leaky, None), False, other),
        candidate("SpikingJelly LIFNode", make(spiking.spikingjelly_lif, None), False, other),
        candidate("sinabs LIF", make(spiking.sinabs_lif, None), False, other),
    ]


def _chain(network: spiking.Network) -> nn.Module:
    """Give our network as the module that a user would write."""
    from norse_lite import LIF, SequentialState

    modules: list[nn.Module] = []
    for layer in network.layers:
        modules += [layer, LIF()]
    return SequentialState(*modules[:-1])


@torch.no_grad()
def _check_chain(network: spiking.Network, x: Tensor) -> None:
    """Refuse to time a chain whose neurons fire otherwise than the network's.

    Raises:
        BenchError: if a layer's spikes differ in number by more than 0.1 %.
    """
    chain = _chain(network)
    counts = [int(chain[: 2 * n](x)[0].sum()) for n in (1, 2)]  # type: ignore[index]
    for ours, expected in zip(counts, _counts(network, x), strict=True):
        if abs(ours - expected) > 1e-3 * expected:
            raise BenchError(f"the chain gives {counts} spikes, the network {expected}")


@torch.no_grad()
def _counts(network: spiking.Network, x: Tensor) -> list[int]:
    return [int((network.run(x, index + 1) != 0).sum()) for index in range(2)]


def _inference(network: nn.Module, x: Tensor) -> Callable[[], object]:
    def run() -> object:
        with torch.no_grad():
            return network(x)

    return run

"""A training step of a fully connected network on sparse input."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor, nn

from bench import spiking
from bench.harness import Candidate, Case

TITLE = "Training step of a fully connected network"
TEXT = """
700 inputs that fire at 5 % per step, two hidden layers of 256 neurons, 20 classes; batch 64,
T = 100, one thread, float32. A step is forward, cross-entropy, backward and Adam. Every library
gets the same weights, scaled layer by layer until its own neurons fire at 4 % per step; those of
Norse are ours, and its loss must be ours to 1 %. Norse and norse-lite read out a leaky integrator,
the others the mean of the output currents, which is less work.

*Dense products alone* are the matrix products that a dense implementation makes, forward and
backward, without any neuron.
"""
VERSIONS = spiking.VERSIONS
RATE = 0.04


def cases(quick: bool) -> Sequence[Case]:
    """One training step, all libraries."""
    spiking.one_thread()
    steps, batch = (10, 4) if quick else (100, 64)
    return [Case(f"training step, batch {batch}, T = {steps}", candidates(steps, batch, 256))]


def _layers(kind: Callable[..., nn.Module], width: int) -> list[nn.Module]:
    torch.manual_seed(1)
    return [kind(700, width), kind(width, width), kind(width, 20)]


def candidates(steps: int, batch: int, width: int) -> list[Candidate]:
    """Return the training step of every library, with two hidden layers of `width` neurons."""
    from norse_lite import EventLinear

    generator = torch.Generator().manual_seed(0)
    x = (torch.rand(steps, batch, 700, generator=generator) < 0.05).float()
    labels = torch.randint(20, (batch,), generator=generator)

    ours = spiking.Network(
        _layers(EventLinear, width), spiking.norse_lite_lif, spiking.li_readout("norse_lite")
    )
    spiking.fire(ours, x, RATE)
    expected = spiking.training_step(ours, x, labels)()

    def make(
        neurons: Callable[[], spiking.Sequence_], readout: spiking.Sequence_, same: bool
    ) -> spiking.Network:
        network = spiking.Network(_layers(nn.Linear, width), neurons, readout)
        if same:
            network.load_state_dict(ours.state_dict())
        else:
            spiking.fire(network, x, RATE)
        return network

    def check(network: spiking.Network, same: bool, loss: object) -> str | None:
        assert isinstance(loss, float)
        if same and abs(loss - expected) > 0.01 * abs(expected):
            return f"the loss is {loss:.4g}, not {expected:.4g}"
        return spiking.finite(loss) or spiking.rate_check(network, x, RATE)

    def candidate(name: str, network: spiking.Network, same: bool, remark: str = "") -> Candidate:
        step = spiking.training_step(network, x, labels)
        is_ours = network is ours
        return Candidate(name, step, partial(check, network, same), remark, is_ours)

    mean = spiking.mean_readout
    found = [
        candidate("norse-lite, EventLinear", ours, True),
        candidate(
            "norse-lite, nn.Linear",
            make(spiking.norse_lite_lif, spiking.li_readout("norse_lite"), True),
            True,
        ),
        Candidate(
            "dense products alone", _products(x, width), lambda one: None if one else "nothing"
        ),
        candidate("norse", make(spiking.norse_lif, spiking.li_readout("norse.torch"), True), True),
    ]
    other = "another neuron"
    for name, neurons in (
        ("snnTorch Leaky", spiking.snntorch_leaky),
        ("SpikingJelly LIFNode", spiking.spikingjelly_lif),
        ("sinabs LIF", spiking.sinabs_lif),
    ):
        found.append(candidate(name, make(neurons, mean, False), False, other))
    return found


def _products(x: Tensor, width: int) -> Callable[[], object]:
    layers = _layers(nn.Linear, width)
    rows = x.flatten(0, 1)
    hidden = [torch.rand(len(rows), width).requires_grad_() for _ in range(2)]
    inputs = [rows, *hidden]

    def run() -> object:
        grads = []
        for layer, values in zip(layers, inputs, strict=True):
            out = layer(values)
            leaves = [p for p in (values, *layer.parameters()) if p.requires_grad]
            grads += torch.autograd.grad(out, leaves, out.detach())
        return len(grads)

    return run

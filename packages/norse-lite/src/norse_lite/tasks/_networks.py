"""The networks that the tasks train."""

import torch
from torch import nn

from norse_lite.diagnose import fluctuation_driven_
from norse_lite.neurons.li import LI
from norse_lite.neurons.lif import LIF, LIFRecurrent
from norse_lite.sequential import SequentialState
from norse_lite.surrogate import SuperSpike

__all__ = ["SURROGATE", "convolutional", "feed_forward", "recurrent"]

# Wider than the default: neurons away from the threshold learn too.
SURROGATE = SuperSpike(alpha=10.0)


def feed_forward(
    inputs: int,
    hidden: int,
    classes: int,
    generator: torch.Generator,
    *,
    rate: float,
    layers: int = 1,
    dt: float = 1e-3,
    tau_readout: float = 10e-3,
) -> SequentialState:
    """Linear layers and LIF neurons, and a leaky integrator per class.

    Args:
        inputs: Number of inputs.
        hidden: Neurons per hidden layer.
        classes: Number of outputs.
        generator: Source of the hidden weights.
        rate: Spikes per input and step, from which the hidden weights are scaled.
        layers: Hidden layers.
        dt: Duration of a step in seconds.
        tau_readout: Membrane time constant of the readout in seconds.
    """
    modules: list[nn.Module] = []
    for _ in range(layers):
        modules += [nn.Linear(inputs, hidden), LIF(surrogate=SURROGATE, dt=dt)]
        inputs = hidden
    readout = nn.Linear(inputs, classes, bias=False)
    model = SequentialState(*modules, readout, LI(dt=dt, tau_mem=tau_readout))
    fluctuation_driven_(model, rate=rate, generator=generator)
    return model


def recurrent(
    inputs: int, hidden: int, classes: int, generator: torch.Generator, *, rate: float, dt: float
) -> SequentialState:
    """Recurrent LIF neurons, and a leaky integrator per class; coarse steps have slow neurons."""
    tau_mem, tau_syn = max(20e-3, 4 * dt), max(10e-3, 2 * dt)
    model = SequentialState(
        LIFRecurrent(inputs, hidden, surrogate=SURROGATE, dt=dt, tau_mem=tau_mem, tau_syn=tau_syn),
        nn.Linear(hidden, classes, bias=False),
        LI(dt=dt, tau_mem=tau_mem, tau_syn=tau_syn),
    )
    fluctuation_driven_(model, rate=rate, generator=generator)
    return model


def convolutional(
    channels: int, size: tuple[int, int], classes: int, generator: torch.Generator, *, rate: float
) -> SequentialState:
    """Two convolutions with LIF neurons and pooling, and a leaky integrator per class.

    Args:
        channels: Channels of the input.
        size: Height and width of the input, at least 8.
        classes: Number of outputs.
        generator: Source of the convolutions' weights.
        rate: Spikes per input and step.
    """
    height, width = (side // 2 // 2 for side in size)
    model = SequentialState(
        nn.Conv2d(channels, 12, 5, padding=2),
        LIF(surrogate=SURROGATE),
        nn.AvgPool2d(2),
        nn.Conv2d(12, 32, 5, padding=2),
        LIF(surrogate=SURROGATE),
        nn.AvgPool2d(2),
        nn.Flatten(),
        nn.Linear(32 * height * width, classes, bias=False),
        LI(),
    )
    fluctuation_driven_(model, rate=rate, generator=generator)
    return model

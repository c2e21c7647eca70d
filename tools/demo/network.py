"""Step c: from event windows to tensors, and a small convolutional spiking network."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from corpus.digits import SAMPLE_US, SIZE, moving_digits
from neuro_kernels import Events
from neuro_kernels.represent import histogram
from norse_lite import LI, LIF, SequentialState
from norse_lite.decode import mean_membrane
from norse_lite.surrogate import SuperSpike

STEP_US = 6_000
STEPS = SAMPLE_US // STEP_US
DT = STEP_US * 1e-6
SPIKING_LAYERS = {"1": "conv 1", "3": "conv 2"}


def build_network() -> SequentialState:
    """Two spiking convolutions and a leaky-integrator readout, about 24 000 parameters.

    The weights start larger than torch's defaults: spikes are sparse, and neurons that never
    reach the threshold learn nothing.
    """
    tau_mem, tau_syn = 20e-3, 10e-3
    surrogate = SuperSpike(alpha=10.0)
    network = SequentialState(
        torch.nn.Conv2d(2, 12, 5, stride=2, padding=2),
        LIF(tau_mem=tau_mem, tau_syn=tau_syn, dt=DT, surrogate=surrogate),
        torch.nn.Conv2d(12, 24, 3, stride=2, padding=1),
        LIF(tau_mem=tau_mem, tau_syn=tau_syn, dt=DT, surrogate=surrogate),
        torch.nn.Flatten(),
        torch.nn.Linear(24 * 9 * 9, 10),
        LI(tau_mem=tau_mem, tau_syn=tau_syn, dt=DT),
    )
    with torch.no_grad():
        for layer, gain in ((0, 4.0), (2, 5.0), (5, 2.0)):
            weight = network.get_parameter(f"{layer}.weight")
            weight *= gain
    return network


def to_tensor(events: Events, *, start_us: int = 0) -> torch.Tensor:
    """Turn one sample into binary frames, (T, 2, height, width) float32, [0] OFF, [1] ON."""
    frames = [
        histogram(events.between(start_us + k * STEP_US, start_us + (k + 1) * STEP_US))
        for k in range(STEPS)
    ]
    return torch.from_numpy(np.stack(frames)).clamp_(max=1.0)


def readout(voltage: torch.Tensor) -> torch.Tensor:
    """Mean over time of the output voltages: (T, B, 10) -> (B, 10) class scores."""
    return 2.0 * mean_membrane(voltage)


@dataclass(frozen=True)
class Data:
    """Frames (T, n, 2, height, width) and labels (n,)."""

    frames: torch.Tensor
    labels: torch.Tensor

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class Training:
    """What training gave: the network and its history, one entry for each epoch."""

    network: SequentialState
    loss: list[float]
    accuracy: list[float]
    seconds: float


def make_data(indices: np.ndarray, *, seed: int, clean: Callable[[Events], Events]) -> Data:
    """Record one sample for each digit and pass it through the filters of the recording."""
    samples = moving_digits(indices, rng=np.random.default_rng(seed))
    frames = torch.stack([to_tensor(clean(sample)) for sample in samples.events], 1)
    return Data(frames, torch.from_numpy(samples.labels).long())


def train(
    data: Data,
    test: Data,
    *,
    epochs: int,
    seed: int,
    progress: Callable[[int, float, float], None],
) -> Training:
    """Train with surrogate gradients and Adam; the same seed gives the same network."""
    torch.manual_seed(seed)
    network = build_network()
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    batch = 32
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=4e-3, total_steps=epochs * -(-len(data) // batch), pct_start=0.2
    )
    losses, accuracies, start = [], [], time.perf_counter()
    for epoch in range(epochs):
        order, total = torch.randperm(len(data)), 0.0
        for chosen in order.split(batch):
            voltage, _ = network(data.frames[:, chosen])
            loss = torch.nn.functional.cross_entropy(readout(voltage), data.labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(chosen)
        losses.append(total / len(data))
        accuracies.append(accuracy(network, test))
        progress(epoch, losses[-1], accuracies[-1])
    return Training(network, losses, accuracies, time.perf_counter() - start)


@torch.no_grad()
def accuracy(network: SequentialState, data: Data) -> float:
    """Share of samples whose highest class score is the label."""
    right = 0
    for chosen in torch.arange(len(data)).split(100):
        voltage, _ = network(data.frames[:, chosen])
        right += int((readout(voltage).argmax(1) == data.labels[chosen]).sum())
    return right / len(data)


@torch.no_grad()
def layer_outputs(network: SequentialState, x: torch.Tensor) -> dict[str, torch.Tensor]:
    """Run layer by layer: name of each spiking layer, and "output", -> (T, B, ...)."""
    outputs = {}
    for index in range(len(network)):
        x, _ = network[index : index + 1](x)
        if str(index) in SPIKING_LAYERS:
            outputs[str(index)] = x
    return {**outputs, "output": x}


def fit_to_network(events: Events) -> Events:
    """Bring a recording of any size to the network's: the middle square, made coarser."""
    if events.size == SIZE:
        return events
    side = min(events.size)
    left, top = (events.size[0] - side) // 2, (events.size[1] - side) // 2
    inside = (
        (events.x >= left) & (events.x < left + side) & (events.y >= top) & (events.y < top + side)
    )
    kept = events[inside]
    x = ((kept.x.astype(np.int64) - left) * SIZE[0] // side).astype(np.uint16)
    y = ((kept.y.astype(np.int64) - top) * SIZE[1] // side).astype(np.uint16)
    return Events(kept.t, x, y, kept.p, size=SIZE)


@torch.no_grad()
def classify(network: SequentialState, windows: list[torch.Tensor]) -> torch.Tensor:
    """Class scores (n, 10) of n samples, each (T, 2, height, width)."""
    if not windows:
        return torch.zeros(0, 10)
    voltage, _ = network(torch.stack(windows, 1))
    return readout(voltage)

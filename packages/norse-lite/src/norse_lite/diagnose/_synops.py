"""Counts operations and estimates energy: of arriving spikes, and of the same network dense."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from norse_lite._errors import NetworkError
from norse_lite.diagnose._watch import Seen, is_spiking, sequence_of, watch
from norse_lite.forms._conv_recurrent import ConvRecurrentCell, ConvRecurrentLayer
from norse_lite.forms._linear import LinearCell, LinearLayer
from norse_lite.forms._parameters import NeuronModule
from norse_lite.forms._recurrent import RecurrentCell, RecurrentLayer

__all__ = ["EnergyModel", "OperationCount", "OperationRow", "synops"]

_LINEAR = (LinearLayer, LinearCell, RecurrentLayer, RecurrentCell)
_CONV = (ConvRecurrentLayer, ConvRecurrentCell)


@dataclass(frozen=True, kw_only=True)
class EnergyModel:
    """Energy of one operation in joules.

    The defaults are those of 32-bit floating point at 45 nm and 0.9 V (Horowitz, ISSCC 2014, figure
    1.1.9): an addition 0.9 pJ, a multiplication 3.7 pJ, together 4.6 pJ. Memory access, which often
    dominates, is not in them.

    Attributes:
        accumulate: One addition, what a spike costs at a synapse.
        multiply_accumulate: Both, what a graded value costs at a synapse.
        update: One update of a neuron in a step.
    """

    accumulate: float = 0.9e-12
    multiply_accumulate: float = 4.6e-12
    update: float = 4.6e-12


@dataclass(frozen=True)
class OperationRow:
    """Operations of one module, per sample of the batch.

    Attributes:
        path: Path of the module in the model.
        kind: Class of the module.
        synops: Synaptic operations: non-zero inputs times the synapses that each reaches.
        dense: Multiply-accumulates of the same module without looking at zeros.
        updates: Neuron updates.
        spikes: Output spikes of neurons.
        binary: Whether all inputs were 0 or 1, so that a synaptic operation is an addition.
        energy: Joules.
    """

    path: str
    kind: str
    synops: float
    dense: float
    updates: float
    spikes: float
    binary: bool
    energy: float


@dataclass(frozen=True)
class OperationCount:
    """Operations of a network, per sample of the batch."""

    rows: tuple[OperationRow, ...]
    model: EnergyModel

    @property
    def synops(self) -> float:
        """Synaptic operations of all modules."""
        return sum(row.synops for row in self.rows)

    @property
    def dense(self) -> float:
        """Multiply-accumulates of the same network without looking at zeros."""
        return sum(row.dense for row in self.rows)

    @property
    def spikes(self) -> float:
        """Spikes of all neurons."""
        return sum(row.spikes for row in self.rows)

    @property
    def updates(self) -> float:
        """Neuron updates."""
        return sum(row.updates for row in self.rows)

    @property
    def energy(self) -> float:
        """Joules per sample."""
        return sum(row.energy for row in self.rows)

    @property
    def dense_energy(self) -> float:
        """Joules per sample of the dense network, neuron updates included."""
        m = self.model
        return self.dense * m.multiply_accumulate + self.updates * m.update

    @property
    def formula(self) -> str:
        """How the energy was computed, with the constants."""
        m = self.model
        add, both, update = (
            f"{1e12 * value:g} pJ" for value in (m.accumulate, m.multiply_accumulate, m.update)
        )
        return (
            f"E = synops * {add} (0/1 input) or * {both} (graded input) + updates * {update}; "
            f"dense: E = MACs * {both} + updates * {update}; memory access not included"
        )

    def __str__(self) -> str:
        lines = [f"{'module':<20} {'kind':<16} {'synops':>12} {'dense MACs':>12} {'spikes':>10}"]
        lines += [
            f"{r.path:<20} {r.kind:<16} {r.synops:>12.6g} {r.dense:>12.6g} {r.spikes:>10.6g}"
            for r in self.rows
        ]
        lines.append(
            f"per sample: {self.synops:.6g} synaptic operations of {self.dense:.6g} dense, "
            f"{self.spikes:.6g} spikes, {self.energy * 1e9:.4g} nJ "
            f"(dense {self.dense_energy * 1e9:.4g} nJ)"
        )
        return "\n".join([*lines, self.formula])


def _wanted(module: nn.Module) -> bool:
    return isinstance(module, (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d, NeuronModule))


def synops(model: nn.Module, batch: Tensor, *, energy: EnergyModel | None = None) -> OperationCount:
    """Count synaptic operations, spikes and neuron updates of a network on a batch.

    A synaptic operation is a non-zero input at a synapse: for a linear layer the non-zero inputs
    times its outputs, for a convolution the weights that they meet inside the image, for recurrent
    weights the spikes times the neurons. Biases are not counted.

    Args:
        model: A model; linear layers, convolutions and this package's neurons are counted.
        batch: Input of the model, `(T, B, *shape)`.
        energy: Energy of the operations.

    Returns:
        Counts by module, per sample, with the energy and its formula.

    Example:
        >>> from norse_lite import LIF, SequentialState
        >>> x = torch.zeros(10, 1, 4)
        >>> x[0, 0, :3] = 1.0
        >>> count = synops(SequentialState(nn.Linear(4, 5), LIF()), x)
        >>> count.synops, count.dense, count.updates
        (15.0, 200.0, 50.0)
    """
    training = model.training
    model.eval()
    try:
        _, order = watch(model, batch, _wanted)
    finally:
        model.train(training)
    if not order:
        raise NetworkError("synops: the model has no linear layer, convolution or neuron")
    costs = energy or EnergyModel()
    samples = batch.shape[1] if batch.ndim > 1 else 1
    return OperationCount(tuple(_row(seen, samples, costs) for seen in order), costs)


def _row(seen: Seen, samples: int, costs: EnergyModel) -> OperationRow:
    module = seen.module
    operations = dense = updates = spikes = 0.0
    binary = True
    # What came in is graded only where it is neither 0 nor 1.
    for x in seen.inputs:
        binary = binary and bool(((x == 0) | (x == 1)).all())
    if isinstance(module, NeuronModule):
        y = sequence_of(seen, seen.outputs)
        updates = float(y.numel())
        spikes = float(y.ne(0).sum()) if is_spiking(module) else 0.0
        x = sequence_of(seen, seen.inputs)
        if isinstance(module, _LINEAR):
            weights: Tensor = module.input_weights
            operations += float(x.ne(0).sum()) * weights.shape[0]
            dense += x.numel() * weights.shape[0]
        if isinstance(module, (RecurrentLayer, RecurrentCell)):
            reached = module.hidden_size - (0 if module.autapses else 1)
            # The spikes of the last step have not come back yet.
            operations += float(y[:-1].ne(0).sum()) * reached
            dense += y[:-1].numel() * reached
        if isinstance(module, _CONV):
            weights, back = module.input_weights, module.recurrent_weights
            a, b = _convolution(x.flatten(0, 1), weights, module.stride, module.padding)
            window = module.recurrent_kernel_size // 2
            c, d = _convolution(y[:-1].flatten(0, 1), back, 1, window)
            operations, dense = operations + a + c, dense + b + d
        if not isinstance(module, (*_LINEAR, *_CONV)):
            binary = True  # currents enter a neuron, not a synapse
    elif isinstance(module, nn.Linear):
        for x in seen.inputs:
            operations += float(x.ne(0).sum()) * module.out_features
            dense += x.numel() * module.out_features
    else:
        assert isinstance(module, (nn.Conv1d, nn.Conv2d, nn.Conv3d))
        for x in seen.inputs:
            a, b = _torch_convolution(module, x)
            operations, dense = operations + a, dense + b
    per = costs.accumulate if binary else costs.multiply_accumulate
    joules = operations * per + updates * costs.update
    return OperationRow(
        path=seen.path,
        kind=type(module).__name__,
        synops=operations / samples,
        dense=dense / samples,
        updates=updates / samples,
        spikes=spikes / samples,
        binary=binary,
        energy=joules / samples,
    )


def _convolution(x: Tensor, weight: Tensor, stride: int, padding: int) -> tuple[float, float]:
    """Return met weights and dense multiply-accumulates of a two-dimensional convolution."""
    ones = torch.ones_like(weight[:1])
    outputs = weight.shape[0]
    met = F.conv2d(x.ne(0).to(ones), ones, stride=stride, padding=padding)
    return float(met.double().sum()) * outputs, float(met.numel()) * ones.numel() * outputs


def _torch_convolution(module: nn.Conv1d | nn.Conv2d | nn.Conv3d, x: Tensor) -> tuple[float, float]:
    convolve = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}[len(module.kernel_size)]
    # One output per group stands for all outputs of the group.
    ones = torch.ones_like(module.weight[: module.groups])
    if module.padding_mode != "zeros":
        raise NetworkError(f"synops: padding mode {module.padding_mode!r} is not counted")
    met = convolve(  # pyright: ignore[reportCallIssue]
        x.ne(0).to(ones),
        ones,
        None,
        module.stride,  # pyright: ignore[reportArgumentType]
        module.padding,  # pyright: ignore[reportArgumentType]
        module.dilation,  # pyright: ignore[reportArgumentType]
        module.groups,
    )
    outputs = module.out_channels // module.groups
    return float(met.double().sum()) * outputs, float(met.numel()) * ones[0].numel() * outputs

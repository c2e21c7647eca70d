"""Brings every spiking layer of a network to a wanted rate on a batch of data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import sqrt
from numbers import Real
from typing import Literal

import torch
from torch import Tensor, nn

from norse_lite._errors import NetworkError
from norse_lite.diagnose._watch import Seen, has_weights, is_spiking, run, sequence_of, watch
from norse_lite.forms._parameters import NeuronModule

__all__ = ["Calibration", "CalibrationRow", "calibrate"]

By = Literal["weights", "threshold"]

# Gains are looked for in this range around 1; beyond it a layer is not badly scaled but dead.
_LARGEST = 2.0**14


@dataclass(frozen=True)
class CalibrationRow:
    """What happened to one layer.

    Attributes:
        layer: Path of the spiking layer in the model.
        changed: Path of the module that was changed.
        gain: Factor of its weights and bias, or of the neurons' threshold.
        before: Mean rate before, spikes per neuron and step.
        after: Mean rate after.
        wanted: The rate that was asked for.
    """

    layer: str
    changed: str
    gain: float
    before: float
    after: float
    wanted: float

    @property
    def reached(self) -> bool:
        """Whether the rate is within a quarter of the wanted one."""
        return abs(self.after - self.wanted) <= 0.25 * self.wanted


@dataclass(frozen=True)
class Calibration:
    """Result of a calibration, one row per spiking layer in the order of execution."""

    rows: tuple[CalibrationRow, ...]

    @property
    def reached(self) -> bool:
        """Whether every layer has about the wanted rate."""
        return all(row.reached for row in self.rows)

    def __str__(self) -> str:
        lines = ["layer            changed          gain      rate before -> after (wanted)"]
        lines += [
            f"{r.layer:<16} {r.changed:<16} {r.gain:<9.4g} {r.before:.4f} -> {r.after:.4f} "
            f"({r.wanted:g})" + ("" if r.reached else "  not reached")
            for r in self.rows
        ]
        return "\n".join(lines)


def calibrate(
    model: nn.Module,
    batch: Tensor,
    rate: float | Mapping[str, float] = 0.05,
    *,
    by: By = "weights",
    rounds: int = 3,
) -> Calibration:
    """Scale weights (or thresholds) so that every spiking layer has a wanted mean rate on a batch.

    Layers are treated in the order of execution, each with the input that the calibrated layers
    before it give; a factor is found by bisection on the layer alone and then checked in the
    network (data-driven threshold balancing, Diehl et al. 2015, made for rates).

    Args:
        model: A model of this package's neurons; its weights are changed in place.
        batch: Input of the model, `(T, B, *shape)`.
        rate: Wanted spikes per neuron and step, for all layers or by their path.
        by: "weights" scales weights and bias of the module before the neurons (or a recurrent
            layer's input weights); "threshold" scales the distance of threshold and rest.
        rounds: How often the network is run again for layers that are not there yet, as where
            a module in between is not linear.

    Returns:
        Gains and rates by layer.

    Example:
        >>> from norse_lite import LI, LIF, SequentialState
        >>> _ = torch.manual_seed(0)
        >>> model = SequentialState(nn.Linear(64, 100), LIF(), nn.Linear(100, 10), LI())
        >>> x = torch.bernoulli(torch.full((60, 16, 64), 0.1))
        >>> calibrate(model, x, rate=0.05).reached
        True
        >>> z, _ = model[:2](x)
        >>> round(z.mean().item(), 2)
        0.05
    """
    if by not in ("weights", "threshold"):
        raise NetworkError(f"calibrate: by must be 'weights' or 'threshold', not {by!r}")
    training = model.training
    model.eval()
    try:
        with torch.no_grad():
            return Calibration(tuple(_calibrate(model, batch, rate, by, rounds)))
    finally:
        model.train(training)


def _calibrate(
    model: nn.Module, batch: Tensor, rate: float | Mapping[str, float], by: By, rounds: int
) -> list[CalibrationRow]:
    before, order = _layers(model, batch)
    if not before:
        raise NetworkError("calibrate: the model has no spiking neuron of this package")
    wanted = _wanted(rate, [seen.path for seen in before])
    rows = []
    for index, first in enumerate(before):
        goal = wanted[first.path]
        if goal is None:
            continue
        total, changed, current = 1.0, "", _rate(first)
        for _ in range(max(1, rounds)):
            layers, order = _layers(model, batch)
            seen = layers[index]
            current = _rate(seen)
            if abs(current - goal) <= 0.02 * goal:
                break
            weights = _weights_before(order, seen)
            if by == "threshold" or weights is None:
                gain = _bisect(lambda g, s=seen: _rate_with_threshold(s, g), goal, rising=False)
                _scale_threshold(_neuron(seen), gain)
                changed = seen.path
            else:
                gain = _bisect(lambda g, s=seen: _rate_with_input(s, g), goal, rising=True)
                changed = weights.path
                _scale_weights(weights.module, gain)
            total *= gain
        layers, _ = _layers(model, batch)
        rows.append(
            CalibrationRow(
                first.path, changed or "-", total, _rate(first), _rate(layers[index]), goal
            )
        )
    return rows


def _wanted(rate: float | Mapping[str, float], paths: list[str]) -> dict[str, float | None]:
    if isinstance(rate, Mapping):
        unknown = [path for path in rate if path not in paths]
        if unknown:
            raise NetworkError(
                f"calibrate: {unknown[0]!r} is no spiking layer; there are {', '.join(paths)}"
            )
        wanted: dict[str, float | None] = {path: rate.get(path) for path in paths}
    else:
        wanted = dict.fromkeys(paths, rate)
    for path, value in wanted.items():
        if value is not None and not (isinstance(value, Real) and 0 < value < 1):
            raise NetworkError(
                f"calibrate: rate must lie between 0 and 1 spikes per step, got {value!r} for "
                f"{path}"
            )
    return wanted


def _layers(model: nn.Module, batch: Tensor) -> tuple[list[Seen], list[Seen]]:
    """Return the spiking layers, and with them all modules that have weights."""
    _, order = watch(model, batch, lambda m: is_spiking(m) or has_weights(m))
    return [seen for seen in order if is_spiking(seen.module)], order


def _neuron(seen: Seen) -> NeuronModule:
    assert isinstance(seen.module, NeuronModule)
    return seen.module


def _rate(seen: Seen) -> float:
    return float(sequence_of(seen, seen.outputs).ne(0).double().mean())


def _weights_before(order: list[Seen], layer: Seen) -> Seen | None:
    """Return the module whose weights drive a layer: itself, or the last one before it."""
    if has_weights(layer.module):
        return layer
    for seen in reversed(order[: order.index(layer)]):
        if is_spiking(seen.module) and not has_weights(seen.module):
            return None
        if has_weights(seen.module):
            return seen
    return None


def _bisect(rate_at: Callable[[float], float], goal: float, *, rising: bool) -> float:
    """Find the factor at which a rate that rises (or falls) with it has the wanted value."""
    low, high = 1.0, 1.0
    # A factor too small or too large first, by powers of two.
    while low > 1 / _LARGEST and (rate_at(low) > goal) == rising:
        low /= 2
    while high < _LARGEST and (rate_at(high) < goal) == rising:
        high *= 2
    best, error = 1.0, float("inf")
    for _ in range(30):
        middle = sqrt(low * high)
        value = rate_at(middle)
        if abs(value - goal) < error:
            best, error = middle, abs(value - goal)
        if error <= 0.01 * goal:
            break
        if (value < goal) == rising:
            low = middle
        else:
            high = middle
    return best


def _rate_with_input(seen: Seen, gain: float) -> float:
    x = sequence_of(seen, seen.inputs)
    return float(run(seen.module, gain * x).ne(0).double().mean())


def _rate_with_threshold(seen: Seen, gain: float) -> float:
    neuron = _neuron(seen)
    saved = {name: value.clone() for name, value in neuron.state_dict().items()}
    try:
        _scale_threshold(neuron, gain)
        return _rate_with_input(seen, 1.0)
    finally:
        neuron.load_state_dict(saved)


def _scale_weights(module: nn.Module, gain: float) -> None:
    for name in ("weight", "bias", "input_weights"):
        value = getattr(module, name, None)
        if isinstance(value, Tensor):
            value.mul_(gain)


def _scale_threshold(neuron: NeuronModule, gain: float) -> None:
    threshold: Tensor = neuron.v_th  # type: ignore[assignment]
    rest = getattr(neuron, "v_leak", None)
    rest = torch.zeros_like(threshold) if rest is None else rest.detach().to(threshold)
    threshold.copy_(rest + gain * (threshold - rest))

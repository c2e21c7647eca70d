"""Examines a network on a batch: what keeps it from learning, and what to do about it."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from norse_lite._errors import NetworkError
from norse_lite.diagnose._finding import Finding
from norse_lite.diagnose._setting import examine_setting, time_constants
from norse_lite.diagnose._watch import Seen, is_spiking, run, sequence_of, watch
from norse_lite.forms._parameters import NeuronModule
from norse_lite.surrogate import SuperSpike, Surrogate

__all__ = ["Diagnosis", "doctor"]

# A neuron that spikes in more than this share of the steps says little more; a layer of which a
# larger share is so busy, or mute, passes little on.
_SATURATED = 0.5
_BUSY, _MUTE = 0.5, 0.75
# A derivative below this share of its largest value counts as none.
_NEGLIGIBLE = 0.01
_SUPPORT = 0.05
# Ratio of the mean gradients at the first and the last layer that is called vanished or exploded.
_VANISHED = 1e-5
_EXPLODED = 1e5


@dataclass(frozen=True)
class Diagnosis:
    """All findings, and the rate of each spiking layer by its path, in spikes per step."""

    findings: tuple[Finding, ...]
    rates: dict[str, float]

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def codes(self, path: str | None = None) -> set[str]:
        """Return the codes of all findings, or of those at one module."""
        return {f.code for f in self.findings if path is None or f.path == path}

    def __str__(self) -> str:
        lines = [
            f"{path}: {rate:.4f} spikes per neuron and step" for path, rate in self.rates.items()
        ]
        lines += [str(finding) for finding in self.findings] or ["nothing found"]
        return "\n".join(lines)


def doctor(model: nn.Module, batch: Tensor) -> Diagnosis:
    """Examine a network on a batch.

    Looks at silent and saturated layers, at the reach of the surrogate derivative, at gradients
    that vanish or explode from the last layer to the first, at time constants beside the step and
    the duration, at steps, devices and precisions that differ, and at values that are not finite.
    The model is run forwards and backwards; neither weights nor gradients are changed.

    Args:
        model: A model of this package's neurons.
        batch: Input of the model, `(T, B, *shape)`.

    Returns:
        Findings, each with a fix.

    Example:
        >>> from norse_lite import LI, LIF, SequentialState
        >>> _ = torch.manual_seed(0)
        >>> model = SequentialState(nn.Linear(20, 30), LIF(v_th=100.0), nn.Linear(30, 2), LI())
        >>> diagnosis = doctor(model, torch.rand(50, 4, 20))
        >>> sorted(diagnosis.codes("1"))
        ['silent', 'vanishing-gradient', 'vanishing-surrogate']
    """
    findings = examine_setting(model, batch)
    training = model.training
    model.eval()
    try:
        try:
            output, neurons = watch(
                model, batch, lambda m: isinstance(m, NeuronModule), gradients=True
            )
        except (RuntimeError, NotImplementedError, NetworkError):
            # Where a finding says why the model cannot be run, that is the answer.
            if not findings:
                raise
            return Diagnosis(tuple(findings), {})
        unbounded = _finite(output, neurons)
        findings += unbounded
        for seen in neurons:
            findings += time_constants(seen)
            if is_spiking(seen.module):
                findings += [*_activity(seen), *_surrogate(seen)]
        if not unbounded and "not-finite" not in {finding.code for finding in findings}:
            findings += _gradients(output, neurons)
    finally:
        model.train(training)
    rates = {
        seen.path: float(sequence_of(seen, seen.outputs).detach().ne(0).double().mean())
        for seen in neurons
        if is_spiking(seen.module)
    }
    return Diagnosis(tuple(findings), rates)


def _finite(output: Tensor, neurons: list[Seen]) -> list[Finding]:
    for seen in neurons:
        if not bool(torch.isfinite(sequence_of(seen, seen.outputs)).all()):
            fix = "lower dt or raise the time constants; check the input's scale"
            return [Finding("not-finite", seen.path, "error", "gives infinite values", fix)]
    if not bool(torch.isfinite(output).all()):
        fix = "check the last module and the input's scale"
        return [Finding("not-finite", "", "error", "the output has infinite values", fix)]
    return []


def _activity(seen: Seen) -> list[Finding]:
    z = sequence_of(seen, seen.outputs).detach().ne(0).float()
    rates = z.mean((0, 1)).flatten()
    silent = float((rates == 0).double().mean())
    busy = float((rates > _SATURATED).double().mean())
    if silent == 1:
        message = "no neuron spikes on this batch"
        fix = "calibrate(model, batch), or fluctuation_driven_(model) before training"
        return [Finding("silent", seen.path, "error", message, fix)]
    findings = []
    if silent > _MUTE:
        message = f"{silent:.0%} of the neurons never spike (mean rate {rates.mean():.4f} per step)"
        fix = "calibrate(model, batch), or add loss.spike_rate_penalty(z, low=0.01)"
        findings.append(Finding("silent", seen.path, "warning", message, fix))
    if busy > _BUSY:
        message = f"{busy:.0%} of the neurons spike in more than half of the steps"
        fix = "calibrate(model, batch, rate=0.05), or raise v_th, or lower the weights before it"
        findings.append(Finding("saturated", seen.path, "warning", message, fix))
    return findings


@dataclass(frozen=True)
class _Recording(Surrogate):
    """Remembers the distances from the threshold at which a surrogate is evaluated."""

    inner: Surrogate
    seen: list[Tensor]

    def __repr__(self) -> str:
        return f"_Recording({self.inner!r})"

    def derivative(self, u: Tensor) -> Tensor:
        self.seen.append(u.detach())
        return self.inner.derivative(u)


def _surrogate(seen: Seen) -> list[Finding]:
    module = seen.module
    assert isinstance(module, NeuronModule)
    record: list[Tensor] = []
    rules, backend = module.rules, module.backend
    try:
        module.rules = replace(rules, surrogate=_Recording(rules.surrogate, record))
        module.backend = "reference"
        with torch.enable_grad():
            x = sequence_of(seen, seen.inputs).detach().requires_grad_()
            y = run(module, x)
            torch.autograd.grad(y.sum(), x, allow_unused=True)
    finally:
        module.rules, module.backend = rules, backend
    if not record:
        return []
    away = torch.cat([u.flatten() for u in record])
    away = away[away.isfinite()]
    if not len(away):
        return []
    slopes = rules.surrogate.derivative(away).abs()
    largest = float(rules.surrogate.derivative(torch.zeros(1, dtype=slopes.dtype)).abs())
    reach = float((slopes > _NEGLIGIBLE * max(largest, 1e-30)).double().mean())
    if reach >= _SUPPORT:
        return []
    message = (
        f"the surrogate {rules.surrogate} is above {_NEGLIGIBLE:.0%} of its peak for only "
        f"{reach:.1%} of neurons and steps"
    )
    fix = f"surrogate={_wide_enough(away)} at this layer"
    if not bool((away > 0).any()):
        fix += ", or calibrate(model, batch) first"
    severity = "error" if reach == 0 else "warning"
    return [Finding("vanishing-surrogate", seen.path, severity, message, fix)]


def _wide_enough(away: Tensor) -> SuperSpike:
    """Return the SuperSpike that half of the distances from the threshold lie well within."""
    # Its derivative is the negligible share of its peak at the distance (share^-1/2 - 1) / alpha.
    half = float(away.abs().double().median())
    alpha = (_NEGLIGIBLE**-0.5 - 1) / max(half, 1e-30)
    return SuperSpike(alpha=float(f"{min(alpha, 100.0) / 1.5:.1g}"))


def _gradients(output: Tensor, neurons: list[Seen]) -> list[Finding]:
    points = [seen.inputs[0] for seen in neurons if seen.inputs[0].requires_grad]
    paths = [seen.path for seen in neurons if seen.inputs[0].requires_grad]
    if len(points) < 2 or not output.requires_grad:
        return []
    grads = torch.autograd.grad(output.square().sum(), points, allow_unused=True)
    sizes = [0.0 if g is None else float(g.abs().double().mean()) for g in grads]
    first, last = sizes[0], sizes[-1]
    if last == 0:
        return []
    if first <= _VANISHED * last:
        message = f"the gradient at this layer is {first / last:.1g} times that at {paths[-1]}"
        fix = "wake silent layers (calibrate), or use a wider surrogate"
        return [Finding("vanishing-gradient", paths[0], "warning", message, fix)]
    if first >= _EXPLODED * last or first != first:
        message = f"the gradient at this layer is {first / last:.1g} times that at {paths[-1]}"
        fix = "a steeper surrogate, as SuperSpike(alpha=100), detach_reset=True, or clip gradients"
        return [Finding("exploding-gradient", paths[0], "warning", message, fix)]
    return []

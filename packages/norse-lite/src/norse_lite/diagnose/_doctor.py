"""Examines a network on a batch: what keeps it from learning, and what to do about it."""

from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor, nn

from norse_lite._errors import NetworkError
from norse_lite.diagnose._watch import Seen, is_spiking, run, sequence_of, watch
from norse_lite.forms._parameters import NeuronModule
from norse_lite.surrogate import Surrogate

__all__ = ["Diagnosis", "Finding", "doctor"]

Severity = Literal["error", "warning"]

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
class Finding:
    """Something that is wrong with a network.

    Attributes:
        code: Short name: "silent", "saturated", "vanishing-surrogate", ...
        path: Path of the module in the model; empty for the whole model.
        severity: "error" where nothing can be learned, "warning" where little can.
        message: What was seen, with numbers.
        fix: What to do.
    """

    code: str
    path: str
    severity: Severity
    message: str
    fix: str

    def __str__(self) -> str:
        where = f"{self.path}: " if self.path else ""
        return f"{self.severity} {self.code}: {where}{self.message}\n  fix: {self.fix}"


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
    the duration, at devices and precisions, and at values that are not finite. The model is run
    forwards and backwards; neither weights nor gradients are changed.

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
    findings = [*_devices(model, batch), *_input(batch)]
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
        findings += _finite(output, neurons)
        for seen in neurons:
            findings += _time_constants(seen)
            if is_spiking(seen.module):
                findings += [*_activity(seen), *_surrogate(seen)]
        findings += _gradients(output, neurons)
    finally:
        model.train(training)
    rates = {
        seen.path: float(sequence_of(seen, seen.outputs).detach().ne(0).double().mean())
        for seen in neurons
        if is_spiking(seen.module)
    }
    return Diagnosis(tuple(findings), rates)


def _devices(model: nn.Module, batch: Tensor) -> list[Finding]:
    devices: dict[str, str] = {}
    kinds: dict[torch.dtype, str] = {}
    for path, module in model.named_modules():
        constants = module._buffers if isinstance(module, NeuronModule) else {}
        named = [*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)]
        for name, value in named:
            devices.setdefault(str(value.device), f"{path}.{name}".lstrip("."))
            # A neuron keeps its constants in double precision whatever the network's.
            if value.is_floating_point() and name not in constants:
                kinds.setdefault(value.dtype, f"{path}.{name}".lstrip("."))
    findings = []
    if len({*devices, str(batch.device)}) > 1:
        places = [f"{where} on {device}" for device, where in devices.items()]
        findings.append(
            Finding(
                "device-mix",
                "",
                "error",
                f"the batch is on {batch.device}, {', '.join(places)}",
                f"model.to({str(batch.device)!r}), and create states after that",
            )
        )
    if len(kinds) > 1 or (kinds and batch.is_floating_point() and batch.dtype not in kinds):
        places = [f"{where} is {kind}" for kind, where in kinds.items()]
        findings.append(
            Finding(
                "dtype-mix",
                "",
                "warning",
                f"the batch is {batch.dtype}, {', '.join(places)}",
                "bring model and batch to one precision: model.to(dtype), batch.to(dtype)",
            )
        )
    return findings


def _input(batch: Tensor) -> list[Finding]:
    if not batch.is_floating_point():
        return [
            Finding("input-dtype", "", "error", f"the batch is {batch.dtype}", "use batch.float()")
        ]
    if not bool(torch.isfinite(batch).all()):
        return [
            Finding(
                "not-finite",
                "",
                "error",
                "the batch has infinite or undefined values",
                "clean the data: torch.nan_to_num(batch)",
            )
        ]
    if not bool(batch.ne(0).any()):
        return [
            Finding("empty-input", "", "error", "the batch is all zero", "check loader and encoder")
        ]
    return []


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
    slopes = torch.cat([rules.surrogate.derivative(u).abs().flatten() for u in record])
    largest = float(rules.surrogate.derivative(torch.zeros(1, dtype=slopes.dtype)).abs())
    reach = float((slopes > _NEGLIGIBLE * max(largest, 1e-30)).double().mean())
    if reach >= _SUPPORT:
        return []
    message = (
        f"the surrogate {rules.surrogate} is above {_NEGLIGIBLE:.0%} of its peak for only "
        f"{reach:.1%} of neurons and steps"
    )
    fix = "a wider surrogate, as SuperSpike(alpha=10), or calibrate(model, batch)"
    severity = "error" if reach == 0 else "warning"
    return [Finding("vanishing-surrogate", seen.path, severity, message, fix)]


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


def _time_constants(seen: Seen) -> list[Finding]:
    module = seen.module
    assert isinstance(module, NeuronModule)
    duration = module.dt * len(sequence_of(seen, seen.inputs))
    findings = []
    values = module.parameter_values()
    for name in module.neuron.parameters.__dataclass_fields__:
        if not name.startswith("tau"):
            continue
        tau = getattr(values, name).detach()
        least, most = float(tau.min()), float(tau.max())
        ratio = module.dt / least
        if ratio > 1 and module.rules.integrator == "euler":
            message = f"dt / {name} is {ratio:.3g}: forward Euler steps overshoot"
            fix = f"dt below {least:g} s, a larger {name}, or integrator='exact'; units are seconds"
            findings.append(Finding("dt-tau", seen.path, "error", message, fix))
        elif ratio > 0.5 and module.rules.integrator == "euler":
            message = f"dt / {name} is {ratio:.3g}: forward Euler steps are coarse"
            fix = "a smaller dt, or integrator='exact'"
            findings.append(Finding("dt-tau", seen.path, "warning", message, fix))
        elif most > 100 * duration and not name.startswith("tau_a"):
            message = (
                f"{name} is {most:g} s, {most / duration:.0f} times the {duration:g} s of the batch"
            )
            fix = f"is {name} in seconds? Set dt and {name} in the same unit, or run longer"
            findings.append(Finding("dt-tau", seen.path, "warning", message, fix))
    return findings

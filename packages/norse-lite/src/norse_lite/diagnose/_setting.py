"""What is wrong with a network before it runs: devices, precisions, weights, steps, the input."""

import torch
from torch import Tensor, nn

from norse_lite.diagnose._finding import Finding
from norse_lite.diagnose._watch import Seen, sequence_of
from norse_lite.forms._parameters import NeuronModule

__all__ = ["examine_setting", "time_constants"]


def examine_setting(model: nn.Module, batch: Tensor) -> list[Finding]:
    """Return what can be said without a run."""
    return [*_devices(model, batch), *_input(batch), *_weights(model), *_steps(model)]


def _weights(model: nn.Module) -> list[Finding]:
    findings, learnable = [], False
    for name, value in model.named_parameters():
        learnable = learnable or value.requires_grad
        finite = value.device.type == "meta" or bool(torch.isfinite(value.detach()).all())
        if not finite:
            fix = "load or draw the weights anew; lower the learning rate or clip gradients"
            message = f"{name} has infinite or undefined values"
            findings.append(Finding("not-finite", name.rpartition(".")[0], "error", message, fix))
    if not learnable and any(True for _ in model.parameters()):
        message = "no parameter of the model requires a gradient"
        fix = "model.requires_grad_(True), or only for the layers to learn"
        findings.append(Finding("nothing-to-learn", "", "warning", message, fix))
    return findings


def _steps(model: nn.Module) -> list[Finding]:
    first: dict[float, str] = {}
    for path, module in model.named_modules():
        if isinstance(module, NeuronModule):
            first.setdefault(module.dt, path or type(module).__name__)
    if len(first) < 2:
        return []
    places = ", ".join(f"{dt:g} s at {path}" for dt, path in first.items())
    message = f"the neurons have steps of several durations: {places}"
    return [Finding("dt-mix", "", "warning", message, "give all neurons the same dt")]


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


def time_constants(seen: Seen) -> list[Finding]:
    """Return what is wrong with the time constants beside the step and the duration."""
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

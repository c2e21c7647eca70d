"""Step f: what the report says."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

import nir_core
from demo.live import Live
from demo.network import SPIKING_LAYERS, STEP_US, STEPS, Data, Training, layer_outputs
from demo.plots import line_chart, raster
from demo.recording import Cleaned, event_rate
from demo.report import Report, Verdict, embed_picture
from demo.verify import Verification


@dataclass(frozen=True)
class Results:
    """What the steps of the demo gave."""

    cleaned: Cleaned
    animation: Path
    training: Training
    test: Data
    verified: Verification
    lives: list[Live]
    expected: torch.Tensor


def write(path: Path, results: Results, *, versions: dict[str, str]) -> None:
    """Write the report of one run."""
    report = Report(
        "From an event recording to a verified network",
        f"Recording: {results.cleaned.path.name}."
        " Every figure on this page was computed by the run that wrote it.",
    )
    report.numbers(
        {
            "events in the recording": f"{len(results.cleaned.raw):,}",
            "held-out accuracy": f"{results.training.accuracy[-1]:.1%}",
            "training time": f"{results.training.seconds:.0f} s",
            "spikes that differ after export": f"{results.verified.same[0].differing:,}",
        }
    )
    _recording(report, results.cleaned, results.animation)
    _network(report, results.training, results.test, results.verified)
    _semantics(report, results.verified)
    _live(report, results)
    report.section("Versions", f"Python {platform.python_version()} on {platform.machine()}.")
    report.table(["package", "version"], [[name, number] for name, number in versions.items()])
    report.write(path)


def _recording(report: Report, cleaned: Cleaned, animation: Path) -> None:
    width, height = cleaned.raw.size
    report.section(
        "The recording",
        f"{width} x {height} pixels, {cleaned.raw.duration_us * 1e-6:.2f} s."
        f" {cleaned.hot:,} events of hot pixels and {cleaned.noise:,} events without a neighbour"
        " were removed.",
    )
    before, after = event_rate(cleaned.raw), event_rate(cleaned.events)
    rates = {"as recorded": before, "cleaned": after}
    rate = line_chart(
        {name: np.interp(before[0], r[0], r[1] + r[2]).tolist() for name, r in rates.items()},
        x=before[0].tolist(),
        x_label="time (s)",
        y_label="events (thousands/s)",
    )
    report.figures(
        (
            embed_picture(animation, alt="animation of the recording"),
            "The cleaned recording at half speed; the two colours are brighter and darker.",
        ),
        (rate, "Event rate before and after cleaning."),
    )


def _network(report: Report, training: Training, test: Data, verified: Verification) -> None:
    report.section(
        "The network",
        "Two spiking convolutions and a leaky readout, trained by surrogate gradients on"
        f" {STEPS} frames of {STEP_US / 1000:g} ms for each digit.",
    )
    curve = line_chart(
        {"training loss": training.loss, "held-out accuracy": training.accuracy},
        x=range(1, len(training.loss) + 1),
        x_label="epoch",
        y_label="loss, accuracy",
        dots=True,
    )
    outputs = layer_outputs(training.network, test.frames[:, :1])
    spikes = {
        name: outputs[layer][:, 0].flatten(1).numpy() for layer, name in SPIKING_LAYERS.items()
    }
    report.figures(
        (curve, "Training curve."),
        (
            raster(spikes, step_ms=STEP_US / 1000),
            f"Spikes while one held-out {int(test.labels[0])} is shown: the most active neurons.",
        ),
    )
    report.wide_figure(nir_core.draw(verified.graph), "The exported graph with its shapes.")


def _semantics(report: Report, verified: Verification) -> None:
    report.section(
        "Does the file mean the same network?",
        f"{verified.path.name} was read back twice and run by the reference interpreter on ten"
        f" held-out samples; the network in PyTorch made {verified.trained_spikes:,} spikes.",
    )
    columns = ["run", "spikes", "differing spikes", "same class"]
    report.table(
        [*columns, "verdict"],
        [
            [r.name, r.spikes, r.differing, f"{r.agreement:.0%}", _same(r.differing == 0)]
            for r in verified.same
        ],
    )
    report.section(
        "What other platforms would make of it",
        "A .nir file does not say how time is cut into steps. Each profile is the rules of one"
        " platform, applied to the same file and the same input.",
    )
    report.table(
        [*columns, "where the first difference is, and why"],
        [
            [r.name, r.spikes, r.differing, f"{r.agreement:.0%}", r.note or "identical"]
            for r in verified.profiles
        ],
    )


def _live(report: Report, results: Results) -> None:
    report.section(
        "Live",
        "The cleaned recording was sent through this machine's network stack, and played by an"
        " emulated camera through its driver, into the same network.",
    )
    report.table(
        ["way", "events sent", "received", "lost", "network output"],
        [
            [found.name, found.sent, found.events, found.lost,
             _same(torch.equal(found.scores, results.expected))]
            for found in results.lives
        ],
    )  # fmt: skip
    labels = results.cleaned.labels
    if labels is not None:
        seen = results.expected.argmax(1).numpy()
        report.table(
            ["shown", *(str(int(digit)) for digit in labels)],
            [["recognised", *(Verdict(int(a) == int(b), str(int(a)))
                              for a, b in zip(seen, labels, strict=True))]],
        )  # fmt: skip


def _same(same: bool) -> Verdict:
    return Verdict(same, "the same" if same else "differs")

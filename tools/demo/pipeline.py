"""The demo's steps in order."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

import numpy as np
import torch

from corpus.digits import SAMPLE_US
from demo import live, network, page, recording, verify

PACKAGES = (
    "neuro-kernels", "aestream-io", "faery-cli", "norse-lite", "nir-core", "hw-drivers",
    "torch", "numpy", "nir",
)  # fmt: skip


class ProgressLike(Protocol):
    def step(self, text: str) -> None: ...
    def detail(self, text: str) -> None: ...


def run(
    source: Path | None, out: Path, *, quick: bool, seed: int, progress: ProgressLike
) -> tuple[str, ...]:
    """Run every step and write the report, `out/report.html`.

    Args:
        source: a recording, or None to make one.
        out: folder for all results; made if it is not there.
        quick: use less data and fewer epochs.
        seed: of everything random.
        progress: told about each step.

    Returns:
        What the run was to prove and did not, one sentence each.
    """
    out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(os.cpu_count() or 1)
    order = np.random.default_rng(seed).permutation(1797)
    train_count, test_count, epochs, shown = (400, 100, 6, 10) if quick else (1300, 397, 12, 20)
    held_out = order[1400:]

    progress.step("a. recording")
    if source is None:
        path = out / "digits.raw"
        labels = recording.make_recording(path, digits=held_out[-shown:], seed=seed)
        progress.detail(f"made {shown} moving digits, written as EVT3: {path}")
    else:
        path, labels = recording.copy_recording(source, out), None
        progress.detail(f"took {source}")

    progress.step("b. cleaning and drawing")
    cleaned = recording.clean(path, labels)
    progress.detail(
        f"{len(cleaned.raw):,} events of {cleaned.raw.size[0]}x{cleaned.raw.size[1]} pixels;"
        f" removed {cleaned.hot:,} of hot pixels and {cleaned.noise:,} of noise"
    )
    animation = recording.animate(cleaned, out / "animation.gif", seconds=1.2)
    progress.detail(f"animation: {animation} ({animation.stat().st_size / 1e3:.0f} kB)")

    progress.step("c. training a convolutional spiking network on moving digits")
    data = network.make_data(order[:train_count], seed=seed + 1, clean=recording.denoise)
    test = network.make_data(held_out[:test_count], seed=seed + 2, clean=recording.denoise)
    progress.detail(f"{len(data):,} training and {len(test):,} held-out samples")
    training = network.train(
        data, test, epochs=epochs, seed=seed,
        progress=lambda epoch, loss, accuracy: progress.detail(
            f"epoch {epoch + 1:2}/{epochs}: loss {loss:.3f}, held-out accuracy {accuracy:.1%}"
        ),
    )  # fmt: skip
    progress.detail(f"trained in {training.seconds:.1f} s")

    progress.step("d. export, re-reading, and the semantics of other platforms")
    nir_path = out / "network.nir"
    few = network.Data(test.frames[:, :10], test.labels[:10])
    verify.export(training.network, few, nir_path)
    verified = verify.verify(training.network, few, nir_path)
    for reading in (*verified.same, *verified.profiles):
        progress.detail(
            f"{reading.name}: {reading.spikes:,} spikes, {reading.differing:,} differing,"
            f" {reading.agreement:.0%} of the classes agree"
        )

    progress.step("e. streaming into the same network")
    events = cleaned.events
    start = 0 if labels is not None or not len(events) else int(events.t[0])
    span = int(events.t[-1]) + 1 - start if len(events) else 0
    count = len(labels) if labels is not None else min(span // SAMPLE_US, 20)
    _, expected = live.from_packets(training.network, [events], start_us=start, count=count)
    lives = [
        way(training.network, events, start_us=start, count=count)
        for way in (live.over_udp, live.from_camera)
    ]
    for found in lives:
        outcome = "equal to" if torch.equal(found.scores, expected) else "different from"
        progress.detail(
            f"{found.name}: {found.events:,} of {found.sent:,} events, {found.lost:,} lost,"
            f" outputs {outcome} the file's"
        )

    progress.step("f. report")
    report = out / "report.html"
    page.write(
        report,
        page.Results(cleaned, animation, training, test, verified, lives, expected),
        versions={name: version(name) for name in PACKAGES},
    )
    progress.step(f"done: open {os.path.relpath(report)}")
    return tuple(_failures(verified, lives, expected))


def _failures(
    verified: verify.Verification, lives: list[live.Live], expected: torch.Tensor
) -> Iterator[str]:
    """Say what this run was to prove and did not."""
    for reading in verified.same:
        if reading.differing:
            yield f"{reading.name}: {reading.differing} spikes differ from the trained network's"
    for found in lives:
        if not found.lost and not torch.equal(found.scores, expected):
            yield f"{found.name}: nothing was lost, yet the network's output differs"

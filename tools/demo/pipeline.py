"""The demo's steps in order: one configuration of norse-lite's pipeline, and the same live."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import numpy as np
import torch

from corpus.digits import SAMPLE_US
from demo import live, page, recording
from demo.recordings import write_recordings
from norse_lite.pipeline import Config, Outcome, example_config, load_config
from norse_lite.pipeline import run as run_pipeline

STEPS = 20


class ProgressLike(Protocol):
    def step(self, text: str) -> None: ...
    def detail(self, text: str) -> None: ...


def write_config(out: Path, recordings: Path, *, quick: bool, seed: int) -> Config:
    """Write the pipeline's file beside its results, and read it."""
    path = out / "pipeline.toml"
    text = example_config(
        top={"title": "From event recordings to a verified network", "seed": seed, "output": "."},
        data={"folder": recordings.name, "test_share": 0.2 if quick else 0.23},
        clean={"neighbour": f"{recording.NEIGHBOUR_WINDOW_US // 1000}ms"},
        frames={"duration": f"{SAMPLE_US // 1000}ms", "steps": STEPS, "size": [34, 34]},
        train={"epochs": 6 if quick else 12},
        verify={
            "samples": 4 if quick else 10,
            "profiles": ["norse", "snntorch", "sinabs", "exact"] if quick else "all",
        },
        chips={"targets": ["speck2e", "loihi2", "spinnaker2"] if quick else "all"},
    )
    path.write_text(text, "utf-8")
    return load_config(path)


def run(
    source: Path | None, out: Path, *, quick: bool, seed: int, progress: ProgressLike
) -> tuple[str, ...]:
    """Run every step and write the report, `out/report.html`.

    Args:
        source: a recording to stream, or None to make one.
        out: folder for all results; made if it is not there.
        quick: use less data and fewer epochs.
        seed: of everything random.
        progress: told about each step.

    Returns:
        What the run was to prove and did not, one sentence each.
    """
    out.mkdir(parents=True, exist_ok=True)
    order = np.random.default_rng(seed).permutation(1797)
    count, shown = (500, 10) if quick else (1777, 20)

    progress.step("a. labelled recordings")
    folder = out / f"recordings-{count}-{seed}"
    write_recordings(folder, order[:count], seed=seed + 1)
    progress.detail(f"{count:,} moving digits in folders of their classes: {folder}")

    progress.step("b. the pipeline: train, export, quantize, check, compare")
    config = write_config(out, folder, quick=quick, seed=seed)
    outcome = run_pipeline(config, progress=progress.detail)
    assert outcome is not None, "the demo is one process"

    progress.step("c. another recording")
    if source is None:
        path = out / "digits.raw"
        labels = recording.make_recording(path, digits=order[-shown:], seed=seed)
        progress.detail(f"made {shown} moving digits, written as EVT3: {path}")
    else:
        path, labels = recording.copy_recording(source, out), None
        progress.detail(f"took {source}")
    cleaned = recording.clean(path, labels)
    progress.detail(
        f"{len(cleaned.raw):,} events of {cleaned.raw.size[0]}x{cleaned.raw.size[1]} pixels;"
        f" removed {cleaned.hot:,} of hot pixels and {cleaned.noise:,} of noise"
    )
    animation = recording.animate(cleaned, out / "animation.gif", seconds=1.2)
    progress.detail(f"animation: {animation} ({animation.stat().st_size / 1e3:.0f} kB)")

    progress.step("d. streaming it into the network")
    classifier = live.Classifier(outcome.network, outcome.layout)
    events = cleaned.events
    start = 0 if labels is not None or not len(events) else int(events.t[0])
    span = int(events.t[-1]) + 1 - start if len(events) else 0
    windows = len(labels) if labels is not None else min(span // SAMPLE_US, 20)
    _, expected = classifier.from_packets([events], start_us=start, count=windows)
    lives = [
        way(classifier, events, start_us=start, count=windows)
        for way in (live.over_udp, live.from_camera)
    ]
    for found in lives:
        equal = "equal to" if torch.equal(found.scores, expected) else "different from"
        progress.detail(
            f"{found.name}: {found.events:,} of {found.sent:,} events, {found.lost:,} lost,"
            f" outputs {equal} the file's"
        )

    progress.step("e. report")
    report = out / "report.html"
    page.write(report, outcome, page.Streamed(cleaned, animation, lives, expected))
    progress.step(f"done: open {os.path.relpath(report)}")
    return tuple(_failures(outcome, lives, expected))


def _failures(outcome: Outcome, lives: list[live.Live], expected: torch.Tensor) -> Iterator[str]:
    """Say what this run was to prove and did not."""
    yield from outcome.failures
    for found in lives:
        if not found.lost and not torch.equal(found.scores, expected):
            yield f"{found.name}: nothing was lost, yet the network's output differs"

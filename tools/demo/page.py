"""Step e: what the demo's report says beyond the pipeline's."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch

from demo.live import Live
from demo.recording import Cleaned, event_rate
from norse_lite.pipeline import Outcome, Page, Verdict, embed_picture, line_chart


@dataclass(frozen=True)
class Streamed:
    """What streaming another recording gave."""

    cleaned: Cleaned
    animation: Path
    lives: list[Live]
    expected: torch.Tensor


def write(path: Path, outcome: Outcome, streamed: Streamed) -> None:
    """Write the pipeline's page with what was streamed; a reader never sees half of it."""
    page = outcome.page
    _recording(page, streamed.cleaned, streamed.animation)
    _live(page, streamed)
    names = ("faery-cli", "hw-drivers")
    page.note("Beside the packages above: " + ", ".join(f"{n} {version(n)}" for n in names) + ".")
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(page.html(), "utf-8")
    draft.replace(path)


def _recording(page: Page, cleaned: Cleaned, animation: Path) -> None:
    width, height = cleaned.raw.size
    page.section(
        "Another recording",
        f"{cleaned.path.name}: {len(cleaned.raw):,} events of {width} x {height} pixels,"
        f" {cleaned.raw.duration_us * 1e-6:.2f} s. {cleaned.hot:,} events of hot pixels and"
        f" {cleaned.noise:,} events without a neighbour were removed.",
    )
    before, after = event_rate(cleaned.raw), event_rate(cleaned.events)
    rates = {"as recorded": before, "cleaned": after}
    rate = line_chart(
        {name: np.interp(before[0], r[0], r[1] + r[2]).tolist() for name, r in rates.items()},
        x=before[0].tolist(),
        x_label="time (s)",
        y_label="events (thousands/s)",
    )
    page.figures(
        (
            embed_picture(animation, alt="animation of the recording"),
            "The cleaned recording at half speed; the two colours are brighter and darker.",
        ),
        (rate, "Event rate before and after cleaning."),
    )


def _live(page: Page, streamed: Streamed) -> None:
    page.section(
        "Live",
        "The cleaned recording was sent through this machine's network stack, and played by an"
        " emulated camera through its driver, into the trained network.",
    )
    page.table(
        ["way", "events sent", "received", "lost", "network output"],
        [
            [found.name, found.sent, found.events, found.lost,
             _same(torch.equal(found.scores, streamed.expected))]
            for found in streamed.lives
        ],
    )  # fmt: skip
    labels = streamed.cleaned.labels
    if labels is not None:
        seen = streamed.expected.argmax(1).numpy()
        page.table(
            ["shown", *(str(int(digit)) for digit in labels)],
            [["recognised", *(Verdict(int(a) == int(b), str(int(a)))
                              for a, b in zip(seen, labels, strict=True))]],
        )  # fmt: skip


def _same(same: bool) -> Verdict:
    return Verdict(same, "the same" if same else "differs")

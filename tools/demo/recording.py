"""Steps a and b: get a recording, clean it, draw it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import aestream_io
import faery_cli
from corpus.digits import digits_recording
from neuro_kernels import Events
from neuro_kernels.filters import BackgroundActivity, HotPixels

HOT_PIXEL_RATIO = 3.0
NEIGHBOUR_WINDOW_US = 6_000
PICTURE_PIXELS = 340  # longer side of the animation of a small sensor


@dataclass(frozen=True)
class Cleaned:
    """A recording before and after the filters.

    Args:
        path: the recording's file.
        raw: every event of the file.
        events: what the filters kept.
        hot: events removed with the hot pixels.
        noise: events removed as background activity.
        labels: the digits shown, one after the other; None for somebody else's recording.
    """

    path: Path
    raw: Events
    events: Events
    hot: int
    noise: int
    labels: np.ndarray | None


def make_recording(path: Path, *, digits: np.ndarray, seed: int) -> np.ndarray:
    """Write a synthetic recording of moving digits as EVT3 and return its labels."""
    events, labels = digits_recording(digits, rng=np.random.default_rng(seed))
    aestream_io.write(path, events, format="evt3")
    return labels


def denoise(events: Events) -> Events:
    """Keep the events that a neighbouring pixel supports."""
    return BackgroundActivity(events.size, window_us=NEIGHBOUR_WINDOW_US).feed(events)


def clean(path: Path, labels: np.ndarray | None) -> Cleaned:
    """Read a recording and remove its hot pixels and background activity."""
    raw = aestream_io.read(path)
    hot = HotPixels(raw.size, ratio=HOT_PIXEL_RATIO)
    hot.count(raw)
    kept = hot.apply(raw)
    events = denoise(kept)
    return Cleaned(path, raw, events, len(raw) - len(kept), len(kept) - len(events), labels)


def animate(recording: Cleaned, path: Path, *, seconds: float) -> Path:
    """Draw the first seconds of a cleaned recording as a GIF."""
    start = int(recording.events.t[0]) if len(recording.events) else 0
    shown = recording.events.between(start, start + int(seconds * 1e6))
    scale = max(1, PICTURE_PIXELS // max(shown.size))
    faery_cli.video(shown, path, fps=20, speed=0.5, tau="15ms", scale=scale, overwrite=True)
    return path


def event_rate(events: Events, *, bins: int = 100) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Count events over time.

    Returns:
        Bin centres in seconds, ON rate and OFF rate in thousands of events per second.
    """
    if not len(events):
        return np.zeros(1), np.zeros(1), np.zeros(1)
    first, last = int(events.t[0]), int(events.t[-1]) + 1
    edges = np.linspace(first, last, bins + 1)
    wide = (edges[1] - edges[0]) * 1e-6
    on, _ = np.histogram(events.t[events.p == 1], edges)
    off, _ = np.histogram(events.t[events.p == 0], edges)
    return (edges[:-1] + edges[1:]) * 0.5e-6, on / wide * 1e-3, off / wide * 1e-3


def copy_recording(source: Path, folder: Path) -> Path:
    """Copy a user's recording beside the report, so that all parts of the run lie together."""
    target = folder / source.name
    if not (target.exists() and target.samefile(source)):
        shutil.copyfile(source, target)
    return target

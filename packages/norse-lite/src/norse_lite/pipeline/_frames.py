"""From events to frames: the steps that a network sees, kept on disk."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from neuro_kernels import Events
from norse_lite._errors import NetworkError
from norse_lite.pipeline._config import Clean, Data, Frames
from norse_lite.pipeline._recordings import Recording, Survey, read_events

__all__ = ["Dataset", "Layout", "Sample", "load_frames", "plan_layout", "to_frames", "write_frames"]

_LARGEST = 64


@dataclass(frozen=True)
class Layout:
    """Shape and time of a sample.

    Attributes:
        steps: Number of steps T.
        step_us: Duration of a step in microseconds.
        size: Width and height of a frame.
        binary: Whether a frame says only if there was an event.
    """

    steps: int
    step_us: int
    size: tuple[int, int]
    binary: bool

    @property
    def dt(self) -> float:
        """Duration of a step in seconds."""
        return self.step_us * 1e-6

    @property
    def duration_us(self) -> int:
        """Duration of a sample in microseconds."""
        return self.steps * self.step_us

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Shape of a sample: steps, polarities, height, width."""
        return self.steps, 2, self.size[1], self.size[0]


@dataclass(frozen=True)
class Sample:
    """Where a sample comes from: a recording, and the number of its window."""

    recording: str
    label: str
    window: int
    events: int


@dataclass(frozen=True)
class Dataset:
    """Samples on disk.

    Attributes:
        layout: Shape and time of a sample.
        samples: Where they come from.
        frames: `(n, T, 2, height, width)` uint8, mapped from the file.
    """

    layout: Layout
    samples: tuple[Sample, ...]
    frames: np.ndarray

    def tensor(self, numbers: Sequence[int]) -> Tensor:
        """Samples as a network takes them, `(T, n, 2, height, width)` float32."""
        return torch.from_numpy(self.frames[list(numbers)]).transpose(0, 1).float()


def plan_layout(frames: Frames, surveys: Sequence[Survey]) -> Layout:
    """Choose what the options leave open: how long a sample lasts, and how large a frame is."""
    if frames.duration is not None:
        step_us = frames.duration // frames.steps
    else:
        median = int(np.median([one.duration_us for one in surveys]))
        step_us = max(1, -(-median // frames.steps))
    if isinstance(frames.size, tuple):
        size = frames.size
    else:
        width, height = (max(one.size[k] for one in surveys) for k in (0, 1))
        shrink = -(-max(width, height) // _LARGEST)
        size = -(-width // shrink), -(-height // shrink)
    return Layout(frames.steps, step_us, size, frames.values == "binary")


def to_frames(events: Events, layout: Layout, *, start_us: int) -> np.ndarray:
    """Count the events of a sample by step, polarity and place.

    Args:
        events: Events in any order; the sensor is made as large as a frame.
        layout: Shape and time of a sample.
        start_us: Time at which it begins.

    Returns:
        `(T, 2, height, width)` uint8, channel 0 OFF and 1 ON; counts end at 255.

    Example:
        >>> events = Events([0, 15, 19], [3, 0, 0], [0, 1, 1], [1, 0, 0], size=(4, 2))
        >>> layout = Layout(steps=2, step_us=10, size=(2, 2), binary=False)
        >>> to_frames(events, layout, start_us=0).sum((2, 3)).tolist()
        [[0, 1], [2, 0]]
    """
    (width, height), (wide, high) = layout.size, events.size
    t = events.t - start_us
    inside = (t >= 0) & (t < layout.duration_us)
    kept = events if bool(inside.all()) else events[inside]
    step = (kept.t - start_us) // layout.step_us
    x = kept.x.astype(np.int64) * width // max(wide, 1)
    y = kept.y.astype(np.int64) * height // max(high, 1)
    place = ((step * 2 + (kept.p > 0)) * height + y) * width + x
    counts = np.bincount(place, minlength=int(np.prod(layout.shape)))
    most = 1 if layout.binary else 255
    return np.minimum(counts, most).astype(np.uint8).reshape(layout.shape)


def windows(events: Events, layout: Layout, frames: Frames) -> list[tuple[int, int, np.ndarray]]:
    """Cut a recording into samples: (number of the window, events, frames) of each that counts."""
    first, last = int(events.t.min()), int(events.t.max())
    span = last + 1 - first
    # A recording that is shorter than a sample is one sample; a part at the end is none.
    fitting = max(1, span // layout.duration_us)
    count = fitting if frames.windows == 0 else min(frames.windows, fitting)
    kept = []
    for window in range(count):
        start = first + window * layout.duration_us
        number = int(((events.t >= start) & (events.t < start + layout.duration_us)).sum())
        if number >= frames.min_events:
            kept.append((window, number, to_frames(events, layout, start_us=start)))
    return kept


def write_frames(
    folder: Path,
    recordings: Sequence[Recording],
    layout: Layout,
    *,
    data: Data,
    clean: Clean,
    frames: Frames,
) -> None:
    """Turn recordings into `frames.bin` and `samples.json` in a folder.

    Raises:
        NetworkError: No recording has a sample with enough events.
    """
    samples: list[Sample] = []
    with (folder / "frames.bin").open("wb") as file:
        for recording in recordings:
            events, _ = read_events(recording.path, data, clean)
            if events is None:
                continue
            for window, number, one in windows(events, layout, frames):
                file.write(one.tobytes())
                samples.append(Sample(recording.name, recording.label, window, number))
    if not samples:
        raise NetworkError(
            f"no recording has a sample with min_events = {frames.min_events} events; lower it, or "
            "make duration in [frames] longer"
        )
    content: dict[str, Any] = {
        "layout": asdict(layout),
        "samples": [asdict(one) for one in samples],
    }
    (folder / "samples.json").write_text(json.dumps(content), "utf-8")


def load_frames(folder: Path) -> Dataset:
    """Map what `write_frames` wrote."""
    content = json.loads((folder / "samples.json").read_text("utf-8"))
    values = content["layout"]
    layout = Layout(**{**values, "size": tuple(values["size"])})
    samples = tuple(Sample(**one) for one in content["samples"])
    frames = np.memmap(folder / "frames.bin", np.uint8, "r", shape=(len(samples), *layout.shape))
    return Dataset(layout, samples, frames)

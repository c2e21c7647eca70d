"""What `read_recording` returns."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from aestream_io._report import DecodeReport, RecordingInfo
from neuro_kernels import Events

__all__ = ["Recording"]


@dataclass(frozen=True, kw_only=True)
class Recording:
    """Everything that one file holds; None where its format has no such thing.

    Attributes:
        events: the events.
        triggers: external trigger edges: columns `t` (n,) int64 us, `id` and `value` (n,) uint8.
        frames: a list of `Frame`, in the order of the file.
        imu: `ImuSamples`.
        colors: uint8 (n, 3), row i is the red, green and blue of event i.
        payloads: timed byte strings: `.t` (n,) int64 us and `.data`, a list of `bytes`.
        exposures: exposure edges of an ATIS sensor as Events, `p` 0 at the start and 1 at the end.
        info: facts about the file.
        report: what was skipped, where and why.
    """

    events: Events | None
    triggers: Any = None
    frames: Any = None
    imu: Any = None
    colors: np.ndarray | None = None
    payloads: Any = None
    exposures: Events | None = None
    info: RecordingInfo
    report: DecodeReport

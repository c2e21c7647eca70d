"""Parameters of a short GIF that plays a recording forth and back."""

import dataclasses
import math

from faery_cli.compat.faery import enums
from faery_cli.compat.faery.timestamp import Time, TimeOrTimecode, parse_time, s

__all__ = ["WiggleParameters"]


@dataclasses.dataclass(frozen=True, init=False)
class WiggleParameters:
    """What `regularize`, `render` and `to_file` need for a wiggle.

    Args:
        time_range: of the recording.
        rewind: play it backward after the end.
        decay: how events fade.
        output_duration: of the GIF.
        tau_frames: decay time in frames.
        frame_rate: frames per second.
        skip: frames left out at the beginning, while the picture builds up; as many as `tau_frames`
            by default.
    """

    frequency_hz: float
    decay: enums.Decay
    tau: Time
    frame_rate: float
    rewind: bool
    skip: int

    def __init__(
        self,
        time_range: tuple[Time, Time],
        rewind: bool = True,
        decay: enums.Decay = "cumulative",
        output_duration: TimeOrTimecode = s * 3,
        tau_frames: float = 5.0,
        frame_rate: float = 30.0,
        skip: int | None = None,
    ) -> None:
        shown = round(parse_time(output_duration).to_seconds() * frame_rate)
        # Rewinding repeats neither the first nor the last frame.
        forward = (shown + 2) // 2 if rewind else shown
        left_out = math.ceil(tau_frames) if skip is None else skip
        duration = (time_range[1] - time_range[0]).to_seconds()
        frequency = max(1, forward + left_out) / duration
        for name, value in (
            ("frequency_hz", frequency),
            ("decay", decay),
            ("tau", Time(round(tau_frames / frequency * 1e6))),
            ("frame_rate", frame_rate),
            ("rewind", rewind),
            ("skip", left_out),
        ):
            object.__setattr__(self, name, value)

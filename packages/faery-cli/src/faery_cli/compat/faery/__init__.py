"""Faery's names: programs written for Faery run with their import changed.

    from faery_cli.compat import faery

Names, arguments and results are Faery 0.7.1's; where its results depended on the buffering of files
or lost events, these do not. New programs are better written with `faery_cli` itself.

>>> import numpy as np
>>> events = np.zeros(3, EVENTS_DTYPE)
>>> events["t"] = [0, 20_000, 40_000]
>>> stream = events_stream_from_array(events, (8, 6)).regularize(frequency_hz=60.0)
>>> [len(packet) for packet in stream]
[1, 1, 1]
"""

import pathlib
import sys

from faery_cli.compat.faery import (
    color,
    colormaps,
    display,
    enums,
    event_rate,
    events_input,
    events_stream,
    events_stream_state,
    frame_input,
    frame_stream,
    frame_stream_state,
    kinectograph,
    spectrogram,
    stream,
    timestamp,
    wiggle,
)
from faery_cli.compat.faery._arrays import EVENTS_DTYPE
from faery_cli.compat.faery.color import (
    DARK_COLOR_THEME,
    LIGHT_COLOR_THEME,
    Color,
    Colormap,
    ColorTheme,
    color_to_floats,
    color_to_hex_string,
    color_to_ints,
    gradient,
)
from faery_cli.compat.faery.colormaps import colormaps_list, name_to_colormaps
from faery_cli.compat.faery.display import (
    format_bold,
    format_color,
    progress_bar,
    progress_bar_fold,
)
from faery_cli.compat.faery.enums import (
    ColorblindnessType,
    Decay,
    EventsFileCompression,
    EventsFileType,
    EventsFileVersion,
    FilterOrientation,
    ImageFileCompressionLevel,
    ImageFileType,
    ImageResizeSamplingFilter,
    TransposeAction,
    UdpFormat,
    VideoFilePreset,
    VideoFileProfile,
    VideoFileTune,
    VideoFileType,
)
from faery_cli.compat.faery.event_rate import EventRate
from faery_cli.compat.faery.events_input import (
    CsvProperties,
    events_stream_from_array,
    events_stream_from_camera,
    events_stream_from_file,
    events_stream_from_stdin,
    events_stream_from_udp,
)
from faery_cli.compat.faery.events_stream import (
    EventsFilter,
    EventsStream,
    FiniteEventsFilter,
    FiniteEventsStream,
    FiniteRegularEventsFilter,
    FiniteRegularEventsStream,
    RegularEventsFilter,
    RegularEventsStream,
)
from faery_cli.compat.faery.events_stream_state import (
    EventsStreamState,
    FiniteEventsStreamState,
    FiniteRegularEventsStreamState,
    RegularEventsStreamState,
)
from faery_cli.compat.faery.frame_input import frame_stream_from_function, frame_stream_from_list
from faery_cli.compat.faery.frame_stream import (
    FiniteFrameFilter,
    FiniteFrameStream,
    FiniteRegularFrameFilter,
    FiniteRegularFrameStream,
    Frame,
    FrameFilter,
    FrameStream,
    RegularFrameFilter,
    RegularFrameStream,
)
from faery_cli.compat.faery.frame_stream_state import (
    FiniteFrameStreamState,
    FiniteRegularFrameStreamState,
    FrameStreamState,
    RegularFrameStreamState,
)
from faery_cli.compat.faery.kinectograph import Kinectograph
from faery_cli.compat.faery.spectrogram import Spectrogram
from faery_cli.compat.faery.task import JobManager, Task, task
from faery_cli.compat.faery.timestamp import Time, TimeOrTimecode, ms, parse_time, s, us
from faery_cli.compat.faery.wiggle import WiggleParameters

__all__ = [
    "DARK_COLOR_THEME",
    "EVENTS_DTYPE",
    "LIGHT_COLOR_THEME",
    "Color",
    "ColorTheme",
    "ColorblindnessType",
    "Colormap",
    "CsvProperties",
    "Decay",
    "EventRate",
    "EventsFileCompression",
    "EventsFileType",
    "EventsFileVersion",
    "EventsFilter",
    "EventsStream",
    "EventsStreamState",
    "FilterOrientation",
    "FiniteEventsFilter",
    "FiniteEventsStream",
    "FiniteEventsStreamState",
    "FiniteFrameFilter",
    "FiniteFrameStream",
    "FiniteFrameStreamState",
    "FiniteRegularEventsFilter",
    "FiniteRegularEventsStream",
    "FiniteRegularEventsStreamState",
    "FiniteRegularFrameFilter",
    "FiniteRegularFrameStream",
    "FiniteRegularFrameStreamState",
    "Frame",
    "FrameFilter",
    "FrameStream",
    "FrameStreamState",
    "ImageFileCompressionLevel",
    "ImageFileType",
    "ImageResizeSamplingFilter",
    "JobManager",
    "Kinectograph",
    "RegularEventsFilter",
    "RegularEventsStream",
    "RegularEventsStreamState",
    "RegularFrameFilter",
    "RegularFrameStream",
    "RegularFrameStreamState",
    "Spectrogram",
    "Task",
    "Time",
    "TimeOrTimecode",
    "TransposeAction",
    "UdpFormat",
    "VideoFilePreset",
    "VideoFileProfile",
    "VideoFileTune",
    "VideoFileType",
    "WiggleParameters",
    "color",
    "color_to_floats",
    "color_to_hex_string",
    "color_to_ints",
    "colormaps",
    "colormaps_list",
    "dirname",
    "display",
    "enums",
    "event_rate",
    "events_input",
    "events_stream",
    "events_stream_from_array",
    "events_stream_from_camera",
    "events_stream_from_file",
    "events_stream_from_stdin",
    "events_stream_from_udp",
    "events_stream_state",
    "format_bold",
    "format_color",
    "frame_input",
    "frame_stream",
    "frame_stream_from_function",
    "frame_stream_from_list",
    "frame_stream_state",
    "gradient",
    "kinectograph",
    "ms",
    "name_to_colormaps",
    "parse_time",
    "progress_bar",
    "progress_bar_fold",
    "s",
    "spectrogram",
    "stream",
    "task",
    "timestamp",
    "us",
    "wiggle",
]

# The folder of the script that runs; the current one without a script.
_script = getattr(sys.modules.get("__main__"), "__file__", None)
dirname = pathlib.Path(_script).resolve().parent if _script else pathlib.Path()

"""Outputs: what a stream can be written to."""

from faery_cli.outputs._registry import Output, OutputReport, by_ending, outputs
from faery_cli.outputs._save import check_output, find_output, output_parameters, save, video

__all__ = [
    "Output",
    "OutputReport",
    "by_ending",
    "check_output",
    "find_output",
    "output_parameters",
    "outputs",
    "save",
    "video",
]

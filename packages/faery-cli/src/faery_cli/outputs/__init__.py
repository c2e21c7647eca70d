"""Outputs: what a stream can be written to."""

from faery_cli.outputs._find import find_output, outputs
from faery_cli.outputs._registry import Job, Output, OutputReport, Written
from faery_cli.outputs._save import check_output, save, video

__all__ = [
    "Job",
    "Output",
    "OutputReport",
    "Written",
    "check_output",
    "find_output",
    "outputs",
    "save",
    "video",
]

"""PNG: one picture, or one file for each."""

import contextlib
import os
import string
from typing import TYPE_CHECKING, Any, BinaryIO

from faery_cli.errors import InputError, OutputError, UsageError
from faery_cli.outputs._files import into_file
from faery_cli.outputs._registry import Job, Output, Written

if TYPE_CHECKING:
    from faery_cli.operation import Frame
    from faery_cli.run import Run

__all__ = ["FILES", "PNG"]

FIELDS = {"index": "number of the picture, from 0", "us": "its moment in microseconds"}


def _check_pattern(job: Job) -> None:
    path = job.path
    try:
        names = [name for _, name, _, _ in string.Formatter().parse(path) if name is not None]
        _file_name(path, 0, 0)
    except (ValueError, KeyError, IndexError, AttributeError) as error:
        fields = ", ".join(f"{{{name}}}" for name in FIELDS)
        raise UsageError(f"{path}: expected a name with fields {fields} ({error})") from None
    if not names:
        raise UsageError(f"{path}: all files would have one name; write for example {{index:04}}")


def _file_name(path: str, index: int, us: int) -> str:
    return path.format(index=index, us=us)


def _write_files(run: "Run", job: Job) -> Written:
    from neuro_kernels.render import png

    path = job.path
    folder = os.path.dirname(path)
    notes = []
    if folder and "{" not in folder and not os.path.isdir(folder):
        parent = os.path.dirname(folder)
        if parent and not os.path.isdir(parent):
            raise OutputError(f"{path}: there is no folder {parent}; make it first")
        os.mkdir(folder)
        notes.append(f"made the folder {folder}")
    done: list[str] = []
    events = size = 0
    try:
        for index, frame in enumerate(run):
            name = _file_name(path, index, frame.t_us)
            if os.path.exists(name) and (not job.overwrite or name in done):
                raise OutputError(f"{name}: exists already; write -y to overwrite it")
            data = png(frame.index, run.shape.palette.colors)
            with open(f"{name}.part", "wb") as file:
                file.write(data)
            os.replace(f"{name}.part", name)
            done.append(name)
            events += frame.events
            size += len(data)
        job.check_damage(run)
    except BaseException as error:
        for name in done:
            with contextlib.suppress(OSError):
                os.unlink(name)
        if isinstance(error, OSError):
            raise OutputError(f"{path}: cannot be written ({error.strerror})") from error
        raise
    if not done:
        raise InputError("no events came, hence there is no picture to write")
    return Written(events, len(done), size, tuple(notes))


def _write(run: "Run", file: BinaryIO, values: dict[str, Any]) -> Written:
    from neuro_kernels.render import png

    only: Frame | None = None
    events = 0
    for frame in run:
        if only is not None:
            raise UsageError(
                "a .png holds one picture, but more come; write to a pattern such as "
                "'f/{index:04}.png', or to a .gif"
            )
        only, events = frame, frame.events
    if only is None:
        raise InputError("no events came, hence there is no picture to write")
    file.write(png(only.index, run.shape.palette.colors))
    return Written(events, 1)


PNG = Output("png", "one picture", (".png",), "frames", into_file(_write))

FILES = Output(
    "files",
    "one PNG for each picture; the name has a field such as {index:04}",
    (".png",),
    "frames",
    _write_files,
    check=_check_pattern,
)

"""Files that appear only when they are complete."""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, BinaryIO

from faery_cli.errors import OutputError

if TYPE_CHECKING:
    from faery_cli.outputs._registry import Job, Written
    from faery_cli.run import Run

__all__ = ["check_target", "complete_file", "complete_path", "into_file"]


def check_target(path: str, *, overwrite: bool) -> None:
    """Refuse a target that exists, is a folder, or lies in a folder that does not exist.

    Raises:
        OutputError: says what to do.
    """
    if path == "-":
        return
    folder = os.path.dirname(path) or "."
    if not os.path.isdir(folder):
        raise OutputError(f"{path}: there is no folder {folder}; make it first")
    if os.path.isdir(path):
        raise OutputError(f"{path}: this is a folder; give a file name")
    if os.path.exists(path) and not overwrite:
        raise OutputError(f"{path}: exists already; write -y to overwrite it")


@contextlib.contextmanager
def complete_path(path: str, *, overwrite: bool) -> Iterator[str]:
    """Give a temporary name beside a file; rename it to the file's at the end, or remove it.

    Args:
        path: the file's name.
        overwrite: replace a file of that name.

    Raises:
        OutputError: it exists or cannot be written.
    """
    check_target(path, overwrite=overwrite)
    part = f"{path}.{os.getpid()}.part"
    try:
        yield part
        if not overwrite and os.path.exists(path):
            raise OutputError(f"{path}: appeared meanwhile; write -y to overwrite it")
        os.replace(part, path)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror or error})") from error
    finally:
        with contextlib.suppress(OSError):
            os.unlink(part)


@contextlib.contextmanager
def complete_file(path: str, *, overwrite: bool) -> Iterator[BinaryIO]:
    """Open a file that appears under its name only when it is complete.

    Args:
        path: the file's name, or "-" for the standard output.
        overwrite: replace a file of that name.

    Raises:
        OutputError: it exists or cannot be written.
    """
    if path == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with complete_path(path, overwrite=overwrite) as part, open(part, "wb") as file:
        yield file


def into_file(
    write: "Callable[[Run, BinaryIO, dict[str, Any]], Written]",
) -> "Callable[[Run, Job], Written]":
    """Make a writer of jobs of one that writes to an open file."""

    def job_writer(run: "Run", job: "Job") -> "Written":
        with complete_file(job.path, overwrite=job.overwrite) as file:
            written = write(run, file, job.values)
            size = file.tell() if job.path != "-" else 0
            job.check_damage(run)
        return replace(written, bytes=size)

    return job_writer

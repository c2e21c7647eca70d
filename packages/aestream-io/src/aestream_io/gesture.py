"""Recordings of the DVS128 Gesture dataset: one AEDAT 3.1 file and one table of labels each.

`user01_fluorescent.aedat` comes with `user01_fluorescent_labels.csv`, whose lines are
`class,startTime_usec,endTime_usec`.
"""

import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aestream_io._errors import EventError
from aestream_io._read import read
from neuro_kernels import Events

__all__ = ["Gesture", "labels", "trials"]


@dataclass(frozen=True)
class Gesture:
    """One gesture in a recording.

    Attributes:
        label: class, from 1 to 11 as the dataset counts.
        t_start: its beginning in microseconds.
        t_end: its end in microseconds.
    """

    label: int
    t_start: int
    t_end: int


def labels(path: str | os.PathLike[str]) -> list[Gesture]:
    """Read a table of labels.

    Args:
        path: the `.csv` file, or the `.aedat` file that it belongs to.

    Returns:
        The gestures, in the order of the table.

    Raises:
        EventError: there is no such file, or a line is not three numbers.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder, "user01_led_labels.csv")
        ...     _ = file.write_text("class,startTime_usec,endTime_usec\\n1,100,250\\n")
        ...     labels(Path(folder, "user01_led.aedat"))
        [Gesture(label=1, t_start=100, t_end=250)]
    """
    table = Path(path)
    if table.suffix == ".aedat":
        table = table.with_name(f"{table.stem}_labels.csv")
    try:
        text = table.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise EventError(f"{table}: cannot be read ({error.strerror})") from error
    found = []
    for number, row in enumerate(csv.reader(text.splitlines()), start=1):
        if not row or (number == 1 and not row[0].strip().isdigit()):
            continue
        try:
            label, start, end = (int(cell) for cell in row)
        except ValueError as error:
            raise EventError(
                f"{table}: line {number}: expected class, start and end in microseconds, got {row}"
            ) from error
        found.append(Gesture(label, start, end))
    return found


def trials(
    path: str | os.PathLike[str], *, strict: bool = False
) -> Iterator[tuple[Gesture, Events]]:
    """Cut a recording into its gestures.

    Args:
        path: the `.aedat` file; its table of labels lies beside it.
        strict: see `aestream_io.read`.

    Yields:
        Each gesture with its events, start included and end left out, times as stored.

    Raises:
        EventError: a file is missing or damaged.
    """
    gestures = labels(path)
    events = read(path, strict=strict)
    for one in gestures:
        yield one, events.between(one.t_start, one.t_end)

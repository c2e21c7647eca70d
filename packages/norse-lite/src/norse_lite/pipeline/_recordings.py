"""Finding labelled recordings, looking through them, and dividing them into training and test."""

import contextlib
import hashlib
import json
import os
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neuro_kernels import EventError, Events
from norse_lite._errors import NetworkError
from norse_lite.pipeline._aestream import aestream_io
from norse_lite.pipeline._config import Clean, Data

__all__ = ["Finding", "Found", "Recording", "Survey", "discover", "read_events", "split", "survey"]


@dataclass(frozen=True)
class Recording:
    """A file with its class.

    Attributes:
        name: Path below the folder of the recordings, with "/" between its parts.
        label: Name of the class, its first part.
        test: Whether it came from the folder of test recordings.
        path: The file.
        digest: SHA-256 of its bytes.
    """

    name: str
    label: str
    test: bool
    path: str
    digest: str


@dataclass(frozen=True)
class Finding:
    """A file or folder that is not used, or not all of it, and why."""

    name: str
    kind: str
    message: str


@dataclass(frozen=True)
class Found:
    """What lies in the folders."""

    recordings: tuple[Recording, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Survey:
    """What a recording holds: number of events, time that they span, size of the sensor."""

    name: str
    events: int
    start_us: int
    duration_us: int
    size: tuple[int, int]


def discover(
    data: Data, folder: Path, test_folder: Path | None, cache: Path | None = None
) -> Found:
    """Find the recordings in folders of classes.

    Args:
        data: What to do with files that have no class.
        folder: Folder of all recordings, or of those for training.
        test_folder: Folder of the test recordings.
        cache: File that remembers digests of files that have not changed, or None.

    Raises:
        NetworkError: A folder is missing, a file has no class and `data.unlabelled` is "stop", or a
            class has no files and `data.empty` is "stop".
    """
    known = _Digests(cache)
    recordings: list[Recording] = []
    findings: list[Finding] = []
    for root, test in ((folder, False), (test_folder, True)):
        if root is None:
            continue
        if not root.is_dir():
            raise NetworkError(f"{root}: is no folder; it holds one folder of recordings per class")
        for path in sorted(_files(root)):
            name = path.relative_to(root).as_posix()
            shown = f"{root.name}/{name}" if test_folder is not None else name
            if "/" not in name:
                findings.append(Finding(shown, "unlabelled", "lies in no folder of a class"))
                if data.unlabelled == "stop":
                    raise NetworkError(
                        f"{path}: lies in no folder of a class; move it into one, or set "
                        'unlabelled = "skip" in [data]'
                    )
                continue
            label = name.split("/", 1)[0]
            recordings.append(Recording(shown, label, test, str(path), known.of(path)))
        held = {one.label for one in recordings if one.test == test}
        for label in sorted(_classes(root) - held, key=_natural):
            shown = f"{root.name}/{label}" if test_folder is not None else label
            findings.append(Finding(shown, "empty class", "holds no recordings"))
            if data.empty == "stop":
                raise NetworkError(
                    f"{root / label}: holds no recordings; put some there, remove it, or set "
                    'empty = "skip" in [data]'
                )
    known.save()
    return Found(tuple(recordings), tuple(findings))


def _classes(root: Path) -> set[str]:
    """Names of the folders of classes, also of those that hold nothing."""
    return {one.name for one in root.iterdir() if one.is_dir() and _counts(one.name)}


def _counts(folder: str) -> bool:
    return not folder.startswith((".", "__"))


def _files(root: Path) -> Iterable[Path]:
    for folder, folders, names in os.walk(root):
        folders[:] = filter(_counts, folders)
        yield from (Path(folder) / name for name in names if not name.startswith("."))


class _Digests:
    """Digests of files by path, size and time of change."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._fresh: dict[str, Any] = {}
        self._old: dict[str, Any] = {}
        if path is not None:
            with contextlib.suppress(OSError, ValueError):
                self._old = json.loads(path.read_text("utf-8"))

    def of(self, path: Path) -> str:
        facts = path.stat()
        stamp = [facts.st_size, facts.st_mtime_ns]
        entry = self._old.get(str(path))
        if not (isinstance(entry, list) and entry[:2] == stamp):
            with path.open("rb") as file:
                entry = [*stamp, hashlib.file_digest(file, "sha256").hexdigest()]
        self._fresh[str(path)] = entry
        return str(entry[2])

    def save(self) -> None:
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        draft.write_text(json.dumps(self._fresh), "utf-8")
        draft.replace(self._path)


def read_events(
    path: str, data: Data, clean: Clean | None = None
) -> tuple[Events | None, Finding | None]:
    """Read a recording as far as it can be read.

    Args:
        path: The file.
        data: Format, size and what to do with damage.
        clean: Filters.

    Returns:
        The events, or None where there is nothing to use, and what is wrong.
    """
    io = aestream_io()
    name = Path(path).name
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", io.EventDataWarning)
            found = io.read_recording(path, format=data.format, size=data.sensor)
    except (EventError, OSError) as error:
        return None, Finding(name, "unreadable", _sentence(error, path))
    events = found.events
    if events is None or not len(events):
        return None, Finding(name, "empty", "holds no events")
    problem = None
    if not found.report.ok:
        problem = Finding(name, "damaged", found.report.summary())
        if data.damaged == "skip":
            return None, problem
    return (events if clean is None else _cleaned(events, clean)), problem


def _sentence(error: Exception, path: str) -> str:
    text = " ".join(str(error).split())
    return text.removeprefix(f"{path}: ")


def _cleaned(events: Events, clean: Clean) -> Events:
    from neuro_kernels.filters import background_activity, hot_pixels

    if clean.hot_pixels:
        events = hot_pixels(events, ratio=clean.hot_pixels)
    if clean.neighbour:
        events = background_activity(events, window_us=clean.neighbour)
    return events


def survey(
    recordings: Sequence[Recording], data: Data, clean: Clean
) -> tuple[list[Survey], list[Finding]]:
    """Look through recordings.

    Returns:
        What each usable one holds, and what is wrong with the others.

    Raises:
        NetworkError: Something is wrong and the options say to stop.
    """
    found, findings = [], []
    for recording in recordings:
        events, problem = read_events(recording.path, data, clean)
        if events is not None and not len(events):
            events, problem = None, Finding(recording.name, "empty", "holds only noise")
        if problem is not None:
            findings.append(Finding(recording.name, problem.kind, problem.message))
            rule = data.empty if problem.kind == "empty" else data.damaged
            if rule == "stop":
                option = "empty" if problem.kind == "empty" else "damaged"
                raise NetworkError(
                    f"{recording.path}: {problem.message}; remove it, or set "
                    f'{option} = "skip" in [data]'
                )
        if events is not None:
            first, last = int(events.t.min()), int(events.t.max())
            found.append(Survey(recording.name, len(events), first, last + 1 - first, events.size))
    return found, findings


def split(
    recordings: Sequence[Recording], data: Data, seed: int
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Divide recordings, class by class, into "train", "validation" and "test".

    A recording is on one side with all its samples, and its side depends on the seed and on the
    names of its class alone.

    Args:
        recordings: The usable ones.
        data: Shares.
        seed: Decides who goes where.

    Returns:
        Part by name, and the classes in order.

    Raises:
        NetworkError: A class has too few recordings, or there are fewer than two classes.
    """
    classes = tuple(sorted({one.label for one in recordings}, key=_natural))
    if len(classes) < 2:
        raise NetworkError(
            f"usable recordings were found of {', '.join(classes) or 'no class'} alone; a "
            "classifier needs two classes, each in a folder of its own"
        )
    parts: dict[str, str] = {}
    for label in classes:
        own = [one for one in recordings if one.label == label]
        apart = [one.name for one in own if one.test]
        names = sorted(one.name for one in own if not one.test)
        order = np.random.default_rng([seed, *label.encode()]).permutation(len(names))
        names = [names[k] for k in order]
        given = any(one.test for one in recordings)
        tests = 0 if given else _part(len(names), data.test_share)
        checks = _part(len(names) - tests, data.validation_share)
        if len(names) - tests - checks < 1 or (given and not apart) or (not given and not tests):
            raise NetworkError(
                f"class {label!r} has {len(own)} usable recordings; training and test need at "
                "least one each, and a share for the test above 0"
            )
        sides = ["test"] * tests + ["validation"] * checks
        sides += ["train"] * (len(names) - len(sides))
        parts |= dict(zip(names, sides, strict=True)) | dict.fromkeys(apart, "test")
    return {one.name: parts[one.name] for one in recordings}, classes


def _part(count: int, share: float) -> int:
    """Number of recordings of a share: at least one where there is a share and one to spare."""
    return min(max(round(count * share), 1), count - 1) if share and count > 1 else 0


def _natural(name: str) -> tuple[int, str]:
    """Order "10" behind "9"."""
    return (int(name), "") if name.isdecimal() else (2**62, name)

"""Stages whose results are kept on disk under a key of all that they depend on.

A stage writes into a draft folder that takes its place by one rename. What is there is therefore
whole, and a run that was killed goes on behind the last stage that is there.
"""

import contextlib
import hashlib
import json
import math
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from norse_lite._errors import NetworkError

__all__ = ["Stage", "Stages", "key_of", "locked", "publish"]


def key_of(*parts: Any) -> str:
    """Digest of plain data; tuples are as lists."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:20]


@dataclass(frozen=True)
class Stage:
    """One stage of a run.

    Attributes:
        name: What it does.
        key: Digest of what it depends on.
        folder: Where its result is, or will be.
    """

    name: str
    key: str
    folder: Path

    @property
    def done(self) -> bool:
        """Whether its result is there."""
        return self.folder.is_dir()

    @property
    def draft(self) -> Path:
        """Where it works; a stage that can go on finds there what it had done."""
        return self.folder.with_name(f"{self.folder.name}.part")

    def read(self, name: str = "result.json") -> Any:
        """Read a JSON file of its result."""
        return json.loads((self.folder / name).read_text("utf-8"))


class Stages:
    """The stages of one folder of results.

    Args:
        folder: Where results are kept.
        progress: Called with the name of a stage and whether its result was there already.
    """

    def __init__(self, folder: Path, progress: Callable[[str, bool], None]) -> None:
        self.folder = folder
        self._progress = progress

    def stage(self, name: str, *inputs: Any) -> Stage:
        """Name a stage.

        Args:
            name: What it does; part of a folder's name.
            inputs: Plain data that its result depends on.
        """
        key = key_of(name, *inputs)
        return Stage(name, key, self.folder / f"{name}-{key}")

    def run(self, stage: Stage, work: Callable[[Path], Any], *, resumable: bool = False) -> Stage:
        """Do a stage, unless its result is there.

        Args:
            stage: The stage.
            work: Called with the folder to write into. What it returns, other than None, becomes
                `result.json`.
            resumable: Keep what an interrupted call left in the folder.

        Returns:
            The stage.
        """
        self._progress(stage.name, stage.done)
        if stage.done:
            return stage
        if not resumable:
            shutil.rmtree(stage.draft, ignore_errors=True)
        stage.draft.mkdir(parents=True, exist_ok=True)
        result = work(stage.draft)
        if result is not None:
            text = json.dumps(_finite(result), indent=1, sort_keys=True, allow_nan=False)
            (stage.draft / "result.json").write_text(text + "\n", "utf-8")
        os.replace(stage.draft, stage.folder)
        return stage


def _finite(value: Any) -> Any:
    """Replace numbers that JSON does not have."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(k): _finite(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(one) for one in value]
    return value


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep a second run out of a folder of results; a killed run leaves no lock behind."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        import fcntl
    except ImportError:  # not on Windows
        yield
        return
    with (folder / "lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise NetworkError(
                f"{folder}: another run is writing its results here; wait for it, or give another "
                "folder with -o"
            ) from None
        yield


def publish(path: Path, content: str | bytes) -> None:
    """Write a file under another name first, so that it is there whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_bytes(content.encode() if isinstance(content, str) else content)
    draft.replace(path)

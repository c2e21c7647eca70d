"""What was made of what: a journal beside the job file, one line for each output."""

import contextlib
import glob
import hashlib
import json
import os
import re
import time
from collections.abc import Iterable

from faery_cli._version import VERSION
from faery_cli.batch._jobs import Unit

__all__ = ["Journal", "identity", "remove_leftovers"]

SAMPLE = 1 << 16
PLACES = 8
CHUNK = 1 << 20
OLD_S = 3600.0  # what nobody wrote to for so long is left over


def identity(path: str, *, full: bool = False) -> str:
    """Give a hash that changes with a file's content.

    Args:
        path: the file.
        full: read all of it; otherwise its length and eight evenly placed samples of 64 KiB.

    Returns:
        Hexadecimal digest; of an address or a missing file that of its name.
    """
    digest = hashlib.sha256()
    if not os.path.isfile(path):
        return hashlib.sha256(b"name " + path.encode()).hexdigest()
    size = os.path.getsize(path)
    digest.update(f"size {size} full {full or size <= PLACES * SAMPLE}".encode())
    with open(path, "rb") as file:
        if full or size <= PLACES * SAMPLE:
            while block := file.read(CHUNK):
                digest.update(block)
        else:
            for k in range(PLACES):
                file.seek(k * (size - SAMPLE) // (PLACES - 1))
                digest.update(file.read(SAMPLE))
    return digest.hexdigest()


class Journal:
    """Keys of finished outputs.

    A line is appended when an output is complete, so that a run that is killed is taken up again
    where it was; a line that was cut off is left out.

    Args:
        path: the file.
        full: hash whole inputs.
    """

    def __init__(self, path: str, *, full: bool = False) -> None:
        self._path = path
        self._full = full
        self._keys: dict[str, str] = {}
        self._identities: dict[str, str] = {}
        try:
            with open(path, encoding="utf-8") as file:
                for line in file:
                    self._take(line)
        except FileNotFoundError:
            pass

    def _take(self, line: str) -> None:
        try:
            entry = json.loads(line)
            self._keys[str(entry["output"])] = str(entry["key"])
        except (ValueError, KeyError, TypeError):
            return

    def key(self, unit: Unit) -> str:
        """Give what an output depends on: content of the files it names, words, version."""
        others = [w for w in unit.words if w not in (unit.input, unit.output)]
        others = [w for w in others if os.path.isfile(os.path.join(unit.folder, w))]
        identities = [self._identity(os.path.join(unit.folder, w)) for w in (unit.input, *others)]
        parts = json.dumps([VERSION, *identities, list(unit.words)])
        return hashlib.sha256(parts.encode()).hexdigest()

    def _identity(self, path: str) -> str:
        if path not in self._identities:
            self._identities[path] = identity(path, full=self._full)
        return self._identities[path]

    def up_to_date(self, unit: Unit) -> bool:
        """Tell whether an output is there and was made of the same."""
        first = re.sub(r"{index(?::0?(\d+))?}", lambda m: "0".zfill(int(m[1] or 1)), unit.output)
        there = "{" in first or os.path.exists(os.path.join(unit.folder, first))
        return there and self._keys.get(unit.output) == self.key(unit)

    def done(self, unit: Unit) -> None:
        """Note that an output is complete."""
        key = self.key(unit)
        self._keys[unit.output] = key
        with open(self._path, "a", encoding="utf-8") as file:
            file.write(json.dumps({"output": unit.output, "key": key, "job": unit.job}) + "\n")


def remove_leftovers(units: Iterable[Unit]) -> None:
    """Remove what processes that were killed left of outputs."""
    for unit in units:
        path = os.path.join(unit.folder, unit.output)
        for part in glob.glob(f"{glob.escape(path)}.*.part"):
            process = part.removeprefix(path + ".").partition(".")[0]
            if process.isdecimal() and not _runs(int(process)):
                with contextlib.suppress(OSError):
                    os.unlink(part)
        # Writers of event files have temporary names that do not tell the process.
        folder, name = os.path.split(path)
        for part in glob.glob(os.path.join(glob.escape(folder), f".{glob.escape(name)}.*.part")):
            with contextlib.suppress(OSError):
                if time.time() - os.path.getmtime(part) > OLD_S:
                    os.unlink(part)


def _runs(process: int) -> bool:
    """Tell whether a process is there; where nobody knows, it is."""
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True

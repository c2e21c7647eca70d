"""Tasks that make files of recordings, and a manager that skips what is done."""

import hashlib
import inspect
import os
import pathlib
import textwrap
import tomllib
from collections.abc import Callable
from functools import cached_property
from typing import Any

from faery_cli.compat.faery.display import format_bold
from faery_cli.compat.faery.timestamp import TimeOrTimecode, parse_time

__all__ = ["JobManager", "Task", "task"]

SAMPLE = 1 << 16


class Task:
    """A function from a recording and a time to a file.

    Args:
        function: takes input, output, start and end.
        suffix: ending of the file, with the dot.
        icon: shown before the name.
        name: of the task; the function's by default.
    """

    def __init__(
        self, function: Callable[..., Any], suffix: str, icon: str = "", name: str | None = None
    ) -> None:
        self._function = function
        self._suffix = suffix
        self._icon = icon
        self._name = function.__name__ if name is None else name

    def __call__(
        self,
        input: pathlib.Path,
        output: pathlib.Path,
        start: TimeOrTimecode,
        end: TimeOrTimecode,
    ) -> None:
        self._function(input, output, start, end)

    def name(self) -> str:
        """Give the name."""
        return self._name

    def suffix(self) -> str:
        """Give the ending of the file."""
        return self._suffix

    def icon(self) -> str:
        """Give what is shown before the name."""
        return self._icon

    def code(self) -> str:
        """Give the source of the function."""
        return textwrap.dedent(inspect.getsource(self._function))

    @cached_property
    def hash(self) -> str:
        """The SHA3-224 of the function's syntax: comments and blanks do not count."""
        import ast

        return hashlib.sha3_224(ast.dump(ast.parse(self.code())).encode()).hexdigest()


def task(suffix: str, icon: str = "", name: str | None = None) -> Callable[[Any], Task]:
    """Make a `Task` of the function that follows.

    Args:
        suffix: ending of its files, with the dot.
        icon: shown before the name.
        name: of the task; the function's by default.
    """
    return lambda function: Task(function, suffix, icon, name)


def _identity(path: pathlib.Path) -> str:
    """Size and a sample of the content: enough to see that a recording was replaced."""
    size = path.stat().st_size
    digest = hashlib.sha256(str(size).encode())
    with open(path, "rb") as file:
        for place in (0, size // 2, max(0, size - SAMPLE)):
            file.seek(place)
            digest.update(file.read(SAMPLE))
    return digest.hexdigest()


class JobManager:
    """Runs tasks on recordings, each into a folder of its own.

    A task is left out when its code, its input and its times are those of the last run and its
    output is there.

    Args:
        output_directory: where the folders are made.
    """

    def __init__(self, output_directory: pathlib.Path | str = pathlib.Path("renders")) -> None:
        self.output_directory = pathlib.Path(output_directory)
        self._jobs: list[tuple[pathlib.Path, Any, Any, list[Task], str]] = []

    def add(
        self,
        input: pathlib.Path | str,
        start: TimeOrTimecode,
        end: TimeOrTimecode,
        tasks: list[Task],
        nickname: str | None = None,
    ) -> None:
        """Add tasks for a part of a recording.

        Args:
            input: the file.
            start: first moment of the part.
            end: first moment after it.
            tasks: what is made of it.
            nickname: begins the names of the files; the recording's by default.
        """
        input = pathlib.Path(input)
        name = input.stem if nickname is None else nickname
        self._jobs.append((input, start, end, list(tasks), name))

    def run(self, force: bool = False) -> None:
        """Run what is not done yet.

        Args:
            force: run everything.
        """
        for number, (input, start, end, tasks, nickname) in enumerate(self._jobs, 1):
            print(f"({number}/{len(self._jobs)}) {format_bold(nickname)} ({input})")
            span = "_".join(parse_time(time).to_timecode_with_dashes() for time in (start, end))
            stem = f"{nickname}_{span}"
            folder = self.output_directory / stem
            folder.mkdir(parents=True, exist_ok=True)
            identity = _identity(input)
            for one in tasks:
                output = folder / f"{stem}_{one.name()}{one.suffix()}"
                done = self._known(folder).get(one.name(), {})
                same = done.get("task_hash") == one.hash and done.get("input") == identity
                skip = same and output.exists() and not force
                suffix = ", skipped" if skip else ""
                print(f"{one.icon()} {format_bold(one.name())} ({output.name}{suffix})")
                if not skip:
                    one(input, output, start, end)
                    self._note(folder, one, identity)

    def _known(self, folder: pathlib.Path) -> dict[str, Any]:
        path = folder / "metadata.toml"
        if not path.exists():
            return {}
        try:
            return tomllib.loads(path.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError:
            return {}  # written by a run that was cut off: everything is made again

    def _note(self, folder: pathlib.Path, one: Task, identity: str) -> None:
        import json

        known = self._known(folder)
        known[one.name()] = {"task_hash": one.hash, "input": identity, "task_code": one.code()}
        lines = []
        for name, values in known.items():
            lines.append(f"[{json.dumps(name)}]")
            # A JSON string is a TOML basic string.
            lines += [f"{key} = {json.dumps(str(value))}" for key, value in values.items()]
        part = folder / "metadata.toml.part"
        part.write_text("\n".join(lines) + "\n", encoding="utf-8")
        os.replace(part, folder / "metadata.toml")

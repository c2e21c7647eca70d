"""Reading a job file: globs of inputs, templates of outputs, matrices of values."""

import glob
import itertools
import os
import re
import shlex
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from faery_cli.errors import InputError, UsageError
from faery_cli.suggest import unknown

__all__ = ["Unit", "read_jobs"]

KEYS = ("name", "inputs", "output", "stages", "command", "matrix", "options")
FRAME_FIELDS = ("index", "us")  # of file patterns; they are filled in for each picture
INPUT_FIELDS = ("input", "stem", "name", "folder", "ending")


@dataclass(frozen=True)
class Unit:
    """One output to be made of one input.

    Args:
        job: name of the job.
        input: file or address.
        output: file name or pattern.
        words: the command line that makes it, without the program's name.
        folder: where it runs; relative names count from there.
    """

    job: str
    input: str
    output: str
    words: tuple[str, ...]
    folder: str


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _filled(template: str, fields: dict[str, str], where: str) -> str:
    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name in fields:
            return fields[name]
        if name in FRAME_FIELDS:
            return match[0]
        raise UsageError(f"{where}: {unknown('field', name, [*fields, *FRAME_FIELDS])}")

    return re.sub(r"{(\w+)(?::[^{}]*)?}", value, template)


def _inputs(job: dict[str, Any], folder: str, where: str) -> list[str]:
    wanted = job.get("inputs")
    patterns = [wanted] if isinstance(wanted, str) else wanted
    if not isinstance(patterns, list) or not all(isinstance(p, str) for p in patterns):
        raise UsageError(f"{where}: inputs: expected a list of names such as 'rec/*.es'")
    found: dict[str, None] = {}
    for pattern in patterns:
        names = sorted(glob.glob(pattern.removeprefix("!"), root_dir=folder, recursive=True))
        if pattern.startswith("!"):
            for name in names:
                found.pop(name, None)
        elif names:
            found |= dict.fromkeys(names)
        elif glob.has_magic(pattern):
            raise InputError(f"{where}: no file matches {pattern!r} in {folder}")
        else:
            found[pattern] = None  # a missing file is reported with the others; or an address
    return list(found)


def _table(value: Any, where: str) -> dict[str, list[Any]]:
    if not isinstance(value, dict):
        raise UsageError(f"{where}: matrix: expected names with lists of values")
    table = {}
    for name, values in value.items():
        if name in (*INPUT_FIELDS, *FRAME_FIELDS, "output"):
            raise UsageError(f"{where}: matrix: {name} has a meaning already; use another name")
        table[name] = values if isinstance(values, list) else [values]
        if not table[name]:
            raise UsageError(f"{where}: matrix: {name} has no values")
    return table


def _words(job: dict[str, Any], fields: dict[str, str], where: str) -> Iterator[str]:
    """Give the command line of one output."""
    source, output = fields["input"], fields["output"]
    if ("command" in job) == ("stages" in job):
        raise UsageError(f"{where}: expected either stages or command")
    if "command" in job:
        first, *rest = shlex.split(job["command"])
        yield first
        for word in rest:
            yield _filled(word, fields, where)
        if "{input}" not in job["command"]:
            yield from (source, output)
        for name, value in job.get("options", {}).items():
            yield from _option(name, value)
        return
    yield source
    for stage in job["stages"]:
        yield ":"
        for word in shlex.split(stage):
            yield _filled(word, fields, where)
    yield from (":", output)
    for name, value in job.get("options", {}).items():
        yield from _option(name, value)


def _option(name: str, value: Any) -> Iterator[str]:
    if value is False:
        return
    yield "--" + name.replace("_", "-")
    if value is not True:
        yield _text(value)


def _units(job: dict[str, Any], number: int, folder: str) -> Iterator[Unit]:
    name = str(job.get("name", f"job {number}"))
    for key in job:
        if key not in KEYS:
            raise UsageError(f"{name}: {unknown('key', key, KEYS)}")
    template = job.get("output")
    if not isinstance(template, str):
        raise UsageError(f"{name}: output: expected a template such as 'out/{{stem}}.gif'")
    table = _table(job.get("matrix", {}), name)
    for source in _inputs(job, folder, name):
        base = os.path.basename(source)
        stem, ending = os.path.splitext(base)
        place = os.path.dirname(source)
        for values in itertools.product(*table.values()):
            fields = {
                "input": source, "name": base, "stem": stem, "ending": ending.removeprefix("."),
                "folder": place, **dict(zip(table, map(_text, values), strict=True)),
            }  # fmt: skip
            fields["output"] = _filled(template, fields, name)
            words = tuple(_words(job, fields, name))
            yield Unit(name, source, fields["output"], words, folder)


def read_jobs(path: str) -> list[Unit]:
    """Read a job file.

    A job has `inputs` (globs; `!` takes names out again), an `output` template, and either
    `stages` (a list, as in a chain) or a `command` (a verb with options). Templates know {stem},
    {name}, {ending}, {folder}, {input}, and the names of the job's `matrix`, of whose values every
    combination is made. `options` belong to the output.

    Args:
        path: a TOML file; names in it count from its folder.

    Returns:
        One unit for each output.

    Raises:
        InputError: it is missing or no TOML, or a glob matches nothing.
        UsageError: it says something that has no meaning, or two outputs have one name.
    """
    try:
        with open(path, "rb") as file:
            content = tomllib.load(file)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: is no TOML: {error}") from error
    jobs = content.pop("job", None)
    if content:
        raise UsageError(f"{path}: {unknown('key', next(iter(content)), ('job',))}")
    if not isinstance(jobs, list) or not jobs:
        raise UsageError(f"{path}: expected one [[job]] or more")
    folder = os.path.dirname(os.path.abspath(path))
    units = [u for number, job in enumerate(jobs, 1) for u in _units(job, number, folder)]
    seen: dict[str, Unit] = {}
    for unit in units:
        if unit.output in seen:
            other = seen[unit.output]
            raise UsageError(
                f"{unit.job}: {unit.output} is made of {other.input} already; put {{stem}} or the "
                "names of the matrix into the output"
            )
        seen[unit.output] = unit
    return units

"""`fae run`: a script that `fae init` wrote."""

import os
import runpy
import sys

from faery_cli.context import Context
from faery_cli.errors import InputError
from faery_cli.registry import Parameter
from faery_cli.units import TEXT
from faery_cli.verbs._registry import Line, Verb


def run(context: Context, line: Line) -> int:
    path, rest = line["script"], line["words"]
    if line["input"] is not None:
        named = [w for w in line.line if w.text == path]  # then it is the first of the words
        path, rest = line["input"], (*([path] if named else []), *rest)
    if not os.path.isfile(path):
        raise InputError(f"{path}: no such file; fae init writes one")
    if context.dry_run:
        print(f"would run {path}")
        return 0
    words, main = sys.argv, sys.modules["__main__"]
    sys.argv = [path, *rest]
    try:
        runpy.run_path(path, run_name="__main__")
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    finally:
        sys.argv = words
        sys.modules["__main__"] = main
    return 0


VERB = Verb(
    "run",
    "Run a script of tasks, with this interpreter.",
    run,
    (
        Parameter("script", TEXT, "the script", "faery_script.py"),
        Parameter("words", TEXT, "passed on to it", (), many=True),
        Parameter("input", TEXT, "the script, said by name", None, named=True, short="i"),
    ),
    examples=("fae run", "fae run pictures.py"),
)

"""Run the code blocks of Markdown files, so that what they show keeps working.

`python -m devtools.readme FILE...` runs each file in a fresh folder, block by block; with
`--into FOLDER` in that one, where what the blocks write stays, and with `--outputs FILE` what each
block prints is kept as JSON, by the line where the block begins; `--skip WORDS` leaves blocks out
that hold these words:

- `python` blocks share one namespace per file; blocks of `>>>` examples are compared with what
  they say they print;
- `sh` and `bash` blocks run with `bash -e`; of a `console` block the lines after `$ ` run;
- other blocks (`text`, `toml`, ...) are output or illustration and do not run.
"""

import argparse
import contextlib
import doctest
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import traceback
import types
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from devtools.messages import say
from devtools.packages import ROOT

_FENCE = re.compile(r"^(?P<indent> *)(?P<fence>`{3,}|~{3,})\s*(?P<language>[\w-]*)[^`]*$")
_SHELL = ("sh", "bash", "console", "shell-session")

# Commands that start what is running already, or what a session of its own runs.
ELSEWHERE = {
    "python3 tools/dev.py demo": "session demo",
    "python3 tools/dev.py test": "the run that this is part of",
}


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, and the line of the file where the text begins."""

    language: str
    text: str
    line: int


class BlockError(Exception):
    """A block that does not run; the message names file, line and reason."""


def blocks(text: str) -> Iterator[Block]:
    """Yield the fenced blocks of a Markdown text in order.

    Raises:
        BlockError: if a block is never closed.
    """
    lines = text.splitlines()
    number = 0
    while number < len(lines):
        opening = _FENCE.match(lines[number])
        number += 1
        if opening is None:
            continue
        start = number
        indent = opening["indent"]
        while number < len(lines) and lines[number].strip() != opening["fence"]:
            number += 1
        if number == len(lines):
            raise BlockError(f"line {start}: this block is never closed: add {opening['fence']}.")
        body = [line.removeprefix(indent) for line in lines[start:number]]
        yield Block(opening["language"].lower(), "\n".join(body) + "\n", start + 1)
        number += 1


def shell_script(block: Block) -> str:
    """The commands of a shell block: all of it, or what follows `$ ` in a console block."""
    if block.language in ("sh", "bash"):
        return block.text
    lines = [line[2:] for line in block.text.splitlines() if line.startswith("$ ")]
    return "\n".join(lines) + "\n"


def run_file(
    path: Path,
    into: Path | None = None,
    outputs: dict[int, str] | None = None,
    skip: str | None = None,
) -> int:
    """Run the blocks of one file in a fresh folder.

    Args:
        path: a Markdown file.
        into: an existing folder to run in instead.
        outputs: gets what each block prints, by the line of the file where its text begins.
        skip: blocks that hold these words do not run.

    Returns:
        The number of blocks that ran.

    Raises:
        BlockError: at the first block that fails.
    """
    # As in a script, what a block defines can be found in the module `__main__`.
    script = types.ModuleType("__main__")
    namespace: dict[str, object] = script.__dict__
    before, own = Path.cwd(), sys.modules["__main__"]
    count = 0
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(into or folder)
        sys.modules["__main__"] = script
        try:
            for block in blocks(path.read_text("utf-8")):
                if skip is not None and skip in block.text:
                    continue
                where = f"{path}:{block.line}"
                kept = None if outputs is None else io.StringIO()
                if block.language == "python":
                    with contextlib.redirect_stdout(kept or sys.stdout):
                        _run_python(block, namespace, where)
                elif block.language in _SHELL:
                    _run_shell(block, where, kept)
                else:
                    continue
                if outputs is not None and kept is not None:
                    outputs[block.line] = kept.getvalue()
                say(f"{where}: {block.language} block runs")
                count += 1
        finally:
            os.chdir(before)
            sys.modules["__main__"] = own
    return count


def _run_python(block: Block, namespace: dict[str, object], where: str) -> None:
    if block.text.lstrip().startswith(">>>"):
        example = doctest.DocTestParser().get_doctest(block.text, namespace, where, where, 0)
        report: list[str] = []
        runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
        runner.run(example, out=report.append, clear_globs=False)
        namespace.update(example.globs)
        if runner.failures:
            raise BlockError(f"{where}: an example prints something else\n{''.join(report)}")
        return
    try:
        # The line numbers of a traceback are then those of the file.
        source = "\n" * (block.line - 1) + block.text
        exec(compile(source, where.rpartition(":")[0], "exec"), namespace)
    except BaseException as error:
        raise BlockError(f"{where}: the block fails\n{traceback.format_exc()}") from error


def _run_shell(block: Block, where: str, kept: io.StringIO | None) -> None:
    script = []
    for line in shell_script(block).splitlines():
        if line.strip() in ELSEWHERE:
            say(f"{where}: `{line.strip()}` is run by {ELSEWHERE[line.strip()]}")
        else:
            script.append(line)
    # Commands that name tools/dev.py mean the repository, wherever the file's folder is.
    text = "\n".join(script).replace("tools/dev.py", str(ROOT / "tools" / "dev.py"))
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text],
        env=os.environ | {"PATH": path},
        stdin=subprocess.DEVNULL,
        stdout=None if kept is None else subprocess.PIPE,
        stderr=None if kept is None else subprocess.STDOUT,  # as both come on a terminal
        text=True,
        check=False,
    )
    if kept is not None:
        kept.write(done.stdout)
    if done.returncode != 0:
        raise BlockError(
            f"{where}: the commands end with status {done.returncode}\n{block.text}"
            f"{done.stdout or ''}"
        )


def main(arguments: Sequence[str]) -> int:
    """Run the blocks of every named file; the exit status is 1 if one fails."""
    parser = argparse.ArgumentParser(prog="python -m devtools.readme")
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--into", type=Path, metavar="FOLDER")
    parser.add_argument("--outputs", type=Path, metavar="FILE", help="of one file")
    parser.add_argument("--skip", metavar="WORDS")
    chosen = parser.parse_args(arguments)
    if chosen.outputs and len(chosen.files) != 1:
        parser.error("--outputs: expected one file to run")
    outputs: dict[int, str] | None = {} if chosen.outputs else None
    failures = 0
    for name in chosen.files:
        try:
            count = run_file(Path(name).resolve(), chosen.into, outputs, chosen.skip)
            say(f"{name}: {count} blocks run")
        except BlockError as error:
            say(f"FAILED {error}")
            failures += 1
    if outputs is not None:
        chosen.outputs.write_text(json.dumps(outputs), "utf-8")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

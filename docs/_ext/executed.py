"""Runs the code of the pages, for the pictures that it makes and for what it prints.

A picture whose address begins with `made/NAME/` is one that the code blocks of the page `NAME.md`
write. The blocks run once per text of the page, in a process of their own, as in the checks; what
a block prints is shown below it.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from devtools.readme import blocks
from sphinx.errors import ExtensionError

_PICTURE = re.compile(r"!\[[^\]]*\]\((made/[^)\s]+)\)")
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_RUNS = ("python", "sh", "bash", "console")
_INSTALLS = "tools/dev.py"
_TOOLS = Path(__file__).resolve().parents[2] / "tools"
_MOST_LINES = 24  # of what a block prints; the rest is counted


def make(page: Path) -> None:
    """Run a page if it has code and was not run with this text before.

    Blocks that install the packages are run by the checks alone.

    Args:
        page: a Markdown file.

    Raises:
        ExtensionError: the page's code fails, or does not write a picture that it shows.
    """
    text = page.read_text("utf-8")
    if not any(one.language in _RUNS and _INSTALLS not in one.text for one in blocks(text)):
        return
    wanted = [page.parent / name for name in _PICTURE.findall(text)]
    folder = page.parent / "made" / page.stem
    stamp, outputs = folder / "made-from", folder / "outputs.json"
    content = hashlib.sha256(text.encode()).hexdigest()
    there = all(one.exists() for one in (outputs, *wanted))
    if there and stamp.exists() and stamp.read_text() == content:
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "devtools.readme", "--into", str(folder)]
    command += ["--outputs", str(outputs), "--skip", _INSTALLS, str(page)]
    settings = {"PYTHONPATH": str(_TOOLS), "MPLBACKEND": "agg", "COLUMNS": "96", "NO_COLOR": "1"}
    done = subprocess.run(command, env=os.environ | settings, text=True, capture_output=True)
    if done.returncode:
        raise ExtensionError(f"the code of {page.name} fails:\n{done.stdout}{done.stderr}")
    absent = [one.name for one in wanted if not one.exists()]
    if absent:
        raise ExtensionError(
            f"{page.name} shows {', '.join(absent)}, which its code does not write"
        )
    # Where the page was run is nobody's business.
    outputs.write_text(outputs.read_text("utf-8").replace(f"{folder}", "."), "utf-8")
    stamp.write_text(content)


def readable(output: str) -> list[str]:
    """Return the lines of what a block printed, as a terminal would leave them.

    Args:
        output: everything that it printed.
    """
    lines = [line.rpartition("\r")[2].rstrip() for line in _ESCAPE.sub("", output).split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    if len(lines) > _MOST_LINES:
        more = len(lines) - _MOST_LINES + 1
        lines[_MOST_LINES - 1 :] = [f"... and {more} more lines"]
    return lines


def with_outputs(text: str, outputs: dict[int, str]) -> str:
    """Return a page's text with what its blocks print below each of them.

    Args:
        text: Markdown.
        outputs: what was printed, by the line where a block's text begins.
    """
    lines = text.splitlines()
    for block in reversed(list(blocks(text))):
        printed = readable(outputs.get(block.line, ""))
        end = block.line + block.text.count("\n")  # the line of the closing fence
        if printed and not lines[end - 1].startswith(" "):
            shown = ["", "`````{code-block} text", ":class: prints", "", *printed, "`````"]
            lines[end:end] = shown
    return "\n".join(lines) + "\n"


def setup(app: Any) -> dict[str, bool]:
    """Register with Sphinx."""

    def pages(app: Any) -> None:
        for page in sorted(Path(app.srcdir).rglob("*.md")):
            if not {"_build", "made"} & set(page.parts):
                make(page)

    def show(app: Any, name: str, source: list[str]) -> None:
        page = Path(app.srcdir) / f"{name}.md"
        outputs = page.parent / "made" / page.stem / "outputs.json"
        if page.exists() and outputs.exists():
            kept = json.loads(outputs.read_text("utf-8"))
            source[0] = with_outputs(source[0], {int(line): kept[line] for line in kept})

    app.connect("builder-inited", pages)
    app.connect("source-read", show)
    return {"parallel_read_safe": True}

"""Makes the pictures of the pages by running the pages' own code.

A picture whose address begins with `made/NAME/` is one that the code blocks of the page `NAME.md`
write. The blocks run once per text of the page, in a process of their own, as in the checks.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from sphinx.errors import ExtensionError

_PICTURE = re.compile(r"!\[[^\]]*\]\((made/[^)\s]+)\)")
_TOOLS = Path(__file__).resolve().parents[2] / "tools"


def make(page: Path) -> None:
    """Run a page if it shows pictures of its own and they are not there.

    Args:
        page: a Markdown file.

    Raises:
        ExtensionError: the page's code fails, or does not write a picture that it shows.
    """
    text = page.read_text("utf-8")
    wanted = [page.parent / name for name in _PICTURE.findall(text)]
    if not wanted:
        return
    folder = page.parent / "made" / page.stem
    stamp = folder / "made-from"
    content = hashlib.sha256(text.encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == content and all(one.exists() for one in wanted):
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "devtools.readme", "--into", str(folder), str(page)]
    settings = os.environ | {"PYTHONPATH": str(_TOOLS), "MPLBACKEND": "agg"}
    done = subprocess.run(command, env=settings, text=True, capture_output=True)
    if done.returncode:
        raise ExtensionError(f"the code of {page.name} fails:\n{done.stdout}{done.stderr}")
    absent = [one.name for one in wanted if not one.exists()]
    if absent:
        raise ExtensionError(
            f"{page.name} shows {', '.join(absent)}, which its code does not write"
        )
    stamp.write_text(content)


def setup(app: Any) -> dict[str, bool]:
    """Register with Sphinx."""

    def pages(app: Any) -> None:
        for page in sorted(Path(app.srcdir).rglob("*.md")):
            if not {"_build", "made"} & set(page.parts):
                make(page)

    app.connect("builder-inited", pages)
    return {"parallel_read_safe": True}

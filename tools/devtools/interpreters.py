"""Other versions of Python that are installed here."""

import os
import shutil
from pathlib import Path

from devtools.processes import ask


def find_python(version: str) -> Path | None:
    """Find an interpreter: on PATH as `python3.12`, or among pyenv's versions.

    Args:
        version: major and minor number.

    Returns:
        An interpreter that starts, or None.
    """
    found = shutil.which(f"python{version}")
    candidates = [Path(found)] if found else []
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    candidates += sorted(root.glob(f"versions/{version}.*/bin/python"), reverse=True)
    script = "import sys; print('%d.%d' % sys.version_info[:2])"
    for one in candidates:
        if (ask([str(one), "-c", script]) or "").strip() == version:
            return one
    return None

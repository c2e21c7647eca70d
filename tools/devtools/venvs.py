"""Making virtual environments, also on a Debian Python without its venv package."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from devtools import stamps
from devtools.installers import find_uv
from devtools.messages import DevError
from devtools.processes import ask, clean_environment


def interpreter(environment: Path) -> Path:
    """Path of the Python interpreter inside a virtual environment."""
    if os.name == "nt":
        return environment / "Scripts" / "python.exe"
    return environment / "bin" / "python"


def is_environment(path: Path) -> bool:
    """Whether `path` is a virtual environment whose Python starts."""
    return (path / "pyvenv.cfg").is_file() and _version(path) is not None


def _version(path: Path) -> str | None:
    return version_of(interpreter(path))


def version_of(python: Path) -> str | None:
    """Major and minor number of an interpreter, or None where it does not start."""
    told = ask([str(python), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"])
    return told.strip() if told else None


def create(path: Path, python: Path | None = None) -> None:
    """Make an empty virtual environment at `path`.

    Args:
        path: folder of the environment.
        python: interpreter that it is for; the running one when not given.

    Raises:
        DevError: if neither uv, nor the venv module with pip can make one.
    """
    uv = find_uv()
    base = str(python or sys.executable)
    if uv is not None:
        commands = [[uv, "venv", "--quiet", "--allow-existing", "-p", base, str(path)]]
    else:
        commands = [[base, "-m", "venv", str(path)]]
        if ask([sys.executable, "-m", "pip", "--version"]) is not None:
            # Debian splits ensurepip off; a pip beside the interpreter can serve the environment.
            commands.append([base, "-m", "venv", "--without-pip", str(path)])
    for command in commands:
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
        stamps.begin(path)  # first, so that an interruption leaves something known to be ours
        made = subprocess.run(
            command, env=clean_environment(), capture_output=True, text=True, check=False
        )
        if made.returncode == 0:
            return
    shutil.rmtree(path, ignore_errors=True)
    raise DevError(
        f"No virtual environment can be made with {base}: "
        "run `sudo apt install python3-venv` (elsewhere: install pip or uv) and try again."
    )


def prepare(path: Path, *, python: Path | None = None) -> Path:
    """Make `path` an environment of ours, keeping it where it is whole.

    An environment whose installation was interrupted, or that belongs to another Python version,
    is made anew.

    Args:
        path: folder of the environment.
        python: interpreter that it is for; the running one when not given.

    Returns:
        Its interpreter.

    Raises:
        DevError: if something that we did not make is in the way.
    """
    if path.exists():
        stamp = stamps.read_stamp(path)
        if stamp is None:
            raise DevError(
                f"{path.name} is in the way and was not made by tools/dev.py: "
                "move it away or delete it, and run the command again."
            )
        current = version_of(python or Path(sys.executable))
        if stamp["state"] == "finished" and _version(path) == current:
            return interpreter(path)
    create(path, *([python] if python else []))
    return interpreter(path)

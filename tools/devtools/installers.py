"""Installing with uv where it is present, with pip otherwise, from the same places."""

import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from devtools.messages import DevError, show_command
from devtools.packages import ROOT
from devtools.processes import ask, run

# What a setting of pip is called in uv.
_PIP_TO_UV = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "cert": "SSL_CERT_FILE",
}
INSTALLER_VARIABLE = "DEV_INSTALLER"

# Byte code of the modules that are really imported is written at their first import; compiling
# every file of torch at installation takes several times as long as unpacking it.
PIP_SETTINGS = {"PIP_COMPILE": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def find_uv() -> str | None:
    """Find the program uv; None where it is absent or DEV_INSTALLER=pip says not to use it."""
    choice = os.environ.get(INSTALLER_VARIABLE, "")
    if choice not in ("", "pip", "uv"):
        raise DevError(f"{INSTALLER_VARIABLE} is {choice!r}: set it to pip or uv, or leave it out.")
    if choice == "pip":
        return None
    found = shutil.which("uv")
    if choice == "uv" and found is None:
        raise DevError(f"{INSTALLER_VARIABLE} is uv, but uv is not on the PATH: install it first.")
    return found


def uv_settings() -> dict[str, str]:
    """Translate pip's settings (variables and configuration files) into variables for uv.

    uv reads none of pip's settings, and a wheel folder that only pip knows about may be where the
    CPU build of torch comes from.
    """
    settings: dict[str, str] = {}
    pip = _pip_settings()
    for name, variable in _PIP_TO_UV.items():
        if variable not in os.environ and pip.get(name):
            settings[variable] = pip[name]
    if "UV_INDEX" in settings:
        # pip looks at every index and takes the best version.
        settings["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    if "UV_FIND_LINKS" in settings:
        settings["UV_FIND_LINKS"] = ",".join(settings["UV_FIND_LINKS"].split())
    return settings


def _pip_settings() -> dict[str, str]:
    settings: dict[str, str] = {}
    listed = ask([sys.executable, "-m", "pip", "config", "list"]) or ""
    for line in listed.splitlines():
        key, _, value = line.partition("=")
        section, _, name = key.partition(".")
        if section in ("global", "install", ":env:") and value:
            settings[name] = json.loads(f'"{value[1:-1]}"') if value[0] in "'\"" else value
    return settings


def install_command(python: Path, arguments: Sequence[str]) -> list[str]:
    """Build the command that installs `arguments` into the environment of `python`.

    Args:
        python: interpreter of the environment.
        arguments: what follows `install`.

    Raises:
        DevError: if neither uv nor any pip can be used.
    """
    uv = find_uv()
    if uv is not None:
        return [uv, "pip", "install", "--python", str(python), *arguments]
    if ask([str(python), "-m", "pip", "--version"]) is not None:
        return [str(python), "-m", "pip", "install", *arguments]
    if ask([sys.executable, "-m", "pip", "--python", str(python), "--version"]) is not None:
        return [sys.executable, "-m", "pip", "--python", str(python), "install", *arguments]
    raise DevError(
        "Neither pip nor uv is there to install packages with: "
        "run `sudo apt install python3-venv` (or install pip or uv) and try again."
    )


def install(
    python: Path, arguments: Sequence[str], *, extra: Mapping[str, str] | None = None
) -> None:
    """Install into the environment of `python` and print the command.

    Args:
        python: interpreter of the environment.
        arguments: what follows `pip install`.
        extra: environment variables to add.

    Raises:
        DevError: if the installation fails.
    """
    command = install_command(python, arguments)
    show_command(command, ROOT)
    settings = uv_settings() if command[0] == find_uv() else PIP_SETTINGS
    if run(command, extra=settings | dict(extra or {}), cwd=ROOT) != 0:
        raise DevError(
            "The installation failed; the lines above say why. "
            "What is already downloaded is kept: mend the cause and run the same command again."
        )

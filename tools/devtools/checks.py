"""What must be on the machine before minutes are spent on installing."""

import os
import sys
import sysconfig
from pathlib import Path

from devtools.messages import DevError
from devtools.processes import ask

_COMPILERS = ("c++", "g++", "clang++")
_PROBE = "#include <span>\n#include <version>\nint main() { return 0; }\n"


def check_compiler() -> None:
    """Make sure that a C++20 compiler and Python's headers are there.

    Raises:
        DevError: with the package to install, if one is missing.
    """
    if os.name == "nt":
        return  # the build finds Visual Studio itself, outside the PATH
    chosen = os.environ.get("CXX")
    names = (chosen,) if chosen else _COMPILERS
    found = [name for name in names if ask([*name.split(), "--version"]) is not None]
    if not found:
        raise DevError(
            f"No C++ compiler was found (looked for {', '.join(names)}): {_advice('g++')} "
            "and run the command again."
        )
    if not any(_compiles(name) for name in found):
        raise DevError(
            f"{found[0]} does not compile C++20: {_advice('g++')} (version 11 or newer) "
            "and run the command again."
        )
    header = Path(sysconfig.get_path("include")) / "Python.h"
    if not header.is_file():
        raise DevError(
            f"Python's header files are missing (no Python.h for {sys.executable}): "
            f"{_advice('python3-dev')} and run the command again."
        )


def _compiles(name: str) -> bool:
    command = [*name.split(), "-std=c++20", "-fsyntax-only", "-x", "c++", "-"]
    return ask(command, given=_PROBE) is not None


def _advice(package: str) -> str:
    if sys.platform == "darwin":
        return "run `xcode-select --install`"
    return f"install one, for example with `sudo apt install {package}`,"

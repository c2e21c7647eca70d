"""Write src/neuro_kernels/_kernels.pyi, the types of the compiled module, from its signatures.

    python packages/neuro-kernels/tests/stubs.py

Run it after a change to the bindings; a test compares names and parameters.
"""

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

STUB = Path(__file__).resolve().parents[1] / "src" / "neuro_kernels" / "_kernels.pyi"
HEAD = '''"""Types of the compiled module; written by tests/stubs.py."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
'''
REPLACEMENTS = (
    (r"typing\.SupportsInt \| typing\.SupportsIndex", "int"),
    (r"typing\.SupportsFloat \| typing\.SupportsIndex", "float"),
    (r"typing_extensions\.(Buffer|CapsuleType)", "Any"),
    (r"collections\.abc\.Sequence", "Sequence"),
    (r"numpy\.typing\.NDArray\[numpy\.(\w+)\]", r"NDArray[np.\1]"),
    (r"numpy\.ndarray", "NDArray[Any]"),
    (r"neuro_kernels\._kernels\.", ""),
    (r"nk::[\w: ()]+", "Any"),  # a class bound after its first use has only its C++ name
    (r"\bobject\b", "Any"),
    (r"-> dict$", "-> dict[str, Any]"),
    (r"-> tuple$", "-> tuple[Any, ...]"),
    (r"-> list$", "-> list[Any]"),
)


def signature(doc: str | None) -> str:
    """Turn the first line of a binding's documentation into Python types.

    Example:
        >>> signature("f(n: typing.SupportsInt | typing.SupportsIndex) -> dict")
        'f(n: int) -> dict[str, Any]'
    """
    line = (doc or "").splitlines()[0]
    for pattern, replacement in REPLACEMENTS:
        line = re.sub(pattern, replacement, line)
    return line


def function(value: Any, *, method: bool) -> str:
    """Write the stub of a function or method."""
    line = signature(value.__doc__)
    if method:
        line = re.sub(r"\(self: \w+", "(self", line)
    indent = "    " if method else ""
    return f"{indent}def {line}: ...\n"


def class_stub(name: str, kind: type) -> str:
    """Write the stub of a class: what it defines itself."""
    base = kind.__mro__[1].__name__
    lines = [f"class {name}({base}):\n" if issubclass(kind, Exception) else f"class {name}:\n"]
    for key, value in vars(kind).items():
        doc = getattr(value, "__doc__", None) or ""
        if isinstance(value, property):
            getter = re.sub(r"^\(.*?\)", f"{key}(self)", signature(value.fget.__doc__))
            lines.append(f"    @property\n    def {getter}: ...\n")
        elif doc.startswith(f"{key}(self"):
            lines.append(function(value, method=True))
    return "".join(lines) if len(lines) > 1 else lines[0].rstrip() + " ...\n"


def stub(module: ModuleType) -> str:
    """Write the stub of the whole module."""
    constants, classes, functions = [], [], []
    for name, value in sorted(vars(module).items()):
        if name.startswith("__"):
            continue
        if isinstance(value, type):
            classes.append(class_stub(name, value))
        elif callable(value):
            functions.append(function(value, method=False))
        else:
            constants.append(f"{name}: {type(value).__name__}\n")
    return "\n".join([HEAD, "".join(constants), *classes, "".join(functions)])


if __name__ == "__main__":
    from neuro_kernels import _kernels

    STUB.write_text(stub(_kernels), "utf-8")
    print(
        f"written: {STUB.relative_to(STUB.parents[2])}; now run ruff format on it", file=sys.stderr
    )

"""Standing in for installed packages, for libraries that import them by name."""

from __future__ import annotations

import pkgutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType

from nir_core.errors import NirError

__all__ = ["stand_in"]

_KNOWN = ("nir", "nirtorch")


def _modules(name: str) -> dict[str, ModuleType]:
    """Import one compatibility package whole; give its modules by the names they stand in for."""
    root = import_module(f"nir_core.compat.{name}")
    found = {name: root}
    prefix = f"{root.__name__}."
    for info in pkgutil.walk_packages(root.__path__, prefix):
        found[f"{name}.{info.name.removeprefix(prefix)}"] = import_module(info.name)
    return found


@contextmanager
def stand_in(*names: str) -> Iterator[None]:
    """Let `import nir` and `import nirtorch` give the modules of nir_core inside a `with` block.

    What a library imported while the block ran keeps working after it; what it imported
    before keeps the original.

    Args:
        *names: "nir", "nirtorch" or both; both when none is given.

    Raises:
        NirError: there is no compatibility module with a name.

    Example:
        >>> with stand_in("nir"):
        ...     import nir
        >>> nir.__name__
        'nir_core.compat.nir'
    """
    names = names or _KNOWN
    for name in names:
        if name not in _KNOWN:
            raise NirError(f"stand_in knows {' and '.join(_KNOWN)}, got {name!r}")
    replaced = {key: module for name in names for key, module in _modules(name).items()}
    before = {key: module for key, module in sys.modules.items() if key.partition(".")[0] in names}
    for key in before:
        del sys.modules[key]
    sys.modules.update(replaced)
    try:
        yield
    finally:
        for key in [key for key in sys.modules if key.partition(".")[0] in names]:
            del sys.modules[key]
        sys.modules.update(before)

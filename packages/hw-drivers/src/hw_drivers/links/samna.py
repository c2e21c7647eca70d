"""Whether SynSense's package is there, without running any of it.

The package that registries offer under this name is a stub: importing it installs the maker's
binaries from the maker's own registry. Nothing of this project imports it.
"""

import importlib.util

__all__ = ["samna_installed"]


def samna_installed() -> bool:
    """Return whether a package `samna` could be imported; it is looked for, never executed.

    Example:
        >>> samna_installed() in (True, False)
        True
    """
    try:
        return importlib.util.find_spec("samna") is not None
    except (ImportError, ValueError):  # a broken installation
        return False

"""Access to aestream-io, which is an optional dependency."""

from types import ModuleType

from norse_lite._errors import NetworkError

__all__ = ["aestream_io"]


def aestream_io() -> ModuleType:
    """Return the module `aestream_io`, or say how to install it."""
    try:
        import aestream_io as module
    except ImportError:
        raise NetworkError(
            "reading recordings needs the package aestream-io: pip install 'norse-lite[pipeline]'"
        ) from None
    return module

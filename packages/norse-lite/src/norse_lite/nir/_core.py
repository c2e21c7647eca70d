"""Access to nir-core, which is an optional dependency."""

from types import ModuleType

from norse_lite._errors import NetworkError

__all__ = ["nir_core"]


def nir_core() -> ModuleType:
    """Return the module `nir_core`, or say how to install it."""
    try:
        import nir_core as module
    except ImportError:
        raise NetworkError(
            "NIR needs the package nir-core: pip install 'norse-lite[nir]'"
        ) from None
    return module

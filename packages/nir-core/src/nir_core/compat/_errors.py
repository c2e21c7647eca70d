"""Errors of nir_core that also are what nir raises, so that `except` clauses keep working."""

from __future__ import annotations

from nir_core.errors import NirError, NirFileError

__all__ = ["NirAssertionError", "NirAttributeError", "NirKeyError", "NirOSError", "NirPortsError"]


class NirAssertionError(NirError, AssertionError):
    """A condition that nir asserts does not hold."""


class NirAttributeError(NirError, AttributeError):
    """An object of a kind that cannot be made, where nir raises AttributeError."""


class NirKeyError(NirError, KeyError):
    """A name that is not there, where nir raises KeyError."""

    __str__ = ValueError.__str__


class NirOSError(NirFileError, OSError):
    """A file that cannot be read, where nir raises what h5py raises."""


class NirPortsError(NirError, NotImplementedError):
    """Several ports where one is needed, where nir raises NotImplementedError."""

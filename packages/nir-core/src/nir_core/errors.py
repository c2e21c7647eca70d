"""The exceptions and warnings of nir_core: one family, each message says where and what to do."""

from __future__ import annotations

__all__ = ["NirError", "NirFileError", "NirRunError", "NirTypeError", "NirWarning"]


class NirError(ValueError):
    """Base of every error that nir_core raises on purpose."""


class NirTypeError(NirError, TypeError):
    """A value of the wrong kind was given where a number, array or node is needed."""


class NirFileError(NirError):
    """A file is damaged, unsafe or not a NIR file; the message names the path inside it."""


class NirRunError(NirError):
    """A graph cannot be run with the given input, dt or profile."""


class NirWarning(UserWarning):
    """A finding that does not stop the work, such as those of a lenient read."""

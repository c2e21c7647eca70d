"""Errors and warnings of aestream-io."""

from neuro_kernels import EventError

__all__ = ["EventDataWarning", "EventError", "OutputError", "UriError"]


class EventDataWarning(UserWarning):
    """Part of a recording could not be decoded; the message holds the counts and the place."""


class UriError(EventError):
    """An address of a stream, or one of its options, that means nothing."""


class OutputError(EventError):
    """A sink that cannot be opened or written to."""

"""Errors and warnings of aestream-io."""

from neuro_kernels import EventError

__all__ = ["EventDataWarning", "EventError"]


class EventDataWarning(UserWarning):
    """Part of a recording could not be decoded; the message holds the counts and the place."""

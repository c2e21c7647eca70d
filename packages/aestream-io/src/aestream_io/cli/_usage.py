"""Command lines that mean nothing."""

from aestream_io._errors import UriError

__all__ = ["UsageError"]


class UsageError(UriError):
    """A command line that means nothing; the message says what was expected."""

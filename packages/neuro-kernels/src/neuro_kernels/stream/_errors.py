"""The error of streams."""

from typing import Any

from neuro_kernels.events import EventError

__all__ = ["StreamError", "stream_error"]


class StreamError(EventError, OSError):
    """A stream that cannot be opened or used: the message says which, why and what to do."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


def stream_error(error: Any, advice: dict[str, str]) -> StreamError:
    """Make a StreamError of a `_kernels.SocketError`, with what to do about its kind."""
    kind, code, message = error.args
    new = StreamError(f"{message}{advice.get(kind, '')}")
    new.errno = code or None
    return new

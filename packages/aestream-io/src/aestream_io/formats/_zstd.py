"""Zstandard, which needs the extra `zstd`."""

from typing import Any

from aestream_io._errors import EventError

__all__ = ["zstandard"]


def zstandard(name: str) -> Any:
    """The module, for a file called `name`.

    Raises:
        EventError: it is not installed.
    """
    try:
        import zstandard as module
    except ImportError as error:
        raise EventError(
            f"{name}: is compressed with Zstandard; install the extra: pip install "
            "'aestream-io[zstd]'"
        ) from error
    return module

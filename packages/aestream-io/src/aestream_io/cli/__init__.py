"""The command `aestream-io`."""

from aestream_io.cli._main import main

__all__ = ["main"]

"""The functions a program begins with."""

import os
from typing import TYPE_CHECKING, Any

from faery_cli.sources import make_source
from faery_cli.stream import Stream

if TYPE_CHECKING:
    from faery_cli.outputs import OutputReport

__all__ = ["open", "read", "video"]


def open(source: Any, *, format: str | None = None, size: tuple[int, int] | None = None) -> Stream:
    """Make a stream of events.

    Args:
        source: a path or address ("rec.raw", "-", "udp:0.0.0.0:3333?size=640x480",
            "synth:edges?duration=1s"), `Events`, or anything that `neuro_kernels.as_events` takes.
        format: name of the file's format; by default it follows from its content.
        size: (width, height) in pixels, overrules the file's.

    Returns:
        The stream; nothing is read yet.

    Raises:
        UsageError: an address that makes no sense.

    Example:
        >>> stream = open("synth:noise?duration=10ms&size=64x48&rate=1e5")
        >>> len(stream.polarity("on").events()) + len(stream.polarity("off").events())
        1000
    """
    return Stream(make_source(source, format=format, size=size))


read = open


def video(source: Any, path: "str | os.PathLike[str]", **options: Any) -> "OutputReport":
    """Write a video of events.

    Args:
        source: as for `open`, or a `Stream`.
        path: the file, for example "out.gif".
        options: as for `Stream.video`.

    Returns:
        What was written.

    Example:
        >>> import tempfile, os
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = os.path.join(folder, "out.gif")
        ...     video("synth:bar?duration=100ms&size=64x48&rate=1e5", path, fps=20).frames
        2
    """
    stream = source if isinstance(source, Stream) else open(source)
    return stream.video(path, **options)

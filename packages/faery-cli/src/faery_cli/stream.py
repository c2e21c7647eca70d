"""Streams: a source and the stages after it; nothing runs until something asks for the result."""

import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from faery_cli.errors import UsageError
from faery_cli.methods import StageMethods
from faery_cli.operation import Frame
from faery_cli.registry import Stage, bind_values, by_name
from faery_cli.run import Call, Run
from faery_cli.sources import Source

if TYPE_CHECKING:
    import os

    from faery_cli.outputs import OutputReport
    from faery_cli.shape import Shape
    from neuro_kernels import Events

__all__ = ["Stream"]


class Stream(StageMethods):
    """A chain of stages over a source; immutable, every method gives a longer one.

    Iterating gives `Events` packets, or `Frame` pictures after `render`; each iteration reads the
    source from its beginning. Every stage of the registry is a method: `stream.crop(80, 240, 60,
    180)`, `stream.hot_pixels(3)`. A time is text with a unit ("250ms") or a number of seconds.

    Args:
        source: where the events come from.
        calls: stages with their values.

    Example:
        >>> from neuro_kernels import Events
        >>> from faery_cli.sources import MemorySource
        >>> events = Events([0, 400, 900], [1, 5, 6], [2, 2, 2], [1, 0, 1], size=(8, 8))
        >>> stream = Stream(MemorySource(events)).crop(4, 8, 0, 8).polarity("on")
        >>> stream.events().x
        array([2], dtype=uint16)
        >>> stream.shape.size
        (4, 8)
    """

    def __init__(self, source: Source, calls: tuple[Call, ...] = ()) -> None:
        self._source = source
        self._calls = calls

    def __repr__(self) -> str:
        return f"<Stream {' : '.join([self._source.name, *(call.text() for call in self._calls)])}>"

    @property
    def source(self) -> Source:
        """Where the events come from."""
        return self._source

    @property
    def calls(self) -> tuple[Call, ...]:
        """The stages with their values."""
        return self._calls

    @property
    def shape(self) -> "Shape":
        """Size, content, whether finite and whether regular; opens the source for a moment."""
        with self.run() as run:
            return run.shape

    def then(self, name: str, *args: Any, **values: Any) -> "Stream":
        """Append a stage by its name.

        Args:
            name: of the stage, for example "hot-pixels".
            args: its values by position.
            values: its values by name.

        Raises:
            UsageError: an unknown stage or wrong values.
        """
        entry = by_name(name)
        bound = bind_values(entry.method, entry.parameters, args, values)
        return Stream(self._source, (*self._calls, Call(entry, bound)))

    def with_call(self, entry: Stage, values: dict[str, Any], word: int | None = None) -> "Stream":
        """Append a stage whose values are bound already.

        Args:
            entry: of the registry.
            values: a value for each of its parameters.
            word: index of its word on a command line, for messages.
        """
        return Stream(self._source, (*self._calls, Call(entry, values, word)))

    def video(
        self,
        path: "str | os.PathLike[str]",
        *,
        scale: Any = None,
        timecode: bool = True,
        overwrite: bool = False,
        format: str | None = None,
        loops: int | None = None,
        **render: Any,
    ) -> "OutputReport":
        """Draw the events and write a video.

        Args:
            path: the file, for example "out.gif".
            scale: a whole factor, or the size to reach; by default what suits the format.
            timecode: write time and speed into the picture.
            overwrite: replace a file of that name.
            format: name of the output; by default it follows from the ending.
            loops: how often a GIF plays, 0 for ever.
            render: values of `render`: decay, tau, style, fps, speed, levels, flash.

        Returns:
            What was written.

        Raises:
            OutputError: the file exists or cannot be written.
            UsageError: an unknown ending or value.
        """
        from faery_cli.outputs import video

        options = {} if loops is None else {"loops": loops}
        pictures = video(self, path, format=format, scale=scale, timecode=timecode, **render)
        return pictures.save(path, overwrite=overwrite, format=format, **options)

    def run(self) -> Run:
        """Open the source and get ready; a context manager to iterate once."""
        return Run(self._source, self._calls)

    def __iter__(self) -> Iterator[Any]:
        with self.run() as run:
            for item in run:
                yield item if isinstance(item, Frame) else item.events

    def events(self) -> "Events":
        """Run and give all events at once.

        What is damaged in the source is left out and reported in one `EventDataWarning`.

        Raises:
            InputError: the source is missing or of no known format.
            UsageError: the stream never ends, or gives frames.
        """
        from neuro_kernels import Events

        with self.run() as run:
            if run.shape.content != "events":
                raise UsageError("events: this stream gives frames; leave out render")
            if not run.shape.finite:
                raise UsageError("events: this stream never ends; add cut, for example .cut(0, 10)")
            parts = [item.events for item in run]
            if run.problems:
                from aestream_io import EventDataWarning

                text = f"{self._source.name}: {run.problems}"
                warnings.warn(text, EventDataWarning, stacklevel=2)
            return Events.concatenate(parts) if parts else Events.empty(run.shape.size)

    def save(self, path: "str | os.PathLike[str]", **options: Any) -> "OutputReport":
        """Run and write the result; what is written follows from the file's ending.

        Args:
            path: an event file (.raw, .es, .dat, .csv, …) or a picture (.gif, .png, .apng).
            options: of that output, and `overwrite=True` to replace a file.

        Returns:
            What was written.

        Raises:
            OutputError: the file exists or cannot be written.
            InputError: the source is missing or damaged.
        """
        from faery_cli.outputs import save

        return save(self, path, **options)

"""Tell what flows by, without changing it."""

import json
import sys
from collections.abc import Iterator

from faery_cli.console import count_text, rate_text
from faery_cli.errors import OutputError, UsageError
from faery_cli.operation import Operation, Packet
from faery_cli.registry import Parameter, stage
from faery_cli.shape import Shape
from faery_cli.units import DURATION, TEXT


class Tap(Operation):
    """Writes a line for each stretch of event time."""

    def __init__(self, shape: Shape, every_us: int, path: str | None, name: str) -> None:
        super().__init__(shape)
        self._every, self._name = every_us, name
        self._path = path
        self._file = None
        self._begin: int | None = None
        self._events = self._on = 0

    def feed(self, item: Packet) -> Iterator[Packet]:
        import numpy as np

        events = item.events
        at = 0
        t = events.t if events.is_sorted else np.maximum.accumulate(events.t)
        while at < len(events):
            if self._begin is None:
                self._begin = int(t[0])
            stop = int(np.searchsorted(t, self._begin + self._every))
            self._events += stop - at
            self._on += int(events.p[at:stop].sum())
            at = stop
            if at < len(events):
                self._line()
        yield item

    def finish(self) -> Iterator[Packet]:
        if self._events:
            self._line()
        if self._file is not None:
            self._file.close()
        return iter(())

    def _line(self) -> None:
        assert self._begin is not None
        rate = self._events * 1e6 / self._every
        if self._path is None:
            print(
                f"{self._name} {self._begin / 1e6:.6f} s: {count_text(self._events)} events "
                f"({count_text(self._on)} ON), {rate_text(rate)}",
                file=sys.stderr,
            )
        else:
            if self._file is None:
                try:
                    self._file = open(self._path, "w", encoding="utf-8")  # noqa: SIM115
                except OSError as error:
                    raise OutputError(f"{self._path}: {error.strerror}") from error
            values = {
                "name": self._name,
                "begin_us": self._begin,
                "events": self._events,
                "on": self._on,
                "rate_hz": rate,
            }
            self._file.write(json.dumps(values) + "\n")
        self._begin += self._every
        self._events = self._on = 0


@stage(
    "tap",
    "Tell how many events flow by, and let all of them through.",
    Parameter("every", DURATION, "one line for so much of the events' time", 1_000_000),
    Parameter("to", TEXT, "a file for JSON lines (the standard error by default)", None,
              named=True),
    Parameter("title", TEXT, "begins each line", "tap", named=True),
    aliases=("statistics",),
    example="fae in.raw : tap 100ms : denoise 2ms : tap 100ms --title clean : out.raw",
)  # fmt: skip
def tap(shape: Shape, *, every: int, to: str | None, title: str) -> Tap:
    if every < 1:
        raise UsageError("tap: expected a time above zero")
    return Tap(shape, every, to, title)

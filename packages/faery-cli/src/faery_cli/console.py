"""What people see on the standard error: colours, the underlined word, progress, numbers."""

import os
import shlex
import sys
import time
from typing import Any, TextIO

__all__ = ["Progress", "bytes_text", "count_text", "counted", "paint", "rate_text", "underline"]

_COLORS = {"red": "31", "yellow": "33", "dim": "2", "bold": "1"}
COMMAND = "fae"


def paint(text: str, color: str, stream: TextIO) -> str:
    """Colour text where the stream is a terminal and NO_COLOR is not set."""
    if os.environ.get("NO_COLOR") or not stream.isatty():
        return text
    return f"\x1b[{_COLORS[color]}m{text}\x1b[0m"


def underline(words: list[str], at: int, span: tuple[int, int] | None = None) -> list[str]:
    """Give the command line and a line of carets under the wrong word.

    Args:
        words: after the program's name.
        at: index of the wrong word.
        span: begin and end of the wrong part inside the word.

    Example:
        >>> for line in underline(["a.es", ":", "crpo", "1:2"], 2):
        ...     print(line)
          fae a.es : crpo 1:2
                     ^^^^
    """
    quoted = [shlex.quote(word) for word in words]
    begin = len(COMMAND) + sum(len(word) + 1 for word in quoted[:at]) + 1
    width = len(quoted[at])
    if span is not None and quoted[at] == words[at]:
        begin, width = begin + span[0], max(1, span[1] - span[0])
    line = " ".join([COMMAND, *quoted])
    room = 100
    if len(line) > room:
        first = max(0, min(begin - 30, len(line) - room))
        line = ("…" if first else "") + line[first : first + room]
        begin -= first - (1 if first else 0)
    return ["  " + line, "  " + " " * begin + "^" * max(1, width)]


def count_text(number: int) -> str:
    """Write a whole number with thin groups of three.

    Example:
        >>> count_text(473225)
        '473 225'
    """
    return f"{number:,}".replace(",", " ")


def counted(number: int, what: str) -> str:
    """Write a number of things.

    Example:
        >>> counted(1, "frame"), counted(2000, "event")
        ('1 frame', '2 000 events')
    """
    return f"{count_text(number)} {what}{'' if number == 1 else 's'}"


def rate_text(events_per_s: float) -> str:
    """Write an event rate.

    Example:
        >>> rate_text(473225), rate_text(1500), rate_text(1.25e7)
        ('0.473 Mev/s', '1.5 kev/s', '12.5 Mev/s')
    """
    if events_per_s >= 1e5:
        return f"{events_per_s / 1e6:.3g} Mev/s"
    if events_per_s >= 1e3:
        return f"{events_per_s / 1e3:.3g} kev/s"
    return f"{events_per_s:.3g} ev/s"


def bytes_text(number: int) -> str:
    """Write an amount of memory.

    Example:
        >>> bytes_text(346031), bytes_text(512)
        ('346 kB', '512 B')
    """
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if number >= size:
            return f"{number / size:.3g} {unit}"
    return f"{number} B"


class Progress:
    """A line on the standard error that says how far a run is; only on a terminal.

    Args:
        mode: "auto": a changing line on a terminal, else nothing; "plain": one line every ten
            seconds; "none".
        stream: where it is written.
    """

    def __init__(self, mode: str, stream: TextIO | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._mode = mode if mode != "auto" or self._stream.isatty() else "none"
        self._begin = time.monotonic()
        self._next = self._begin + (0.2 if self._mode == "auto" else 10.0)
        self._shown = False

    def __call__(self, run: Any) -> None:
        """Show the state of a run, if it is time to."""
        if self._mode == "none":
            return
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + (0.1 if self._mode == "auto" else 10.0)
        text = self._text(run, now - self._begin)
        if self._mode == "plain":
            print(text, file=self._stream, flush=True)
        else:
            self._stream.write(f"\r{text}\x1b[K")
            self._stream.flush()
            self._shown = True

    def _text(self, run: Any, seconds: float) -> str:
        events = run.reports[0].events_out
        parts = [f"{count_text(events)} events", rate_text(events / max(seconds, 1e-9))]
        if run.shape.content == "frames":
            parts.insert(1, f"{count_text(run.reports[-1].items_out)} frames")
        part = run.done()
        if part is not None and part > 0:
            left = seconds * (1 - part) / part
            parts.insert(0, f"{100 * part:3.0f} %")
            parts.append(f"{left:.0f} s left")
        return "  ".join(parts)

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._shown = False

"""Progress on the terminal, and text with colours."""

import os
import sys
from typing import Any, Literal

__all__ = ["format_bold", "format_color", "progress_bar", "progress_bar_fold"]

_COLORS = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
BAR = 30


def format_bold(message: str) -> str:
    """Make text bold, unless NO_COLOR is set."""
    return message if os.environ.get("NO_COLOR") else f"\x1b[1m{message}\x1b[0m"


def format_color(
    message: str,
    color: Literal["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"],
) -> str:
    """Give text a colour, unless NO_COLOR is set."""
    number = 30 + _COLORS.index(color)
    return message if os.environ.get("NO_COLOR") else f"\x1b[{number}m{message}\x1b[0m"


def _text(state: Any) -> str:
    item = getattr(state, "packet", None) or getattr(state, "frame", None)
    number = getattr(item, "index", None)
    text = "" if number is None else str(number + 1)
    count = getattr(state, "packet_count", None) or getattr(state, "frame_count", None)
    if count is not None and text:
        text += f" / {count}"
    if hasattr(state, "progress"):
        done = round(min(1.0, max(0.0, float(state.progress))) * BAR)
        bar = "█" * done + "░" * (BAR - done)
        text = f"{bar} {100 * float(state.progress):3.0f} % {text}"
    return text


def progress_bar(state: Any, *, clear_after_last: bool = False) -> None:
    """Show a state on the standard error, if that is a terminal."""
    if not sys.stderr.isatty():
        return
    item = getattr(state, "packet", None) or getattr(state, "frame", None)
    end = ""
    if item == "end":
        end = "\r\x1b[K" if clear_after_last else "\n"
    sys.stderr.write(f"\r{_text(state)}\x1b[K{end}")
    sys.stderr.flush()


def progress_bar_fold(state: Any) -> None:
    """Show a state on the standard error, if that is a terminal; take it away at the end."""
    progress_bar(state, clear_after_last=True)

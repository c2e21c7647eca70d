"""What the set-up tools say: one clear sentence when they stop, plain steps while they work."""

import os
import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


class DevError(Exception):
    """A reason to stop, as one sentence that names the next step."""


def say(text: str) -> None:
    """Print one line at once, also where the output is a pipe."""
    print(text, flush=True)


def show_command(command: Sequence[str], root: Path) -> None:
    """Print `command` as a person would type it in `root`."""
    words = [word.removeprefix(f"{root}{os.sep}") for word in command]
    say("  $ " + shlex.join(words))


@contextmanager
def step(title: str) -> Iterator[None]:
    """Announce a step and print how long it took.

    Args:
        title: what happens, for example "Install PyTorch (CPU)".

    Example:
        >>> with step("Count to one"):
        ...     pass
        == Count to one
           done in 0 s
    """
    say(f"== {title}")
    start = time.monotonic()
    yield
    say(f"   done in {time.monotonic() - start:.0f} s")


def warn(text: str) -> None:
    """Print one line to standard error."""
    print(text, file=sys.stderr, flush=True)

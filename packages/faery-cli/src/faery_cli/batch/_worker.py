"""A process that makes outputs for another one, and ends with it."""

import os
import signal
import threading
from typing import Any

from faery_cli.batch._jobs import Unit
from faery_cli.batch._work import Result, run_unit

__all__ = ["prepare", "run_guarded"]

ENDED = 1
LAST_S = 5.0  # a job that was asked to end has so long to clean up

_busy = False


def prepare() -> None:
    """Make this process end when it is asked to, and when the one that started it is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one that started it gets Ctrl-C, too
    signal.signal(signal.SIGTERM, _stop)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _stop(*_: Any) -> None:
    if not _busy:
        os._exit(ENDED)
    raise KeyboardInterrupt  # takes away what is half written


def _end_with_parent() -> None:
    from multiprocessing import parent_process

    parent = parent_process()
    if parent is None:
        return
    parent.join()
    # The queue of jobs does not tell: this process holds its other end open as well.
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(LAST_S)
    os._exit(ENDED)


def run_guarded(unit: Unit, keep_going: bool) -> Result:
    """Run the command line of one output; an end that was asked for ends the process."""
    global _busy
    _busy = True
    try:
        return run_unit(unit, keep_going)
    except KeyboardInterrupt:
        os._exit(ENDED)
    finally:
        _busy = False

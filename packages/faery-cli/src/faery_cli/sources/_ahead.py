"""Working ahead: the next items are made while the last one is used."""

import queue
import threading
from collections.abc import Generator
from typing import Any, TypeVar

__all__ = ["read_ahead"]

T = TypeVar("T")
DEPTH = 3


def read_ahead(items: Generator[T], *, depth: int = DEPTH) -> Generator[T]:
    """Run a generator on a thread of its own, some items ahead.

    Args:
        items: what is run; it pays where it lets go of the GIL.
        depth: how many items may wait.

    Returns:
        The same items in the same order, then its exception if it raised one. When it is closed,
        or no longer used, the thread ends and `items` is closed.

    Example:
        >>> list(read_ahead(k * k for k in range(4)))
        [0, 1, 4, 9]
    """
    ready: queue.SimpleQueue[tuple[bool, Any]] = queue.SimpleQueue()
    room = threading.Semaphore(depth)
    stop = threading.Event()

    def work() -> None:
        try:
            for item in items:
                ready.put((True, item))
                room.acquire()
                if stop.is_set():
                    break
            items.close()
        except BaseException as error:
            ready.put((False, error))
        else:
            ready.put((False, None))

    thread = threading.Thread(target=work, name="read-ahead", daemon=True)
    thread.start()
    try:
        while True:
            more, value = ready.get()
            if not more:
                if value is not None:
                    raise value
                return
            yield value
            room.release()
    finally:
        stop.set()
        room.release()
        thread.join()

"""A model of a serial camera behind a pseudo-terminal: a real line that anything may open.

Only where there are pseudo-terminals: on Linux and macOS.
"""

import os
import select
import sys
import threading
from types import TracebackType
from typing import Self

from hw_drivers.emulators.edvs import EdvsModel
from hw_drivers.emulators.model import NoAnswer, Unplugged
from hw_drivers.transport.serial import SET_SPEED

if sys.platform != "win32":
    import tty

__all__ = ["SerialEmulator"]

_IDLE_S = 0.001


class SerialEmulator:
    """Serves a model on a pseudo-terminal, as fast as the other side reads; use it in `with`.

    A pseudo-terminal has no speed: the model's own is taken for right.

    Args:
        model: the camera.
        baud: speed to which it is set.

    Attributes:
        path: device node of the line.
    """

    def __init__(self, model: EdvsModel, *, baud: int = 4_000_000) -> None:
        self._model = model
        model.control_out(SET_SPEED, 0, 0, baud.to_bytes(4, "little"))
        self._server, client = os.openpty()
        tty.setraw(client)
        self.path = os.ttyname(client)
        self._client = client
        os.set_blocking(self._server, False)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hw_drivers-pty", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Hang up; a second call does nothing."""
        self._stop.set()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _run(self) -> None:
        waiting = b""
        try:
            while not self._stop.is_set():
                busy = bool(waiting) or (self._model.streaming and not self._model.finished)
                ready, _, _ = select.select([self._server], [], [], 0 if busy else _IDLE_S)
                if ready:
                    self._model.bulk_out(0, os.read(self._server, 4096))
                waiting += self._model.bulk_in(0, 4096)
                if not waiting and self._model.streaming and not self._model.finished:
                    waiting = b"".join(self._model.step())
                if waiting:
                    _, free, _ = select.select([], [self._server], [], _IDLE_S)
                    if free:
                        waiting = waiting[os.write(self._server, waiting) :]
        except (OSError, Unplugged, NoAnswer):
            pass  # the line hangs up, as that of a camera which left
        finally:
            os.close(self._client)
            os.close(self._server)

"""A network (.nir) that runs in step with the events that come."""

import struct
import threading
from collections import deque
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from faery_cli.viewer._model import SPIKES, Model, binned

if TYPE_CHECKING:
    from neuro_kernels import Events

__all__ = ["LiveNetwork", "Steps"]

BLOCK_CELLS = 1 << 22  # of inputs, in one go
LONGEST_SILENCE = 2000  # steps without events after which a network begins anew
WAITING_EVENTS = 4_000_000  # before the oldest are dropped


class Steps:
    """Cuts events into blocks of whole time steps of a network's input.

    The first event begins the first step. An event before the step that is open counts in that
    step; the result does not depend on how the events are cut into packets.

    Args:
        shape: of the network's input, see `binned`.
        dt_us: time step.
    """

    def __init__(self, shape: tuple[int, ...], dt_us: int) -> None:
        self._shape, self._dt_us = shape, dt_us
        cells = 1
        for side in shape:
            cells *= side
        self._most = max(1, BLOCK_CELLS // cells)
        self._held: Events | None = None
        self._anew = True
        self.next_us: int | None = None  # begin of the step that is open

    def feed(self, events: "Events") -> "Iterator[tuple[int, Any, bool]]":
        """Give (begin in microseconds, float32 (steps, *shape), begins anew) of what is complete.

        After a long silence the network begins anew; its state would have decayed.
        """
        import numpy as np

        from neuro_kernels import Events

        if not len(events):
            return
        if self._held is not None and len(self._held):
            events = Events.concatenate([self._held, events])
        begin = int(events.t[0]) if self.next_us is None else self.next_us
        t = np.maximum.accumulate(np.maximum(events.t, begin))
        step = (t - begin) // self._dt_us
        last = int(step[-1])  # stays open
        silences = np.flatnonzero(np.diff(step) > LONGEST_SILENCE) + 1
        edges = [0, *silences.tolist(), len(step)]
        for first, stop in pairwise(edges):
            self._anew |= first > 0
            end = last if stop == len(step) else int(step[stop - 1]) + 1
            for done in range(int(step[first]), end, self._most):
                steps = min(self._most, end - done)
                k, m = np.searchsorted(step, [done, done + steps])
                part = binned(events[int(k) : int(m)], self._shape, step[k:m] - done, steps)
                yield begin + done * self._dt_us, part, self._anew
                self._anew = False
        self.next_us = begin + last * self._dt_us
        held = events[int(np.searchsorted(step, last)) :]
        # A view of the packet would keep all of it in memory.
        self._held = Events(held.t.copy(), held.x.copy(), held.y.copy(), held.p.copy(),
                            size=events.size)  # fmt: skip


class LiveNetwork:
    """Runs a network over a live stream, on a thread of its own.

    A network that is slower than the events loses the oldest of them, which are counted; the
    events' own picture does not wait for it.

    Args:
        model: the network, see `Model`.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self._steps = Steps(model.shape, model.dt_us)
        self._state: Any = None
        self._events: deque[Events] = deque()
        self._waiting = 0
        self._messages: deque[bytes] = deque(maxlen=4096)
        self._changed = threading.Condition()
        self._closed = False
        self.dropped = 0
        self.error: str | None = None
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def offer(self, events: "Events") -> None:
        """Let the network see events; returns at once."""
        with self._changed:
            self._events.append(events)
            self._waiting += len(events)
            while self._waiting > WAITING_EVENTS and len(self._events) > 1:
                old = self._events.popleft()
                self._waiting -= len(old)
                self.dropped += len(old)
            self._changed.notify()

    @property
    def seen_us(self) -> int | None:
        """The time that the network has come to, None before it began."""
        return self._steps.next_us

    def take(self) -> list[bytes]:
        """Give the messages for the page that came since."""
        taken = []
        while self._messages:
            taken.append(self._messages.popleft())
        return taken

    def finish(self) -> None:
        """Wait until everything offered was run."""
        with self._changed:
            while (self._events or self._waiting) and self._thread.is_alive():
                self._changed.wait(0.05)

    def close(self) -> None:
        """End the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join(5)

    def _work(self) -> None:
        from neuro_kernels import Events

        while True:
            with self._changed:
                while not self._events and not self._closed:
                    self._changed.wait()
                if self._closed:
                    return
                waiting = list(self._events)
                self._events.clear()
            # Setting up a run costs as much as many steps, hence all that waits is run at once.
            events = waiting[0] if len(waiting) == 1 else Events.concatenate(waiting)
            try:
                self._run(events)
            except Exception as error:  # shown on the page; its events go on
                self.error = str(error)
                return
            with self._changed:
                self._waiting -= len(events)
                self._changed.notify_all()

    def _run(self, events: "Events") -> None:
        import numpy as np

        for begin_us, inputs, anew in self._steps.feed(events):
            step, row, self._state = self._model.run(inputs, None if anew else self._state)
            if not len(step):
                continue
            pairs = np.stack([step * self._model.dt_us, row], axis=1).astype("<u4")
            head = struct.pack("<IId", SPIKES, len(pairs), float(begin_us))
            self._messages.append(head + pairs.tobytes())

"""A recording as the scene of an emulated sensor."""

from pathlib import Path

import numpy as np

from hw_drivers.columns import Columns
from hw_drivers.errors import HardwareError
from neuro_kernels import Events, codecs

__all__ = ["Replay", "load_raw_evt3"]

_EVT3_PERIOD_US = 1 << 24  # time in EVT 3.0 words wraps here


class Replay:
    """Plays events at their own times.

    The sensor's clock starts at the first event; whole multiples of 2^24 us before it are left
    out, because EVT 3.0 cannot say them. A sensitivity below that of the factory biases leaves
    out events at random; one above it changes nothing, since a recording holds no further events.

    Args:
        events: in time order, inside the sensor's frame.
        seed: for the events left out.

    Example:
        >>> events = Events([5, 9], [1, 2], [0, 0], [1, 0], size=(4, 4))
        >>> Replay(events).events(0, 8, 1.0, 1.0).t
        array([5])
    """

    def __init__(self, events: Events, seed: int = 0) -> None:
        if not events.is_sorted:
            raise HardwareError(
                "replay: the events are not in time order; sort them before they are played"
            )
        first = int(events.t[0]) if len(events) else 0
        if first < 0:
            raise HardwareError(
                f"replay: expected times from 0, got {first} us; subtract the first time"
            )
        self._shift = first - first % _EVT3_PERIOD_US
        self._events = events
        self._seed = seed

    @property
    def start_us(self) -> int:
        """Time of the first event as the sensor gives it."""
        return int(self._events.t[0]) - self._shift if len(self._events) else 0

    @property
    def end_us(self) -> int | None:
        """Just after the last event."""
        return int(self._events.t[-1]) - self._shift + 1 if len(self._events) else 0

    def events(self, start_us: int, stop_us: int, gain_on: float, gain_off: float) -> Columns:
        """Return the events of [start_us, stop_us)."""
        part = self._events.between(start_us + self._shift, stop_us + self._shift)
        columns = Columns(part.t - self._shift, part.x, part.y, part.p)
        if gain_on >= 1 and gain_off >= 1:
            return columns
        random = np.random.default_rng((self._seed, start_us, stop_us))
        gain = np.where(part.p == 1, gain_on, gain_off)
        return columns[random.random(len(part)) < gain]


def load_raw_evt3(path: str | Path, size: tuple[int, int]) -> Events:
    """Read the events of an EVT 3.0 raw file for replay.

    Args:
        path: a file whose text header, lines that start with "%", may end with "% end".
        size: (width, height) of the sensor that plays it.

    Raises:
        HardwareError: no such file, another format, or events outside the frame.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise HardwareError(f"replay: cannot read {path}: {error.strerror}") from None
    start = 0
    header: list[bytes] = []
    while data[start : start + 1] == b"%":
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end + 1
        header.append(data[start:end].strip())
        start = end
        if header[-1] == b"% end":
            break
    text = b"\n".join(header).upper()
    if b"EVT3" not in text and b"EVT 3.0" not in text:
        raise HardwareError(
            f"replay: {path} does not say that it holds EVT 3.0; convert it, or pass its events "
            "to hw_drivers.emulate"
        )
    events, _, report = codecs.decode("evt3", data[start:], size=size)
    if report.out_of_range:
        raise HardwareError(
            f"replay: {path} has {report.out_of_range} events outside the {size[0]} x {size[1]} "
            "sensor; it was recorded with a larger one"
        )
    return events

"""How much faster a device's clock runs than the computer's."""

import numpy as np

__all__ = ["ClockDrift"]

_BIN_NS = 200_000_000
_MIN_BINS = 5  # a second: less says nothing about parts per million
_MAX_BINS = 4096


class ClockDrift:
    """Fits the line through pairs of arrival time and sensor time.

    A packet arrives late, never early: of every 0.2 s the pair with the least delay is kept, and
    the line goes through those (least squares).

    Example:
        >>> drift = ClockDrift()
        >>> for ms in range(0, 5000, 10):
        ...     drift.add(ms * 1_000_000, round(ms * 1000 * (1 + 100e-6)))
        >>> round(drift.ppm())
        100
    """

    def __init__(self) -> None:
        self._first: tuple[int, int] | None = None
        self._last: tuple[int, int] | None = None
        self._bins: list[tuple[int, int]] = []
        self._bin = -1

    def add(self, monotonic_ns: int, sensor_us: int) -> None:
        """Take note of an event's time and the arrival of the transfer that it ends.

        Args:
            monotonic_ns: arrival.
            sensor_us: time of the event.
        """
        if self._first is None:
            self._first = (monotonic_ns, sensor_us)
        host_ns, sensor_ns = self._since_first(monotonic_ns, sensor_us)
        self._last = (monotonic_ns, sensor_us)
        place = host_ns // _BIN_NS
        if place > self._bin:
            self._bin = place
            if len(self._bins) < _MAX_BINS:
                self._bins.append((host_ns, sensor_ns))
            return
        host, sensor = self._bins[-1]
        if host_ns - sensor_ns < host - sensor:
            self._bins[-1] = (host_ns, sensor_ns)

    def ppm(self) -> float | None:
        """Return how much faster the device's clock runs, in parts per million.

        Returns:
            None before a second of events has come.
        """
        whole = self._bins[:-1]  # the last one may hold a single late packet
        if len(whole) < _MIN_BINS:
            return None
        points = np.asarray(whole, np.float64)
        host, ahead = points[:, 0], points[:, 1] - points[:, 0]
        host = host - host.mean()
        return float(np.dot(host, ahead) / np.dot(host, host) * 1e6)

    def sensor_time_us(self, monotonic_ns: int) -> int | None:
        """Return about which sensor time it is, from the last event and the host's clock."""
        if self._last is None:
            return None
        host_ns, sensor_us = self._last
        return sensor_us + max(0, monotonic_ns - host_ns) // 1000

    def _since_first(self, monotonic_ns: int, sensor_us: int) -> tuple[int, int]:
        assert self._first is not None
        return monotonic_ns - self._first[0], (sensor_us - self._first[1]) * 1000

"""Devices as sources of an event pipeline (entry-point group `aestream_io.sources`)."""

from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

from hw_drivers.device import Device
from hw_drivers.opening.uris import open_device
from neuro_kernels import Events

__all__ = ["DeviceSource", "open_source"]

_MAX_LATENCY_S = 2e-3
_TICK_S = 10e-3  # silence after which an empty packet lets windows close by the clock


class DeviceSource:
    """An iterator of `Events` over a device.

    Args:
        device: an open device; closed together with the source.
    """

    live = True  # waits for events instead of ending

    def __init__(self, device: Device[Any]) -> None:
        self._device = device
        self._packets = device.packets(max_latency=_MAX_LATENCY_S, tick=_TICK_S)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self._device.size

    @property
    def device(self) -> Device[Any]:
        """The device behind the source."""
        return self._device

    @property
    def stats(self) -> dict[str, int]:
        """Live counts: events, packets, bytes, lost_packets, lost_events (estimated), damage."""
        health = self._device.health()
        kept_bytes = health.bytes - health.lost_bytes
        per_byte = health.events / kept_bytes if kept_bytes else 0.0
        counts = health.decode
        return {
            "events": health.events,
            "packets": health.packets,
            "bytes": health.bytes,
            "lost_packets": health.lost_packets,
            "lost_events": round(health.lost_bytes * per_byte),
            "out_of_range": counts.out_of_range if counts else 0,
            "malformed": counts.unknown_words if counts else 0,
        }

    def __iter__(self) -> Iterator[Events]:
        return self

    def __next__(self) -> Events:
        return next(self._packets).events

    def close(self) -> None:
        """Close the device."""
        self._packets.close()  # type: ignore[attr-defined]
        self._device.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_source(uri: str) -> DeviceSource:
    """Open a device as a source of `Events`.

    Args:
        uri: for example "emulated:evk4?rate=5e6".

    Example:
        >>> with open_source("emulated:evk4?realtime=0&duration=10ms") as source:
        ...     sum(len(events) for events in source) == source.stats["events"]
        True
    """
    return DeviceSource(open_device(uri))

"""What a recording should be trusted for: losses, drift, temperature, configuration."""

import contextlib
import dataclasses
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hw_drivers.discovery import DeviceInfo
from hw_drivers.errors import HardwareError
from hw_drivers.packet import Health

__all__ = ["Quality", "QualityWatch", "write_quality"]


@dataclass(frozen=True)
class Quality:
    """How a device and its stream were while it was recorded.

    Args:
        name: maker and model.
        serial: serial number.
        firmware: firmware version.
        events: events that the program read meanwhile.
        gaps: places where the program missed transfers; they are in the file all the same.
        lost_packets: transfers that the program missed there.
        damage: words that the decoder could not use, by kind, since the stream was started.
        drift_ppm: how much faster the device's clock ran than the computer's, in parts per
            million; None when the program read less than a second of events.
        temperature_c: degrees Celsius at the beginning and at the end; None where the device does
            not tell.
        backlog_high_water: most transfers that ever waited for the program, of `capacity`.
        capacity: transfers that fit.
    """

    name: str
    serial: str | None
    firmware: str | None
    events: int
    gaps: int
    lost_packets: int
    damage: dict[str, int]
    drift_ppm: float | None
    temperature_c: tuple[float | None, float | None]
    backlog_high_water: int
    capacity: int


class QualityWatch:
    """Compares the state of a device at the beginning and at the end of a recording.

    Args:
        info: identity of the device.
        health: tells the counts of its stream.
        temperature: reads its temperature, or None.
    """

    def __init__(
        self,
        info: DeviceInfo,
        health: Callable[[], Health],
        temperature: Callable[[], float] | None,
    ) -> None:
        self._info = info
        self._health = health
        self._thermometer = temperature
        self._before = health()
        self._start_c = self._temperature()

    def result(self) -> Quality:
        """Return what was seen until now."""
        before, after = self._before, self._health()
        # A stream that was started again counts from zero.
        restarted = after.packets < before.packets or after.events < before.events
        zero = dataclasses.replace(after, events=0, gaps=0, lost_packets=0)
        before = zero if restarted else before
        counts = after.decode
        damage = (
            {
                "out_of_range": counts.out_of_range,
                "time_errors": counts.time_errors,
                "unknown_words": counts.unknown_words,
                "skipped_bytes": after.skipped_bytes,
            }
            if counts
            else {}
        )
        return Quality(
            name=self._info.name,
            serial=self._info.serial,
            firmware=self._info.firmware,
            events=after.events - before.events,
            gaps=after.gaps - before.gaps,
            lost_packets=after.lost_packets - before.lost_packets,
            damage=damage,
            drift_ppm=after.drift_ppm,
            temperature_c=(self._start_c, self._temperature()),
            backlog_high_water=after.high_water,
            capacity=after.capacity,
        )

    def _temperature(self) -> float | None:
        if self._thermometer is None:
            return None
        with contextlib.suppress(HardwareError):  # a device that is gone tells nothing
            return self._thermometer()
        return None


def write_quality(path: Path, report: dict[str, Any]) -> None:
    """Write a report as JSON.

    Raises:
        HardwareError: the file cannot be written.
    """
    temporary = path.with_name(f".{path.name}.new")
    try:
        temporary.write_text(json.dumps(report, indent=2, default=str) + "\n", encoding="utf-8")
        os.replace(temporary, path)
    except OSError as error:
        raise HardwareError(f"record: cannot write {path}: {error.strerror}") from None

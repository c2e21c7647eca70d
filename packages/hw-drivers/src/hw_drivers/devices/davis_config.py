"""The parts that the configurations of the DAVIS cameras share."""

from dataclasses import dataclass
from typing import Any, ClassVar

from hw_drivers.config import Config, parameter
from hw_drivers.devices.inivation_config import PulseGenerator
from hw_drivers.errors import ConfigError
from hw_drivers.tables.davis import COARSE_PA, ChipTable, current_pa

__all__ = ["DavisConfig", "DavisEvents", "DavisFrames", "DavisImu", "bias_parameter"]


def bias_parameter(chip: ChipTable, name: str) -> Any:
    """Declare the field of a bias current.

    Args:
        chip: the chip.
        name: of the bias in its table.
    """
    row = next(bias for bias in chip.biases if bias.name == name)
    return parameter(
        current_pa(row.coarse, row.fine),
        row.doc,
        unit="pA",
        allowed=(0.0, COARSE_PA[-1]),
        source="libcaer davis_common.c",
    )


def _check_window(name: str, window: tuple[int, int, int, int], size: tuple[int, int]) -> None:
    x, y, width, height = window
    if x < 0 or y < 0 or width < 1 or height < 1 or x + width > size[0] or y + height > size[1]:
        raise ConfigError(
            f"{name}: {width} x {height} at ({x}, {y}) is not inside the {size[0]} x {size[1]} "
            "sensor; expected x, y, width, height"
        )


@dataclass(frozen=True, kw_only=True)
class DavisEvents(Config):
    """The event sensor and the filters behind it.

    Example:
        >>> DavisEvents(background_us=2000).background_us
        2000.0
    """

    _size: ClassVar[tuple[int, int]] = (346, 260)

    enabled: bool = parameter(True, "Whether events are sent.")
    roi: tuple[int, int, int, int] = parameter(
        (0, 0, 346, 260), "Region that sends events: x, y, width, height.", unit="pixels"
    )
    pixels: tuple[tuple[int, int], ...] = parameter(
        (), "Up to 8 single pixels (x, y) that stay silent, for hot pixels."
    )
    background_us: float | None = parameter(
        None,
        "Drop events without a neighbour in this time, in steps of 250; none: keep all.",
        unit="us",
        allowed=(250, 1_000_000),
    )
    refractory_us: float | None = parameter(
        None,
        "Drop events of a pixel that fired in this time, in steps of 250; none: keep all.",
        unit="us",
        allowed=(250, 1_000_000),
    )
    skip_every: int = parameter(
        0, "Drop one event after this many, 0 for none.", allowed=(0, 65535)
    )
    polarity: str = parameter(
        "both", "Events that are sent.", choices=("both", "on", "off", "unsigned")
    )

    def _check(self) -> None:
        _check_window("DavisEvents.roi", self.roi, self._size)
        if len(self.pixels) > 8:
            raise ConfigError(
                f"DavisEvents.pixels: expected at most 8 pixels, got {len(self.pixels)}"
            )
        for x, y in self.pixels:
            if not (0 <= x < self._size[0] and 0 <= y < self._size[1]):
                raise ConfigError(
                    f"DavisEvents.pixels: ({x}, {y}) is outside the {self._size[0]} x "
                    f"{self._size[1]} sensor"
                )


@dataclass(frozen=True, kw_only=True)
class DavisFrames(Config):
    """The frame sensor.

    Example:
        >>> DavisFrames(enabled=True, exposure_us=4000).interval_us
        40000.0
    """

    _size: ClassVar[tuple[int, int]] = (346, 260)

    enabled: bool = parameter(False, "Whether frames are sent.")
    exposure_us: float = parameter(4000.0, "Exposure.", unit="us", allowed=(1, 1_000_000))
    interval_us: float = parameter(
        40_000.0, "From the start of one frame to the next.", unit="us", allowed=(1, 8_000_000)
    )
    global_shutter: bool = parameter(True, "All pixels at once, where the chip can.")
    roi: tuple[int, int, int, int] = parameter(
        (0, 0, 346, 260), "Region that is read: x, y, width, height.", unit="pixels"
    )

    def _check(self) -> None:
        _check_window("DavisFrames.roi", self.roi, self._size)


@dataclass(frozen=True, kw_only=True)
class DavisImu(Config):
    """The inertial sensor.

    Example:
        >>> DavisImu(acceleration_g=8).rotation_dps
        500
    """

    enabled: bool = parameter(False, "Whether samples are sent.")
    acceleration_g: int = parameter(4, "Range, 2, 4, 8 or 16.", unit="g", allowed=(2, 16))
    rotation_dps: int = parameter(
        500, "Range, 250, 500, 1000 or 2000.", unit="degrees/s", allowed=(250, 2000)
    )

    def _check(self) -> None:
        for name, value, allowed in (
            ("acceleration_g", self.acceleration_g, (2, 4, 8, 16)),
            ("rotation_dps", self.rotation_dps, (250, 500, 1000, 2000)),
        ):
            if value not in allowed:
                raise ConfigError(f"DavisImu.{name}: expected one of {allowed}, got {value}")


@dataclass(frozen=True, kw_only=True)
class DavisConfig(Config):
    """What can be set on every DAVIS; a subclass tells the biases of its chip."""

    bias: Config = parameter(Config(), "Bias currents.")  # noqa: RUF009
    events: DavisEvents = parameter(DavisEvents(), "The event sensor.")  # noqa: RUF009
    frames: DavisFrames = parameter(DavisFrames(), "The frame sensor.")  # noqa: RUF009
    imu: DavisImu = parameter(DavisImu(), "The inertial sensor.")  # noqa: RUF009
    trigger_in: bool = parameter(True, "Whether edges of the trigger input are sent.")
    trigger_out: PulseGenerator = parameter(PulseGenerator(), "Trigger output.")  # noqa: RUF009

"""The configuration of a DVXplorer."""

from dataclasses import dataclass
from typing import ClassVar

from hw_drivers.config import Config, parameter
from hw_drivers.devices.inivation_config import PulseGenerator
from hw_drivers.errors import ConfigError
from hw_drivers.tables.dvxplorer import LITE_SIZE, SIZE

__all__ = ["DvxBiases", "DvxConfig", "DvxImu", "DvxplorerConfig", "DvxplorerLiteConfig"]

_SOURCE = "neuromorphic-drivers inivation_dvxplorer.rs"


@dataclass(frozen=True, kw_only=True)
class DvxBiases(Config):
    """Steps of the sensor's biases.

    Example:
        >>> DvxBiases(on=12).off
        8
    """

    amp: int = parameter(4, "Amplification.", unit="steps", allowed=(0, 8), source=_SOURCE)
    on: int = parameter(
        8, "ON threshold; more = fewer ON events.", unit="steps", allowed=(0, 17), source=_SOURCE
    )
    off: int = parameter(
        8, "OFF threshold; more = fewer OFF events.", unit="steps", allowed=(0, 17), source=_SOURCE
    )
    sf: int = parameter(0, "Source follower.", unit="steps", allowed=(0, 3), source=_SOURCE)
    nrst: bool = parameter(False, "Reset level.", source=_SOURCE)
    log: bool = parameter(False, "Logarithmic range.", source=_SOURCE)
    log_a: bool = parameter(True, "Logarithmic range A.", source=_SOURCE)
    log_d: int = parameter(1, "Logarithmic range D.", unit="steps", allowed=(0, 2), source=_SOURCE)


@dataclass(frozen=True, kw_only=True)
class DvxImu(Config):
    """The inertial sensor.

    Example:
        >>> DvxImu(enabled=True).acceleration_g
        4
    """

    enabled: bool = parameter(False, "Whether samples are sent.")
    acceleration_g: int = parameter(4, "Range, 2, 4, 8 or 16.", unit="g", allowed=(2, 16))
    rotation_dps: int = parameter(
        500, "Range, 125, 250, 500, 1000 or 2000.", unit="degrees/s", allowed=(125, 2000)
    )

    def _check(self) -> None:
        for name, value, allowed in (
            ("acceleration_g", self.acceleration_g, (2, 4, 8, 16)),
            ("rotation_dps", self.rotation_dps, (125, 250, 500, 1000, 2000)),
        ):
            if value not in allowed:
                raise ConfigError(f"DvxImu.{name}: expected one of {allowed}, got {value}")


@dataclass(frozen=True, kw_only=True)
class DvxConfig(Config):
    """What can be set on every DVXplorer; a subclass tells the size of its sensor."""

    _size: ClassVar[tuple[int, int]] = SIZE

    bias: DvxBiases = parameter(DvxBiases(), "Biases.")  # noqa: RUF009
    roi: tuple[int, int, int, int] = parameter(
        (0, 0, *SIZE), "Region that sends events: x, y, width, height.", unit="pixels"
    )
    events: bool = parameter(True, "Whether events are sent.")
    imu: DvxImu = parameter(DvxImu(), "The inertial sensor.")  # noqa: RUF009
    trigger_in: bool = parameter(True, "Whether edges of the trigger input are sent.")
    trigger_out: PulseGenerator = parameter(PulseGenerator(), "Trigger output.")  # noqa: RUF009

    def _check(self) -> None:
        x, y, width, height = self.roi
        columns, rows = self._size
        if x < 0 or y < 0 or width < 1 or height < 1 or x + width > columns or y + height > rows:
            raise ConfigError(
                f"{type(self).__name__}.roi: {width} x {height} at ({x}, {y}) is not inside the "
                f"{columns} x {rows} sensor; expected x, y, width, height"
            )


@dataclass(frozen=True, kw_only=True)
class DvxplorerConfig(DvxConfig):
    """Everything that can be set on a DVXplorer.

    Example:
        >>> DvxplorerConfig(roi=(0, 0, 320, 240)).roi
        (0, 0, 320, 240)
    """


@dataclass(frozen=True, kw_only=True)
class DvxplorerLiteConfig(DvxConfig):
    """Everything that can be set on a DVXplorer Lite.

    Example:
        >>> DvxplorerLiteConfig().roi
        (0, 0, 320, 240)
    """

    _size: ClassVar[tuple[int, int]] = LITE_SIZE

    roi: tuple[int, int, int, int] = parameter(
        (0, 0, *LITE_SIZE), "Region that sends events: x, y, width, height.", unit="pixels"
    )

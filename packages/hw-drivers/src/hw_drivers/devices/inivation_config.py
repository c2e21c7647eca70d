"""What the configurations of iniVation's cameras share."""

from dataclasses import dataclass

from hw_drivers.config import Config, parameter
from hw_drivers.errors import ConfigError

__all__ = ["PulseGenerator"]


@dataclass(frozen=True, kw_only=True)
class PulseGenerator(Config):
    """Pulses on the trigger output.

    Example:
        >>> PulseGenerator(enabled=True, interval_us=1000, length_us=100).inject
        True
    """

    enabled: bool = parameter(False, "Whether pulses are sent.")
    interval_us: float = parameter(
        10_000.0, "From the start of one pulse to the next.", unit="us", allowed=(1, 1_000_000)
    )
    length_us: float = parameter(5000.0, "Of a pulse.", unit="us", allowed=(1, 1_000_000))
    inject: bool = parameter(
        True, "Whether the edges of the pulses come as trigger edges with id 2 as well."
    )

    def _check(self) -> None:
        if self.length_us >= self.interval_us:
            raise ConfigError(
                f"PulseGenerator.length_us: expected less than the interval of "
                f"{self.interval_us:g} us, got {self.length_us:g}"
            )

"""The configurations of the event links."""

from dataclasses import dataclass

from hw_drivers.config import Config, parameter
from hw_drivers.errors import ConfigError
from hw_drivers.tables import speck, spif

__all__ = ["LinkConfig", "SpeckConfig", "SpifConfig"]


@dataclass(frozen=True, kw_only=True)
class LinkConfig(Config):
    """What is known of the sensor at the other end of a link, which does not tell it."""

    size: tuple[int, int] = parameter(
        spif.SIZE, "Width and height; events outside are left out.", unit="pixels"
    )

    def _check(self) -> None:
        if not all(0 < side <= 32768 for side in self.size):
            raise ConfigError(
                f"{type(self).__name__}.size: expected sides of 1 to 32768 pixels, got {self.size}"
            )


@dataclass(frozen=True, kw_only=True)
class SpifConfig(LinkConfig):
    """What can be said of a SPIF link.

    Example:
        >>> SpifConfig(size=(346, 260)).size
        (346, 260)
    """


@dataclass(frozen=True, kw_only=True)
class SpeckConfig(LinkConfig):
    """What can be said of a Speck link.

    Example:
        >>> SpeckConfig().size
        (128, 128)
    """

    size: tuple[int, int] = parameter(
        speck.SIZE, "Width and height; events outside are left out.", unit="pixels"
    )

    def _check(self) -> None:
        if not all(0 < side <= 256 for side in self.size):
            raise ConfigError(
                f"SpeckConfig.size: expected sides of 1 to 256 pixels, got {self.size}"
            )

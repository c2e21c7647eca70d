"""The configuration of a DAVIS 240."""

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from hw_drivers.config import Config, parameter
from hw_drivers.devices.davis_config import (
    DavisConfig,
    DavisEvents,
    DavisFrames,
    bias_parameter,
)
from hw_drivers.tables.davis240 import CHIP

__all__ = ["Davis240Biases", "Davis240Config", "Davis240Events", "Davis240Frames"]

_bias = partial(bias_parameter, CHIP)


@dataclass(frozen=True, kw_only=True)
class Davis240Biases(Config):
    """Bias currents; each is set to the nearest that the chip can make.

    Example:
        >>> Davis240Biases().onbn
        387500.0
    """

    diffbn: float = _bias("diffbn")
    onbn: float = _bias("onbn")
    offbn: float = _bias("offbn")
    apscasepc: float = _bias("apscasepc")
    diffcasbnc: float = _bias("diffcasbnc")
    apsrosfbn: float = _bias("apsrosfbn")
    localbufbn: float = _bias("localbufbn")
    pixinvbn: float = _bias("pixinvbn")
    prbp: float = _bias("prbp")
    prsfbp: float = _bias("prsfbp")
    refrbp: float = _bias("refrbp")
    aepdbn: float = _bias("aepdbn")
    lcoltimeoutbn: float = _bias("lcoltimeoutbn")
    aepuxbp: float = _bias("aepuxbp")
    aepuybp: float = _bias("aepuybp")
    ifthrbn: float = _bias("ifthrbn")
    ifrefrbn: float = _bias("ifrefrbn")
    padfollbn: float = _bias("padfollbn")
    apsoverflowlevelbn: float = _bias("apsoverflowlevelbn")
    biasbuffer: float = _bias("biasbuffer")


@dataclass(frozen=True, kw_only=True)
class Davis240Events(DavisEvents):
    """The event sensor and the filters behind it.

    Example:
        >>> Davis240Events().roi
        (0, 0, 240, 180)
    """

    _size: ClassVar[tuple[int, int]] = CHIP.size

    roi: tuple[int, int, int, int] = parameter(
        (0, 0, *CHIP.size), "Region that sends events: x, y, width, height.", unit="pixels"
    )


@dataclass(frozen=True, kw_only=True)
class Davis240Frames(DavisFrames):
    """The frame sensor.

    Example:
        >>> Davis240Frames(enabled=True).roi
        (0, 0, 240, 180)
    """

    _size: ClassVar[tuple[int, int]] = CHIP.size

    roi: tuple[int, int, int, int] = parameter(
        (0, 0, *CHIP.size), "Region that is read: x, y, width, height.", unit="pixels"
    )


@dataclass(frozen=True, kw_only=True)
class Davis240Config(DavisConfig):
    """Everything that can be set on a DAVIS 240.

    Example:
        >>> Davis240Config().with_value("frames.enabled", "true").frames.enabled
        True
    """

    bias: Davis240Biases = parameter(Davis240Biases(), "Bias currents.")  # noqa: RUF009
    events: Davis240Events = parameter(Davis240Events(), "The event sensor.")  # noqa: RUF009
    frames: Davis240Frames = parameter(Davis240Frames(), "The frame sensor.")  # noqa: RUF009

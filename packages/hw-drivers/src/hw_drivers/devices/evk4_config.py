"""The configuration of an EVK4."""

from dataclasses import dataclass
from typing import Any

from hw_drivers.config import Config, parameter
from hw_drivers.devices.hd_config import (
    AntiFlicker,
    HdConfig,
    Roi,
    TrailFilter,
    TriggerOut,
    Window,
)
from hw_drivers.errors import ConfigError
from hw_drivers.tables.imx636_biases import BIASES

__all__ = ["AntiFlicker", "Evk4Biases", "Evk4Config", "Roi", "TrailFilter", "TriggerOut", "Window"]

_BIAS = {bias.name: bias for bias in BIASES}


def _bias(name: str) -> Any:
    row = _BIAS[name]
    return parameter(
        0,
        f"Offset from the factory value. {row.doc}",
        unit="steps",
        allowed=row.allowed,
        recommended=row.recommended,
        factory=row.usual,
        source="OpenEB imx636_bias_settings.h",
    )


@dataclass(frozen=True, kw_only=True)
class Evk4Biases(Config):
    """Bias offsets from the values that the factory stored in the chip.

    Example:
        >>> Evk4Biases(diff_on=20, diff_off=20).diff_on
        20
    """

    fo: int = _bias("fo")
    hpf: int = _bias("hpf")
    diff_on: int = _bias("diff_on")
    diff: int = _bias("diff")
    diff_off: int = _bias("diff_off")
    refr: int = _bias("refr")


@dataclass(frozen=True, kw_only=True)
class Evk4Config(HdConfig):
    """Everything that can be set on an EVK4; the default is the state after power-on.

    Example:
        >>> config = Evk4Config().with_value("bias.diff_on", "+20")
        >>> config.bias.diff_on
        20
        >>> Evk4Config.from_dict(config.to_dict()) == config
        True
    """

    bias: Evk4Biases = parameter(  # noqa: RUF009
        Evk4Biases(), "Bias offsets from the factory values."
    )
    format: str = parameter(
        "evt3",
        "Words of the stream: EVT 3.0, or EVT 2.1 with its halves in the older order.",
        choices=("evt3", "evt2.1"),
        source="OpenEB imx636_tz_device.cpp",
    )
    trigger_out: TriggerOut = parameter(  # noqa: RUF009
        TriggerOut(), "Square wave on the trigger output, which EVK2 boards have."
    )

    def _check(self) -> None:
        if self.trigger_out.enabled:
            raise ConfigError(
                f"{type(self).__name__}.trigger_out: this board has no trigger output (the maker "
                "names EVK1, EVK2 and EVK3 with Gen3.1); use Evk2Config on an EVK2, or "
                "clock='primary', which puts the 1 MHz time base on the synchronisation plug"
            )

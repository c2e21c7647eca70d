"""The configuration of an EVK3 HD (Gen4.1 sensor)."""

from dataclasses import dataclass
from typing import Any

from hw_drivers.config import Config, parameter
from hw_drivers.devices.hd_config import HdConfig
from hw_drivers.errors import ConfigError
from hw_drivers.tables.gen41 import BIASES, THRESHOLD_GAP

__all__ = ["Evk3Biases", "Evk3Config"]

_BIAS = {bias.name: bias for bias in BIASES}


def _bias(name: str) -> Any:
    row = _BIAS[name]
    return parameter(
        row.usual,
        row.doc,
        unit="steps",
        allowed=row.allowed,
        recommended=row.recommended,
        source="OpenEB gen41_ll_biases.cpp",
    )


@dataclass(frozen=True, kw_only=True)
class Evk3Biases(Config):
    """Bias values of the Gen4.1 sensor, absolute.

    Example:
        >>> Evk3Biases(diff_on=120).diff_on
        120
    """

    fo: int = _bias("fo")
    hpf: int = _bias("hpf")
    diff_on: int = _bias("diff_on")
    diff: int = _bias("diff")
    diff_off: int = _bias("diff_off")
    refr: int = _bias("refr")

    def _check(self) -> None:
        if self.diff_on < self.diff + THRESHOLD_GAP or self.diff_off > self.diff - THRESHOLD_GAP:
            raise ConfigError(
                f"Evk3Biases: diff_on must be at least diff + {THRESHOLD_GAP} and diff_off at most "
                f"diff - {THRESHOLD_GAP}, got diff_off {self.diff_off}, diff {self.diff}, diff_on "
                f"{self.diff_on}; move them apart"
            )


@dataclass(frozen=True, kw_only=True)
class Evk3Config(HdConfig):
    """Everything that can be set on an EVK3 HD; the default is the state after power-on.

    Example:
        >>> Evk3Config(bias=Evk3Biases(fo=80)).bias.fo
        80
    """

    bias: Evk3Biases = parameter(Evk3Biases(), "Bias values.")  # noqa: RUF009
    format: str = parameter(
        "evt3",
        "Words of the stream: EVT 3.0, or EVT 2.1 with its halves in the older order.",
        choices=("evt3", "evt2.1"),
        source="OpenEB gen41_tz_device.cpp",
    )

    def _check(self) -> None:
        if self.trail.mode == "stc_keep_trail":
            raise ConfigError(
                "Evk3Config.trail: the burst filter of this sensor has no stc_keep_trail; use "
                "stc_cut_trail or trail"
            )

"""The configuration of a DAVIS 346."""

from dataclasses import dataclass
from functools import partial

from hw_drivers.config import Config, parameter
from hw_drivers.devices.davis_config import DavisConfig, bias_parameter
from hw_drivers.tables.davis346 import CHIP

__all__ = ["Davis346Biases", "Davis346Config"]

_bias = partial(bias_parameter, CHIP)


@dataclass(frozen=True, kw_only=True)
class Davis346Biases(Config):
    """Bias currents; each is set to the nearest that the chip can make.

    Example:
        >>> Davis346Biases().onbn
        387500.0
    """

    localbufbn: float = _bias("localbufbn")
    padfollbn: float = _bias("padfollbn")
    diffbn: float = _bias("diffbn")
    onbn: float = _bias("onbn")
    offbn: float = _bias("offbn")
    pixinvbn: float = _bias("pixinvbn")
    prbp: float = _bias("prbp")
    prsfbp: float = _bias("prsfbp")
    refrbp: float = _bias("refrbp")
    readoutbufbp: float = _bias("readoutbufbp")
    apsrosfbn: float = _bias("apsrosfbn")
    adccompbp: float = _bias("adccompbp")
    colsellowbn: float = _bias("colsellowbn")
    dacbufbp: float = _bias("dacbufbp")
    lcoltimeoutbn: float = _bias("lcoltimeoutbn")
    aepdbn: float = _bias("aepdbn")
    aepuxbp: float = _bias("aepuxbp")
    aepuybp: float = _bias("aepuybp")
    ifrefrbn: float = _bias("ifrefrbn")
    ifthrbn: float = _bias("ifthrbn")
    biasbuffer: float = _bias("biasbuffer")


@dataclass(frozen=True, kw_only=True)
class Davis346Config(DavisConfig):
    """Everything that can be set on a DAVIS 346.

    Example:
        >>> Davis346Config().with_value("frames.enabled", "true").frames.enabled
        True
    """

    bias: Davis346Biases = parameter(Davis346Biases(), "Bias currents.")  # noqa: RUF009

"""The configuration of an eDVS."""

from dataclasses import dataclass

from hw_drivers.config import Config, parameter
from hw_drivers.devices.dvs128_config import Dvs128Biases

__all__ = ["EdvsConfig"]


@dataclass(frozen=True, kw_only=True)
class EdvsConfig(Config):
    """Everything that can be set on an eDVS-4337 or meDVS128.

    Example:
        >>> EdvsConfig().with_value("bias.diffon", "300000").bias.diffon
        300000
    """

    bias: Dvs128Biases = parameter(Dvs128Biases(), "Bias currents.")  # noqa: RUF009

"""The configuration of an EVK2 with an IMX636."""

from dataclasses import dataclass

from hw_drivers.config import parameter
from hw_drivers.devices.evk4_config import Evk4Biases
from hw_drivers.devices.hd_config import HdConfig, TriggerOut
from hw_drivers.errors import ConfigError

__all__ = ["Evk2Config"]


@dataclass(frozen=True, kw_only=True)
class Evk2Config(HdConfig):
    """Everything that can be set on an EVK2; the default is the state after power-on.

    Example:
        >>> Evk2Config(trigger_out=TriggerOut(enabled=True, period_us=1000)).trigger_out.width_us
        500
    """

    bias: Evk4Biases = parameter(  # noqa: RUF009
        Evk4Biases(), "Bias offsets from the factory values."
    )
    trigger_out: TriggerOut = parameter(  # noqa: RUF009
        TriggerOut(), "Square wave on the trigger output."
    )
    trigger_loopback: bool = parameter(
        False, "Whether edges of the trigger output are sent as triggers, on channel 3."
    )

    def _check(self) -> None:
        if self.crop is not None:
            raise ConfigError(
                "Evk2Config.crop: how this board's sensor is cropped is not known; use roi.window"
            )
        if self.trigger_out.enabled and self.clock == "primary":
            raise ConfigError(
                "Evk2Config.trigger_out: a primary camera gives its time base to that plug; use "
                "clock='internal' or 'secondary'"
            )

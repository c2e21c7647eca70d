"""Driver of the Prophesee EVK3 HD with a Gen4.1 sensor."""

from hw_drivers.devices.evk3_config import Evk3Config
from hw_drivers.devices.hd_camera import HdCamera
from hw_drivers.tables.hd_sensors import EVK3_GEN41

__all__ = ["Evk3"]


class Evk3(HdCamera[Evk3Config]):
    """An EVK3 HD that is open."""

    config_type = Evk3Config
    sensor = EVK3_GEN41

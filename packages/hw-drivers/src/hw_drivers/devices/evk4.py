"""Driver of the Prophesee EVK4 and its relatives with an IMX636 on a Treuzell board."""

from hw_drivers.devices.evk4_config import Evk4Config
from hw_drivers.devices.hd_camera import HdCamera
from hw_drivers.tables.hd_sensors import EVK4_IMX636

__all__ = ["Evk4"]


class Evk4(HdCamera[Evk4Config]):
    """An EVK4 that is open, or another camera with an IMX636 on such a board."""

    config_type = Evk4Config
    sensor = EVK4_IMX636

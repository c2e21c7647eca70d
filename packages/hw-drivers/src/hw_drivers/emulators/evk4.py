"""The EVK4 camera: Treuzell board with an IMX636."""

from hw_drivers.emulators.hd_camera import HdCameraModel
from hw_drivers.tables.hd_sensors import EVK4_IMX636

__all__ = ["Evk4Model"]


class Evk4Model(HdCameraModel):
    """Register-accurate model of a Prophesee EVK4; its arguments are those of `HdCameraModel`."""

    name = "evk4"
    sensor = EVK4_IMX636
    system = 0x31

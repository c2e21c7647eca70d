"""The EVK3 HD camera: Treuzell board with a Gen4.1 sensor."""

from hw_drivers.emulators.hd_camera import HdCameraModel
from hw_drivers.tables.hd_sensors import EVK3_GEN41

__all__ = ["Evk3Model"]


class Evk3Model(HdCameraModel):
    """Register-accurate model of an EVK3 HD; its arguments are those of `HdCameraModel`."""

    name = "evk3"
    sensor = EVK3_GEN41
    system = 0x30

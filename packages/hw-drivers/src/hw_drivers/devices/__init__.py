"""Drivers, one module per device, and the table that names them."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

__all__ = ["DRIVERS", "Driver"]


@dataclass(frozen=True)
class Driver:
    """What belongs to one device.

    Args:
        key: its URI scheme.
        name: maker and model.
        size: (width, height) in pixels.
        device: "module:class" of its driver.
        config: "module:class" of its configuration.
        model: "module:class" of its emulator.
        super_speed: whether it needs a USB 3 link for all of its data.
        proof: how far the driver was proved: "emulated", "trace-verified" or "hardware-verified".
        link: how it is reached: "usb", "serial" or "network".
    """

    key: str
    name: str
    size: tuple[int, int]
    device: str
    config: str
    model: str
    super_speed: bool
    proof: str
    link: str = "usb"

    def load(self, part: str) -> Any:
        """Import "device", "config" or "model"; only what is used is imported."""
        module, _, name = getattr(self, part).partition(":")
        return getattr(import_module(module), name)


DRIVERS: dict[str, Driver] = {
    driver.key: driver
    for driver in (
        Driver(
            key="evk4",
            name="Prophesee EVK4",
            size=(1280, 720),
            device="hw_drivers.devices.evk4:Evk4",
            config="hw_drivers.devices.evk4_config:Evk4Config",
            model="hw_drivers.emulators.evk4:Evk4Model",
            super_speed=True,
            proof="emulated",
        ),
        Driver(
            key="evk3",
            name="Prophesee EVK3 HD",
            size=(1280, 720),
            device="hw_drivers.devices.evk3:Evk3",
            config="hw_drivers.devices.evk3_config:Evk3Config",
            model="hw_drivers.emulators.evk3:Evk3Model",
            super_speed=True,
            proof="emulated",
        ),
        Driver(
            key="genx320",
            name="Prophesee EVK3 GenX320",
            size=(320, 320),
            device="hw_drivers.devices.genx320:GenX320",
            config="hw_drivers.devices.genx320_config:GenX320Config",
            model="hw_drivers.emulators.genx320:GenX320Model",
            super_speed=True,
            proof="emulated",
        ),
        Driver(
            key="evk2",
            name="Prophesee EVK2",
            size=(1280, 720),
            device="hw_drivers.devices.evk2:Evk2",
            config="hw_drivers.devices.evk2_config:Evk2Config",
            model="hw_drivers.emulators.evk2:Evk2Model",
            super_speed=True,
            proof="emulated",
        ),
        Driver(
            key="davis346",
            name="iniVation DAVIS 346",
            size=(346, 260),
            device="hw_drivers.devices.davis346:Davis346",
            config="hw_drivers.devices.davis346_config:Davis346Config",
            model="hw_drivers.emulators.davis346:Davis346Model",
            super_speed=True,
            proof="emulated",
        ),
        Driver(
            key="davis240",
            name="iniVation DAVIS 240",
            size=(240, 180),
            device="hw_drivers.devices.davis240:Davis240",
            config="hw_drivers.devices.davis240_config:Davis240Config",
            model="hw_drivers.emulators.davis240:Davis240Model",
            super_speed=False,
            proof="emulated",
        ),
        Driver(
            key="dvxplorer",
            name="iniVation DVXplorer",
            size=(640, 480),
            device="hw_drivers.devices.dvxplorer:Dvxplorer",
            config="hw_drivers.devices.dvxplorer_config:DvxplorerConfig",
            model="hw_drivers.emulators.dvxplorer:DvxplorerModel",
            super_speed=True,
            proof="emulated",
        ),
        Driver(
            key="dvxplorer_lite",
            name="iniVation DVXplorer Lite",
            size=(320, 240),
            device="hw_drivers.devices.dvxplorer:DvxplorerLite",
            config="hw_drivers.devices.dvxplorer_config:DvxplorerLiteConfig",
            model="hw_drivers.emulators.dvxplorer:DvxplorerLiteModel",
            super_speed=True,
            proof="emulated",
        ),
        Driver(
            key="dvs128",
            name="iniVation DVS128",
            size=(128, 128),
            device="hw_drivers.devices.dvs128:Dvs128",
            config="hw_drivers.devices.dvs128_config:Dvs128Config",
            model="hw_drivers.emulators.dvs128:Dvs128Model",
            super_speed=False,
            proof="emulated",
        ),
        Driver(
            key="edvs",
            name="iniVation eDVS",
            size=(128, 128),
            device="hw_drivers.devices.edvs:Edvs",
            config="hw_drivers.devices.edvs_config:EdvsConfig",
            model="hw_drivers.emulators.edvs:EdvsModel",
            super_speed=False,
            proof="emulated",
            link="serial",
        ),
        Driver(
            key="spif",
            name="SPIF board",
            size=(640, 480),
            device="hw_drivers.devices.links:Spif",
            config="hw_drivers.devices.link_config:SpifConfig",
            model="hw_drivers.emulators.links:SpifModel",
            super_speed=False,
            proof="emulated",
            link="network",
        ),
        Driver(
            key="speck",
            name="Speck host",
            size=(128, 128),
            device="hw_drivers.devices.links:Speck",
            config="hw_drivers.devices.link_config:SpeckConfig",
            model="hw_drivers.emulators.links:SpeckModel",
            super_speed=False,
            proof="emulated",
            link="network",
        ),
    )
}

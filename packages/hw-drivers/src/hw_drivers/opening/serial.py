"""From a `serial:` or `edvs:` URI to an open device."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from hw_drivers.config import Config
from hw_drivers.device import Device
from hw_drivers.devices import Driver
from hw_drivers.discovery import DeviceInfo
from hw_drivers.emulators.faults import option
from hw_drivers.errors import ConfigError, DeviceNotFound, HardwareError
from hw_drivers.tables.edvs import FTDI
from hw_drivers.transport.serial import SerialTransport
from hw_drivers.uri import DeviceUri, read_options

__all__ = ["SerialOptions", "open_serial", "serial_ports"]


@dataclass(frozen=True, kw_only=True)
class SerialOptions:
    """How a serial line is read; every field is an option of its URI.

    Args:
        drop: which read is lost when the program is too slow: "newest" or "oldest".
        buffers: reads that wait at most.
    """

    drop: str = option("newest", str, "which read is lost: newest or oldest")
    buffers: int = option(4096, int, "reads that wait at most")

    def __post_init__(self) -> None:
        if self.drop not in ("newest", "oldest") or self.buffers < 1:
            raise HardwareError(
                "serial options: expected drop=newest or oldest, buffers from 1, got "
                f"drop={self.drop}, buffers={self.buffers}"
            )


def open_serial(uri: DeviceUri, driver: Driver, config: Config | None) -> Device[Any]:
    """Open the camera on a serial line.

    Args:
        uri: "serial:/dev/ttyUSB0"; without a path, the first line whose USB converter is that of
            the eDVS.
        driver: of the camera.
        config: its configuration.

    Raises:
        HardwareError: no such line, or no such camera on it.
    """
    options = read_options(uri, SerialOptions)
    place, _, _ = uri.text.partition("?")
    path = place.partition(":")[2]
    if not path:
        ports = serial_ports()
        if not ports:
            raise DeviceNotFound(
                f"{uri.text}: no serial line with the USB converter of an eDVS; give its path, "
                "for example serial:/dev/ttyUSB0"
            )
        path = ports[0]
    config_type = driver.load("config")
    if config is None:
        config = config_type()
    elif not isinstance(config, config_type):
        raise ConfigError(
            f"{uri.text}: expected {config_type.__name__}, got {type(config).__name__}"
        )
    transport = SerialTransport(
        path, capacity=options.buffers, drop=cast(Literal["newest", "oldest"], options.drop)
    )
    info = DeviceInfo(
        uri=f"serial:{path}", name=driver.name, kind="serial", size=driver.size, node=path
    )
    return driver.load("device")(transport, info, config)


def serial_ports(*, sysfs: str | Path = "/sys/class/tty", dev: str | Path = "/dev") -> list[str]:
    """List the serial lines whose USB converter is that of the eDVS, by its numbers alone.

    Args:
        sysfs: folder in which Linux describes serial lines.
        dev: folder of the device nodes.

    Example:
        >>> serial_ports(sysfs="/nowhere")
        []
    """
    found = []
    for line in sorted(Path(sysfs).glob("ttyUSB*")):
        # tty -> serial port -> USB interface -> USB device
        for folder in list((line / "device").resolve().parents)[:3]:
            try:
                numbers = tuple(
                    (folder / name).read_text().strip() for name in ("idVendor", "idProduct")
                )
            except OSError:
                continue
            if numbers == FTDI:
                found.append(str(Path(dev) / line.name))
            break
    return found

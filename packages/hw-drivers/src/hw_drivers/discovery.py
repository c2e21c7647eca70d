"""Which devices are at hand."""

import os
from dataclasses import dataclass
from pathlib import Path

from hw_drivers.devices import DRIVERS
from hw_drivers.tables.edvs import FTDI
from hw_drivers.tables.usb_identities import IDENTITIES, Identity

__all__ = ["NO_DRIVER", "DeviceInfo", "devices"]

NO_DRIVER = "no driver in this version"


@dataclass(frozen=True, kw_only=True)
class DeviceInfo:
    """What is known of a device.

    Args:
        uri: what `hw_drivers.open` takes.
        name: maker and model.
        kind: "usb", "serial" or "emulated"; "network" and "trace" of devices that are open.
        size: (width, height) in pixels, or None until the device is open.
        serial: serial number, or None when it cannot be read without opening the device.
        vendor_id: USB vendor.
        product_id: USB product.
        manufacturer: manufacturer string.
        product: product string.
        speed_mbps: negotiated USB speed in Mbit/s.
        node: device node that must be readable and writable.
        firmware: firmware version, once the device is open.
        verified: how far the driver was proved: "emulated" (against the models in this package),
            "trace-verified" or "hardware-verified"; "no driver in this version" without one.
        error: why the device cannot be used, in one sentence, or None.
    """

    uri: str
    name: str
    kind: str
    size: tuple[int, int] | None = None
    serial: str | None = None
    vendor_id: int | None = None
    product_id: int | None = None
    manufacturer: str | None = None
    product: str | None = None
    speed_mbps: float | None = None
    node: str | None = None
    firmware: str | None = None
    verified: str = "emulated"
    error: str | None = None


def devices(
    *, sysfs: str | Path = "/sys/bus/usb/devices", dev: str | Path = "/dev/bus/usb"
) -> list[DeviceInfo]:
    """List the cameras on the USB buses and the emulated ones.

    Never raises: a device that cannot be used is listed with its `error`, and where the operating
    system shows no buses the list holds the emulated devices alone.

    Args:
        sysfs: folder in which Linux describes USB devices.
        dev: folder of the device nodes.

    Returns:
        Real devices first, in the order of the buses.

    Example:
        >>> devices(sysfs="/nowhere")[0].uri
        'emulated:evk4'
    """
    folders = _usb_folders(Path(sysfs))
    found = [_describe(folder, Path(dev)) for folder in folders]
    real = [info for info in found if info is not None]
    real += [line for folder in folders for line in _serial_lines(folder)]
    return real + [
        DeviceInfo(
            uri=f"emulated:{key}",
            name=f"{driver.name} (emulated)",
            kind="emulated",
            size=driver.size,
        )
        for key, driver in DRIVERS.items()
    ]


def _usb_folders(sysfs: Path) -> list[Path]:
    """Folders of devices; interfaces, whose names hold a colon, are left out."""
    try:
        return sorted(folder for folder in sysfs.iterdir() if ":" not in folder.name)
    except OSError:
        return []


def _describe(folder: Path, dev: Path) -> DeviceInfo | None:
    vendor_id, product_id = _hex(folder, "idVendor"), _hex(folder, "idProduct")
    if vendor_id is None or product_id is None:
        return None
    manufacturer, product = _text(folder, "manufacturer"), _text(folder, "product")
    identity = _identify(
        vendor_id, product_id, _interfaces(folder), manufacturer or "", product or ""
    )
    if identity is None:
        return None
    node = _node(folder, dev)
    serial = _text(folder, "serial")
    driver = DRIVERS.get(identity.device)
    return DeviceInfo(
        uri=f"{identity.device}:{serial or ''}",
        name=identity.name,
        kind="usb",
        size=identity.size,
        serial=serial,
        vendor_id=vendor_id,
        product_id=product_id,
        manufacturer=manufacturer,
        product=product,
        speed_mbps=_number(folder, "speed"),
        node=None if node is None else str(node),
        verified=driver.proof if driver else NO_DRIVER,
        error=_access_error(node) if driver else f"{identity.name}: {NO_DRIVER}",
    )


def _serial_lines(folder: Path) -> list[DeviceInfo]:
    """Serial lines behind the USB converter of the eDVS, which other devices have as well."""
    if (_text(folder, "idVendor"), _text(folder, "idProduct")) != FTDI:
        return []
    lines = []
    for port in sorted(folder.glob("*:*/tty*[0-9]")):
        node = Path("/dev") / port.name
        error = _access_error(node)
        if error and "permission" in error:
            error = f"no permission for {node}; run: sudo usermod -aG dialout $USER, log in again"
        lines.append(
            DeviceInfo(
                uri=f"serial:{node}",
                name="iniVation eDVS, or another device with its USB converter",
                kind="serial",
                size=DRIVERS["edvs"].size,
                serial=_text(folder, "serial"),
                manufacturer=_text(folder, "manufacturer"),
                product=_text(folder, "product"),
                node=str(node),
                verified=DRIVERS["edvs"].proof,
                error=error,
            )
        )
    return lines


def _identify(
    vendor_id: int,
    product_id: int,
    interfaces: set[tuple[int, int]],
    manufacturer: str,
    product: str,
) -> Identity | None:
    for row in IDENTITIES:
        if (
            row.vendor_id == vendor_id
            and product_id in row.product_ids
            and (row.interface is None or row.interface in interfaces)
            and manufacturer.startswith(row.manufacturer or "")
            and product.startswith(row.product or "")
        ):
            return row
    return None


def _interfaces(folder: Path) -> set[tuple[int, int]]:
    found = set()
    try:
        parts = [part for part in folder.iterdir() if ":" in part.name]
    except OSError:
        return found
    for part in parts:
        kind, sub = _hex(part, "bInterfaceClass"), _hex(part, "bInterfaceSubClass")
        if kind is not None and sub is not None:
            found.add((kind, sub))
    return found


def _node(folder: Path, dev: Path) -> Path | None:
    bus, device = _number(folder, "busnum"), _number(folder, "devnum")
    if bus is None or device is None:
        return None
    return dev / f"{int(bus):03d}" / f"{int(device):03d}"


def _access_error(node: Path | None) -> str | None:
    if node is None:
        return "the system does not name a device node; plug the device in again"
    if not node.exists():
        return f"the device node {node} does not exist; plug the device in again"
    if not os.access(node, os.R_OK | os.W_OK):
        return (
            f"no permission for {node}; add a udev rule for the device, or as a quick test run: "
            f"sudo chmod a+rw {node}"
        )
    return None


def _text(folder: Path, name: str) -> str | None:
    try:
        return (folder / name).read_text(errors="replace").strip()
    except OSError:
        return None


def _hex(folder: Path, name: str) -> int | None:
    try:
        return int(_text(folder, name) or "", 16)
    except ValueError:
        return None


def _number(folder: Path, name: str) -> float | None:
    try:
        return float(_text(folder, name) or "")
    except ValueError:
        return None

"""From an identity to an open USB device."""

from dataclasses import dataclass
from typing import Any

from hw_drivers.discovery import DeviceInfo
from hw_drivers.errors import DeviceNotFound
from hw_drivers.tables.usb_identities import IDENTITIES, Identity
from hw_drivers.transport.usb import UsbTransport, raise_usb_error
from neuro_kernels.usb import UsbError, library

__all__ = ["Candidate", "candidates", "open_candidate"]

_SPEEDS_MBPS = {1: 1.5, 2: 12.0, 3: 480.0, 4: 5000.0, 5: 10000.0}  # libusb_speed


@dataclass(frozen=True)
class Candidate:
    """A device on the bus that may be the one asked for.

    Args:
        identity: the row that its numbers and interface fit.
        bus: number of the bus.
        address: its address there.
        interface: number of the interface that the row asks for, else 0.
        facts: what libusb tells without opening it.
    """

    identity: Identity
    bus: int
    address: int
    interface: int
    facts: dict[str, Any]

    @property
    def node(self) -> str:
        """Its device node on Linux."""
        return f"/dev/bus/usb/{self.bus:03d}/{self.address:03d}"


def candidates(device: str) -> list[Candidate]:
    """List what may be a device, by numbers and interface alone, without opening anything.

    A device on the bus is listed once for each row that it fits.

    Args:
        device: URI scheme, for example "evk4".

    Raises:
        HardwareError: libusb is not there or does not work.
    """
    try:
        found = library().devices()
    except UsbError as error:
        raise_usb_error(error, "list the devices", None)
    result = []
    for facts in found:
        for row in IDENTITIES:
            interface = _matching_interface(row, facts)
            if row.device == device and interface is not None:
                result.append(
                    Candidate(row, facts["bus"], facts["address"], interface, dict(facts))
                )
    return result


def open_candidate(candidate: Candidate, **options: Any) -> tuple[UsbTransport, DeviceInfo]:
    """Open a device, check its texts and claim its interface.

    Args:
        candidate: from `candidates`.
        **options: of `UsbTransport`.

    Raises:
        DeviceNotFound: its texts are those of another device.
        HardwareError: it cannot be opened; the message says what to do.
    """
    row = candidate.identity
    try:
        device = library().open(candidate.bus, candidate.address)
    except UsbError as error:
        raise_usb_error(error, "open the device", candidate.node)
    texts: list[str | None] = []
    for index in candidate.facts["text_indices"]:
        try:
            texts.append(device.text(index) if index else None)
        except UsbError:
            texts.append(None)  # a device that tells no text may still be the right one
    manufacturer, product, serial = texts
    if not (manufacturer or "").startswith(row.manufacturer or "") or not (
        product or ""
    ).startswith(row.product or ""):
        raise DeviceNotFound(f"{candidate.node}: expected {row.name}, got {manufacturer} {product}")
    transport = UsbTransport(device, interface=candidate.interface, node=candidate.node, **options)
    info = DeviceInfo(
        uri=f"{row.device}:{serial or ''}",
        name=row.name,
        kind="usb",
        size=row.size,
        serial=serial,
        vendor_id=candidate.facts["vendor_id"],
        product_id=candidate.facts["product_id"],
        manufacturer=manufacturer,
        product=product,
        speed_mbps=_SPEEDS_MBPS.get(candidate.facts["speed"]),
        node=candidate.node,
    )
    return transport, info


def _matching_interface(row: Identity, facts: dict[str, Any]) -> int | None:
    """Number of the interface that makes a device fit a row; None when it does not."""
    if facts["vendor_id"] != row.vendor_id or facts["product_id"] not in row.product_ids:
        return None
    if row.interface is None:
        return 0
    for interface in facts["interfaces"]:
        if tuple(interface["kind"][:2]) == row.interface:
            return interface["number"]
    return None

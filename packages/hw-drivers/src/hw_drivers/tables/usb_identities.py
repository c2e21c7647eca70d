"""USB identities of event cameras.

VID:PID alone never identifies a camera: 04B4 is the number of a chip maker whose example firmware
many gadgets keep. A row therefore also asks for an interface class and, where makers share
numbers, for a text. The first row that fits wins.
"""

from dataclasses import dataclass

__all__ = ["IDENTITIES", "Identity"]

_OPENEB = "OpenEB, hal_psee_plugins (Apache-2.0)"
_ND = "neuromorphic-drivers, udev rules and devices (MIT)"
_LIBCAER = "libcaer, headers and udev rules (BSD-2-Clause)"


@dataclass(frozen=True)
class Identity:
    """One kind of camera on the bus.

    Args:
        device: its URI scheme.
        name: what people call it.
        vendor_id: USB vendor.
        product_ids: USB products.
        interface: (class, subclass) of an interface that must be there, or None.
        manufacturer: text that the manufacturer string starts with, or None.
        product: text that the product string starts with, or None.
        size: (width, height) in pixels, or None when the identity does not tell.
        data: format on the data endpoint.
        source: where the row comes from.
        probe: whether drivers share the row, so that the board's compatible string decides.
    """

    device: str
    name: str
    vendor_id: int
    product_ids: tuple[int, ...]
    interface: tuple[int, int] | None
    manufacturer: str | None
    product: str | None
    size: tuple[int, int] | None
    data: str
    source: str
    probe: bool = False


_TREUZELL = (0xFF, 0x19)
_HD = (1280, 720)

IDENTITIES: tuple[Identity, ...] = (
    Identity(
        "evk4", "Prophesee EVK4", 0x04B4, (0x00F4, 0x00F5), _TREUZELL, "Prophesee", "EVK4", _HD,
        "EVT3", _ND,
    ),
    Identity(
        "evk3", "Prophesee EVK3", 0x04B4, (0x00F4, 0x00F5), _TREUZELL, None, None, None,
        "EVT3", _OPENEB, True,
    ),
    # EVK3 boards carry other sensors too; which, their compatible string tells.
    Identity(
        "evk4", "Prophesee EVK3 with IMX636", 0x04B4, (0x00F4, 0x00F5), _TREUZELL, "Prophesee",
        None, _HD, "EVT3", _OPENEB, True,
    ),
    Identity(
        "genx320", "Prophesee EVK3 with GenX320", 0x04B4, (0x00F4, 0x00F5), _TREUZELL,
        "Prophesee", None, (320, 320), "EVT21", _OPENEB, True,
    ),
    Identity(
        "evk2", "Prophesee EVK2", 0x03FD, (0x5832,), (0xFF, 0x19), None, None, None,
        "EVT3", _OPENEB, True,
    ),
    Identity(
        "evk2", "Prophesee EVK2", 0x03FD, (0x5832,), (0xFF, 0x00), None, None, None,
        "EVT3", _OPENEB, True,
    ),
    Identity(
        "evk4", "CenturyArks SilkyEvCam HD", 0x31F7, (0x0003,), _TREUZELL, "CenturyArks", None, _HD,
        "EVT3", _ND,
    ),
    Identity(
        "silky_vga", "CenturyArks SilkyEvCam VGA", 0x31F7, (0x0004,), _TREUZELL, "CenturyArks",
        None, (640, 480), "EVT3", _ND,
    ),
    Identity(
        "evk4", "IDS uEye XCP-E", 0x1409, (0x8E00,), _TREUZELL, "IDS", "UE-39B0XCP", _HD,
        "EVT3", _ND,
    ),
    Identity(
        "davis346", "iniVation DAVIS 346", 0x152A, (0x841A,), None, None, None, (346, 260),
        "DAVIS", _LIBCAER,
    ),
    Identity(
        "davis240", "iniVation DAVIS 240", 0x152A, (0x841B,), None, None, None, (240, 180),
        "DAVIS", _LIBCAER,
    ),
    Identity(
        "dvxplorer", "iniVation DVXplorer", 0x152A, (0x8419,), None, None, None, (640, 480),
        "DVX", _LIBCAER,
    ),
    # The same numbers: the number of its chip, read when it is opened, tells it apart.
    Identity(
        "dvxplorer_lite", "iniVation DVXplorer Lite", 0x152A, (0x8419,), None, None, None,
        (320, 240), "DVX", _LIBCAER,
    ),
    Identity(
        "dvs128", "iniVation DVS128", 0x152A, (0x8400,), None, None, None, (128, 128),
        "DVS128", _LIBCAER,
    ),
)  # fmt: skip

"""From a URI to an open device."""

from typing import Any

from hw_drivers.config import Config
from hw_drivers.device import Device
from hw_drivers.discovery import devices
from hw_drivers.errors import DeviceNotFound
from hw_drivers.uri import parse_uri

__all__ = ["open_device"]


def open_device(uri: str, config: Config | None = None) -> Device[Any]:
    """Open a device, initialise it and apply a configuration.

    Args:
        uri: for example "emulated:evk4?rate=5e6"; `hw_drivers.devices()` lists what is at hand.
        config: its configuration, for example `Evk4Config`; None: the state after power-on.

    Returns:
        The device; use it in a `with` block.

    Raises:
        DeviceNotFound: nothing answers to the URI.
        HardwareError: everything else that can go wrong, in one sentence.

    Example:
        >>> with open_device("emulated:evk4?realtime=0") as device:
        ...     device.info.serial
        '00050001'
    """
    parsed = parse_uri(uri)
    if parsed.scheme == "emulated":
        from hw_drivers.emulated import open_emulated

        return open_emulated(parsed, config)
    at_hand = ", ".join(info.uri for info in devices())
    raise DeviceNotFound(
        f"{uri}: this version opens emulated devices only and knows no scheme {parsed.scheme!r}; "
        f"at hand: {at_hand}"
    )

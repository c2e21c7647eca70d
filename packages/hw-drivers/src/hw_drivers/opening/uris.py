"""From a URI to an open device."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, cast

from hw_drivers.config import Config
from hw_drivers.device import Device
from hw_drivers.devices import DRIVERS, Driver
from hw_drivers.discovery import DeviceInfo, devices
from hw_drivers.emulators.faults import option
from hw_drivers.errors import ConfigError, DeviceNotFound, HardwareError
from hw_drivers.transport.interface import Transport
from hw_drivers.transport.tracing import tracing
from hw_drivers.uri import DeviceUri, parse_uri, read_options

__all__ = ["UsbOptions", "open_device"]

_KEYS = {"serial": "edvs"}  # schemes that are not the key of a driver


@dataclass(frozen=True, kw_only=True)
class UsbOptions:
    """How a real device is read; every field is an option of its URI.

    Args:
        drop: which transfer is lost when the program is too slow: "newest" or "oldest".
        ring: MiB of transfers that wait at most.
        transfers: transfers in flight; 0: as many as the system's limit leaves room for.
    """

    drop: str = option("newest", str, "which transfer is lost: newest or oldest")
    ring: int = option(64, int, "MiB of transfers that wait at most")
    transfers: int = option(0, int, "transfers in flight; 0: by the system's limit")

    def __post_init__(self) -> None:
        if self.drop not in ("newest", "oldest") or self.ring < 1 or not 0 <= self.transfers <= 256:
            raise HardwareError(
                "device options: expected drop=newest or oldest, ring from 1 MiB, transfers from 0 "
                f"to 256, got drop={self.drop}, ring={self.ring}, transfers={self.transfers}"
            )


def open_device(
    uri: str, config: Config | None = None, *, trace: str | Path | None = None
) -> Device[Any]:
    """Open a device, initialise it and apply a configuration.

    Args:
        uri: "evk4:" for the first camera of that kind, "evk4:00051234" for the one with that
            serial number, "emulated:evk4?rate=5e6" for an emulated one, "trace:x.hwtrace" for a
            recorded one, "serial:/dev/ttyUSB0" for an eDVS, "spif:HOST:PORT" or "spif::PORT" for a
            SPIF board; `hw_drivers.devices()` lists what is at hand.
        config: its configuration, for example `Evk4Config`; None: the state after power-on.
        trace: file to which all requests and transfers are written until the device is closed.

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
    if trace is not None:
        key = (
            parsed.name if parsed.scheme == "emulated" else _KEYS.get(parsed.scheme, parsed.scheme)
        )
        with tracing(trace, {"device": key}):
            return _open(parsed, config)
    return _open(parsed, config)


def _open(parsed: DeviceUri, config: Config | None) -> Device[Any]:
    if parsed.scheme == "trace":
        from hw_drivers.opening.trace import open_trace

        return open_trace(parsed, config)
    if parsed.scheme == "emulated":
        from hw_drivers.opening.emulated import open_emulated

        return open_emulated(parsed, config)
    driver = DRIVERS.get(_KEYS.get(parsed.scheme, parsed.scheme))
    if driver is not None and driver.link == "serial":
        from hw_drivers.opening.serial import open_serial

        return open_serial(parsed, driver, config)
    if driver is not None and driver.link == "network":
        from hw_drivers.opening.network import open_link

        return open_link(parsed, driver, config)
    if driver is not None:
        return _open_usb(parsed, driver, config)
    raise DeviceNotFound(
        f"{parsed.text}: there is no device scheme {parsed.scheme!r}; known: "
        f"{', '.join(DRIVERS)}, emulated, serial, trace; at hand: {_at_hand()}"
    )


def _open_usb(uri: DeviceUri, driver: Driver, config: Config | None) -> Device[Any]:

    options = read_options(uri, UsbOptions)
    config_type = driver.load("config")
    if config is None:
        config = config_type()
    elif not isinstance(config, config_type):
        raise ConfigError(
            f"{uri.text}: expected {config_type.__name__}, got {type(config).__name__}"
        )
    transport, info = _connect_usb(uri, driver, options)
    device = driver.load("device")(transport, info, config)
    serial = device.info.serial
    same = replace(uri, name=serial.lower()) if serial else uri
    device.reconnect_by(lambda: (_connect_usb(same, driver, options)[0], None))
    return device


def _connect_usb(
    uri: DeviceUri, driver: Driver, options: UsbOptions
) -> tuple[Transport, DeviceInfo]:
    """Open the first device on the buses that is the one asked for."""
    from hw_drivers.opening.usb import candidates, open_candidate

    device_type = driver.load("device")
    others: list[str] = []
    for candidate in candidates(driver.key):
        try:
            transport, info = open_candidate(
                candidate,
                drop=cast(Literal["newest", "oldest"], options.drop),
                transfers=options.transfers or None,
                ring_bytes=options.ring << 20,
            )
        except DeviceNotFound as error:
            others.append(str(error))
            continue
        try:
            misfit = device_type.misfit(transport) if candidate.identity.probe else None
            if misfit:
                others.append(f"{candidate.node}: {misfit}")
                transport.close()
                continue
            serial = device_type.serial_of(transport, info) if uri.name else None
            if uri.name and (serial or "").lstrip("0") != uri.name.lstrip("0"):
                others.append(f"{candidate.node} has the serial number {serial}")
                transport.close()
                continue
        except BaseException:
            transport.close()
            raise
        return transport, info
    wanted = f"{driver.name} with serial number {uri.name}" if uri.name else driver.name
    seen = f" ({'; '.join(others)})" if others else ""
    raise DeviceNotFound(f"{uri.text}: no {wanted} on the USB buses{seen}; at hand: {_at_hand()}")


def _at_hand() -> str:
    return ", ".join(info.uri for info in devices())

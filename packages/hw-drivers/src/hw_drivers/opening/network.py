"""From a `spif:` or `speck:` URI to an open link."""

import re
from dataclasses import dataclass
from typing import Any, Literal, cast

from hw_drivers.config import Config
from hw_drivers.device import Device
from hw_drivers.devices import Driver
from hw_drivers.devices.link_config import LinkConfig
from hw_drivers.discovery import DeviceInfo
from hw_drivers.emulators.faults import option
from hw_drivers.errors import ConfigError, HardwareError
from hw_drivers.tables import speck, spif
from hw_drivers.transport.queued import QueuedTransport
from hw_drivers.uri import DeviceUri, read_options

__all__ = ["LinkOptions", "open_link"]


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,5})[xX](\d{1,5})", text)
    if match is None:
        raise ValueError(f"expected a size such as 640x480, got {text!r}")
    return int(match[1]), int(match[2])


@dataclass(frozen=True, kw_only=True)
class LinkOptions:
    """How a link is read; every field is an option of its URI.

    Args:
        size: (width, height) of the sensor, which the link does not tell.
        drop: which read is lost when the program is too slow: "newest" or "oldest".
        buffers: reads that wait at most.
    """

    size: tuple[int, int] | None = option(None, _size, "width and height of the sensor: 640x480")
    drop: str = option("newest", str, "which read is lost: newest or oldest")
    buffers: int = option(4096, int, "reads that wait at most")

    def __post_init__(self) -> None:
        if self.drop not in ("newest", "oldest") or self.buffers < 1:
            raise HardwareError(
                "link options: expected drop=newest or oldest, buffers from 1, got "
                f"drop={self.drop}, buffers={self.buffers}"
            )


def open_link(uri: DeviceUri, driver: Driver, config: Config | None) -> Device[Any]:
    """Open an event link.

    Args:
        uri: "spif:HOST:PORT" asks a board for its events, "spif::PORT" listens for those that are
            sent here, "speck:tcp://HOST:PORT" hears a publisher of ZeroMQ.
        driver: of the link.
        config: the size of the sensor; the option `size` of the URI overrules it.

    Raises:
        HardwareError: no such address, or one that cannot be used.
    """
    options = read_options(uri, LinkOptions)
    config_type = driver.load("config")
    if config is not None and not isinstance(config, config_type):
        raise ConfigError(
            f"{uri.text}: expected {config_type.__name__}, got {type(config).__name__}"
        )
    held = cast(LinkConfig, config or config_type())
    if options.size is not None:
        held = held.replace(size=options.size)
    target = uri.text.partition("?")[0].partition(":")[2]
    queue: dict[str, Any] = {
        "capacity": options.buffers,
        "drop": cast(Literal["newest", "oldest"], options.drop),
    }
    size = held.size
    if driver.key == "spif":
        transport, place = _open_spif(uri, target, size, queue)
    else:
        transport, place = _open_speck(target, queue)
    info = DeviceInfo(
        uri=f"{driver.key}:{place}", name=driver.name, kind="network", size=size, node=place
    )
    return driver.load("device")(transport, info, held)


def _open_spif(
    uri: DeviceUri, target: str, size: tuple[int, int], queue: dict[str, Any]
) -> tuple[QueuedTransport, str]:
    from hw_drivers.transport.spif import SpifBoardTransport, SpifListener

    host, colon, port_text = target.rpartition(":")
    if not colon:
        host, port_text = target, str(spif.PORT)
    if not port_text.isdigit() or int(port_text) > 65535:
        raise HardwareError(
            f"{uri.text}: expected spif:HOST:PORT, or spif::PORT to listen, with a port from 0 to "
            "65535"
        )
    port = int(port_text)
    if host:
        return SpifBoardTransport(host, port, size=size, **queue), f"{host}:{port}"
    listener = SpifListener(host, port, size=size, **queue)
    return listener, f":{listener.port}"


def _open_speck(target: str, queue: dict[str, Any]) -> tuple[QueuedTransport, str]:
    from hw_drivers.transport.zeromq import SpeckTransport

    address = target or speck.ADDRESS
    if "://" not in address:
        address = f"tcp://{address.removeprefix('//')}"
    return SpeckTransport(address, **queue), address

"""Traces as devices: what was recorded from a device answers the same driver again."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hw_drivers.config import Config
from hw_drivers.device import Device
from hw_drivers.devices import DRIVERS
from hw_drivers.discovery import DeviceInfo
from hw_drivers.emulators.faults import option
from hw_drivers.errors import ConfigError, TraceError
from hw_drivers.transport.trace import TraceTransport
from hw_drivers.transport.trace_format import read_trace
from hw_drivers.uri import DeviceUri, parse_bool, read_options

__all__ = ["TraceOptions", "open_trace"]


@dataclass(frozen=True, kw_only=True)
class TraceOptions:
    """How a trace is played; every field is an option of the `trace:` URI.

    Args:
        realtime: True: paced by the computer's clock. False: as fast as the program reads.
    """

    realtime: bool = option(False, parse_bool, "paced by the clock (1) or as fast as read (0)")


def open_trace(uri: DeviceUri, config: Config | None) -> Device[Any]:
    """Open the trace that a URI names with the driver it was made with.

    Args:
        uri: "trace:FILE", with the options of `TraceOptions`.
        config: None: the configuration with which the trace was made.

    Raises:
        TraceError: the file is no trace, is damaged, or is of an unknown device.
    """
    options = read_options(uri, TraceOptions)
    place = uri.text.partition("?")[0]
    path = Path(place.partition(":")[2])
    trace = read_trace(path)
    key = trace.header.get("device")
    if not isinstance(key, str) or key not in DRIVERS:
        raise TraceError(
            f"{path}: the trace is of the unknown device {key!r}; there are drivers for "
            f"{', '.join(DRIVERS)}"
        )
    driver = DRIVERS[key]
    config_type = driver.load("config")
    if config is None:
        try:
            config = config_type.from_dict(trace.header.get("config") or {})
        except ConfigError as error:
            raise TraceError(f"{path}: the configuration in the trace: {error}") from None
    elif not isinstance(config, config_type):
        raise ConfigError(f"{place}: expected {config_type.__name__}, got {type(config).__name__}")
    info = DeviceInfo(uri=place, name=f"{driver.name} (trace)", kind="trace", size=driver.size)
    transport = TraceTransport(trace, realtime=options.realtime)
    return driver.load("device")(transport, info, config)

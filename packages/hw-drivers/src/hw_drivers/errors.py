"""What can go wrong between a program and a device, each as one exception type."""

__all__ = [
    "ConfigError",
    "DeviceBusy",
    "DeviceDisconnected",
    "DeviceNotFound",
    "HardwareError",
    "PermissionDenied",
    "ProtocolError",
    "SynchronizationError",
    "TraceError",
    "TransferError",
    "UsbMemoryLimit",
]


class HardwareError(OSError):
    """Base of every error of this package; an `OSError`, as of files and connections."""


class DeviceNotFound(HardwareError):
    """No device answers to the URI that was given."""


class PermissionDenied(HardwareError):
    """The device is there, but this user may not open it; the message says what to do."""


class DeviceBusy(HardwareError):
    """Another program holds the device."""


class UsbMemoryLimit(HardwareError):
    """The system gives no memory for USB transfers; the message says how to raise the limit."""


class ConfigError(HardwareError, ValueError):
    """A configuration value is outside what the device accepts."""


class TransferError(HardwareError):
    """A transfer failed while the device is still there (stall, time-out, wrong endpoint)."""


class ProtocolError(HardwareError):
    """The device answered, but not with what its protocol says."""


class TraceError(HardwareError):
    """A trace is damaged, or the driver asks for what is not in it."""


class SynchronizationError(HardwareError):
    """Cameras do not share a time base; the message says what to change."""


class DeviceDisconnected(HardwareError):
    """The device left while it was in use.

    Args:
        message: one sentence for the user.
        packets: packets delivered before it left.
        events: events delivered before it left.
        last_t_us: time of the last delivered event in microseconds, or None without any.
    """

    def __init__(
        self,
        message: str,
        *,
        packets: int = 0,
        events: int = 0,
        last_t_us: int | None = None,
    ) -> None:
        super().__init__(message)
        self.packets = packets
        self.events = events
        self.last_t_us = last_t_us

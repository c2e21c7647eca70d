"""Event-camera drivers with register-accurate emulators."""

from hw_drivers.config import Config
from hw_drivers.config_schema import schema
from hw_drivers.device import Device
from hw_drivers.devices.davis346 import Davis346
from hw_drivers.devices.davis346_config import (
    Davis346Biases,
    Davis346Config,
    DavisEvents,
    DavisFrames,
    DavisImu,
)
from hw_drivers.devices.dvxplorer import Dvxplorer
from hw_drivers.devices.dvxplorer_config import DvxBiases, DvxImu, DvxplorerConfig
from hw_drivers.devices.evk4 import Evk4
from hw_drivers.devices.evk4_config import (
    AntiFlicker,
    Evk4Biases,
    Evk4Config,
    Roi,
    TrailFilter,
    Window,
)
from hw_drivers.discovery import DeviceInfo, devices
from hw_drivers.emulated import EmulatorOptions, emulate
from hw_drivers.errors import (
    ConfigError,
    DeviceBusy,
    DeviceDisconnected,
    DeviceNotFound,
    HardwareError,
    PermissionDenied,
    ProtocolError,
    TraceError,
    TransferError,
    UsbMemoryLimit,
)
from hw_drivers.opening import open_device as open
from hw_drivers.packet import Frame, Gap, Health, HostTime, Imu, Packet
from hw_drivers.recording import Recording, RecordingReport

__all__ = [
    "AntiFlicker",
    "Config",
    "ConfigError",
    "Davis346",
    "Davis346Biases",
    "Davis346Config",
    "DavisEvents",
    "DavisFrames",
    "DavisImu",
    "Device",
    "DeviceBusy",
    "DeviceDisconnected",
    "DeviceInfo",
    "DeviceNotFound",
    "DvxBiases",
    "DvxImu",
    "Dvxplorer",
    "DvxplorerConfig",
    "EmulatorOptions",
    "Evk4",
    "Evk4Biases",
    "Evk4Config",
    "Frame",
    "Gap",
    "HardwareError",
    "Health",
    "HostTime",
    "Imu",
    "Packet",
    "PermissionDenied",
    "ProtocolError",
    "Recording",
    "RecordingReport",
    "Roi",
    "TraceError",
    "TrailFilter",
    "TransferError",
    "UsbMemoryLimit",
    "Window",
    "devices",
    "emulate",
    "open",
    "schema",
]

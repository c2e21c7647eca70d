"""Event-camera drivers with register-accurate emulators."""

from hw_drivers.config import Config
from hw_drivers.config.schema import schema
from hw_drivers.device import Device
from hw_drivers.devices.davis240 import Davis240
from hw_drivers.devices.davis240_config import (
    Davis240Biases,
    Davis240Config,
    Davis240Events,
    Davis240Frames,
)
from hw_drivers.devices.davis346 import Davis346
from hw_drivers.devices.davis346_config import Davis346Biases, Davis346Config
from hw_drivers.devices.davis_config import DavisEvents, DavisFrames, DavisImu
from hw_drivers.devices.dvs128 import Dvs128
from hw_drivers.devices.dvs128_config import Dvs128Biases, Dvs128Config
from hw_drivers.devices.dvxplorer import Dvxplorer, DvxplorerLite
from hw_drivers.devices.dvxplorer_config import (
    DvxBiases,
    DvxImu,
    DvxplorerConfig,
    DvxplorerLiteConfig,
)
from hw_drivers.devices.edvs import Edvs
from hw_drivers.devices.edvs_config import EdvsConfig
from hw_drivers.devices.evk2 import Evk2
from hw_drivers.devices.evk2_config import Evk2Config
from hw_drivers.devices.evk3 import Evk3
from hw_drivers.devices.evk3_config import Evk3Biases, Evk3Config
from hw_drivers.devices.evk4 import Evk4
from hw_drivers.devices.evk4_config import Evk4Biases, Evk4Config
from hw_drivers.devices.genx320 import GenX320
from hw_drivers.devices.genx320_config import (
    GenX320Biases,
    GenX320Config,
    GenX320Roi,
    GenX320Window,
)
from hw_drivers.devices.hd_config import AntiFlicker, Roi, TrailFilter, TriggerOut, Window
from hw_drivers.devices.inivation_config import PulseGenerator
from hw_drivers.devices.link_config import SpeckConfig, SpifConfig
from hw_drivers.devices.links import Speck, Spif
from hw_drivers.discovery import DeviceInfo, devices
from hw_drivers.errors import (
    ConfigError,
    DeviceBusy,
    DeviceDisconnected,
    DeviceNotFound,
    HardwareError,
    PermissionDenied,
    ProtocolError,
    SynchronizationError,
    TraceError,
    TransferError,
    UsbMemoryLimit,
)
from hw_drivers.opening.emulated import EmulatorOptions, emulate
from hw_drivers.opening.uris import open_device as open
from hw_drivers.packet import Frame, Gap, Health, HostTime, Imu, Packet
from hw_drivers.recording.files import Recording, RecordingReport
from hw_drivers.sync.cameras import SynchronizedCameras, open_synchronized
from hw_drivers.sync.edges import CameraSync, SyncReport
from hw_drivers.sync.windows import AlignedPackets

__all__ = [
    "AlignedPackets",
    "AntiFlicker",
    "CameraSync",
    "Config",
    "ConfigError",
    "Davis240",
    "Davis240Biases",
    "Davis240Config",
    "Davis240Events",
    "Davis240Frames",
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
    "Dvs128",
    "Dvs128Biases",
    "Dvs128Config",
    "DvxBiases",
    "DvxImu",
    "Dvxplorer",
    "DvxplorerConfig",
    "DvxplorerLite",
    "DvxplorerLiteConfig",
    "Edvs",
    "EdvsConfig",
    "EmulatorOptions",
    "Evk2",
    "Evk2Config",
    "Evk3",
    "Evk3Biases",
    "Evk3Config",
    "Evk4",
    "Evk4Biases",
    "Evk4Config",
    "Frame",
    "Gap",
    "GenX320",
    "GenX320Biases",
    "GenX320Config",
    "GenX320Roi",
    "GenX320Window",
    "HardwareError",
    "Health",
    "HostTime",
    "Imu",
    "Packet",
    "PermissionDenied",
    "ProtocolError",
    "PulseGenerator",
    "Recording",
    "RecordingReport",
    "Roi",
    "Speck",
    "SpeckConfig",
    "Spif",
    "SpifConfig",
    "SyncReport",
    "SynchronizationError",
    "SynchronizedCameras",
    "TraceError",
    "TrailFilter",
    "TransferError",
    "TriggerOut",
    "UsbMemoryLimit",
    "Window",
    "devices",
    "emulate",
    "open",
    "open_synchronized",
    "schema",
]

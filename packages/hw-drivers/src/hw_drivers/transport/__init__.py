"""Ways to reach a device: one interface over USB, in-process models and recorded traces."""

from hw_drivers.transport.clock import Clock, ManualClock, SystemClock
from hw_drivers.transport.interface import Buffer, Transport, TransportStats

__all__ = ["Buffer", "Clock", "ManualClock", "SystemClock", "Transport", "TransportStats"]

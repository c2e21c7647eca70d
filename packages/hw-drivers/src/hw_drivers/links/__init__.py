"""Event links to neuromorphic chips and boards: SPIF over UDP, Speck over ZeroMQ."""

from hw_drivers.links.samna import samna_installed
from hw_drivers.links.speck import SpeckSink
from hw_drivers.links.spif import SpifSink

__all__ = ["SpeckSink", "SpifSink", "samna_installed"]

"""Devices as sources of an event pipeline."""

import importlib.metadata
import subprocess
import sys

import pytest

import hw_drivers
from hw_drivers.source import open_source
from neuro_kernels import Events


def test_a_source_iterates_events_and_counts_live():
    with open_source("emulated:evk4?realtime=0&rate=1e6&duration=20ms") as source:
        assert source.size == (1280, 720)
        first = next(source)
        assert isinstance(first, Events)
        assert source.stats["events"] == len(first)
        rest = list(source)
        assert source.stats["events"] == len(first) + sum(map(len, rest))
        assert source.stats["lost_packets"] == 0
    with pytest.raises(hw_drivers.HardwareError, match="closed"):
        source.device.start()


def test_errors_of_a_device_come_through():
    uri = "emulated:evk4?realtime=0&unplug_after=3ms"
    with open_source(uri) as source, pytest.raises(hw_drivers.DeviceDisconnected):
        list(source)


def test_the_entry_point_leads_here():
    (entry,) = importlib.metadata.entry_points(group="aestream_io.sources", name="emulated")
    assert entry.load() is open_source


def test_no_other_package_of_the_stack_is_imported():
    code = (
        "import sys, hw_drivers, hw_drivers.source; hw_drivers.devices();"
        "print([m for m in ('aestream_io', 'faery_cli', 'torch', 'nir_core') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"

"""What drivers record, the readers of files give back: the same events and the same edges."""

import numpy as np
import pytest

import aestream_io
import hw_drivers
from hw_drivers.devices import DRIVERS
from neuro_kernels import Events

CAMERAS = [
    "davis346",
    "davis240",
    "dvxplorer",
    "dvxplorer_lite",
    "dvs128",
    "edvs",
    "spif",
    "speck",
    "evk4",
]


@pytest.mark.parametrize("name", CAMERAS)
def test_a_raw_recording_of_every_camera_is_read_again(tmp_path, name):
    path = tmp_path / "camera.raw"
    uri = f"emulated:{name}?realtime=0&rate=1e6&duration=20ms&trigger_hz=200"
    config = None
    if name.startswith(("davis", "dvx")):
        config = DRIVERS[name].load("config")(trigger_out=hw_drivers.PulseGenerator(enabled=True))
    with hw_drivers.open(uri, config) as camera:
        with camera.record(path) as recording:
            packets = list(camera.packets())
        assert recording.stop().missing_packets == 0
    events = Events.concatenate([packet.events for packet in packets])
    read = aestream_io.read_recording(path)
    assert len(events) > 1000
    assert read.events == events
    assert read.report.ok
    triggers = [packet.triggers for packet in packets if packet.triggers is not None]
    if triggers:
        assert np.array_equal(read.triggers.t, np.concatenate([t.t for t in triggers]))
        assert np.array_equal(read.triggers.id, np.concatenate([t.id for t in triggers]))
        assert np.array_equal(read.triggers.value, np.concatenate([t.value for t in triggers]))


def test_a_raw_recording_can_be_converted_for_other_programs(tmp_path):
    raw, other = tmp_path / "x.raw", tmp_path / "x.aedat4"
    uri = "emulated:davis346?realtime=0&rate=1e6&duration=10ms"
    with hw_drivers.open(uri) as camera, camera.record(raw):
        events = Events.concatenate([packet.events for packet in camera.packets()])
    aestream_io.write(other, aestream_io.read(raw))
    assert aestream_io.read(other) == events


@pytest.mark.parametrize("name", CAMERAS)
def test_every_camera_is_a_source_of_events(name):
    with aestream_io.open(f"emulated:{name}?realtime=0&rate=1e5&duration=10ms") as source:
        assert sum(len(events) for events in source) > 100

"""Raw recordings: header, payload, atomic appearance."""

import os
import stat

import numpy as np
import pytest

import hw_drivers
from hw_drivers import Evk4Biases, Evk4Config, HardwareError
from hw_drivers.transport import ManualClock
from neuro_kernels import Events, codecs

URI = "emulated:evk4?realtime=0&rate=2e6&duration=20ms&seed=3"


def split(path):
    data = path.read_bytes()
    head, _, payload = data.partition(b"% end\n")
    return head.decode().splitlines(), payload


def test_a_recording_holds_what_was_delivered(tmp_path):
    path = tmp_path / "a.raw"
    config = Evk4Config(bias=Evk4Biases(diff_on=10))
    with hw_drivers.open(URI, config) as device:
        with device.record(path) as recording:
            assert not path.exists()
            events = Events.concatenate([p.events for p in device.packets()])
        report = recording.stop()
    lines, payload = split(path)
    assert all(line.startswith("% ") for line in lines)
    assert "% format EVT3;height=720;width=1280" in lines
    assert "% geometry 1280x720" in lines
    assert "% serial_number 00050001" in lines
    decoded, _, counts = codecs.decode("evt3", payload, size=(1280, 720))
    assert decoded == events
    assert counts.bytes_skipped == 0
    assert (report.bytes, report.packets, report.missing_packets) == (len(payload), 20, 0)
    assert report.duration_s == pytest.approx(19e-3)
    assert report.config == config.to_dict()
    assert sorted(os.listdir(tmp_path)) == ["a.raw", "a.raw.json"]


def test_a_recording_can_be_played_by_the_emulator(tmp_path):
    path = tmp_path / "b.raw"
    with hw_drivers.open(URI) as device, device.record(path):
        events = Events.concatenate([p.events for p in device.packets()])
    with hw_drivers.open(f"emulated:evk4?realtime=0&recording={path}") as device:
        assert Events.concatenate([p.events for p in device.packets()]) == events


def test_what_a_slow_program_loses_is_still_recorded(tmp_path):
    clock = ManualClock()
    with hw_drivers.emulate("evk4", clock=clock, buffers=2, rate=1e6) as device:
        with device.record(tmp_path / "c.raw") as recording:
            device.start()
            clock.advance(30_000_000)
            device._transport.pump()
            assert device.health().lost_packets == 28
        assert recording.stop().packets == 30
        assert recording.stop().missing_packets == 0


def test_closing_the_device_finishes_the_recording(tmp_path):
    device = hw_drivers.open(URI)
    device.record(tmp_path / "d.raw")
    next(device.packets())
    device.close()
    assert len(split(tmp_path / "d.raw")[1]) > 1000


def test_an_unplugged_device_leaves_a_whole_file(tmp_path):
    uri = "emulated:evk4?realtime=0&rate=1e6&unplug_after=5ms"
    with (
        pytest.raises(hw_drivers.DeviceDisconnected),
        hw_drivers.open(uri) as device,
        device.record(tmp_path / "e.raw"),
    ):
        list(device.packets())
    _, payload = split(tmp_path / "e.raw")
    events, _, _ = codecs.decode("evt3", payload, size=(1280, 720))
    assert int(events.t[-1]) // 1000 == 4


def test_one_recording_at_a_time(tmp_path):
    with hw_drivers.open(URI) as device, device.record(tmp_path / "1.raw") as recording:
        with pytest.raises(HardwareError, match="is being recorded"):
            device.record(tmp_path / "2.raw")
        recording.stop()
        device.record(tmp_path / "2.raw").stop()
    assert sorted(os.listdir(tmp_path)) == ["1.raw", "1.raw.json", "2.raw", "2.raw.json"]


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path):
    with hw_drivers.open(URI) as device, pytest.raises(HardwareError, match="cannot write"):
        device.record(tmp_path / "no" / "f.raw")


def test_a_full_disk_leaves_nothing_behind(tmp_path):
    with hw_drivers.open(URI) as device:
        recording = device.record(tmp_path / "g.raw")
        full = os.open("/dev/full", os.O_WRONLY)
        os.dup2(full, recording._log._file.fileno())
        os.close(full)
        list(device.packets())
        with pytest.raises(HardwareError, match="could not be written"):
            recording.stop()
    assert os.listdir(tmp_path) == []


def test_files_get_the_usual_permissions(tmp_path):
    (tmp_path / "plain").touch()
    with hw_drivers.open(URI) as device, device.record(tmp_path / "h.raw"):
        next(device.packets())
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("plain", "h.raw")]
    assert modes[0] == modes[1]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot read"),
        (b"\x00\x01", "does not say"),
        (b"% format EVT2;height=720;width=1280\n% end\n", "does not say"),
        (b"% format EVT3\n% end\n" + np.array([0x8001, 0x6001, 0x0001, 0x2600], "<u2").tobytes(),
         "outside"),
    ],
)  # fmt: skip
def test_recordings_that_cannot_be_played_are_refused(tmp_path, content, words):
    path = tmp_path / "i.raw"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(HardwareError, match=words):
        hw_drivers.open(f"emulated:evk4?recording={path}")


def test_the_shared_camera_like_file_plays(shared_data):
    path = shared_data / "events" / "synthetic" / "edges20k_vect12128_evt3.raw"
    with hw_drivers.open(f"emulated:evk4?realtime=0&recording={path}") as device:
        events = Events.concatenate([p.events for p in device.packets()])
    assert len(events) == 20_000
    assert (int(events.t[0]), int(events.t[-1])) == (16_770_000, 16_772_350)

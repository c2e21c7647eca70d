"""The eDVS: commands, banner and records, in this process and behind a pseudo-terminal."""

import itertools
import os
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hw_drivers
from hw_drivers import (
    DeviceBusy,
    DeviceDisconnected,
    DeviceNotFound,
    Dvs128Biases,
    EdvsConfig,
    HardwareError,
    ProtocolError,
)
from hw_drivers.columns import Columns
from hw_drivers.emulators.edvs import EdvsModel
from hw_drivers.emulators.faults import Faults
from hw_drivers.emulators.pty import SerialEmulator
from hw_drivers.emulators.replay import Replay
from hw_drivers.emulators.scenes import Noise
from hw_drivers.opening.serial import serial_ports
from hw_drivers.tables.dvs128 import BIASES
from hw_drivers.transport.in_process import InProcessTransport
from hw_drivers.words.dvs128 import EdvsStream, EdvsWriter
from neuro_kernels import Events

SIZE = (128, 128)
URI = "emulated:edvs?realtime=0"


def short_gaps(random_events, count, seed):
    """Events without a silence of 65 ms, which the two bytes of time cannot tell."""
    return random_events(count, seed=seed, size=SIZE, span_us=100_000)


def test_events_come_through_unchanged(random_events):
    events = short_gaps(random_events, 5000, 1)
    with hw_drivers.emulate("edvs", events=events, realtime=False) as device:
        got = Events.concatenate([packet.events for packet in device.packets()])
        assert device.info.firmware.startswith("EDVS-4337")
        assert device.size == SIZE
    assert got == events


@given(seed=st.integers(0, 30), cuts=st.lists(st.integers(0, 4000), max_size=6))
def test_cutting_changes_nothing(seed, cuts):
    random = np.random.default_rng(seed)
    t = np.sort(random.integers(0, 200_000, 1000))
    x, y = (random.integers(0, 128, 1000).astype(np.uint16) for _ in range(2))
    columns = Columns(t, x, y, random.integers(0, 2, 1000).astype(np.uint8))
    data = EdvsWriter().events(columns).tobytes()
    edges = [0, *sorted(min(c, len(data)) for c in cuts), len(data)]
    stream = EdvsStream(SIZE)
    parts = [stream.feed(data[a:b]).events for a, b in itertools.pairwise(edges)]
    events = Events.concatenate(parts)
    assert all(np.array_equal(getattr(events, c), getattr(columns, c)) for c in "txyp")


@given(data=st.binary(max_size=300))
def test_arbitrary_bytes_never_raise(data):
    stream = EdvsStream(SIZE)
    for part in (stream.feed(data[:150]), stream.feed(data[150:], after_gap=True)):
        assert (part.events.x < 128).all()
        assert (part.events.y < 128).all()


def test_start_up_sets_format_echo_and_biases():
    with hw_drivers.open(f"{URI}&rate=0", EdvsConfig(bias=Dvs128Biases(pr=300))) as device:
        registers = device.emulator.registers
        expected = [bias.value for bias in BIASES[:-1]] + [300]
        assert [registers[i] for i in range(12)] == expected
        assert (registers[0x10], registers[0x11], registers[0x12]) == (0, 2, 0)
        device.start()
        assert registers[0x10] == 1
    assert registers[0x10] == 0


@pytest.mark.parametrize("baud", [12_000_000, 8_000_000, 4_000_000, 2_000_000])
def test_the_speed_of_the_camera_is_found(baud):
    model = EdvsModel(Noise(128, 128, 1e5, 0), baud=baud, duration_us=5000)
    info = hw_drivers.DeviceInfo(uri="serial:x", name="", kind="emulated", size=SIZE)
    transport = InProcessTransport(model, realtime=False)
    with hw_drivers.Edvs(transport, info, EdvsConfig(), emulator=model) as device:
        assert sum(len(packet.events) for packet in device.packets()) == model.events_sent > 0
        assert model.registers[0x13] == baud


def test_a_line_without_an_edvs_says_what_was_heard():
    model = EdvsModel(Noise(128, 128, 1e5, 0), baud=9600)
    info = hw_drivers.DeviceInfo(uri="serial:x", name="", kind="emulated", size=SIZE)
    with pytest.raises(ProtocolError, match="12M, 8M, 4M, 2M baud, got b'"):
        hw_drivers.Edvs(InProcessTransport(model, realtime=False), info, EdvsConfig())


def test_updates_send_only_what_changed():
    with hw_drivers.open(f"{URI}&scene=noise&rate=1e6") as device:
        packets = device.packets()
        before = int((next(packets).events.p == 1).sum())
        requests = device.emulator._requests
        device.config = EdvsConfig()
        assert device.emulator._requests == requests
        device.config = EdvsConfig(bias=Dvs128Biases(diffon=8 * 209996))
        assert device.emulator._requests == requests + 2  # the bias, and that it takes effect
        assert int((next(packets).events.p == 1).sum()) < 0.8 * before
        with pytest.raises(HardwareError, match="cannot be read back"):
            device.update(EdvsConfig(), verify=True).result()


@pytest.mark.parametrize("number", [0, 1, 3, 8, 17])
def test_unplugged_at_every_phase(number):
    def session():
        with hw_drivers.open(f"{URI}&duration=5ms&unplug_at_request={number}") as device:
            next(device.packets())

    with pytest.raises(DeviceDisconnected):
        session()


@pytest.mark.parametrize("fault", ["torn=1", "silent=1"])
def test_a_banner_that_does_not_come_is_one_clear_error(fault):
    with pytest.raises(HardwareError) as caught:
        hw_drivers.open(f"{URI}&{fault}")
    assert "\n" not in str(caught.value)


# A real serial line, with the model at its other end.
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")


def behind_pty(events, **options):
    return SerialEmulator(EdvsModel(Replay(events), **options))


@posix
def test_a_real_line_carries_the_same_events(random_events):
    events = short_gaps(random_events, 4000, 2)
    got = []
    with behind_pty(events) as line, hw_drivers.open(f"serial:{line.path}") as device:
        assert device.info.node == line.path
        for packet in device.packets():
            got.append(packet.events)
            if sum(map(len, got)) >= len(events):
                break
        assert device.health().lost_packets == 0
    assert Events.concatenate(got) == events


@posix
def test_the_stream_can_be_stopped_and_started_again_on_a_line(random_events):
    events = short_gaps(random_events, 2000, 3)
    with behind_pty(events) as line, hw_drivers.open(f"serial:{line.path}") as device:
        for _ in range(2):
            packet = next(packet for packet in device.packets() if len(packet.events))
            assert packet.events[:1] == events[:1]  # nothing is left of the stream before
            device.stop()


@posix
def test_a_camera_that_leaves_hangs_up(random_events):
    model = EdvsModel(Noise(128, 128, 1e6, 0), faults=Faults(unplug_after=0.01))
    with SerialEmulator(model) as line, hw_drivers.open(f"serial:{line.path}") as device:
        with pytest.raises(DeviceDisconnected, match="events in"):
            for _ in device.packets():
                pass
        assert device.health().events > 0


@posix
def test_a_recording_of_a_line_holds_every_byte(random_events, tmp_path):
    events = short_gaps(random_events, 3000, 4)
    path = tmp_path / "x.raw"
    with behind_pty(events) as line, hw_drivers.open(f"serial:{line.path}") as device:
        with device.record(path) as recording:
            seen = 0
            for packet in device.packets():
                seen += len(packet.events)
                if seen >= len(events):
                    break
        assert recording.stop().bytes == 4 * len(events)
    header, _, body = path.read_bytes().partition(b"% end\n")
    assert b"% format EDVS;height=128;width=128\n" in header
    assert EdvsStream(SIZE).feed(body).events == events


@posix
def test_a_line_is_opened_by_one_program_at_a_time(random_events):
    with (
        behind_pty(short_gaps(random_events, 10, 5)) as line,
        hw_drivers.open(f"serial:{line.path}"),
        pytest.raises(DeviceBusy, match="in use"),
    ):
        hw_drivers.open(f"serial:{line.path}")


@posix
@pytest.mark.parametrize(
    ("uri", "error"),
    [
        ("serial:/nowhere/ttyUSB0", DeviceNotFound),
        ("serial:/dev/null", HardwareError),
        ("serial:/dev/null?drop=all", HardwareError),
        ("serial:/dev/null?bufers=3", HardwareError),
    ],
)
def test_lines_that_cannot_be_opened_are_refused_in_one_sentence(uri, error):
    with pytest.raises(error) as caught:
        hw_drivers.open(uri)
    assert "\n" not in str(caught.value)


@posix
def test_lines_with_the_converter_of_an_edvs_are_found(tmp_path):
    for number, product in ((0, "6001"), (1, "6014")):
        usb = tmp_path / f"devices/1-{number}"
        port = usb / f"1-{number}:1.0" / f"ttyUSB{number}"
        port.mkdir(parents=True)
        (usb / "idVendor").write_text("0403\n")
        (usb / "idProduct").write_text(f"{product}\n")
        line = tmp_path / "tty" / f"ttyUSB{number}"
        line.mkdir(parents=True)
        os.symlink(port, line / "device")
    assert serial_ports(sysfs=tmp_path / "tty", dev="/dev") == ["/dev/ttyUSB1"]


@posix
def test_lines_with_the_converter_of_an_edvs_are_listed(fake_bus):
    sysfs = fake_bus("1-3", vendor="0403", product="6014", interface=("ff", "ff"), serial="FT1")
    (sysfs / "1-3" / "1-3:1.0" / "ttyUSB7").mkdir()
    lines = [info for info in hw_drivers.devices(sysfs=sysfs) if info.kind == "serial"]
    assert [(info.uri, info.serial) for info in lines] == [("serial:/dev/ttyUSB7", "FT1")]
    assert "/dev/ttyUSB7 does not exist" in lines[0].error


@posix
def test_other_converters_are_not_listed(fake_bus):
    sysfs = fake_bus("1-3", vendor="0403", product="6001", interface=("ff", "ff"))
    (sysfs / "1-3" / "1-3:1.0" / "ttyUSB7").mkdir()
    assert not [info for info in hw_drivers.devices(sysfs=sysfs) if info.kind == "serial"]

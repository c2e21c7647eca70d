"""The driver over the real USB transport: libusb's interface, with a model behind it."""

import os

import numpy as np
import pytest
from hw_fake_bus import FakeBus, build

import hw_drivers
from hw_drivers import (
    DeviceBusy,
    DeviceDisconnected,
    DeviceNotFound,
    Evk4Biases,
    Evk4Config,
    HardwareError,
    PermissionDenied,
    Roi,
    TransferError,
    UsbMemoryLimit,
    Window,
)
from hw_drivers.emulators.evk3 import Evk3Model
from hw_drivers.emulators.evk4 import Evk4Model
from hw_drivers.emulators.faults import Faults
from hw_drivers.emulators.replay import Replay
from hw_drivers.emulators.scenes import Noise
from neuro_kernels import Events, codecs, usb

SIZE = (1280, 720)


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    return build(tmp_path_factory.mktemp("libusb"))


@pytest.fixture
def bus(library, monkeypatch):
    monkeypatch.setenv(usb.ENVIRONMENT, str(library))
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    return FakeBus(library)


def camera(**options):
    return Evk4Model(Noise(*SIZE, 1e6, 1), **options)


def test_the_same_registers_as_in_process(bus):
    config = Evk4Config(
        bias=Evk4Biases(diff_on=9), roi=Roi(window=Window(x=64, width=640)), rate_limit=3e6
    )
    bus.model = camera()
    with hw_drivers.open("evk4:", config) as device:
        device.start()
        device.stop()
        over_usb = dict(bus.model.registers)
        assert device.info.uri == "evk4:00050001"
        assert (device.info.kind, device.info.speed_mbps) == ("usb", 5000.0)
        with pytest.raises(HardwareError, match="real device"):
            _ = device.emulator
    with hw_drivers.open("emulated:evk4?realtime=0", config) as device:
        device.start()
        device.stop()
        assert dict(device.emulator.registers) == over_usb
    assert bus.clear_halts > 0


def test_every_event_arrives(bus, random_events):
    events = random_events(30_000, seed=3, span_us=40_000)
    order = np.lexsort((events.x, events.p, events.y, events.t))
    events = events[order]
    bus.model = Evk4Model(Replay(events))
    bus.held = True
    got: list[Events] = []
    with hw_drivers.open("evk4:") as device:
        device.start()
        bus.held = False
        for packet in device.packets():
            got.append(packet.events)
            assert packet.gap is None
            if sum(map(len, got)) == len(events):
                break
        health = device.health()
    assert Events.concatenate(got) == events
    assert (health.events, health.lost_packets) == (len(events), 0)


def test_a_slow_program_loses_and_is_told(bus):
    bus.model = camera(duration_us=700_000)
    with hw_drivers.open("evk4:?ring=1&drop=newest") as device:
        device.start()
        while not bus.model.finished:
            pass
        while device.health().packets < 700:
            pass
        health = device.health()
        assert (health.packets, health.backlog_packets, health.lost_packets) == (700, 8, 692)
        assert health.backlog_s > 0
        packets = device.packets()
        assert [next(packets).sequence for _ in range(8)] == list(range(8))


def test_dropping_the_oldest_tells_of_the_gap(bus):
    bus.model = camera(duration_us=100_000)
    with hw_drivers.open("evk4:?ring=1&drop=oldest") as device:
        device.start()
        while device.health().packets < 100:
            pass
        packet = next(device.packets())
    assert packet.sequence == 92
    assert packet.gap is not None
    assert packet.gap.packets == 92


def test_unplugged_in_the_middle(bus):
    bus.model = camera(faults=Faults(unplug_after=20e-3))
    with hw_drivers.open("evk4:") as device, pytest.raises(DeviceDisconnected) as caught:
        list(device.packets())
    assert caught.value.packets == 20
    assert "evk4:00050001 was disconnected" in str(caught.value)


@pytest.mark.parametrize("request_number", [0, 1, 5, 40, 58, 62, 66])
def test_unplugged_at_a_request(bus, request_number):
    bus.model = camera(faults=Faults(unplug_at_request=request_number))

    def session():
        with hw_drivers.open("evk4:") as device:
            next(device.packets())
            device.config = Evk4Config(rate_limit=1e6)

    with pytest.raises(DeviceDisconnected):
        session()


@pytest.mark.parametrize(
    ("statuses", "error", "words"),
    [
        ({"open": -3}, PermissionDenied, "udev"),
        ({"open": -4}, DeviceDisconnected, "unplugged"),
        ({"claim": -6}, DeviceBusy, "another program"),
        ({"devices": 0}, DeviceNotFound, "no Prophesee EVK4"),
    ],
)
def test_what_keeps_a_device_from_opening_is_told(bus, statuses, error, words):
    bus.model = camera()
    bus.statuses(**statuses)
    with pytest.raises(error, match=words) as caught:
        hw_drivers.open("evk4:")
    assert "\n" not in str(caught.value)


def test_the_memory_limit_is_told_with_its_remedy(bus):
    bus.model = camera()
    with hw_drivers.open("evk4:") as device:
        bus.statuses(submit=-11)
        with pytest.raises(UsbMemoryLimit, match="usbfs_memory_mb"):
            device.start()


def test_another_serial_number_is_another_device(bus):
    bus.model = camera(serial=0x51234)
    with hw_drivers.open("evk4:00051234") as device:
        assert device.info.serial == "00051234"
    bus.model = camera(serial=0x51234)
    with pytest.raises(DeviceNotFound, match="has the serial number 00051234"):
        hw_drivers.open("evk4:7")


@pytest.mark.parametrize(
    "identity",
    [{"maker": "Someone"}, {"kind": (0x08, 0x06)}, {"product": 0x00F1}],
)
def test_a_gadget_with_like_numbers_is_left_alone(bus, identity):
    bus.model = camera()
    bus.identity(**identity)
    with pytest.raises(DeviceNotFound):
        hw_drivers.open("evk4:")
    assert bus.model.board.requests == 0


@pytest.mark.parametrize(
    ("identity", "name"),
    [
        (
            {"vendor": 0x31F7, "product": 3, "maker": "CenturyArks", "name": "SilkyEvCam HD v03"},
            "CenturyArks SilkyEvCam HD",
        ),
        (
            {"vendor": 0x1409, "product": 0x8E00, "name": "UE-39B0XCP",
             "maker": "IDS Imaging Development Systems GmbH"},
            "IDS uEye XCP-E",
        ),
        ({"name": "EVK3"}, "Prophesee EVK3 with IMX636"),
    ],
)  # fmt: skip
def test_third_party_cameras_and_evk3_boards_with_the_same_sensor_are_opened(bus, identity, name):
    bus.model = camera()
    bus.identity(**identity)
    with hw_drivers.open("evk4:") as device:
        assert (device.info.name, device.info.size) == (name, SIZE)


def test_the_sensor_behind_shared_numbers_decides_which_driver_fits(bus):
    bus.model = Evk3Model(Noise(*SIZE, 1e6, 1))
    bus.identity(name="EVK3")
    with pytest.raises(DeviceNotFound, match="open it as evk3:"):
        hw_drivers.open("evk4:")
    with hw_drivers.open("evk3:") as device:
        assert device.info.uri == "evk3:00050001"
    bus.model = camera()
    with pytest.raises(DeviceNotFound, match="open it as evk4:"):
        hw_drivers.open("evk3:")


def test_recording_holds_what_arrived(bus, tmp_path):
    bus.model = camera(duration_us=50_000)
    with hw_drivers.open("evk4:?ring=1") as device:
        with device.record(tmp_path / "a.raw") as recording:
            device.start()
            while device.health().packets < 50:
                pass
        report = recording.stop()
        assert device.health().lost_packets == 42
    payload = (tmp_path / "a.raw").read_bytes().partition(b"% end\n")[2]
    events, _, _ = codecs.decode("evt3", payload, size=SIZE)
    assert len(events) == bus.model.events_sent
    assert (report.packets, report.bytes, report.missing_packets) == (50, len(payload), 0)
    assert sorted(os.listdir(tmp_path)) == ["a.raw", "a.raw.json"]


def test_a_stalled_control_request_is_one_sentence(bus):
    bus.model = camera(faults=Faults(stall=(10,)))
    with pytest.raises(TransferError, match="stall"):
        hw_drivers.open("evk4:")


def test_without_libusb_the_message_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv(usb.ENVIRONMENT, str(tmp_path / "none.so"))
    with pytest.raises(HardwareError, match=r"none\.so"):
        hw_drivers.open("evk4:")


def test_opening_with_the_options_of_an_emulated_device_is_refused():
    with pytest.raises(HardwareError, match="known options: drop, ring, transfers"):
        hw_drivers.open("evk4:?rate=1")
    with pytest.raises(HardwareError, match="drop=newest or oldest"):
        hw_drivers.open("evk4:?drop=all")


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_requests_take_any_bytes_like_object(bus, kind):
    bus.model = camera(serial=0x51234)
    (facts,) = usb.library().devices()
    device = usb.library().open(facts["bus"], facts["address"])
    device.claim(0)
    device.bulk_out(0x02, kind(bytes.fromhex("72000000 00000000")), 1000)
    assert device.bulk_in(0x82, 1024, 1000)[8:12] == bytes.fromhex("34120500")
    with pytest.raises(TypeError):
        device.bulk_out(0x02, "text", 1000)

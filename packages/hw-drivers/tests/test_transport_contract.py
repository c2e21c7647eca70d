"""What holds for a camera however it is reached: in this process, over libusb's interface with a
bus in memory behind it, over the system's libusb with umockdev behind that, and over the system's
libusb and the kernel's USB stack with a virtual bus behind those."""

import numpy as np
import pytest
from hw_fake_bus import FakeBus, UmockBus, build, under_umockdev
from hw_vhci_bus import VhciBus, under_vhci

import hw_drivers
from hw_drivers import (
    DeviceBusy,
    DeviceDisconnected,
    DeviceInfo,
    DeviceNotFound,
    Evk4,
    Evk4Biases,
    Evk4Config,
    HardwareError,
    ProtocolError,
    Roi,
    TransferError,
    UsbMemoryLimit,
    Window,
)
from hw_drivers.emulators.evk4 import Evk4Model
from hw_drivers.emulators.faults import Faults
from hw_drivers.emulators.replay import Replay
from hw_drivers.emulators.scenes import Noise
from hw_drivers.transport.in_process import InProcessTransport
from neuro_kernels import Events, codecs, usb

SIZE = (1280, 720)
CONFIG = Evk4Config(
    bias=Evk4Biases(diff_on=9, fo=-4),
    roi=Roi(window=Window(x=64, width=640)),
    rate_limit=3e6,
    trigger_in=True,
)


class InProcess:
    """A camera without a cable."""

    def open(self, model, config=None):
        info = DeviceInfo(uri="evk4:", name="Prophesee EVK4", kind="usb", size=SIZE)
        transport = InProcessTransport(model, realtime=False)
        return Evk4(transport, info, config or Evk4Config())

    def start(self, device):
        device.start()


class OverUsb:
    """A camera on a bus."""

    def __init__(self, bus):
        self.bus = bus

    def open(self, model, config=None):
        self.bus.model = model
        self.bus.unplug()
        self.bus.plug()
        return hw_drivers.open("evk4:", config)

    def start(self, device):
        """Start the stream; sensor time begins when all of it is switched on."""
        self.bus.held = True
        device.start()
        self.bus.held = False


@pytest.fixture(scope="module")
def buses(tmp_path_factory):
    """Compile each bus once."""
    made = {}

    def get(kind):
        if kind not in made:
            made[kind] = build(tmp_path_factory.mktemp(kind), real=kind == "umockdev")
        return made[kind]

    return get


def start(kind, buses, monkeypatch):
    if kind == "umockdev" and not under_umockdev():
        pytest.skip("run under umockdev-wrapper: nox -s hw_usb")
    if kind == "vhci" and not under_vhci():
        pytest.skip("run in a guest: nox -s hw_vm")
    if kind == "shim" and under_umockdev():
        pytest.skip("tested without umockdev")
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    if kind == "in_process":
        return InProcess()
    if kind == "vhci":
        monkeypatch.delenv(usb.ENVIRONMENT, raising=False)
        return OverUsb(VhciBus())
    path = buses(kind)
    if kind == "shim":
        monkeypatch.setenv(usb.ENVIRONMENT, str(path))
        return OverUsb(FakeBus(path))
    monkeypatch.delenv(usb.ENVIRONMENT, raising=False)
    return OverUsb(UmockBus(path))


@pytest.fixture(params=["in_process", "shim", "umockdev", "vhci"])
def link(request, buses, monkeypatch):
    link = start(request.param, buses, monkeypatch)
    yield link
    if isinstance(link, OverUsb):
        link.bus.unplug()


@pytest.fixture(params=["shim", "umockdev", "vhci"])
def bus(request, buses, monkeypatch):
    bus = start(request.param, buses, monkeypatch).bus
    yield bus
    bus.unplug()


def camera(rate=1e6, **options):
    return Evk4Model(Noise(*SIZE, rate, 1), **options)


def take(device, count):
    packets = device.packets()
    return [next(packets) for _ in range(count)]


def in_order(events):
    return events[np.lexsort((events.x, events.p, events.y, events.t))]


def test_the_registers_are_those_that_the_configuration_says(link):
    model, alone = camera(), camera()
    with link.open(model, CONFIG) as device:
        device.start()
        device.stop()
        got = dict(model.registers)
        assert device.info.serial == "00050001"
    with InProcess().open(alone, CONFIG) as device:
        device.start()
        device.stop()
        assert dict(alone.registers) == got
    assert got[0x1010] & 0xFF == 0x66 + 9


def test_every_event_arrives_once_and_in_order(link, random_events):
    events = in_order(random_events(20_000, seed=3, span_us=30_000))
    with link.open(Evk4Model(Replay(events, seed=1))) as device:
        link.start(device)
        got = Events.concatenate([p.events for p in take(device, 30)])
        health = device.health()
    assert got == events
    assert (health.lost_packets, health.gaps) == (0, 0)


def test_a_stream_can_be_stopped_and_started_again(link):
    model = camera(duration_us=20_000)
    with link.open(model) as device:
        link.start(device)
        first = [p.events for p in take(device, 20)]
        device.stop()
        assert not model.streaming
        link.start(device)
        second = [p.events for p in take(device, 20)]
        assert sum(map(len, second)) == device.health().events > 0
    assert first[0].t[0] < 1000
    assert second[0].t[0] < 1000


def test_a_live_update_changes_the_stream(link):
    model = camera(rate=1e5)
    with link.open(model) as device:
        packets = device.packets()
        next(packets)
        device.update(CONFIG, verify=True).result()
        assert device.config == CONFIG
        changed_us = model.time_us
        packet = next(p for p in packets if len(p.events) and p.events.t[0] > changed_us + 1000)
        assert packet.events.x.min() >= 64
        assert packet.events.x.max() < 704


def test_transfers_that_end_inside_words_are_put_together(link):
    model = camera(faults=Faults(torn_words=True, zero_length_every=3), duration_us=20_000)
    with link.open(model) as device:
        link.start(device)
        packets = device.packets()
        got = 0
        while got < model.events_sent or model.time_us < 20_000:
            got += len(next(packets).events)
    assert got == model.events_sent > 10_000


def test_unplugged_in_the_middle_delivers_first_and_counts(link):
    with link.open(camera(faults=Faults(unplug_after=20e-3))) as device:
        link.start(device)
        with pytest.raises(DeviceDisconnected) as caught:
            list(device.packets())
    assert caught.value.packets == 20
    assert "was disconnected" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("request_number", [0, 1, 5, 40, 58, 62, 66])
def test_unplugged_at_a_request(link, request_number):
    def session():
        with link.open(camera(faults=Faults(unplug_at_request=request_number))) as device:
            take(device, 1)
            device.config = CONFIG

    with pytest.raises(DeviceDisconnected):
        session()


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("stall", TransferError),
        ("silent", TransferError),
        ("fail", ProtocolError),
        ("torn", ProtocolError),
        ("oversized", ProtocolError),
        ("mismatched", ProtocolError),
    ],
)
def test_one_bad_answer_is_one_clear_error(link, fault, error):
    with pytest.raises(error) as caught:
        link.open(camera(faults=Faults(**{fault: (10,)})))
    assert "\n" not in str(caught.value)
    # Nothing of the failed attempt stays behind: the next one works.
    with link.open(camera()) as device:
        assert len(take(device, 1)) == 1


def test_a_recording_holds_what_arrived(link, tmp_path):
    model = camera(duration_us=20_000)
    with link.open(model) as device:
        with device.record(tmp_path / "a.raw") as recording:
            link.start(device)
            take(device, 20)
        report = recording.stop()
    payload = (tmp_path / "a.raw").read_bytes().partition(b"% end\n")[2]
    events, _, _ = codecs.decode("evt3", payload, size=SIZE)
    assert len(events) == model.events_sent
    assert (report.packets, report.missing_packets, report.bytes) == (20, 0, len(payload))


def test_closing_switches_the_sensor_off_and_may_be_repeated(link):
    model = camera()
    device = link.open(model)
    take(device, 2)
    device.close()
    device.close()
    assert not model.streaming
    with pytest.raises(HardwareError, match="closed"):
        device.start()


def test_a_slow_program_loses_counted_transfers_and_no_others(bus):
    model = camera(duration_us=60_000)
    bus.model = model
    bus.plug()
    with hw_drivers.open("evk4:?ring=1") as device:
        device.start()
        while device.health().packets < 60:
            pass
        packets = take(device, 8)
        health = device.health()
    assert (health.lost_packets, health.backlog_packets, health.high_water) == (52, 0, 8)
    assert [p.sequence for p in packets] == list(range(8))


@pytest.mark.parametrize(
    ("statuses", "error", "words"),
    [
        ({"claim": -6}, DeviceBusy, "another program"),
        ({"submit": -11}, UsbMemoryLimit, "usbfs_memory_mb"),
    ],
)
def test_what_keeps_a_device_from_streaming_is_told(bus, statuses, error, words):
    bus.model = camera()
    bus.plug()
    bus.statuses(**statuses)

    def session():
        with hw_drivers.open("evk4:") as device:
            device.start()

    with pytest.raises(error, match=words) as caught:
        session()
    assert "\n" not in str(caught.value)


@pytest.fixture(params=["umockdev", "vhci"])
def real(request, buses, monkeypatch):
    """The bus below the system's libusb, with nothing plugged in."""
    bus = start(request.param, buses, monkeypatch).bus
    yield bus
    bus.unplug()


def test_a_camera_is_listed_while_it_is_plugged_in(real):
    real.model = camera()

    def listed():
        return [info for info in hw_drivers.devices() if info.kind == "usb"]

    assert listed() == []
    for speed in (5000, 480):
        real.plug(speed)
        (info,) = listed()
        assert (info.uri, info.speed_mbps, info.error) == ("evk4:00050001", speed, None)
        with hw_drivers.open(info.uri) as device:
            assert device.info.speed_mbps == speed
        real.unplug()
        assert listed() == []
        with pytest.raises(DeviceNotFound):
            hw_drivers.open("evk4:")


def test_pulled_out_by_hand_while_it_streams(real):
    real.model = camera(rate=1e5)
    real.plug()
    with hw_drivers.open("evk4:") as device:
        packets = device.packets()
        next(packets)
        real.unplug()
        with pytest.raises(DeviceDisconnected) as caught:
            list(packets)
    assert caught.value.packets > 0
    real.model = camera(rate=1e5)
    real.plug()
    with hw_drivers.open("evk4:") as device:
        assert len(take(device, 1)) == 1


def test_hundreds_of_transfers_bring_every_event(real, random_events):
    events = in_order(random_events(60_000, seed=5, span_us=300_000))
    real.model = Evk4Model(Replay(events, seed=1))
    real.plug()
    with hw_drivers.open("evk4:") as device:
        OverUsb(real).start(device)
        got = Events.concatenate([p.events for p in take(device, 300)])
    assert got == events


def test_many_transfers_are_in_flight(real):
    real.model = camera(duration_us=1000)
    real.plug()
    with hw_drivers.open("evk4:?transfers=32") as device:
        before = real.submitted
        device.start()
        real.held = True
        assert real.submitted - before >= 32

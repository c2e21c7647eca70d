"""The DVS128, from configuration to requests, events and edges."""

import itertools

import numpy as np
import pytest
from hw_fake_bus import FakeBus, build
from hypothesis import given
from hypothesis import strategies as st

import hw_drivers
from hw_drivers import ConfigError, DeviceDisconnected, Dvs128Biases, Dvs128Config, HardwareError
from hw_drivers.columns import Columns
from hw_drivers.emulators.dvs128 import Dvs128Model
from hw_drivers.emulators.replay import Replay
from hw_drivers.tables import dvs128 as table
from hw_drivers.words.dvs128 import Dvs128Stream, Dvs128Writer
from neuro_kernels import Events, usb

SIZE = (128, 128)
URI = "emulated:dvs128?realtime=0"


def columns_of(seed, n=1000, span_us=300_000):
    random = np.random.default_rng(seed)
    t = np.sort(random.integers(0, span_us, n))
    x, y = (random.integers(0, 128, n).astype(np.uint16) for _ in range(2))
    return Columns(t, x, y, random.integers(0, 2, n).astype(np.uint8))


@given(seed=st.integers(0, 30), cuts=st.lists(st.integers(0, 4000), max_size=6))
def test_cutting_changes_nothing(seed, cuts):
    columns = columns_of(seed)
    data = Dvs128Writer().events(columns).tobytes()
    edges = [0, *sorted(min(c, len(data)) for c in cuts), len(data)]
    stream = Dvs128Stream(SIZE)
    events = Events.concatenate(
        [stream.feed(data[a:b]).events for a, b in itertools.pairwise(edges)]
    )
    assert all(np.array_equal(getattr(events, c), getattr(columns, c)) for c in "txyp")


@given(data=st.binary(max_size=400))
def test_arbitrary_bytes_never_raise(data):
    stream = Dvs128Stream(SIZE)
    for part in (stream.feed(data[:150]), stream.feed(data[150:], after_gap=True)):
        assert (part.events.x < 128).all()
        assert (part.events.y < 128).all()


def test_events_come_through_unchanged(random_events):
    events = random_events(5000, seed=1, size=SIZE, span_us=100_000)
    with hw_drivers.emulate("dvs128", events=events, realtime=False) as device:
        got = Events.concatenate([packet.events for packet in device.packets()])
        assert device.health().decode.events == len(events)
    assert got == events


def test_start_up_leaves_the_biases_in_the_camera():
    with hw_drivers.open(f"{URI}&rate=0") as device:
        registers = device.emulator.registers
        assert [registers[i] for i in range(12)] == [bias.value for bias in table.BIASES]
        assert registers[table.REQUEST_PRIMARY] == 1
        assert registers.get(table.REQUEST_START, 0) == 0
        device.start()
        assert registers[table.REQUEST_START] == 1
    assert registers[table.REQUEST_START] == 0


def test_updates_send_only_what_changed():
    with hw_drivers.open(f"{URI}&rate=0") as device:
        before = device.emulator.requests
        device.config = Dvs128Config()
        assert device.emulator.requests == before
        device.config = Dvs128Config(bias=Dvs128Biases(pr=500))
        assert device.emulator.registers[11] == 500
        device.config = Dvs128Config(bias=Dvs128Biases(pr=500), primary=False)
        assert device.emulator.registers[table.REQUEST_PRIMARY] == 0
        assert device.emulator.requests == before + 2
        with pytest.raises(HardwareError, match="cannot be read back"):
            device.update(Dvs128Config(), verify=True).result()


def rates(**biases):
    config = Dvs128Config(bias=Dvs128Biases(**biases))
    with hw_drivers.open(f"{URI}&scene=noise&rate=1e6&duration=20ms", config) as device:
        events = Events.concatenate([packet.events for packet in device.packets()])
    return int((events.p == 1).sum()), int((events.p == 0).sum())


def test_thresholds_follow_the_biases():
    on, off = rates()
    assert rates(diffon=4 * 209996)[0] < 0.8 * on
    assert rates(diffoff=10)[1] < 0.8 * off
    assert rates(pr=20)[0] < 0.8 * on


def test_edges_on_the_trigger_input():
    with hw_drivers.open(f"{URI}&rate=1e5&duration=50ms&trigger_hz=100") as device:
        t = np.concatenate([packet.triggers.t for packet in device.packets()])
    assert t.tolist() == list(range(0, 50_000, 10_000))


def test_restarted_streams_begin_at_zero_again():
    with hw_drivers.open(f"{URI}&rate=1e5") as device:
        for _ in range(2):
            packet = next(device.packets())
            assert packet.events.t[0] < 1000
            device.stop()


@pytest.mark.parametrize("number", range(7))
def test_unplugged_at_every_request(number):
    def session():
        with hw_drivers.open(f"{URI}&duration=5ms&unplug_at_request={number}") as device:
            next(device.packets())
            device.config = Dvs128Config(primary=False)

    with pytest.raises(DeviceDisconnected):
        session()


@pytest.mark.parametrize("fault", ["stall", "silent"])
def test_one_refused_request_is_one_clear_error(fault):
    with pytest.raises(HardwareError) as caught:
        hw_drivers.open(f"{URI}&{fault}=1")
    assert "\n" not in str(caught.value)


def test_values_outside_the_limits_are_refused():
    with pytest.raises(ConfigError):
        Dvs128Biases(pr=1 << 24)


def test_the_same_requests_over_libusb(tmp_path_factory, monkeypatch, random_events):
    library = build(tmp_path_factory.mktemp("libusb"))
    monkeypatch.setenv(usb.ENVIRONMENT, str(library))
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    bus = FakeBus(library)
    bus.identity(vendor=0x152A, product=0x8400, kind=(0xFF, 0), maker="iniVation", name="DVS128")
    events = random_events(3000, seed=5, size=SIZE)
    bus.model = Dvs128Model(Replay(events))
    bus.held = True
    got = []
    with hw_drivers.open("dvs128:") as device:
        device.start()
        bus.held = False
        for packet in device.packets():
            got.append(packet.events)
            if sum(map(len, got)) == len(events):
                break
    assert Events.concatenate(got) == events

"""What holds for every iniVation camera, and what tells them apart."""

import numpy as np
import pytest
from hw_fake_bus import FakeBus, build

import hw_drivers
from hw_drivers import (
    ConfigError,
    Davis240Biases,
    Davis240Config,
    Davis240Events,
    Davis240Frames,
    DavisImu,
    DeviceDisconnected,
    DvxBiases,
    DvxplorerConfig,
    DvxplorerLiteConfig,
    HardwareError,
    ProtocolError,
    PulseGenerator,
)
from hw_drivers.devices import DRIVERS
from hw_drivers.devices.dvxplorer import bias_parameters, crop_parameters
from hw_drivers.emulators.davis240 import Davis240Model
from hw_drivers.emulators.dvxplorer import DvxplorerLiteModel
from hw_drivers.emulators.faults import Faults
from hw_drivers.emulators.replay import Replay
from hw_drivers.tables import davis240
from hw_drivers.tables import dvxplorer as dvx
from hw_drivers.tables import inivation as table
from hw_drivers.transport.in_process import InProcessTransport
from neuro_kernels import Events, usb

DEVICES = ["davis346", "davis240", "dvxplorer", "dvxplorer_lite"]


def in_order(events):
    return events[np.lexsort((events.y, events.p, events.x, events.t))]


def played(name, events, config=None, **options):
    with hw_drivers.emulate(
        name, events=events, config=config, realtime=False, **options
    ) as device:
        parts = [packet.events for packet in device.packets()]
    return Events.concatenate([Events.empty(events.size), *parts])


@pytest.mark.parametrize("name", DEVICES)
def test_events_come_through_unchanged(random_events, name):
    events = in_order(random_events(5000, seed=4, size=DRIVERS[name].size, span_us=100_000))
    assert in_order(played(name, events)) == events


@pytest.mark.parametrize("name", [*DEVICES, "dvs128"])
@pytest.mark.parametrize("silence_us", [40_000, 3_000_000, 4000 * 0x8000])
def test_silence_of_any_number_of_wraps_is_kept(name, silence_us):
    # A driver that takes a wrap word for one wrap lets the time slip after each silence.
    events = Events([100, 100 + silence_us], [1, 2], [3, 4], [1, 0], size=DRIVERS[name].size)
    with hw_drivers.emulate(name, events=events, realtime=False) as device:
        model = device.emulator
        model._slice_us = silence_us  # one step of the model over the whole silence
        device.start()
        parts = [packet.events for packet in device.packets()]
    assert Events.concatenate(parts) == events


@pytest.mark.parametrize("name", [*DEVICES, "dvs128"])
def test_times_live_as_long_as_the_stream_and_not_as_one_packet(name):
    # 32-bit times wrap after 71 minutes; words of 15 bits after 33 ms.
    t = [0, 1 << 32, (1 << 32) + 5]
    events = Events(t, [1, 2, 3], [3, 4, 5], [1, 0, 1], size=DRIVERS[name].size)
    with hw_drivers.emulate(name, events=events, realtime=False) as device:
        device.emulator._slice_us = 1 << 30
        got = [int(t) for packet in device.packets() for t in packet.events.t]
    shift = got[0]
    assert [t - shift for t in got] == t


@pytest.mark.parametrize("name", [*DEVICES, "dvs128"])
@pytest.mark.parametrize("number", [0, 2, 9])
def test_unplugged_at_every_phase(name, number):
    def session():
        uri = f"emulated:{name}?realtime=0&duration=5ms&unplug_at_request={number}"
        with hw_drivers.open(uri) as device:
            for _ in device.packets():
                pass
            device.stop()
            device.start()
            device.stop()
            device.start()

    with pytest.raises(DeviceDisconnected):
        session()


def test_each_chip_is_opened_by_its_own_driver(random_events):
    events = random_events(10, size=(240, 180))
    for model, name, other in (
        (Davis240Model(Replay(events)), "davis346", "davis240"),
        (DvxplorerLiteModel(Replay(events)), "dvxplorer", "dvxplorer_lite"),
    ):
        driver = DRIVERS[name]
        info = hw_drivers.DeviceInfo(uri=f"{name}:", name="", kind="usb", size=driver.size)
        transport = InProcessTransport(model, realtime=False)
        with pytest.raises(ProtocolError, match=f"open it as {other}:"):
            driver.load("device")(transport, info, driver.load("config")())


def get(device, parameter):
    return device.emulator.get(parameter)


def test_davis240_parameters():
    config = Davis240Config(
        bias=Davis240Biases(onbn=100_000), frames=Davis240Frames(enabled=True), imu=DavisImu()
    )
    with hw_drivers.open("emulated:davis240?realtime=0&rate=0", config) as device:
        assert device.size == (240, 180)
        for bias in davis240.CHIP.biases:
            word = get(device, (table.CHIP, bias.number))
            assert word >> 2 & 1 == (not bias.cascode), bias.name
            if bias.name != "onbn":
                assert (word >> 12 & 7, word >> 4 & 0xFF) == (bias.coarse, bias.fine)
        for parameter, value in davis240.CHIP.set_up:
            assert get(device, parameter) == value
        assert device.emulator.requests < 30


def test_davis240_frames_show_what_the_sensor_sees():
    config = Davis240Config(frames=Davis240Frames(enabled=True, exposure_us=3000))
    with hw_drivers.open("emulated:davis240?realtime=0&rate=1e4&duration=50ms", config) as device:
        frames = [frame for packet in device.packets() for frame in packet.frames]
        assert len(frames) == 2
        for frame in frames:
            assert frame.pixels.shape == (180, 240)
            assert (frame.pixels >> 6 == device.emulator.picture(frame.start_us)).all()


def test_davis240_region_and_limits(random_events):
    events = in_order(random_events(3000, seed=5, size=(240, 180)))
    got = played("davis240", events, Davis240Config(events=Davis240Events(roi=(10, 20, 30, 40))))
    keep = (events.x >= 10) & (events.x < 40) & (events.y >= 20) & (events.y < 60)
    assert in_order(got) == events[keep]
    with pytest.raises(ConfigError, match="240 x 180"):
        Davis240Events(roi=(0, 0, 241, 10))
    with pytest.raises(ConfigError):
        Davis240Events(pixels=((240, 0),))


def test_the_lite_sensor_is_halved_before_it_sends():
    with hw_drivers.open("emulated:dvxplorer_lite?realtime=0&duration=5ms") as device:
        assert device.size == (320, 240)
        assert get(device, dvx.SUBSAMPLING) == 0b001001
        assert sum(len(packet.events) for packet in device.packets()) > 0
    with pytest.raises(ConfigError, match="320 x 240"):
        DvxplorerLiteConfig(roi=(0, 0, 640, 480))


@pytest.mark.parametrize("name", ["dvxplorer", "dvxplorer_lite"])
@pytest.mark.parametrize("roi", [(3, 5, 20, 2), (0, 0, 1, 1), (7, 7, 9, 2), (100, 96, 50, 8)])
def test_regions_within_one_group_of_rows(random_events, name, roi):
    events = in_order(random_events(8000, seed=6, size=(160, 120)))
    events = Events(events.t, events.x, events.y, events.p, size=DRIVERS[name].size)
    config = DRIVERS[name].load("config")(roi=roi)
    x, y, width, height = roi
    keep = (events.x >= x) & (events.x < x + width) & (events.y >= y) & (events.y < y + height)
    assert in_order(played(name, events, config)) == events[keep]


def test_within_one_group_the_mask_of_the_end_holds_both_bounds():
    registers = crop_parameters((0, 10, 8, 3))
    assert registers[dvx.CROP_Y_START_MASK] == 0xFF
    assert registers[dvx.CROP_Y_END_MASK] == 0b0001_1100


def test_steps_of_biases_stay_in_their_registers():
    # Steps above 8 lie in the upper range as 0 to 8; a floor in place of a ceiling sends 17 as 17.
    for step in range(18):
        registers = bias_parameters(DvxBiases(on=step, off=step, amp=min(step, 8)))
        assert registers[dvx.BIAS_ON] <= 8
        assert registers[dvx.BIAS_OFF] <= 8
        assert registers[dvx.BIAS_AMP] <= 8
    with pytest.raises(ConfigError):
        DvxBiases(amp=9)


def test_updates_of_a_running_dvxplorer_take_effect():
    with hw_drivers.open("emulated:dvxplorer?realtime=0&scene=noise&rate=1e6") as device:
        packets = device.packets()
        before = len(next(packets).events)
        device.config = DvxplorerConfig(bias=DvxBiases(on=17, off=17), roi=(0, 0, 320, 480))
        after = next(packets).events
        assert len(after) < before / 2
        assert after.x.max() < 320


@pytest.mark.parametrize("patch", [0, 1, 4, 9])
def test_any_patch_of_the_logic_is_accepted(monkeypatch, patch):
    from hw_drivers.emulators import dvxplorer as model

    monkeypatch.setitem(model.AFTER_POWER_ON, table.SYSTEM_LOGIC_PATCH, patch)
    with hw_drivers.open("emulated:dvxplorer?realtime=0&rate=0") as device:
        assert device.info.firmware == f"logic 18.{patch}"


@pytest.mark.parametrize("name", DEVICES)
def test_driving_prints_nothing(name, capfd):
    with hw_drivers.open(f"emulated:{name}?realtime=0&duration=3ms") as device:
        for _ in device.packets():
            pass
    assert capfd.readouterr() == ("", "")


def test_verified_updates_name_the_parameter_that_does_not_hold(monkeypatch):
    with hw_drivers.open("emulated:dvxplorer?realtime=0&rate=0") as device:
        good = device.emulator.get
        monkeypatch.setattr(device._logic, "get", lambda p: 99 if p == dvx.BIAS_AMP else good(p))
        with pytest.raises(HardwareError, match="holds 99 after 2"):
            device.update(DvxplorerConfig(bias=DvxBiases(amp=2)), verify=True).result()


@pytest.mark.parametrize("name", DEVICES)
def test_pulses_of_the_trigger_output_come_back_as_edges(name):
    pulses = PulseGenerator(enabled=True, interval_us=3000, length_us=700)
    config = DRIVERS[name].load("config")(trigger_out=pulses)
    uri = f"emulated:{name}?realtime=0&rate=1e5&duration=20ms&trigger_hz=100"
    with hw_drivers.open(uri, config) as device:
        triggers = [packet.triggers for packet in device.packets()]
        device.stop()
        assert get(device, table.EXTERNAL_GENERATOR_RUN) == 0
    t, number, value = (
        np.concatenate([getattr(part, column) for part in triggers])
        for column in ("t", "id", "value")
    )
    assert t[(number == 2) & (value == 1)].tolist() == list(range(0, 20_000, 3000))
    assert t[(number == 2) & (value == 0)].tolist() == list(range(700, 20_000, 3000))
    assert t[number == 0].tolist() == list(range(0, 20_000, 5000))


def test_pulses_are_refused_where_there_is_no_generator(monkeypatch):
    from hw_drivers.emulators import davis as model

    monkeypatch.setitem(model.AFTER_POWER_ON, table.EXTERNAL_HAS_GENERATOR, 0)
    with hw_drivers.open("emulated:davis346?realtime=0&rate=0") as device:
        with pytest.raises(ConfigError, match="no pulse generator"):
            device.config = device.config.replace(trigger_out=PulseGenerator(enabled=True))
        assert device.config.trigger_out.enabled is False


def test_a_pulse_is_shorter_than_its_interval():
    with pytest.raises(ConfigError, match="less than the interval"):
        PulseGenerator(interval_us=100, length_us=100)


@pytest.mark.parametrize(
    ("name", "product", "model"),
    [("davis240", 0x841B, Davis240Model), ("dvxplorer_lite", 0x8419, DvxplorerLiteModel)],
)
def test_the_same_events_over_libusb(
    tmp_path_factory, monkeypatch, random_events, name, product, model
):
    library = build(tmp_path_factory.mktemp("libusb"))
    monkeypatch.setenv(usb.ENVIRONMENT, str(library))
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    bus = FakeBus(library)
    bus.identity(vendor=0x152A, product=product, kind=(0xFF, 0), maker="iniVation", name=name)
    events = in_order(random_events(2000, seed=8, size=DRIVERS[name].size))
    bus.model = model(Replay(events))
    bus.held = True
    got = []
    with hw_drivers.open(f"{name}:") as device:
        device.start()
        bus.held = False
        for packet in device.packets():
            got.append(packet.events)
            if sum(map(len, got)) == len(events):
                break
    assert in_order(Events.concatenate(got)) == events


FAILED_UPDATES = {
    "davis346": {"imu": {"acceleration_g": 16}, "events": {"skip_every": 3}},
    "dvxplorer": {"bias": {"on": 17}, "roi": (8, 9, 100, 100)},
    "dvs128": {"bias": {"pr": 999}, "primary": False},
    "edvs": {"bias": {"pr": 999, "cas": 5}},
}


@pytest.mark.parametrize("name", FAILED_UPDATES)
@pytest.mark.parametrize("later", range(4))
def test_the_update_after_one_that_failed_repairs_what_it_left(name, later):
    usual = DRIVERS[name].load("config")()
    changed = usual.from_dict(usual.to_dict() | {
        key: {**getattr(usual, key).to_dict(), **value} if isinstance(value, dict) else value
        for key, value in FAILED_UPDATES[name].items()
    })  # fmt: skip
    with hw_drivers.open(f"emulated:{name}?realtime=0&rate=0") as device:
        model = device.emulator
        held = dict(model.registers)
        # The request after some of those of the update is refused.
        model._faults = Faults(stall=(model._requests + later,), silent=(model._requests + later,))
        try:
            device.config = changed
        except HardwareError:
            model._faults = Faults()
            device.config = usual
            assert dict(model.registers) == held
            device.config = changed
        model._faults = Faults()
        after = dict(model.registers)
    with hw_drivers.open(f"emulated:{name}?realtime=0&rate=0", changed) as device:
        fresh = dict(device.emulator.registers)
    assert after == fresh

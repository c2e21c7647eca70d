"""The DAVIS 346, from configuration to parameters, events, frames and samples."""

import numpy as np
import pytest
from hw_fake_bus import FakeBus, build

import hw_drivers
from hw_drivers import (
    ConfigError,
    Davis346Biases,
    Davis346Config,
    DavisEvents,
    DavisFrames,
    DavisImu,
    DeviceDisconnected,
    HardwareError,
)
from hw_drivers.emulators.davis346 import Davis346Model
from hw_drivers.emulators.inivation import address_of
from hw_drivers.emulators.replay import Replay
from hw_drivers.tables import davis as currents
from hw_drivers.tables import inivation as table
from hw_drivers.tables.davis346 import CHIP
from neuro_kernels import Events, usb

SIZE = (346, 260)
URI = "emulated:davis346?realtime=0"


def in_order(events):
    return events[np.lexsort((events.x, events.p, events.y, events.t))]


def played(events, config=None, **options):
    with hw_drivers.emulate(
        "davis346", events=events, config=config, realtime=False, **options
    ) as device:
        parts = [packet.events for packet in device.packets()]
        return Events.concatenate([Events.empty(SIZE), *parts]), device


def get(device, parameter):
    return device.emulator.get(parameter)


def test_events_come_through_unchanged(random_events):
    events = in_order(random_events(20_000, seed=1, size=SIZE, span_us=200_000))
    got, device = played(events)
    assert got == events
    assert device.emulator.events_sent == len(events)


def test_silence_longer_than_a_wrap_is_kept():
    events = Events([100, 3_000_000], [1, 2], [3, 4], [1, 0], size=SIZE)
    assert played(events)[0] == events


def test_an_inverted_sensor_gives_the_same_events(random_events):
    events = in_order(random_events(5000, seed=2, size=SIZE))
    from hw_drivers.discovery import DeviceInfo
    from hw_drivers.transport.in_process import InProcessTransport

    model = Davis346Model(Replay(events), inverted=True)
    roi = (10, 20, 200, 100)
    config = Davis346Config(
        events=DavisEvents(roi=roi, pixels=((50, 60),)), frames=DavisFrames(enabled=True)
    )
    info = DeviceInfo(uri="emulated:davis346", name="", kind="emulated", size=SIZE)
    transport = InProcessTransport(model, realtime=False)
    with hw_drivers.Davis346(transport, info, config, emulator=model) as device:
        packets = list(device.packets())
    got = Events.concatenate([p.events for p in packets])
    x, y = events.x, events.y
    keep = (x >= 10) & (x < 210) & (y >= 20) & (y < 120) & ~((x == 50) & (y == 60))
    assert got == events[keep]
    (frame, *_) = (f for p in packets for f in p.frames)
    assert (frame.pixels >> 6 == np.minimum(model.picture(frame.start_us), 1023)).all()


@pytest.mark.parametrize(
    ("config", "keep"),
    [
        (DavisEvents(polarity="on"), lambda e: e.p == 1),
        (DavisEvents(polarity="off"), lambda e: e.p == 0),
        (DavisEvents(skip_every=3), lambda e: np.arange(len(e)) % 4 != 3),
        (DavisEvents(pixels=((5, 6), (7, 8))), lambda e: ~(
            ((e.x == 5) & (e.y == 6)) | ((e.x == 7) & (e.y == 8)))),
        (DavisEvents(enabled=False), lambda e: np.zeros(len(e), bool)),
    ],
)  # fmt: skip
def test_filters_in_the_logic(random_events, config, keep):
    events = in_order(random_events(4000, seed=3, size=SIZE))
    assert played(events, Davis346Config(events=config))[0] == events[keep(events)]


def test_unsigned_events_and_refractory_time():
    events = Events([10, 200, 400, 2000], [1] * 4, [1] * 4, [1, 0, 1, 1], size=SIZE)
    got, _ = played(events, Davis346Config(events=DavisEvents(polarity="unsigned")))
    assert got.p.tolist() == [0, 0, 0, 0]
    got, _ = played(events, Davis346Config(events=DavisEvents(refractory_us=500)))
    assert got.t.tolist() == [10, 2000]


def test_background_filter_keeps_what_has_neighbours():
    events = Events([10, 20, 5000], [5, 6, 100], [5, 5, 100], [1, 1, 1], size=SIZE)
    got, _ = played(events, Davis346Config(events=DavisEvents(background_us=1000)))
    assert got.t.tolist() == [20]


def test_frames_show_what_the_sensor_sees():
    config = Davis346Config(frames=DavisFrames(enabled=True, exposure_us=5000, interval_us=20_000))
    with hw_drivers.open(f"{URI}&rate=1e5&duration=100ms", config) as device:
        packets = list(device.packets())
        frames = [frame for packet in packets for frame in packet.frames]
        assert len(frames) == 5
        for i, frame in enumerate(frames):
            assert (frame.start_us, frame.exposure_end_us) == (i * 20_000, i * 20_000 + 5000)
            assert frame.end_us > frame.exposure_end_us
            assert (frame.pixels >> 6 == device.emulator.picture(frame.start_us)).all()
        assert sum(len(p.events) for p in packets) == device.emulator.events_sent


def test_a_region_of_the_frame():
    roi = (40, 30, 100, 50)
    config = Davis346Config(frames=DavisFrames(enabled=True, roi=roi, global_shutter=False))
    with hw_drivers.open(f"{URI}&rate=0&duration=30ms", config) as device:
        (frame,) = (f for p in device.packets() for f in p.frames)
        picture = device.emulator.picture(frame.start_us)
    assert (frame.x, frame.y, frame.pixels.shape) == (40, 30, (50, 100))
    assert (frame.pixels >> 6 == picture[30:80, 40:140]).all()


@pytest.mark.parametrize(("g", "dps"), [(2, 250), (16, 2000)])
def test_imu_samples_lie_still_under_gravity(g, dps):
    config = Davis346Config(imu=DavisImu(enabled=True, acceleration_g=g, rotation_dps=dps))
    with hw_drivers.open(f"{URI}&rate=1e5&duration=20ms&celsius=41", config) as device:
        packets = list(device.packets())
    t = np.concatenate([p.imu.t for p in packets])
    assert t.tolist() == list(range(0, 20_000, 1000))
    for packet in packets:
        assert packet.imu.acceleration == pytest.approx(
            np.tile([0, 0, 9.80665], (len(packet.imu), 1)), abs=1e-4
        )
        assert packet.imu.rotation[:, 2] == pytest.approx(np.deg2rad(10), rel=0.01)
        assert packet.imu.temperature == pytest.approx(41, abs=0.01)


def test_trigger_edges():
    with hw_drivers.open(f"{URI}&rate=1e5&duration=50ms&trigger_hz=100") as device:
        triggers = [p.triggers for p in device.packets()]
    assert np.concatenate([t.t for t in triggers]).tolist() == list(range(0, 50_000, 5000))
    assert np.concatenate([t.value for t in triggers]).tolist() == [1, 0] * 5


def test_parameters_of_biases_and_start_up():
    with hw_drivers.open(f"{URI}&rate=0") as device:
        for bias in CHIP.biases:
            word = get(device, (table.CHIP, bias.number))
            assert (word >> 12 & 7, word >> 4 & 0xFF) == (bias.coarse, bias.fine), bias.name
            assert word & 0xF == (bias.enabled | bias.n_type << 1 | 0b1100)
        for parameter, value in CHIP.set_up:
            assert get(device, parameter) == value
        assert not any(get(device, run) for run in currents.STOP)
        device.start()
        assert get(device, table.USB_EARLY_PACKET_DELAY) == 1000 * 80
        runs = {run: get(device, run) for run in currents.STOP}
        assert [run for run, on in runs.items() if on] == [
            table.DVS_RUN, table.EXTERNAL_RUN, table.MUX_RUN, table.MUX_TIMESTAMP_RUN,
            table.USB_RUN, table.MUX_CHIP_RUN,
        ]  # fmt: skip
    assert not any(get(device, run) for run in currents.STOP)


def test_updates_write_differences_in_one_request():
    with hw_drivers.open(f"{URI}&rate=0") as device:
        device.start()
        before = device.emulator.requests
        device.config = Davis346Config()
        assert device.emulator.requests == before
        device.config = Davis346Config(
            bias=Davis346Biases(onbn=100_000, offbn=50),
            frames=DavisFrames(enabled=True, exposure_us=100),
        )
        assert device.emulator.requests == before + 1
        assert get(device, table.APS_EXPOSURE) == 3000
        assert get(device, table.APS_RUN) == 1
        device.update(Davis346Config(), verify=True).result()
        assert get(device, table.APS_RUN) == 0


def test_open_takes_few_round_trips():
    with hw_drivers.open(f"{URI}&rate=0") as device:
        assert device.emulator.requests < 25


def rate(**currents):
    config = Davis346Config(bias=Davis346Biases(**currents))
    with hw_drivers.open(f"{URI}&scene=noise&rate=1e6&duration=20ms", config) as device:
        events = Events.concatenate([p.events for p in device.packets()])
    return int((events.p == 1).sum()), int((events.p == 0).sum())


def test_thresholds_follow_the_bias_currents():
    on, off = rate()
    assert rate(onbn=4 * 387500)[0] < 0.8 * on
    assert rate(onbn=387500 / 10)[0] > 1.5 * on
    assert rate(offbn=20)[1] < 0.8 * off
    assert rate(prbp=50)[0] < 0.8 * on


@pytest.mark.parametrize("number", range(0, 24, 3))
def test_unplugged_at_every_phase(number):
    def session():
        with hw_drivers.open(f"{URI}&rate=1e5&duration=5ms&unplug_at_request={number}") as device:
            next(device.packets())
            device.config = Davis346Config(events=DavisEvents(skip_every=2))

    with pytest.raises(DeviceDisconnected):
        session()


@pytest.mark.parametrize("fault", ["stall", "torn", "silent"])
@pytest.mark.parametrize("number", [0, 5, 12])
def test_one_bad_answer_is_one_clear_error(fault, number):
    with pytest.raises(HardwareError) as caught:
        hw_drivers.open(f"{URI}&{fault}={number}")
    assert "\n" not in str(caught.value)


def test_another_logic_version_is_refused(monkeypatch):
    from hw_drivers.emulators import davis as model

    monkeypatch.setitem(model.AFTER_POWER_ON, table.SYSTEM_LOGIC_VERSION, 17)
    with pytest.raises(hw_drivers.ProtocolError, match="got 17"):
        hw_drivers.open(URI)


@pytest.mark.parametrize(
    "make",
    [
        lambda: DavisEvents(roi=(0, 0, 347, 10)),
        lambda: DavisEvents(pixels=((1, 1),) * 9),
        lambda: DavisFrames(roi=(-1, 0, 5, 5)),
        lambda: DavisImu(acceleration_g=3),
        lambda: Davis346Biases(onbn=-1),
    ],
)
def test_values_outside_the_limits_are_refused(make):
    with pytest.raises(ConfigError):
        make()


@pytest.mark.parametrize("bias", CHIP.biases, ids=lambda b: b.name)
def test_default_currents_give_the_default_codes(bias):
    assert currents.coarse_fine(bias, currents.current_pa(bias.coarse, bias.fine)) == (
        bias.coarse,
        bias.fine,
    )


def test_currents_are_reached_within_two_percent():
    for picoampere in np.geomspace(10, 2.4e7, 200):
        coarse, fine = currents.coarse_fine(CHIP.biases[0], float(picoampere))
        assert currents.current_pa(coarse, fine) == pytest.approx(picoampere, rel=0.02)


def test_the_same_parameters_over_libusb(tmp_path_factory, monkeypatch, random_events):
    library = build(tmp_path_factory.mktemp("libusb"))
    monkeypatch.setenv(usb.ENVIRONMENT, str(library))
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    bus = FakeBus(library)
    bus.identity(vendor=0x152A, product=0x841A, kind=(0xFF, 0), maker="iniVation", name="DAVIS FX3")
    events = in_order(random_events(3000, seed=5, size=SIZE))
    bus.model = Davis346Model(Replay(events))
    bus.held = True
    config = Davis346Config(imu=DavisImu(enabled=True), frames=DavisFrames(enabled=True))
    got = []
    with hw_drivers.open("davis346:", config) as device:
        device.start()
        bus.held = False
        for packet in device.packets():
            got.append(packet.events)
            if sum(map(len, got)) == len(events):
                break
    assert Events.concatenate(got) == events
    with hw_drivers.open(f"{URI}&rate=0", config) as device:
        device.start()
    assert dict(device.emulator.registers) == dict(bus.model.registers)
    assert address_of(table.APS_ROI) in bus.model.registers

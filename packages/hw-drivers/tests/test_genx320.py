"""The GenX320: registers after each phase, and events as the configuration says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hw_drivers
from hw_drivers import (
    AntiFlicker,
    ConfigError,
    GenX320Biases,
    GenX320Config,
    GenX320Roi,
    GenX320Window,
    HardwareError,
    TrailFilter,
)
from hw_drivers.emulators.genx320_chip import GenX320Chip
from hw_drivers.tables import genx320 as reg
from hw_drivers.tables import genx320_sequences as sequences
from hw_drivers.tables.imx636_sequences import Field, Write
from neuro_kernels import Events, codecs

SIZE = (320, 320)
FULL = GenX320Config(
    bias=GenX320Biases(diff_on=30, refr=10),
    roi=GenX320Roi(
        windows=(GenX320Window(x=10, y=20, width=100, height=50), GenX320Window(x=200, width=40)),
        pixels=((11, 21), (12, 21), (70, 30)),
    ),
    crop=GenX320Window(x=5, y=5, width=300, height=300),
    rate_limit=2e6,
    anti_flicker=AntiFlicker(enabled=True, low_hz=90, high_hz=110),
    trail=TrailFilter(mode="stc_keep_trail", threshold_ms=7),
    trigger_in=False,
)


def quiet(config=None, **options):
    return hw_drivers.emulate("genx320", config=config, realtime=False, rate=0, **options)


def received(device):
    return Events.concatenate([Events.empty(SIZE), *(p.events for p in device.packets())])


def played(events, config=None, **options):
    with hw_drivers.emulate(
        "genx320", events=events, config=config, realtime=False, **options
    ) as device:
        return received(device)


@pytest.fixture
def events(random_events):
    made = random_events(10_000, seed=1, span_us=20_000, size=SIZE)
    return made[np.lexsort((made.x, made.p, made.y, made.t))]


def test_a_recording_comes_through_unchanged(events):
    assert played(events) == events


@pytest.mark.parametrize("start", [2**24 - 100, 2**34 - 5000])
def test_times_beyond_the_words_of_other_formats(random_events, start):
    made = random_events(2000, seed=2, start_us=start, span_us=9000, size=SIZE)
    made = made[np.lexsort((made.x, made.p, made.y, made.t))]
    got = played(made)
    assert np.diff(got.t).tolist() == np.diff(made.t).tolist()


def test_each_phase_leaves_the_registers_of_its_table():
    def walked(*tables):
        values = {}
        for step in (step for table in tables for step in table):
            if isinstance(step, Write):
                values[step.address] = step.value
            elif isinstance(step, Field):
                values[step.address] = values.get(step.address, 0) & ~step.mask | step.value
        return values

    def differing(got, *tables):
        expected = walked(*tables)
        return {hex(a) for a in expected if got.get(a) != expected[a]} - {"0x0"}

    with quiet() as device:
        registers = device.emulator.registers
        assert differing(registers, sequences.INIT) == set()
        assert registers[reg.ROI_CTRL] == 0x2  # windows are programmed: not held, not reset
        device.start()
        assert device.emulator.streaming
        assert registers[reg.ROI_CTRL] == 0xC02
        device.stop()
        assert not device.emulator.streaming
    phases = (sequences.INIT, sequences.START, sequences.STOP, sequences.DESTROY)
    assert differing(registers, *phases) == set()


@pytest.mark.parametrize("bias", reg.BIASES, ids=lambda b: b.name)
def test_biases_are_values_of_seven_bits_in_their_own_registers(bias):
    value = (bias.usual + 3) % 128
    with quiet() as device:
        before = device.emulator.registers[bias.address]
        assert device.factory_biases()[bias.name] == bias.usual
        device.config = GenX320Config(bias=GenX320Biases(**{bias.name: value}))
        after = device.emulator.registers[bias.address]
        assert after == before & ~0x7F | value | reg.BIAS_SINGLE
    for wrong in (-1, 128):
        with pytest.raises(ConfigError, match=bias.name):
            GenX320Biases(**{bias.name: wrong})


def test_every_update_can_be_verified_and_undone():
    with quiet() as device:
        device.update(FULL, verify=True).result()
        device.start()
        device.update(GenX320Config(), verify=True).result()
        device.update(FULL, verify=True).result()
        assert device.emulator.chip.keep_map() is not None
        device.update(GenX320Config(), verify=True).result()
        assert device.emulator.chip.keep_map() is None


@pytest.mark.parametrize(
    "address",
    [0x1104, reg.ROI_WINDOWS, reg.PIXEL_MASK, reg.ERC_TARGET, reg.AFK_PERIOD,
     reg.STC_TIMESTAMPING, reg.CROP_END],
)  # fmt: skip
def test_verify_finds_a_register_that_did_not_take_its_value(address):
    with quiet() as device:
        device.emulator.registers.on_write(range(address, address + 1), lambda a, v: v ^ 1)
        with pytest.raises(HardwareError, match=f"0x{address:X}"):
            device.update(FULL, verify=True).result()


@given(data=st.data())
@settings(max_examples=20)
def test_windows_and_masks_leave_exactly_their_pixels(data):
    random = np.random.default_rng(data.draw(st.integers(0, 99)))
    rectangle = st.tuples(st.integers(0, 300), st.integers(0, 300), st.integers(1, 20),
                          st.integers(1, 20))  # fmt: skip
    drawn = data.draw(st.lists(rectangle, max_size=18))
    windows = tuple(GenX320Window(x=x, y=y, width=w, height=h) for x, y, w, h in drawn)
    mode = data.draw(st.sampled_from(["keep", "drop"]))
    pixels = tuple((int(x), int(y)) for x, y in random.integers(0, 320, (16, 2)))
    keep = np.zeros((320, 320), bool)
    for w in windows:
        keep[w.y : w.y + w.height, w.x : w.x + w.width] = True
    keep = keep if mode == "keep" else ~keep
    if not windows:
        keep[:] = True
    for x, y in pixels:
        keep[y, x] = False
    config = GenX320Config(roi=GenX320Roi(windows=windows, mode=mode, pixels=pixels))
    with quiet(config) as device:
        assert (device.emulator.chip.keep_map() == keep).all()


def test_crop_filters_and_rate_controller_act_on_the_events(events):
    inside = (events.x >= 50) & (events.x < 150) & (events.y >= 60) & (events.y < 260)
    crop = GenX320Window(x=50, y=60, width=100, height=200)
    assert played(events, GenX320Config(crop=crop)) == events[inside]
    limited = played(events, GenX320Config(rate_limit=100e3))
    assert np.bincount(limited.t // reg.ERC_PERIOD_US).max() == 20
    burst = Events([1000, 1500, 1800], [5] * 3, [6] * 3, [1] * 3, size=SIZE)
    for mode, expected in (
        ("trail", [1000]),
        ("stc_cut_trail", [1500]),
        ("stc_keep_trail", [1500, 1800]),
    ):
        config = GenX320Config(trail=TrailFilter(mode=mode, threshold_ms=1))
        assert played(burst, config).t.tolist() == expected
    lamp = np.arange(60) * 5000
    lamp = Events(lamp, [9] * 60, [9] * 60, 1 - np.arange(60) % 2, size=SIZE)
    band = AntiFlicker(enabled=True, low_hz=80, high_hz=120)
    assert 0 < len(played(lamp, GenX320Config(anti_flicker=band))) < 20


def test_limits_are_changed_and_taken_back_while_it_runs():
    with quiet(GenX320Config(rate_limit=1e6)) as device:
        assert device.emulator.registers[reg.ERC_TARGET] == 200
        requests = device.emulator.board.requests
        device.config = GenX320Config(rate_limit=2e6)
        assert device.emulator.board.requests == requests + 1
        assert device.emulator.registers[reg.ERC_TARGET] == 400
        device.config = GenX320Config()
        assert not device.emulator.registers[reg.ERC_DROPPING] & reg.ERC_T_DROPPING


def test_biases_change_the_event_rate_in_the_direction_of_the_data_sheet():
    def rates(**biases):
        config = GenX320Config(bias=GenX320Biases(**biases))
        uri = "emulated:genx320?realtime=0&scene=noise&rate=2e6&duration=10ms"
        with hw_drivers.open(uri, config) as device:
            p = received(device).p
        return int((p == 1).sum()), int((p == 0).sum())

    on, off = rates()
    assert rates(diff_on=56)[0] < 0.7 * on
    assert rates(diff_on=56)[1] == pytest.approx(off, rel=0.1)
    assert rates(diff_off=50)[1] < 0.8 * off
    assert sum(rates(fo=39)) > 1.2 * (on + off)


def test_trigger_edges_and_their_switch():
    uri = "emulated:genx320?realtime=0&rate=1e6&duration=40ms&trigger_hz=100"
    with hw_drivers.open(uri) as device:
        packets = list(device.packets())
        t = np.concatenate([p.triggers.t for p in packets])
        assert t.tolist() == [5000 * k for k in range(8)]
        assert sum(len(p.events) for p in packets) == device.emulator.events_sent
        device.config = GenX320Config(trigger_in=False)
        assert sum(len(p.triggers) for p in device.packets()) == 0


@pytest.mark.parametrize(
    ("clock", "time_base", "plug"),
    [("internal", 0x195, 0), ("primary", 0x19F, 0), ("secondary", 0x19B, 0x11)],
)
def test_clock_registers(clock, time_base, plug):
    with quiet(GenX320Config(clock=clock)) as device:
        device.start()
        assert device.emulator.registers[reg.TIME_BASE_CTRL] == time_base
        assert device.emulator.registers[reg.IO_CTRL] & 0x11 == plug
        assert device.emulator.streaming == (clock != "secondary")


def test_synchronised_with_another_kind_of_camera():
    query = "clock=mixed&realtime=0&rate=1e5&trigger_hz=500&duration=40ms"
    uris = [f"emulated:evk4?{query}", f"emulated:genx320?{query}&drift_ppm=400"]
    with hw_drivers.open_synchronized(uris, verify=True) as rig:
        assert rig.report.cameras[1].max_offset_us == 0
        both = next(rig.packets())
    assert [e.size for e in both.events] == [(1280, 720), SIZE]


@pytest.mark.parametrize("celsius", [-10.0, 61.5])
def test_thermometer(celsius):
    with quiet(celsius=celsius) as device:
        assert device.temperature() == pytest.approx(celsius, abs=0.15)
        assert device.temperature() == pytest.approx(celsius, abs=0.15)


def test_recordings_say_their_format(tmp_path, events):
    with (
        hw_drivers.emulate("genx320", events=events, realtime=False) as device,
        device.record(tmp_path / "a.raw"),
    ):
        received(device)
    header, _, payload = (tmp_path / "a.raw").read_bytes().partition(b"% end\n")
    assert b"% format EVT21;height=320;width=320\n" in header
    assert b"% endianness little\n" in header
    assert codecs.decode("evt21", payload, size=SIZE, layout="little")[0] == events


def test_later_silicon_is_refused_with_the_reason(monkeypatch):
    monkeypatch.setattr(GenX320Chip, "read", lambda self, address: 0xB0602003)
    with pytest.raises(hw_drivers.ProtocolError, match="0xB0602003; the start-up of later silicon"):
        quiet()


@pytest.mark.parametrize(
    "make",
    [
        lambda: GenX320Window(x=200, width=200),
        lambda: GenX320Roi(windows=(GenX320Window(),) * 19),
        lambda: GenX320Roi(pixels=tuple((0, y) for y in range(17))),
        lambda: GenX320Roi(pixels=((320, 0),)),
        lambda: GenX320Config(rate_limit=1e12),
    ],
)
def test_values_that_cannot_be_are_refused(make):
    with pytest.raises(ConfigError):
        make()


@pytest.mark.parametrize("request_number", range(0, 90, 9))
def test_unplugged_while_it_is_opened(request_number):
    with pytest.raises(hw_drivers.DeviceDisconnected, match="emulated:genx320"):
        quiet(FULL, unplug_at_request=request_number)


@pytest.mark.parametrize("option", [{"torn_words": True}, {"zero_length_every": 2}])
def test_torn_words_and_empty_transfers_lose_nothing(events, option):
    assert played(events, **option) == events

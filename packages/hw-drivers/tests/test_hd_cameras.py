"""What EVK4, EVK3 HD and EVK2 share, and where their boards and sensors differ."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hw_drivers
from hw_drivers import (
    AntiFlicker,
    ConfigError,
    Evk2Config,
    Evk3Biases,
    Evk3Config,
    Evk4Biases,
    Evk4Config,
    HardwareError,
    Roi,
    TrailFilter,
    TriggerOut,
    Window,
)
from hw_drivers.tables import evk2, gen41
from hw_drivers.tables import imx636_filters as filters
from hw_drivers.tables import imx636_registers as reg
from hw_drivers.tables.hd_sensors import EVK2_IMX636, EVK3_GEN41, EVK4_IMX636
from hw_drivers.tables.imx636_sequences import Field, Write
from neuro_kernels import Events, codecs

SIZE = (1280, 720)
CONFIGS = {"evk4": Evk4Config, "evk3": Evk3Config, "evk2": Evk2Config}
FAMILY = pytest.mark.parametrize("key", CONFIGS)


def quiet(key, config=None, **options):
    return hw_drivers.emulate(key, config=config, realtime=False, rate=0, **options)


def received(device):
    return Events.concatenate([Events.empty(SIZE), *(p.events for p in device.packets())])


def unique(events):
    return events[np.lexsort((events.x, events.p, events.y, events.t))]


def full(config_type, **changes):
    return config_type(
        roi=Roi(window=Window(x=100, y=50, width=700, height=400), rows=(60,), pixels=((200, 70),)),
        rate_limit=2e6,
        anti_flicker=AntiFlicker(enabled=True, low_hz=90, high_hz=110),
        trail=TrailFilter(mode="stc_cut_trail", threshold_ms=7),
        trigger_in=False,
        **changes,
    )


@FAMILY
def test_identity_and_sensor_number(key):
    with quiet(key) as device:
        assert device.info.firmware == "3.9.0"
        assert device.size == SIZE
        base = evk2.SENSOR_BASE if key == "evk2" else 0
        expected = 0xA0301003 if key == "evk3" else 0xA0401806
        assert device.emulator.registers[base + 0x14] == expected


@FAMILY
def test_a_recording_comes_through_unchanged(key, random_events):
    events = unique(random_events(5000, seed=1, span_us=20_000))
    with hw_drivers.emulate(key, events=events, realtime=False) as device:
        assert received(device) == events


@FAMILY
def test_masks_leave_the_same_pixels_silent(key, random_events):
    events = unique(random_events(20_000, seed=2, span_us=10_000))
    roi = Roi(window=Window(x=100, y=50, width=700, height=400), rows=(60,), pixels=((200, 70),))
    config = CONFIGS[key](roi=roi)
    with hw_drivers.emulate(key, events=events, realtime=False, config=config) as device:
        got = received(device)
    keep = (events.x >= 100) & (events.x < 800) & (events.y >= 50) & (events.y < 450)
    keep &= (events.y != 60) & ~((events.x == 200) & (events.y == 70))
    assert got == events[keep]


@FAMILY
def test_every_update_can_be_verified_and_undone(key):
    config = full(CONFIGS[key])
    with quiet(key) as device:
        before = dict(device.emulator.registers)
        device.update(config, verify=True).result()
        assert dict(device.emulator.registers) != before
        device.update(CONFIGS[key](), verify=True).result()
        after = dict(device.emulator.registers)
        base = EVK2_IMX636.base if key == "evk2" else 0
        for address in (reg.COLUMN_MASK, reg.ROW_MASK, reg.PIXEL_MASK, reg.ROI_CTRL):
            assert after.get(base + address, 0) == before.get(base + address, 0)


@FAMILY
@pytest.mark.parametrize(
    "address", [reg.ERC_TARGET_EVENT_RATE, filters.STC_PARAM, filters.AFK_PERIOD, reg.ROW_MASK]
)
def test_verify_finds_a_register_that_did_not_take_its_value(key, address):
    with quiet(key) as device:
        device.emulator.chip.registers.on_write(range(address, address + 1), lambda a, v: v ^ 4)
        base = EVK2_IMX636.base if key == "evk2" else 0
        with pytest.raises(HardwareError, match=f"0x{base + address:X}"):
            device.update(full(CONFIGS[key]), verify=True).result()


@FAMILY
def test_rate_controller_and_recording(key, tmp_path):
    config = CONFIGS[key](rate_limit=1e6)
    uri = f"emulated:{key}?realtime=0&scene=noise&rate=10e6&duration=10ms"
    with hw_drivers.open(uri, config) as device, device.record(tmp_path / "a.raw"):
        events = received(device)
    assert np.bincount(events.t // 200).max() == 200
    header, _, payload = (tmp_path / "a.raw").read_bytes().partition(b"% end\n")
    assert b"% geometry 1280x720" in header
    generation = {"evk4": "4.2", "evk3": "4.1", "evk2": "4.2"}[key]
    assert f"% generation {generation}".encode() in header
    assert codecs.decode("evt3", payload, size=SIZE)[0] == events


@FAMILY
def test_an_older_board_gets_one_register_for_each_write(key):
    config = full(CONFIGS[key])
    with quiet(key, config) as new, quiet(key, config, single_writes=True) as old:
        assert dict(old.emulator.registers) == dict(new.emulator.registers)
        assert old.emulator.board.requests > 2 * new.emulator.board.requests
    with pytest.raises(HardwareError, match="refused"):
        quiet(key, single_writes=True, fail=(5,))


@FAMILY
def test_the_burst_start_up_takes_few_round_trips(key):
    with quiet(key) as device:
        assert device.health().control_requests == device.emulator.board.requests < 110


def walked(*tables):
    """Registers that walking the tables one step at a time leaves."""
    values: dict[int, int] = {}
    for step in (step for table in tables for step in table):
        if isinstance(step, Write):
            values[step.address] = step.value
        elif isinstance(step, Field):
            values[step.address] = values.get(step.address, 0) & ~step.mask | step.value
    return values


@pytest.mark.parametrize(
    ("key", "sensor", "changed"),
    [
        # Registers that change by themselves, or that the driver sets to its defaults.
        ("evk3", EVK3_GEN41, {reg.ROI_CTRL}),
        ("evk2", EVK2_IMX636, {evk2.SENSOR_BASE + reg.ROI_CTRL}),
    ],
)
def test_each_phase_leaves_the_registers_of_its_table(key, sensor, changed):
    def agree(got, *tables):
        expected = walked(*tables)
        return {hex(a) for a in set(expected) - changed if got.get(a) != expected[a]}

    with quiet(key) as device:
        registers = device.emulator.registers
        assert agree(registers, sensor.init) == set()
        device.start()
        assert device.emulator.streaming
        assert agree(registers, sensor.init, sensor.start) == set()
        device.stop()
        assert not device.emulator.streaming
    phases = (sensor.init, sensor.start, sensor.stop, sensor.destroy)
    assert agree(registers, *phases) == set()


# EVK4


def test_trigger_output_is_refused_where_the_board_has_none():
    with pytest.raises(ConfigError, match=r"no trigger output.*Evk2Config"):
        Evk4Config(trigger_out=TriggerOut(enabled=True))


@pytest.mark.parametrize("key", ["evk4", "evk3"])
def test_the_older_format_carries_the_same_events_and_edges(key, random_events, tmp_path):
    events = unique(random_events(5000, seed=3, start_us=2**24 - 5000, span_us=20_000))
    got = {}
    for words in ("evt3", "evt2.1"):
        config = CONFIGS[key](format=words)
        with hw_drivers.emulate(
            key, events=events, realtime=False, config=config, trigger_hz=500
        ) as device:
            with device.record(tmp_path / "a.raw"):
                packets = list(device.packets())
            t = np.concatenate([p.triggers.t for p in packets])
            v = np.concatenate([p.triggers.value for p in packets])
        got[words] = Events.concatenate([p.events for p in packets]), t.tolist(), v.tolist()
    assert len(got["evt3"][1]) >= 20
    assert got["evt3"] == got["evt2.1"]
    header, _, payload = (tmp_path / "a.raw").read_bytes().partition(b"% end\n")
    assert b"format EVT21;endianness=legacy;height=720;width=1280" in header
    assert len(codecs.decode("evt21", payload, size=SIZE, layout="legacy")[0]) == len(events)


def test_the_format_cannot_change_while_the_camera_sends():
    with quiet("evk4") as device:
        device.start()
        with pytest.raises(ConfigError, match=r"stop\(\)"):
            device.config = Evk4Config(format="evt2.1")
        device.stop()
        device.config = Evk4Config(format="evt2.1")
        assert device.emulator.registers[reg.OUTPUT_CTRL] & reg.OUTPUT_WORDS == 0
        device.config = Evk4Config()
        assert device.emulator.registers[reg.OUTPUT_CTRL] == 0x1E085


def test_several_windows():
    side_by_side = Roi(windows=(Window(x=0, width=100), Window(x=300, width=50)))
    with quiet("evk4", Evk4Config(roi=side_by_side)) as device:
        keep = device.emulator.chip.keep_map()
    columns = np.zeros(1280, bool)
    columns[:100] = columns[300:350] = True
    assert (keep == columns[None, :]).all()
    corners = (Window(width=10, height=10), Window(x=20, y=20, width=10, height=10))
    with pytest.raises(ConfigError, match="200 pixels outside"):
        Roi(windows=corners)
    with quiet("evk4", Evk4Config(roi=Roi(windows=corners, grid=True))) as device:
        assert device.emulator.chip.keep_map().sum() == 400
    dropped = Roi(window=corners[0], windows=(corners[1],), grid=True, mode="drop")
    with quiet("evk4", Evk4Config(roi=dropped)) as device:
        assert (~device.emulator.chip.keep_map()).sum() == 400


@given(
    x=st.integers(0, 1279),
    y=st.integers(0, 719),
    origin=st.sampled_from(["top-left", "top-right", "bottom-left", "bottom-right"]),
)
def test_coordinates_may_count_from_any_corner(x, y, origin):
    window = Window(x=x, y=y, width=min(5, 1280 - x), height=min(7, 720 - y))
    config = Evk4Config(
        roi=Roi(window=window, columns=(x,), rows=(y,), pixels=((x, y),)), crop=window,
        origin=origin,
    )  # fmt: skip
    sensor = config.in_sensor_coordinates()
    mask = np.zeros((720, 1280), bool)
    mask[y : y + window.height, x : x + window.width] = True
    mask = mask[::-1] if "bottom" in origin else mask
    mask = mask[:, ::-1] if "right" in origin else mask
    rows, columns = np.nonzero(mask)
    assert (
        sensor.roi.window
        == sensor.crop
        == Window(x=int(columns.min()), y=int(rows.min()), width=window.width, height=window.height)
    )
    (pixel,) = sensor.roi.pixels
    assert pixel == (sensor.roi.columns[0], sensor.roi.rows[0])
    assert mask[pixel[1], pixel[0]]
    assert sensor.in_sensor_coordinates() == sensor
    assert sensor.replace(origin=origin).in_sensor_coordinates() == config.replace(
        origin="top-left"
    )


def test_the_corner_reaches_the_registers():
    config = Evk4Config(roi=Roi(rows=(0,), pixels=((0, 0),)), origin="bottom-right")
    with quiet("evk4", config) as device:
        registers = device.emulator.registers
        assert registers[reg.ROW_MASK + 4 * 22] == reg.ROW_MASK_LAST_RESERVED | 1 << 15
        assert registers[reg.PIXEL_MASK] == 1 << 31 | 719 << 16 | 1279


# EVK3 HD


@pytest.mark.parametrize("bias", gen41.BIASES, ids=lambda b: b.name)
def test_biases_of_the_gen41_are_values(bias):
    value = bias.usual + (5 if bias.name != "diff" else 2)
    with quiet("evk3", Evk3Config(bias=Evk3Biases(**{bias.name: value}))) as device:
        assert device.emulator.registers[bias.address] == 0x11A10000 | value
        assert device.factory_biases()[bias.name] == bias.usual
        device.config = Evk3Config()
        assert device.emulator.registers[bias.address] & 0xFF == bias.usual


@pytest.mark.parametrize(
    "make",
    [
        lambda: Evk3Biases(diff_on=94),
        lambda: Evk3Biases(diff_off=66),
        lambda: Evk3Biases(diff=101),
        lambda: Evk3Biases(fo=256),
        lambda: Evk3Config(trail=TrailFilter(mode="stc_keep_trail")),
    ],
)
def test_values_that_the_gen41_cannot_take_are_refused(make):
    with pytest.raises(ConfigError):
        make()


def test_more_contrast_means_fewer_events_on_the_gen41():
    def rates(**biases):
        config = Evk3Config(bias=Evk3Biases(**biases))
        uri = "emulated:evk3?realtime=0&scene=noise&rate=2e6&duration=10ms"
        with hw_drivers.open(uri, config) as device:
            p = received(device).p
        return int((p == 1).sum()), int((p == 0).sum())

    on, off = rates()
    assert rates(diff_on=150)[0] < 0.7 * on
    assert rates(diff_off=20)[1] < 0.7 * off


def test_masks_that_another_program_left_are_taken_back_at_the_start():
    from hw_drivers.emulators.evk3 import Evk3Model

    init = Evk3Model.__init__

    def used(self, *args, **options):
        init(self, *args, **options)
        self.chip.registers.on_write(range(0x1C, 0x1D), lambda address, value: 0)  # no reset
        self.chip.registers.write(reg.COLUMN_MASK + 8, 0xFFFF)
        self.chip.registers.write(reg.PIXEL_MASK + 8, 1 << 31)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Evk3Model, "__init__", used)
        with quiet("evk3") as device:
            assert device.emulator.chip.keep_map() is None


def test_the_temperature_of_the_gen41_is_not_guessed():
    with quiet("evk3") as device:
        with pytest.raises(HardwareError, match="not known"):
            device.temperature()
        assert device.illuminance() == pytest.approx(500, rel=0.05)


def test_the_burst_filter_of_the_gen41_leaves_bits_it_does_not_know():
    config = Evk3Config(trail=TrailFilter(mode="stc_cut_trail", threshold_ms=10))
    with quiet("evk3", config) as device:
        got = device.emulator.registers
        assert got[filters.STC_PARAM] == 10_000 << 1 | 1
        before = filters.AFTER_RESET[filters.STC_TIMESTAMPING]
        assert got[filters.STC_TIMESTAMPING] == before & ~0x1FF | 9 << 5 | 13


# EVK2


def test_trigger_output_and_loopback():
    config = Evk2Config(
        trigger_out=TriggerOut(enabled=True, period_us=1000, duty_cycle=25), trigger_loopback=True
    )
    with hw_drivers.emulate(
        "evk2", config=config, realtime=False, rate=1e5, duration=0.004, trigger_hz=500
    ) as device:
        registers = device.emulator.registers
        assert registers[evk2.TRIGGER_OUT_PERIOD] == 1000
        assert registers[evk2.TRIGGER_OUT_WIDTH] == 250
        assert registers[evk2.IO_CONTROL] == evk2.SYNC_OUT_TRIGGER | evk2.SYNC_OUT_EN_HSIDE
        packets = list(device.packets())
        triggers = [p.triggers for p in packets]
        rows = [
            tuple(map(int, r)) for tr in triggers for r in zip(tr.t, tr.id, tr.value, strict=True)
        ]
        loop = [(t, v) for t, channel, v in rows if channel == 3]
        main = [(t, v) for t, channel, v in rows if channel == 1]
        assert loop == [(1000 * k + d, v) for k in range(4) for d, v in ((0, 1), (250, 0))]
        assert main == [(0, 1), (1000, 0), (2000, 1), (3000, 0)]
        device.config = Evk2Config(trigger_in=False)
        assert registers[evk2.TRIGGER_OUT_ENABLE] == 0
        assert registers[evk2.IO_CONTROL] & evk2.SYNC_OUT_EN_HSIDE == 0
        assert sum(len(p.triggers) for p in device.packets()) == 0


@pytest.mark.parametrize(
    ("clock", "control", "plug"),
    [("internal", 0x4F, 0), ("primary", 0x6F, 1 << 5), ("secondary", 0x57, 0)],
)
def test_time_base_of_the_board(clock, control, plug):
    with quiet("evk2", Evk2Config(clock=clock)) as device:
        device.start()
        assert device.emulator.registers[evk2.TIME_BASE_CONTROL] == control
        assert device.emulator.registers.get(evk2.IO_CONTROL, 0) == plug
        assert device.emulator.streaming == (clock != "secondary")


def test_what_an_evk2_cannot_do_is_refused():
    with pytest.raises(ConfigError, match="primary"):
        Evk2Config(clock="primary", trigger_out=TriggerOut(enabled=True))
    with pytest.raises(ConfigError, match="crop"):
        Evk2Config(crop=Window(x=1, y=1, width=2, height=2))


def test_another_board_with_the_same_numbers_is_refused(monkeypatch):
    from hw_drivers.emulators.evk2 import Evk2Board

    monkeypatch.setattr(Evk2Board, "read", lambda self, address: 0x27)
    with pytest.raises(hw_drivers.ProtocolError, match="got 0x27"):
        quiet("evk2")


def test_factory_offsets_are_those_of_the_sensor_behind_the_board():
    config = Evk2Config(bias=Evk4Biases(diff_on=10))
    with quiet("evk2", config, factory={"diff_on": 0x60}) as device:
        assert device.emulator.registers[evk2.SENSOR_BASE + 0x1010] == 0x11A1006A
        assert device.temperature() == pytest.approx(35, abs=0.2)


def test_the_sensors_differ_in_what_tells_them_apart():
    texts = [set(s.compatible) for s in (EVK4_IMX636, EVK3_GEN41, EVK2_IMX636)]
    assert not texts[0] & texts[1] | texts[0] & texts[2] | texts[1] & texts[2]

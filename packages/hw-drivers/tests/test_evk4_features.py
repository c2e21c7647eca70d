"""Filters, crop, triggers, clocks and instruments of the EVK4, from configuration to events."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hw_drivers
from hw_drivers import AntiFlicker, ConfigError, Evk4Config, TrailFilter, Window
from hw_drivers.columns import Columns
from hw_drivers.emulators.imx636_filters import BurstFilter
from hw_drivers.tables import imx636_filters as reg
from neuro_kernels import Events

SIZE = (1280, 720)
QUIET = "emulated:evk4?realtime=0&rate=0"


def played(events, config):
    with hw_drivers.emulate("evk4", events=events, config=config, realtime=False) as device:
        parts = [packet.events for packet in device.packets()]
    return Events.concatenate([Events.empty(SIZE), *parts])


def registers(config):
    with hw_drivers.open(QUIET, config) as device:
        return dict(device.emulator.registers)


def test_anti_flicker_registers():
    config = AntiFlicker(enabled=True, low_hz=100, high_hz=200, duty_cycle=25, mode="pass",
                         start_threshold=3, stop_threshold=1)  # fmt: skip
    got = registers(Evk4Config(anti_flicker=config))
    assert got[reg.AFK_PIPELINE] == 0b001
    assert got[reg.AFK_PERIOD] == 12 << 16 | (10_000 >> 7) << 8 | 5000 >> 7
    assert got[reg.AFK_PARAM] == 1 << 6 | 3 << 3 | 1
    assert got[reg.AFK_INVALIDATION] & 0xFFF == 1630
    assert got[reg.AFK_INVALIDATION] >> 12 == reg.AFTER_RESET[reg.AFK_INVALIDATION] >> 12


@pytest.mark.parametrize(
    ("threshold_ms", "row"),
    [(1, (12, 15, 90)), (10, (13, 9, 90)), (50, (12, 1, 280)), (58.4, (16, 15, 147)),
     (100, (13, 1, 564))],
)  # fmt: skip
def test_trail_filter_registers(threshold_ms, row):
    got = registers(Evk4Config(trail=TrailFilter(mode="stc_keep_trail", threshold_ms=threshold_ms)))
    assert got[reg.STC_PIPELINE] == 0b001
    assert got[reg.STC_PARAM] == 1 << 24 | round(threshold_ms) * 1000 << 1 | 1
    assert got[reg.TRAIL_PARAM] & 1 == 0
    stamping, timeout = got[reg.STC_TIMESTAMPING], got[reg.STC_INVALIDATION] >> 12 & 0xFFF
    assert (stamping & 0x1F, stamping >> 5 & 0xF, timeout) == row
    assert stamping >> 9 == 0x81  # the reserved bit is kept, times are renewed at every event


def test_trail_mode_registers():
    got = registers(Evk4Config(trail=TrailFilter(mode="trail", threshold_ms=5)))
    assert got[reg.STC_PARAM] & 1 == 0
    assert got[reg.TRAIL_PARAM] == 5000 << 1 | 1


def test_switching_everything_off_again_bypasses():
    config = Evk4Config(
        anti_flicker=AntiFlicker(enabled=True),
        trail=TrailFilter(mode="trail"),
        crop=Window(x=1, y=2, width=3, height=4),
        trigger_in=False,
    )
    with hw_drivers.open(QUIET, config) as device:
        assert device.emulator.registers[reg.CROP_END] == 5 << 16 | 3
        assert device.emulator.registers[reg.TRIGGER_CTRL] & reg.TRIGGER_IN == 0
        device.config = Evk4Config()
        got = device.emulator.registers
        assert (got[reg.AFK_PIPELINE], got[reg.STC_PIPELINE]) == (0b101, 0b101)
        assert got[reg.CROP_CTRL] & 7 == 0
        assert got[reg.TRIGGER_CTRL] & reg.TRIGGER_IN


def reference_bursts(rows, mode, threshold_us):
    """The filter one event at a time."""
    state, keep = {}, []
    for t, x, y, p in rows:
        last_t, last_p, place = state.get((x, y), (-(10**9), None, 0))
        place = place + 1 if p == last_p and t - last_t <= threshold_us else 0
        state[x, y] = (t, p, place)
        keep.append({"trail": place == 0, "stc_cut_trail": place == 1}.get(mode, place >= 1))
    return keep


@given(data=st.data())
@settings(max_examples=40)
def test_bursts_equal_the_filter_one_event_at_a_time_however_they_are_cut(data):
    random = np.random.default_rng(data.draw(st.integers(0, 999)))
    n = data.draw(st.integers(0, 200))
    t = np.sort(random.integers(0, 3000, n))
    x, y, p = (random.integers(0, high, n) for high in (4, 3, 2))
    columns = Columns(t, x.astype(np.uint16), y.astype(np.uint16), p.astype(np.uint8))
    mode = data.draw(st.sampled_from(["trail", "stc_cut_trail", "stc_keep_trail"]))
    keep = reference_bursts(zip(t, x, y, p, strict=True), mode, 400)
    model = BurstFilter(4, 3)
    cuts = sorted(data.draw(st.lists(st.integers(0, n), max_size=4)))
    parts = [
        model.apply(columns[slice(a, b)], mode, 400).t
        for a, b in zip([0, *cuts], [*cuts, n], strict=True)
    ]
    assert np.concatenate(parts).tolist() == t[np.array(keep, bool)].tolist()


def test_bursts_reach_the_driver_filtered():
    t = np.array([1000, 1500, 1800, 20_000, 20_100])
    events = Events(t, [5] * 5, [6] * 5, [1, 1, 1, 0, 0], size=SIZE)
    for mode, expected in (
        ("trail", [1000, 20_000]),
        ("stc_cut_trail", [1500, 20_100]),
        ("stc_keep_trail", [1500, 1800, 20_100]),
    ):
        got = played(events, Evk4Config(trail=TrailFilter(mode=mode, threshold_ms=1)))
        assert got.t.tolist() == expected


def blinking(frequency_hz, x, count=60):
    """ON and OFF events of a lamp at pixel (x, 0)."""
    half = round(5e5 / frequency_hz)
    t = np.arange(count) * half
    return t, np.full(count, x), np.zeros(count, int), 1 - np.arange(count) % 2


def test_the_band_stop_silences_the_lamp_and_nothing_else():
    lamps = [blinking(100, 10), blinking(30, 20)]
    columns = [np.concatenate(parts) for parts in zip(*lamps, strict=True)]
    order = np.argsort(columns[0], kind="stable")
    events = Events(*(c[order] for c in columns), size=SIZE)
    band = AntiFlicker(enabled=True, low_hz=80, high_hz=120)
    stopped = played(events, Evk4Config(anti_flicker=band))
    passed = played(events, Evk4Config(anti_flicker=band.replace(mode="pass")))
    assert (stopped.x == 20).sum() == 60
    assert 0 < (stopped.x == 10).sum() < 20  # until it counts as blinking
    assert set(passed.x.tolist()) == {10}
    assert len(stopped) + len(passed) == len(events)


def test_crop_keeps_sensor_coordinates(random_events):
    events = random_events(5000, seed=1)
    order = np.lexsort((events.x, events.p, events.y, events.t))
    events = events[order]
    got = played(events, Evk4Config(crop=Window(x=100, y=50, width=300, height=200)))
    inside = (events.x >= 100) & (events.x < 400) & (events.y >= 50) & (events.y < 250)
    assert got == events[inside]


def test_trigger_edges_come_at_their_times_among_the_events():
    uri = "emulated:evk4?realtime=0&rate=1e6&duration=100ms&trigger_hz=90"
    with hw_drivers.open(uri) as device:
        packets = list(device.packets())
    t = np.concatenate([p.triggers.t for p in packets])
    value = np.concatenate([p.triggers.value for p in packets])
    half = 5e5 / 90
    assert t.tolist() == [round(k * half) for k in range(18)]
    assert value.tolist() == [(k + 1) % 2 for k in range(18)]
    assert sum(len(p.events) for p in packets) == device.emulator.events_sent
    with hw_drivers.open(uri, Evk4Config(trigger_in=False)) as device:
        assert sum(len(p.triggers) for p in device.packets()) == 0


@pytest.mark.parametrize(
    ("clock", "time_base", "pads"),
    [("internal", 0x645, 0xF), ("primary", 0x64F, 0b1100), ("secondary", 0x64B, 0b1111)],
)
def test_clock_registers(clock, time_base, pads):
    with hw_drivers.open(QUIET, Evk4Config(clock=clock)) as device:
        device.start()
        got = device.emulator.registers
        assert got[0x9008] == time_base
        assert got[reg.PAD_CTRL] == 0xCCF0FCCF | pads << 16


def test_a_secondary_sends_nothing_until_the_primary_runs():
    uri = "emulated:evk4?realtime=0&duration=5ms"
    with hw_drivers.open(uri, Evk4Config(clock="secondary")) as device:
        device.start()
        assert not device.emulator.streaming
        device.emulator.chip.primary_runs = lambda: True
        device.stop()
        assert sum(1 for _ in device.packets()) == 5


def test_the_clock_cannot_change_while_the_camera_sends():
    with hw_drivers.open(QUIET) as device:
        device.start()
        with pytest.raises(ConfigError, match="stop"):
            device.config = Evk4Config(clock="primary")
        device.stop()
        device.config = Evk4Config(clock="primary")
        device.start()
        assert device.emulator.registers[0x9008] & reg.TIME_BASE_EXTERNAL


@pytest.mark.parametrize(("celsius", "lux"), [(-10.0, 5.0), (61.5, 20_000.0)])
def test_thermometer_and_light_meter(celsius, lux):
    with hw_drivers.open(f"{QUIET}&celsius={celsius}&lux={lux}") as device:
        assert device.temperature() == pytest.approx(celsius, abs=0.1)
        assert device.illuminance() == pytest.approx(lux, rel=0.05)
        before = device.emulator.board.requests
        device.temperature()
        device.illuminance()
        assert device.emulator.board.requests - before <= 8


def test_an_instrument_that_never_gets_ready_is_told():
    with hw_drivers.open(QUIET) as device:
        device.emulator.registers.on_read(reg.ADC_STATUS, lambda value: 0)
        with pytest.raises(hw_drivers.ProtocolError, match="temperature"):
            device.temperature()


@pytest.mark.parametrize(
    "make",
    [
        lambda: AntiFlicker(low_hz=200, high_hz=100),
        lambda: AntiFlicker(low_hz=40),
        lambda: AntiFlicker(duty_cycle=0),
        lambda: TrailFilter(mode="stc"),
        lambda: TrailFilter(threshold_ms=101),
        lambda: Evk4Config(clock="master"),
    ],
)
def test_values_outside_the_limits_are_refused(make):
    with pytest.raises(ConfigError):
        make()


def test_a_filter_whose_memory_is_not_ready_is_told():
    with hw_drivers.open(QUIET) as device:
        device.emulator.registers.on_read(reg.AFK_INITIALIZATION, lambda value: 0)
        with pytest.raises(hw_drivers.ProtocolError, match="anti-flicker"):
            device.config = Evk4Config(anti_flicker=AntiFlicker(enabled=True))


def test_biases_return_to_the_factory_values_when_the_camera_is_closed():
    config = Evk4Config(bias=hw_drivers.Evk4Biases(diff_on=20))
    with hw_drivers.open(QUIET, config) as device:
        model = device.emulator
        assert model.registers[0x1010] & 0xFF == 0x7A
    assert model.registers[0x1010] & 0xFF == 0x66

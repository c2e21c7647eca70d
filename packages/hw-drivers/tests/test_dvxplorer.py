"""The DVXplorer, from configuration to registers, events and samples."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hw_drivers
from hw_drivers import (
    ConfigError,
    DeviceDisconnected,
    DvxBiases,
    DvxImu,
    DvxplorerConfig,
    HardwareError,
)
from hw_drivers.columns import Columns
from hw_drivers.discovery import DeviceInfo
from hw_drivers.emulators.dvxplorer import DvxplorerModel
from hw_drivers.emulators.replay import Replay
from hw_drivers.tables import dvxplorer as chip
from hw_drivers.tables import inivation as table
from hw_drivers.transport.in_process import InProcessTransport
from hw_drivers.words.dvx import DvxStream, DvxWriter
from neuro_kernels import Events

SIZE = (640, 480)
URI = "emulated:dvxplorer?realtime=0"


def columns_of(seed, n=3000, span_us=20_000, width=40):
    """Events in the order of a readout by columns; some share a word."""
    random = np.random.default_rng(seed)
    t = np.sort(random.integers(0, span_us, n)) // 50 * 50
    x, y, p = (random.integers(0, high, n) for high in (width, 480, 2))
    key = np.unique(np.stack([t, x, y >> 3, p, y], axis=1), axis=0)
    t, x, _, p, y = key.T
    return Columns(t, x.astype(np.uint16), y.astype(np.uint16), p.astype(np.uint8))


def same(events, columns):
    return all(np.array_equal(getattr(events, c), getattr(columns, c)) for c in "txyp")


def as_set(columns):
    return set(zip(*(getattr(columns, c).tolist() for c in "txyp"), strict=True))


def test_words_there_and_back():
    columns = columns_of(1, 30_000, span_us=1000, width=4)
    words = DvxWriter().events(columns)
    assert len(words) < len(columns)  # events of neighbouring rows share words
    assert same(DvxStream(*SIZE).feed(words.tobytes()).events, columns)


@given(seed=st.integers(0, 30), cuts=st.lists(st.integers(0, 9000), max_size=6))
def test_cutting_changes_nothing(seed, cuts):
    columns = columns_of(seed, 800)
    data = DvxWriter().events(columns).tobytes()
    edges = [0, *sorted(min(c, len(data)) for c in cuts), len(data)]
    stream = DvxStream(*SIZE)
    parts = [stream.feed(data[a:b]).events for a, b in itertools.pairwise(edges)]
    assert same(Events.concatenate(parts), columns)


def test_the_second_group_lies_before_or_behind_the_first():
    words = [0x8001, 0x1002, 0x4000 | 3 << 6 | 10, 0x2001, 0x4800 | 3 << 6 | 10, 0x2001]
    events = DvxStream(*SIZE).feed(np.array(words, "<u2").tobytes()).events
    assert events.y.tolist() == [13 * 8, 7 * 8]


def test_groups_outside_the_sensor_are_left_out_and_counted():
    words = [0x8001, 0x1002, 0x4000 | 31 << 6 | 40, 0x3003, 0x2003, 0x4800 | 31 << 6 | 1, 0x2001]
    stream = DvxStream(*SIZE)
    assert stream.feed(np.array(words, "<u2").tobytes()).events.y.tolist() == [320, 321]
    assert stream.report.out_of_range == 3


@given(data=st.binary(max_size=400))
def test_arbitrary_bytes_never_raise(data):
    stream = DvxStream(*SIZE)
    for part in (stream.feed(data[:150]), stream.feed(data[150:], after_gap=True)):
        assert (part.events.x < 640).all()
        assert (part.events.y < 480).all()


@pytest.mark.parametrize("seed", range(4))
def test_after_a_gap_only_right_events_are_delivered(seed):
    columns = columns_of(seed)
    truth = as_set(columns)
    words = DvxWriter().events(columns)
    random = np.random.default_rng(seed)
    for _ in range(20):
        stop, start = np.sort(random.integers(0, len(words), 2))
        stream = DvxStream(*SIZE)
        parts = [stream.feed(words[:stop].tobytes()).events]
        parts.append(stream.feed(words[start:].tobytes(), after_gap=True).events)
        assert as_set(Events.concatenate(parts)) <= truth


def played(events, config=None, **options):
    with hw_drivers.emulate(
        "dvxplorer", events=events, config=config, realtime=False, **options
    ) as device:
        return Events.concatenate(
            [Events.empty(SIZE), *(packet.events for packet in device.packets())]
        )


def test_events_come_through_unchanged(random_events):
    events = random_events(10_000, seed=1, size=SIZE, span_us=100_000)
    assert played(events) == events


@pytest.mark.parametrize("roi", [(100, 50, 300, 203), (0, 3, 1, 2), (639, 479, 1, 1)])
def test_the_region_is_cut_to_the_row(random_events, roi):
    events = random_events(30_000, seed=2, size=SIZE)
    x, y, width, height = roi
    keep = (events.x >= x) & (events.x < x + width) & (events.y >= y) & (events.y < y + height)
    assert played(events, DvxplorerConfig(roi=roi)) == events[keep]


def test_the_region_of_an_inverted_sensor(random_events):
    events = random_events(10_000, seed=3, size=(480, 640))
    model = DvxplorerModel(Replay(events), inverted=True)
    transport = InProcessTransport(model, realtime=False)
    info = DeviceInfo(uri="emulated:dvxplorer", name="", kind="emulated", size=SIZE)
    config = DvxplorerConfig(roi=(33, 44, 200, 100))
    with hw_drivers.Dvxplorer(transport, info, config, emulator=model) as device:
        assert device.size == (480, 640)
        got = Events.concatenate([packet.events for packet in device.packets()])
    x, y = events.x, events.y
    assert got == events[(x >= 33) & (x < 233) & (y >= 44) & (y < 144)]


def get(device, parameter):
    return device.emulator.get(parameter)


def test_set_up_and_runs():
    with hw_drivers.open(f"{URI}&rate=0") as device:
        final = dict(chip.SET_UP_BIASES) | dict(chip.SET_UP) | {chip.RESTART: 2}
        for parameter, value in final.items():
            assert get(device, parameter) == value, parameter
        assert get(device, chip.MODE) == 0
        device.start()
        assert (get(device, chip.MODE), get(device, table.DVS_RUN)) == (2, 1)
        assert get(device, table.USB_EARLY_PACKET_DELAY) == 104_000
        device.stop()
        assert get(device, chip.MODE) == 0
        assert get(device, table.MUX_CHIP_RUN) == 1  # registers keep their values
        device.start()
    assert not any(get(device, run) for run in chip.STOP)


@pytest.mark.parametrize(
    ("bias", "expected"),
    [
        (DvxBiases(), {chip.RANGE_SF_ON_RST: 0, chip.RANGE_LOGA_LOGD: 0b10100,
                       chip.LEVEL_SF_OFF: 0b01101111, chip.BIAS_AMP: 4, chip.BIAS_ON: 8}),
        (DvxBiases(on=17, off=9, amp=8), {chip.RANGE_SF_ON_RST: 2, chip.BIAS_ON: 8,
                                          chip.LEVEL_SF_OFF: 0b01101101, chip.BIAS_OFF: 0}),
        (DvxBiases(sf=3, nrst=True, log=True, log_a=False, log_d=2),
         {chip.RANGE_SF_ON_RST: 0b1101, chip.LEVEL_SF_OFF: 0b01111111,
          chip.RANGE_LOGA_LOGD: 0b1000}),
    ],
)  # fmt: skip
def test_bias_registers(bias, expected):
    with hw_drivers.open(f"{URI}&rate=0", DvxplorerConfig(bias=bias)) as device:
        assert {p: get(device, p) for p in expected} == expected


def test_updates_write_differences_while_streaming():
    with hw_drivers.open(f"{URI}&rate=1e6&scene=noise") as device:
        packets = device.packets()
        first = len(next(packets).events)
        before = device.emulator.requests
        device.update(DvxplorerConfig(bias=DvxBiases(on=12, off=12)), verify=True).result()
        assert device.emulator.requests - before < 10
        assert len(next(packets).events) < 0.8 * first
        device.config = DvxplorerConfig(events=False)
        assert len(next(packets).events) == 0


@pytest.mark.parametrize(("g", "dps"), [(2, 125), (16, 2000)])
def test_imu_samples(g, dps):
    config = DvxplorerConfig(imu=DvxImu(enabled=True, acceleration_g=g, rotation_dps=dps))
    with hw_drivers.open(f"{URI}&rate=1e5&duration=20ms&celsius=30", config) as device:
        imu = [packet.imu for packet in device.packets()]
    t = np.concatenate([sample.t for sample in imu])
    assert t.tolist() == list(range(0, 20_000, chip.IMU_INTERVAL_US))
    assert np.concatenate([s.acceleration for s in imu])[:, 2] == pytest.approx(9.80665, abs=1e-3)
    assert np.concatenate([s.rotation for s in imu])[:, 2] == pytest.approx(
        np.deg2rad(10), rel=0.01
    )
    assert np.concatenate([s.temperature for s in imu]) == pytest.approx(30)


def test_trigger_edges():
    with hw_drivers.open(f"{URI}&rate=1e5&duration=20ms&trigger_hz=200") as device:
        t = np.concatenate([packet.triggers.t for packet in device.packets()])
    assert t.tolist() == list(range(0, 20_000, 2500))


@pytest.mark.parametrize("number", range(0, 90, 9))
def test_unplugged_at_every_phase(number):
    def session():
        with hw_drivers.open(f"{URI}&duration=5ms&unplug_at_request={number}") as device:
            next(device.packets())
            device.config = DvxplorerConfig(roi=(0, 0, 8, 8))

    with pytest.raises(DeviceDisconnected):
        session()


@pytest.mark.parametrize("fault", ["stall", "torn", "silent"])
def test_one_bad_answer_is_one_clear_error(fault):
    with pytest.raises(HardwareError) as caught:
        hw_drivers.open(f"{URI}&{fault}=2")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "make",
    [
        lambda: DvxBiases(amp=9),
        lambda: DvxBiases(on=18),
        lambda: DvxImu(rotation_dps=100),
        lambda: DvxplorerConfig(roi=(600, 0, 41, 1)),
    ],
)
def test_values_outside_the_limits_are_refused(make):
    with pytest.raises(ConfigError):
        make()

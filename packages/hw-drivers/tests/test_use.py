"""How programs read a device: newest data first, ticks, devices that come back, quality."""

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest
from hw_golden import write

import hw_drivers
from hw_drivers import DeviceDisconnected, Evk4Biases, Evk4Config
from hw_drivers.source import open_source
from hw_drivers.streaming.drift import ClockDrift
from hw_drivers.transport import ManualClock
from hw_drivers.transport.trace_format import Kind, read_trace

SESSION = "emulated:evk4?realtime=0&rate=2e5"


@pytest.fixture
def paced(random_events):
    """Return a camera on a clock that the test moves, and how to move it."""
    clock = ManualClock()
    events = random_events(200_000, seed=4, span_us=400_000)
    device = hw_drivers.emulate("evk4", events=events, clock=clock, buffers=300)

    def run_for(ms):
        for _ in range(ms):
            clock.advance(1_000_000)
            device._transport.pump()

    with device:
        device.start()
        yield device, run_for


# latest


def test_latest_drops_what_waited_longer_than_the_budget(paced):
    device, run_for = paced
    run_for(100)
    packets = device.latest(budget=20e-3)
    packet = next(packets)
    assert packet.events.t[0] >= 79_000
    assert packet.events.t[-1] >= 99_000
    assert packet.gap is not None
    assert packet.gap.packets == device.health().outdated_packets == packet.sequence + 1 - 21
    assert device.health().backlog_packets == 0
    run_for(5)
    packet = next(packets)
    assert packet.gap is None
    assert packet.events.t[-1] - packet.events.t[0] > 3000


def test_latest_loses_nothing_while_the_program_keeps_up(paced):
    device, run_for = paced
    packets = device.latest(budget=20e-3)
    total = 0
    for _ in range(30):
        run_for(3)
        packet = next(packets)
        assert packet.gap is None
        total += len(packet.events)
    assert total == device.emulator.events_sent
    assert device.health().outdated_packets == 0


def test_latest_leaves_recordings_whole(paced, tmp_path):
    device, run_for = paced
    device.stop()
    with device.record(tmp_path / "a.raw") as recording:
        device.start()
        run_for(100)
        next(device.latest(budget=5e-3))
    report = recording.stop()
    assert (report.packets, report.missing_packets) == (100, 0)


def test_events_after_dropped_transfers_are_right(paced, random_events):
    device, run_for = paced
    truth = random_events(200_000, seed=4, span_us=400_000)
    known = set(zip(*(getattr(truth, c).tolist() for c in "txyp"), strict=True))
    packets = device.latest(budget=1e-3)
    for _ in range(10):
        run_for(20)
        events = next(packets).events
        assert len(events)
        assert set(zip(*(getattr(events, c).tolist() for c in "txyp"), strict=True)) <= known


# ticks


def test_a_silent_stream_ticks(tmp_path):
    """A trace with two seconds of silence in it: ticks come by the clock of the trace."""
    path = tmp_path / "a.hwtrace"
    with hw_drivers.open(f"{SESSION}&duration=4ms", trace=path) as device:
        list(device.packets())
    trace = read_trace(path)
    last = [i for i, r in enumerate(trace.records) if r.kind is Kind.DATA][-1]
    late = [
        replace(r, time_ns=r.time_ns + 2_000_000_000) if i >= last else r
        for i, r in enumerate(trace.records)
    ]
    write(path, trace.header, late)
    with hw_drivers.open(f"trace:{path}") as device:
        packets = list(device.packets(tick=0.5))
    ticks = [p for p in packets if not len(p.events)]
    assert [len(p.events) > 0 for p in packets] == [True] * 3 + [False] * len(ticks) + [True]
    assert len(ticks) == 4
    assert ticks[0].events.size == (1280, 720)
    times = [p.t_us for p in packets]
    assert np.all(np.diff(times[:-1]) > 0)
    assert [b - a for a, b in itertools.pairwise(times[3:7])] == [500_000] * 3
    with hw_drivers.open(f"trace:{path}") as device:
        assert all(len(p.events) for p in device.packets())


def test_a_silent_source_gives_empty_packets_so_that_windows_close():
    with open_source("emulated:evk4?rate=0") as source:
        assert len(next(source)) == 0
        assert next(source).size == (1280, 720)


# reconnection


def test_a_device_that_comes_back_goes_on_with_its_configuration():
    config = Evk4Config(bias=Evk4Biases(diff_on=12))
    with hw_drivers.open(f"{SESSION}&unplug_after=3ms", config) as device:
        first = device.emulator
        packets = list(itertools.islice(device.packets(reconnect=True), 8))
        assert device.emulator is not first
        assert device.emulator.registers[0x1010] & 0xFF == 0x66 + 12
        assert device.config == config
        assert device.health().reconnections == 2
    gaps = [i for i, p in enumerate(packets) if p.gap is not None]
    assert gaps == [3, 6]
    assert packets[3].gap.disconnected
    assert [p.sequence for p in packets] == [0, 1, 2, 0, 1, 2, 0, 1]


def test_an_update_survives_the_reconnection():
    with hw_drivers.open(f"{SESSION}&unplug_after=3ms") as device:
        packets = device.packets(reconnect=True)
        next(packets)
        device.config = Evk4Config(bias=Evk4Biases(diff_on=7))
        list(itertools.islice(packets, 4))
        assert device.emulator.registers[0x1010] & 0xFF == 0x66 + 7


def test_without_reconnection_the_loss_is_told():
    with (
        hw_drivers.open(f"{SESSION}&unplug_after=3ms") as device,
        pytest.raises(DeviceDisconnected),
    ):
        list(device.packets())


def test_a_device_that_stays_away_is_waited_for_and_no_longer(monkeypatch):
    waits = []
    monkeypatch.setattr("time.sleep", waits.append)
    now = itertools.count()
    with hw_drivers.open(f"{SESSION}&unplug_after=3ms") as device:

        def gone():
            raise DeviceDisconnected("nowhere")

        device.reconnect_by(gone)
        monkeypatch.setattr("time.monotonic", lambda: float(next(now)))
        with pytest.raises(DeviceDisconnected, match=r"was disconnected: .* in 3 packets"):
            list(device.packets(reconnect=5.0))
    assert 3 <= len(waits) <= 6


@pytest.mark.parametrize(
    "read",
    [
        lambda device: device.packets(max_latency=-1),
        lambda device: device.packets(tick=-0.1),
        lambda device: device.latest(budget=float("nan")),
    ],
)
def test_times_below_zero_are_refused_at_once(read):
    with (
        hw_drivers.open(SESSION) as device,
        pytest.raises(hw_drivers.ConfigError, match="expected seconds from 0"),
    ):
        read(device)


# drift and quality


@pytest.mark.parametrize("ppm", [-80.0, 0.0, 250.0])
def test_drift_is_measured(ppm):
    with hw_drivers.open(
        f"emulated:evk4?realtime=0&rate=2e4&duration=2s&drift_ppm={ppm}"
    ) as device:
        for _ in device.packets():
            pass
        assert device.health().drift_ppm == pytest.approx(ppm, abs=30)


def test_late_packets_do_not_move_the_drift():
    random = np.random.default_rng(3)
    drift = ClockDrift()
    assert drift.ppm() is None
    sent_ns = np.arange(10_000) * 1_000_000
    arrival_ns = np.maximum.accumulate(sent_ns + random.exponential(2e6, 10_000).astype(np.int64))
    for sent, arrival in zip(sent_ns.tolist(), arrival_ns.tolist(), strict=True):
        drift.add(arrival, round(sent / 1000 * (1 + 50e-6)))
    assert drift.ppm() == pytest.approx(50, abs=10)


def test_a_recording_comes_with_a_report_of_its_quality(tmp_path):
    config = Evk4Config(bias=Evk4Biases(diff_on=12))
    path = tmp_path / "a.raw"
    with hw_drivers.open(f"{SESSION}&duration=2s&drift_ppm=100&celsius=41", config) as device:
        with device.record(path) as recording:
            total = sum(len(p.events) for p in device.packets())
        report = recording.stop()
    told = json.loads((tmp_path / "a.raw.json").read_text())
    quality = report.quality
    assert (quality.events, quality.gaps, quality.lost_packets) == (total, 0, 0)
    assert quality.drift_ppm == pytest.approx(100, abs=30)
    assert quality.temperature_c == (pytest.approx(41, abs=0.2), pytest.approx(41, abs=0.2))
    assert (quality.serial, quality.firmware) == ("00050001", "3.9.0")
    assert report.quality_path == tmp_path / "a.raw.json"
    assert told["config"] == json.loads(json.dumps(config.to_dict()))
    assert told["quality"]["events"] == total
    assert told["bytes"] == report.bytes


def test_what_the_program_missed_is_in_the_report(tmp_path):
    clock = ManualClock()
    with hw_drivers.emulate("evk4", clock=clock, buffers=2, rate=1e6) as device:
        with device.record(tmp_path / "c.raw") as recording:
            device.start()
            clock.advance(30_000_000)
            device._transport.pump()
            next(device.packets())
        quality = recording.stop().quality
    assert (quality.gaps, quality.lost_packets) == (1, 28)
    assert (quality.backlog_high_water, quality.capacity) == (2, 2)


def test_a_recording_of_a_device_that_left_has_its_report(tmp_path):
    with hw_drivers.open(f"{SESSION}&unplug_after=3ms") as device:
        recording = device.record(tmp_path / "a.raw")
        with pytest.raises(DeviceDisconnected):
            list(device.packets())
    report = recording.stop()
    assert report.packets == 3
    assert not report.disconnected  # it was stopped by hand
    assert report.quality.temperature_c[1] is None


def test_a_recording_ends_where_the_device_left_and_tells_so(tmp_path):
    with hw_drivers.open(f"{SESSION}&unplug_after=3ms") as device:
        recording = device.record(tmp_path / "a.raw")
        for packet in device.packets(reconnect=True):
            if packet.gap is not None and packet.gap.disconnected:
                break
            assert not recording.finished
        assert recording.finished
        with device.record(tmp_path / "b.raw") as second:
            next(device.packets())
        assert not second.stop().disconnected
    assert recording.stop().disconnected
    assert json.loads((tmp_path / "a.raw.json").read_text())["disconnected"]


def test_the_report_can_be_left_out(tmp_path):
    with hw_drivers.open(f"{SESSION}&duration=2ms") as device:
        with device.record(tmp_path / "a.raw", report=False) as recording:
            list(device.packets())
        assert recording.stop().quality_path is None
    assert [p.name for p in tmp_path.iterdir()] == ["a.raw"]

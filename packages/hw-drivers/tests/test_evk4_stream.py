"""Events out of the driver are the events that went into the sensor."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hw_drivers
from hw_drivers import Evk4Biases, Evk4Config, Roi, Window
from neuro_kernels import Events

SIZE = (1280, 720)


def received(device, **options):
    return Events.concatenate(
        [Events.empty(SIZE)] + [packet.events for packet in device.packets(**options)]
    )


def played(events, config=None, **options):
    with hw_drivers.emulate(
        "evk4", events=events, config=config, realtime=False, **options
    ) as device:
        return received(device), device


def unique(events):
    """One event per pixel, polarity and microsecond, in the order of a readout."""
    order = np.lexsort((events.x, events.p, events.y, events.t))
    return events[order]


def test_a_recording_comes_through_unchanged(random_events):
    events = unique(random_events(20_000, seed=1, span_us=30_000))
    got, device = played(events)
    assert got == events
    assert device.emulator.events_sent == len(events)


def test_merging_for_latency_changes_packets_and_not_events(random_events):
    events = unique(random_events(5_000, seed=2))
    with hw_drivers.emulate("evk4", events=events, realtime=False) as device:
        packets = list(device.packets(max_latency=10e-3))
    assert Events.concatenate([p.events for p in packets]) == events
    assert 1 < len(packets) < 10


@pytest.mark.parametrize("start", [16_770_000, 3 * 2**24 + 5, 2**40])
def test_recordings_that_start_late_or_wrap_keep_their_spacing(random_events, start):
    events = unique(random_events(3_000, seed=3, start_us=start, span_us=40_000))
    got, _ = played(events)
    assert np.array_equal(np.diff(got.t), np.diff(events.t))
    assert (int(got.t[0]) - int(events.t[0])) % 2**24 == 0
    assert np.array_equal(got.x, events.x)


def test_silence_longer_than_the_time_words_is_kept():
    events = Events([100, 40_000_000], [1, 2], [3, 4], [1, 0], size=SIZE)
    got, _ = played(events)
    assert got == events


@given(data=st.data())
@settings(max_examples=25)
def test_no_event_leaves_a_masked_pixel_and_all_others_do(data):
    random = np.random.default_rng(data.draw(st.integers(0, 99)))
    t = np.sort(random.integers(0, 3000, 4000))
    events = unique(
        Events(t, random.integers(0, 1280, 4000), random.integers(0, 720, 4000),
               random.integers(0, 2, 4000), size=SIZE)
    )  # fmt: skip
    x, y = data.draw(st.integers(0, 1279)), data.draw(st.integers(0, 719))
    window = Window(
        x=x,
        y=y,
        width=data.draw(st.integers(1, 1280 - x)),
        height=data.draw(st.integers(1, 720 - y)),
    )
    mode = data.draw(st.sampled_from(["keep", "drop"]))
    lines = st.lists(st.integers(0, 719), max_size=5).map(tuple)
    columns, rows = (data.draw(lines), data.draw(lines)) if mode == "keep" else ((), ())
    pixels = tuple((int(events.x[i]), int(events.y[i])) for i in range(0, 400, 40))
    roi = Roi(window=window, mode=mode, columns=columns, rows=rows, pixels=pixels)
    inside = (
        (events.x >= window.x)
        & (events.x < window.x + window.width)
        & (events.y >= window.y)
        & (events.y < window.y + window.height)
    )
    keep = inside if mode == "keep" else ~inside
    keep &= ~np.isin(events.x, columns) & ~np.isin(events.y, rows)
    keep &= ~np.isin(events.x.astype(int) * 720 + events.y, [a * 720 + b for a, b in pixels])
    got, _ = played(events, Evk4Config(roi=roi))
    assert got == events[keep]


def test_masks_take_effect_between_packets():
    with hw_drivers.open("emulated:evk4?realtime=0&scene=noise&rate=5e6") as device:
        packets = device.packets()
        assert next(packets).events.x.max() > 700
        device.config = Evk4Config(roi=Roi(window=Window(x=0, y=0, width=640, height=720)))
        assert next(packets).events.x.max() < 640
        device.config = Evk4Config()
        assert next(packets).events.x.max() > 700


@pytest.mark.parametrize("limit", [1e6, 3e6])
def test_the_rate_controller_limits_every_period(limit):
    uri = "emulated:evk4?realtime=0&scene=noise&rate=20e6&duration=20ms"
    with hw_drivers.open(uri, Evk4Config(rate_limit=limit)) as device:
        events = received(device)
    per_period = np.bincount(events.t // 200, minlength=100)
    assert per_period.max() == round(limit * 200e-6)
    assert len(events) == pytest.approx(limit * 20e-3, rel=0.01)
    assert device.emulator.chip.events_dropped > 0


def test_a_rate_below_the_limit_is_untouched(random_events):
    events = unique(random_events(1000, seed=4))
    got, _ = played(events, Evk4Config(rate_limit=20e6))
    assert got == events


def rates(**biases):
    config = Evk4Config(bias=Evk4Biases(**biases))
    uri = "emulated:evk4?realtime=0&scene=noise&rate=2e6&duration=20ms&seed=5"
    with hw_drivers.open(uri, config) as device:
        events = received(device)
    on = int((events.p == 1).sum())
    return on, len(events) - on


def test_biases_change_the_event_rate_in_the_direction_of_the_data_sheet():
    on, off = rates()
    assert rates(diff_on=40)[0] < 0.7 * on
    assert rates(diff_on=40)[1] == pytest.approx(off, rel=0.1)
    assert rates(diff_off=40)[1] < 0.7 * off
    assert rates(diff_on=-40)[0] > 1.5 * on
    assert sum(rates(hpf=120)) < 0.5 * (on + off)
    assert sum(rates(fo=55)) > 1.3 * (on + off)


@pytest.mark.parametrize("scene", ["edges", "noise", "dots"])
def test_scenes_are_repeatable_sorted_inside_and_of_the_asked_rate(scene):
    uri = f"emulated:evk4?realtime=0&scene={scene}&rate=4e6&duration=50ms&seed=7"
    runs = []
    for _ in range(2):
        with hw_drivers.open(uri) as device:
            runs.append(received(device))
    assert runs[0] == runs[1]
    assert runs[0].is_sorted
    assert len(runs[0]) == pytest.approx(4e6 * 50e-3, rel=0.05)
    with hw_drivers.open(uri.replace("seed=7", "seed=8")) as device:
        assert received(device) != runs[0]


@pytest.mark.parametrize("scene", ["edges", "noise"])
def test_high_rates_are_repeatable_sorted_masked_and_as_asked(scene):
    uri = f"emulated:evk4?realtime=0&scene={scene}&rate=50e6&duration=20ms&seed=7"
    runs = []
    for _ in range(2):
        with hw_drivers.open(uri) as device:
            runs.append(received(device))
    assert runs[0] == runs[1]
    assert runs[0].is_sorted
    per_ms = np.bincount(runs[0].t // 1000, minlength=20)
    assert len(per_ms) == 20
    assert per_ms == pytest.approx(50_000, rel=0.1)
    config = Evk4Config(roi=Roi(window=Window(x=100, y=50, width=200, height=100)))
    with hw_drivers.open(uri, config) as device:
        masked = received(device)
    inside = (runs[0].x >= 100) & (runs[0].x < 300) & (runs[0].y >= 50) & (runs[0].y < 150)
    assert masked == runs[0][inside]
    half = Evk4Config(bias=Evk4Biases(diff_on=40, diff_off=40))
    with hw_drivers.open(uri, half) as device:
        assert len(received(device)) == pytest.approx(0.5 * len(runs[0]), rel=0.1)


def test_edges_move_on_at_high_rates():
    uri = "emulated:evk4?realtime=0&rate=40e6&duration=100ms"
    with hw_drivers.open(uri) as device:
        events = received(device)
    for t in (0, 97_000):
        part = events[(events.t >= t) & (events.t < t + 1000) & (events.p == 1)]
        beside = (part.x - 400e-6 * t) % 320  # from the nearest front; there is one each 320
        assert np.minimum(beside, 320 - beside).max() <= 3


def test_the_moving_edge_is_on_in_front_and_off_behind():
    with hw_drivers.open("emulated:evk4?realtime=0&rate=5e6&duration=10ms") as device:
        events = received(device)
    bars = {int(p): np.unique(events.x[events.p == p] // 40) for p in (0, 1)}
    assert not set(bars[0]) & set(bars[1])


def test_stopping_and_starting_begins_again(random_events):
    events = unique(random_events(2000, seed=6))
    with hw_drivers.emulate("evk4", events=events, realtime=False) as device:
        first = next(device.packets()).events
        device.stop()
        assert received(device) == events
        assert events[: len(first)] == first


def test_host_times_follow_the_sensor_and_its_drift(random_events):
    events = unique(random_events(3000, seed=7, span_us=100_000))
    spans = {}
    for drift in (0.0, 1000.0):
        with hw_drivers.emulate("evk4", events=events, realtime=False, drift_ppm=drift) as device:
            times = [p.host_time.monotonic_ns for p in device.packets()]
        spans[drift] = times[-1] - times[0]
    assert spans[0.0] / spans[1000.0] == pytest.approx(1.001, rel=1e-6)


@pytest.mark.parametrize("option", [{"torn_words": True}, {"zero_length_every": 2}])
def test_torn_words_and_empty_transfers_lose_nothing(random_events, option):
    events = unique(random_events(5000, seed=8))
    got, _ = played(events, **option)
    assert got == events


def test_transfers_are_cut_at_128_kib():
    with hw_drivers.open("emulated:evk4?realtime=0&rate=300e6&duration=3ms&scene=noise") as device:
        packets = list(device.packets())
        assert len(packets) > 6
        assert device.health().events == sum(len(p.events) for p in packets)
        assert device.emulator.events_sent == device.health().events


def test_events_beyond_the_sensor_or_out_of_order_are_refused():
    with pytest.raises(hw_drivers.HardwareError, match="crop"):
        played(Events([1], [1400], [1], [1], size=(1920, 1080)))
    with pytest.raises(hw_drivers.HardwareError, match="time order"):
        played(Events([2, 1], [1, 1], [1, 1], [1, 1], size=SIZE))


def test_an_empty_recording_ends_at_once():
    got, _ = played(Events.empty(SIZE))
    assert len(got) == 0


def test_health_counts_what_was_delivered(random_events):
    events = unique(random_events(4000, seed=9))
    with hw_drivers.emulate("evk4", events=events, realtime=False) as device:
        packets = list(device.packets())
        health = device.health()
    assert (health.events, health.packets) == (len(events), len(packets))
    assert (health.lost_packets, health.gaps, health.skipped_bytes) == (0, 0, 0)
    assert health.decode is not None
    assert health.decode.bytes_read == health.bytes
    assert health.decode.bytes_skipped == 0

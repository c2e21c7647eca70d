"""A program that is too slow: what is lost is counted, and nothing wrong is delivered."""

import numpy as np
import pytest

import hw_drivers
from hw_drivers import Gap
from hw_drivers.transport import ManualClock
from hw_drivers.words.evt3 import Evt3Stream
from neuro_kernels import Events, codecs

SIZE = (1280, 720)


def paced(events, **options):
    clock = ManualClock()
    return clock, hw_drivers.emulate("evk4", events=events, clock=clock, **options)


def run_for(device, clock, ms):
    clock.advance(ms * 1_000_000)
    device._transport.pump()


def take(device):
    """Packets that wait, without waiting."""
    found = []
    packets = device.packets()
    while device.health().backlog_packets:
        found.append(next(packets))
    return found


@pytest.mark.parametrize("drop", ["newest", "oldest"])
def test_losses_are_counted_and_the_next_packet_tells_of_the_gap(random_events, drop):
    events = random_events(40_000, seed=1, span_us=100_000)
    clock, device = paced(events, buffers=8, drop=drop)
    with device:
        device.start()
        run_for(device, clock, 50)
        health = device.health()
        assert (health.packets, health.backlog_packets, health.lost_packets) == (50, 8, 42)
        assert health.backlog_s == pytest.approx(0.0)
        clock.advance(3_000_000)
        assert device.health().backlog_s == pytest.approx(3e-3)
        early = take(device)
        clock.advance(-3_000_000)
        run_for(device, clock, 5)
        late = take(device)
    packets = early + late
    gaps = [p.gap for p in packets if p.gap is not None]
    assert sum(g.packets for g in gaps) == 42
    assert sum(g.bytes for g in gaps) == health.lost_bytes
    first_with_gap = next(i for i, p in enumerate(packets) if p.gap)
    assert first_with_gap == (8 if drop == "newest" else 0)
    got = Events.concatenate([p.events for p in packets])
    known = set(zip(*(getattr(events, c).tolist() for c in "txyp"), strict=True))
    assert set(zip(*(getattr(got, c).tolist() for c in "txyp"), strict=True)) <= known
    assert got.is_sorted


def test_a_fast_program_loses_nothing(random_events):
    events = random_events(20_000, seed=2, span_us=50_000)
    order = np.lexsort((events.x, events.p, events.y, events.t))
    events = events[order]
    clock, device = paced(events, buffers=4)
    with device:
        device.start()
        parts = []
        for _ in range(60):
            run_for(device, clock, 1)
            parts += [packet.events for packet in take(device)]
        assert device.health().lost_packets == 0
    assert Events.concatenate(parts) == events


def test_a_gap_starts_a_packet_even_when_packets_are_merged(random_events):
    clock, device = paced(random_events(40_000, seed=3, span_us=100_000), buffers=4)
    with device:
        device.start()
        run_for(device, clock, 10)
        packets = device.packets(max_latency=1.0)
        first = next(packets)
        assert first.gap is None
        run_for(device, clock, 3)
        second = next(packets)
        assert isinstance(second.gap, Gap)
        assert second.gap.packets == 6


def words_of(events):
    return np.frombuffer(codecs.encode("evt3", events), "<u2")


@pytest.mark.parametrize("seed", range(8))
def test_after_a_gap_only_right_events_are_delivered(random_events, seed):
    """Cut a stream of words anywhere: what is decoded behind the cut was really in the stream."""
    random = np.random.default_rng(seed)
    t = np.sort(random.integers(0, 40_000, 6000))
    x, y, p = (random.integers(low, high, 6000) for low, high in ((600, 700), (0, 3), (0, 2)))
    events = Events(t // 100 * 100, x, y, p, size=SIZE)
    order = np.lexsort((events.x, events.p, events.y, events.t))
    events = events[order]
    words = words_of(events)
    assert {2, 3, 4, 5} <= set((words >> 12).tolist())  # single events and vectors
    truth = set(zip(*(getattr(events, c).tolist() for c in "txyp"), strict=True))
    for _ in range(20):
        stop, start = np.sort(random.integers(0, len(words), 2))
        stream = Evt3Stream(SIZE)
        parts = [stream.feed(words[:stop].tobytes()).events]
        rest = words[start:].tobytes()
        cut = int(random.integers(0, len(rest) + 1))
        parts.append(stream.feed(rest[:cut], after_gap=True).events)
        parts.append(stream.feed(rest[cut:]).events)
        got = Events.concatenate(parts)
        assert set(zip(*(getattr(got, c).tolist() for c in "txyp"), strict=True)) <= truth
        if len(words) - start > 4000:
            assert len(got) > 1000  # the stream is picked up again


def test_without_the_care_after_a_gap_events_would_be_wrong(random_events):
    """The fault that the test above must find, planted."""
    events = random_events(6000, seed=5, span_us=40_000)
    words = words_of(events)
    truth = set(zip(*(getattr(events, c).tolist() for c in "txyp"), strict=True))
    stream = Evt3Stream(SIZE)
    parts = [stream.feed(words[:1000].tobytes()).events, stream.feed(words[5003:].tobytes()).events]
    got = Events.concatenate(parts)
    assert not set(zip(*(getattr(got, c).tolist() for c in "txyp"), strict=True)) <= truth

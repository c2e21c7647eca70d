"""Streams that go on until somebody stops them, and the pace of events."""

import os
import signal
import threading

import pytest
from fae_support import moving_edge, stream_of

import aestream_io
import faery_cli
from faery_cli.sources import AddressSource
from faery_cli.stages import pace
from neuro_kernels import Events


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self):
        self.now = 100.0
        self.slept = []

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(pace, "time", clock)
    return clock


def test_events_come_when_their_moment_has_come(clock):
    events = Events([1000, 1200, 501_000, 2_001_000], [0] * 4, [0] * 4, [1] * 4, size=(1, 1))
    packets = [(clock.now, p.events.t.tolist()) for p in stream_of(events, [3]).pace(0.5).run()]
    assert packets == [
        (100.0, [1000, 1200]),
        (101.0, [501_000]),
        (104.0, [2_001_000]),
    ]


def test_a_delay_is_made_up_for(clock):
    events = Events([0, 500_000, 1_000_000], [0] * 3, [0] * 3, [1] * 3, size=(1, 1))
    seen = []
    for _ in stream_of(events).pace(1).run():
        seen.append(clock.now)
        clock.now += 0.8  # somebody downstream is slow
    assert seen == pytest.approx([100.0, 100.8, 101.6])


def test_regular_packets_stay_whole(clock):
    stream = stream_of(moving_edge()).regularize(10).pace(1)
    assert [len(e) for e in stream] == [len(e) for e in stream_of(moving_edge()).regularize(10)]
    assert clock.now == pytest.approx(100.4, abs=0.01)


class Live(aestream_io.Source):
    """A camera that waits for ever after its events; `close` wakes it."""

    def __init__(self, events, then=None):
        super().__init__(size=events.size, name="live", live=True)
        self._events = events
        self._then = then
        self._over = threading.Event()

    def _packets(self):
        yield self._events
        if self._then is not None:
            self._then()
        self._over.wait()

    def _close(self):
        self._over.set()


@pytest.fixture
def camera(monkeypatch):
    """Make `udp:camera` a live source of these events."""

    def make(events, then=None):
        monkeypatch.setattr(aestream_io, "open", lambda address: Live(events, then))

    return make


def test_a_live_stream_is_recorded_for_a_time(fae, camera, tmp_path):
    camera(moving_edge())
    code, _, err = fae("record", "udp:camera", "out.es", "--for", "50ms")
    assert code == 0
    assert "out.es: 4 000 events" in err
    assert aestream_io.read(tmp_path / "out.es") == moving_edge()
    assert fae("udp:camera", "--for", "50ms", ":", "polarity", "on", ":", "on.es")[0] == 0


def test_the_first_interrupt_ends_a_live_stream_and_keeps_what_came(fae, camera, tmp_path):
    before = signal.getsignal(signal.SIGINT)
    camera(moving_edge(), lambda: os.kill(os.getpid(), signal.SIGINT))
    assert fae("record", "udp:camera", "out.es")[0] == 0
    assert aestream_io.read(tmp_path / "out.es") == moving_edge()
    assert signal.getsignal(signal.SIGINT) is before


def test_a_picture_of_a_live_stream_needs_a_time(fae, camera, tmp_path):
    camera(moving_edge())
    code, _, err = fae("video", "udp:camera", "out.gif")
    assert code == 2
    assert "never ends" in err
    assert fae("udp:camera", "--for", "50ms", ":", "render", ":", "out.gif")[0] == 0


def test_what_a_live_stream_lost_is_reported(camera, monkeypatch, fae):
    class Lossy(Live):
        def _counts(self):
            return {"lost_packets": 2, "lost_events": 256, "out_of_range": 3, "malformed": 1}

    monkeypatch.setattr(aestream_io, "open", lambda address: Lossy(moving_edge()))
    source = AddressSource("udp:camera", for_us=20_000)
    with pytest.warns(aestream_io.EventDataWarning, match="2 packets with 256 events were lost"):
        assert len(faery_cli.Stream(source).events()) == 4000
    code, _, err = fae("record", "udp:camera", "out.es", "--for", "50ms")
    assert code == 0
    assert "out.es: 4 000 events" in err
    assert "warning: udp:camera: 2 packets with 256 events were lost" in err


def test_a_recording_is_sent_and_received_over_the_loopback(tmp_path):
    from aestream_io.sources.udp import UdpSource

    events = moving_edge()
    with UdpSource("127.0.0.1", 0, size=events.size, timeout_s=20) as receiver:
        faery_cli.open(events).pace(1000).save(f"udp:127.0.0.1:{receiver.port}")
        got = []
        for packet in receiver:
            got.append(packet)
            if sum(map(len, got)) == len(events):
                break
    assert Events.concatenate(got) == events

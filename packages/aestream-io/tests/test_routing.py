"""From a source to sinks: counts, limits, pacing, and what stays behind when something fails."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import aestream_io
from aestream_io import EventError, OutputError, Sink, SinkReport, Source, UriError
from aestream_io.sinks.text import TextSink
from neuro_kernels import Events

SIZE = (640, 480)


def random_events(n, seed=0):
    rng = np.random.default_rng(seed)
    return Events(
        np.sort(rng.integers(0, 10**5, n)),
        rng.integers(0, SIZE[0], n),
        rng.integers(0, SIZE[1], n),
        rng.integers(0, 2, n),
        size=SIZE,
    )


class Recorder(Sink):
    """Remembers what happened to it; fails where told to."""

    def __init__(self, fail_at=None, error=None):
        super().__init__(name="recorder")
        self.calls, self.packets = [], []
        self.fail_at, self.error = fail_at, error or OSError("no space left")

    def _call(self, name):
        self.calls.append(name)
        if name == self.fail_at:
            raise self.error

    def start(self, size, t0):
        self._call("start")
        self.started = (size, t0)

    def write(self, events):
        self._call("write")
        self.packets.append(events)

    def finish(self):
        self._call("finish")
        return SinkReport(name=self.name, events=sum(map(len, self.packets)))

    def abort(self):
        self.calls.append("abort")


class Failing(Source):
    def __init__(self, error, live=False):
        super().__init__(size=SIZE, t0=99, live=live)
        self.error = error

    def _packets(self):
        yield random_events(10)
        raise self.error


def test_every_sink_gets_every_event_and_is_completed():
    events = random_events(200_000)
    first, second, seen = Recorder(), Recorder(), []
    report = aestream_io.route(events, first, second, seen.append, "null:")
    for packets in (first.packets, second.packets, seen):
        assert Events.concatenate(packets) == events
    assert first.started == (SIZE, None)
    assert first.calls[-1] == "finish"
    assert [sink.events for sink in report.sinks] == [200_000] * 4
    assert (report.events, report.source.events, report.interrupted) == (200_000, 200_000, False)
    assert report.packets == len(first.packets)


@pytest.mark.parametrize("live", [False, True])
def test_when_the_source_fails_only_a_live_one_leaves_its_events(live):
    sink = Recorder()
    with pytest.raises(RuntimeError, match="unplugged"):
        aestream_io.route(Failing(RuntimeError("unplugged"), live), sink)
    assert sink.calls == ["start", "write", "finish" if live else "abort"]
    assert sink.started == (SIZE, 99)


@pytest.mark.parametrize("fail_at", ["start", "write", "finish"])
def test_when_a_sink_fails_all_are_given_up(fail_at):
    good, bad, last = Recorder(), Recorder(fail_at), Recorder()
    said = "" if fail_at == "start" else "; the output is not complete"
    with pytest.raises(OutputError, match=f"^recorder: no space left{said}$"):
        aestream_io.route(random_events(5), good, bad, last)
    assert bad.calls[-1] == "abort"
    assert last.calls[-1:] == ["abort"]
    assert good.calls[-1] == ("finish" if fail_at == "finish" else "abort")


def test_when_a_sink_cannot_be_opened_those_before_are_given_up():
    sink = Recorder()
    with pytest.raises(UriError, match=r"unknown scheme 'nul' for an output; did you mean null:"):
        aestream_io.route(random_events(5), sink, "nul:")
    assert sink.calls == ["abort"]


def test_ctrl_c_completes_the_sinks():
    sink = Recorder()
    with pytest.raises(KeyboardInterrupt):
        aestream_io.route(Failing(KeyboardInterrupt()), sink)
    assert sink.calls == ["start", "write", "finish"]
    sink = Recorder()
    report = aestream_io.route(Failing(KeyboardInterrupt()), sink, finish_on_interrupt=True)
    assert report.interrupted
    assert (report.events, report.sinks[0].events) == (10, 10)


def test_a_closed_pipe_is_told_apart_from_other_errors():
    with pytest.raises(BrokenPipeError):
        aestream_io.route(random_events(5), Recorder("write", BrokenPipeError()))


@given(
    limit=st.one_of(st.none(), st.integers(0, 300)),
    duration=st.one_of(st.none(), st.integers(0, 120_000)),
    cut=st.integers(1, 100),
)
@settings(deadline=None)
def test_limits_end_at_the_exact_event(limit, duration, cut):
    events = random_events(250)
    sink = Recorder()
    report = aestream_io.route(
        aestream_io.sources.AdaptedSource(events.chunks(cut), size=SIZE),
        sink,
        max_events=limit,
        duration_us=duration,
    )
    expected = events
    if duration is not None:
        expected = expected[expected.t < expected.t[0] + duration]
    if limit is not None:
        expected = expected[:limit]
    assert Events.concatenate([*sink.packets, events[:0]]) == expected
    assert report.events == len(expected)


class FakeClock:
    """Time that passes only by sleeping."""

    def __init__(self):
        self.now = 1000.0
        self.naps = []

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        assert seconds > 0
        self.naps.append(seconds)
        self.now += seconds


@given(pace=st.sampled_from([0.5, 1.0, 20.0]), cut=st.integers(1, 500))
@settings(deadline=None, max_examples=30)
def test_pacing_hands_events_on_when_their_time_has_come(pace, cut):
    events = random_events(400)
    clock, seen = FakeClock(), []

    def sink(packet):
        # No event before its time, and none later than a step after it.
        due = (packet.t - events.t[0]) / (pace * 1e6)
        assert due[0] <= clock.now - 1000.0 + 1e-9
        assert due[-1] - due[0] <= 1e-3
        seen.append(packet)

    source = aestream_io.sources.AdaptedSource(events.chunks(cut), size=SIZE)
    aestream_io.route(source, sink, pace=pace, clock=clock)
    assert Events.concatenate(seen) == events
    duration_s = (events.t[-1] - events.t[0]) / (pace * 1e6)
    assert sum(clock.naps) == pytest.approx(duration_s, abs=1.1e-3)


def test_a_paced_stream_that_is_late_does_not_wait():
    clock = FakeClock()

    def slow(packet):
        clock.now += 10.0

    aestream_io.route(random_events(50), slow, pace=1, clock=clock)
    assert clock.naps == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"pace": 0}, "pace: expected a factor above 0"),
        ({"pace": float("inf")}, "pace"),
        ({"max_events": -1}, "max_events: expected at least 0"),
        ({"duration_us": -1}, "duration_us: expected at least 0"),
    ],
)
def test_bad_options_are_refused(options, message):
    with pytest.raises(EventError, match=message):
        aestream_io.route(random_events(1), "null:", **options)


def test_no_sink_is_refused():
    with pytest.raises(EventError, match="expected at least one sink, got none; 'null:'"):
        aestream_io.route(random_events(1))


def test_the_text_sink_flushes_each_packet():
    class File(io.BytesIO):
        flushes = 0

        def flush(self):
            self.flushes += 1

    file = File()
    packets = [random_events(3), random_events(4)]
    source = aestream_io.sources.AdaptedSource(packets, size=SIZE)
    report = aestream_io.route(source, TextSink(file))
    lines = [f"{t},{x},{y},{p}\n" for e in packets for t, x, y, p in np.asarray(e).tolist()]
    assert file.getvalue().decode() == "".join(lines)
    assert report.sinks[0].bytes == len(file.getvalue())
    assert file.flushes >= len(packets)

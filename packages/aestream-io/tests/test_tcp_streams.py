"""TCP sources and sinks over the loopback interface."""

import socket
import threading

import numpy as np
import pytest

import aestream_io
from aestream_io import OutputError, UriError
from aestream_io.sinks.tcp import TcpSink
from neuro_kernels import Events
from neuro_kernels.stream import STREAM_FORMATS, StreamError, encode_message

SIZE = (320, 240)


def random_events(n, t0=None):
    rng = np.random.default_rng(n)
    return Events(
        np.sort(rng.integers(0, 10**6, n)),
        rng.integers(0, SIZE[0], n),
        rng.integers(0, SIZE[1], n),
        rng.integers(0, 2, n),
        size=SIZE,
        t0=t0,
    )


class Task(threading.Thread):
    """A function on a thread whose result or error is not lost."""

    def __init__(self, function, *arguments, **options):
        super().__init__()
        self.call = lambda: function(*arguments, **options)
        self.result = self.error = None
        self.start()

    def run(self):
        try:
            self.result = self.call()
        except BaseException as error:
            self.error = error

    def get(self):
        self.join(60)
        assert not self.is_alive()
        if self.error is not None:
            raise self.error
        return self.result


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def together(parts):
    return Events.concatenate(list(parts))


@pytest.mark.parametrize("format", STREAM_FORMATS)
def test_what_is_sent_over_tcp_comes_out_complete(format):
    events = random_events(100_000)
    if format == "speck":
        events = events[events.x < 256]
        events = Events(events.t, events.x, events.y, events.p, size=(256, 240))
    width, height = events.size
    uri = f"tcp:127.0.0.1:0?size={width}x{height}&timeout=20s&format={format}"
    with aestream_io.open(uri) as source:
        sender = Task(aestream_io.route, events, f"tcp:127.0.0.1:{source.port}?format={format}")
        got = together(source)
        report, stats = sender.get(), source.stats
    for name in "xyp" if format == "spif-untimed" else "txyp":
        np.testing.assert_array_equal(getattr(got, name), getattr(events, name))
    assert report.sinks[0].events == stats.events == len(events)
    assert report.sinks[0].bytes == stats.bytes
    assert (stats.lost_events, stats.malformed, stats.out_of_range) == (0, 0, 0)


def test_frames_tell_size_and_origin_of_time():
    events = random_events(1000, t0=55)
    port = free_port()
    sender = Task(aestream_io.route, events, f"tcp:127.0.0.1:{port}?timeout=20s")
    with aestream_io.open(f"tcp:127.0.0.1:{port}?timeout=20s") as source:
        assert (source.size, source.t0) == (SIZE, 55)
        assert together(source) == events
    sender.get()


def test_the_sender_may_be_the_one_who_listens():
    events = random_events(5000)
    sink = TcpSink("127.0.0.1", 0, listen=True, timeout_s=20)
    sender = Task(aestream_io.route, events, sink)
    with aestream_io.open(f"tcp:127.0.0.1:{sink.port}?listen=no&timeout=20s") as source:
        assert together(source) == events
    assert sender.get().events == 5000


def test_a_stream_goes_on_with_the_next_connection_when_told_to():
    events = random_events(500)
    uri = "tcp:127.0.0.1:0?size=320x240&timeout=20s&reconnect=yes"
    with aestream_io.open(uri) as source:
        for turn in (1, 2):
            sender = Task(aestream_io.route, events, f"tcp:127.0.0.1:{source.port}")
            got = 0
            for packet in source:
                got += len(packet)
                if got == 500:
                    break
            sender.get()
            assert source.stats.details["connections"] == turn


def test_a_slow_reader_slows_the_sender_and_loses_nothing():
    # Far more than the buffers of both ends hold.
    with aestream_io.open("tcp:127.0.0.1:0?size=64x64&timeout=20s") as source:
        sender = Task(
            aestream_io.route,
            "synth:noise?rate=50M&duration=100ms&size=64x64",
            f"tcp:127.0.0.1:{source.port}",
        )
        first = next(iter(source))
        assert len(first) + sum(len(e) for e in source) == 5_000_000
        assert sender.get().events == 5_000_000
        assert source.stats.lost_events == 0


def test_foreign_bytes_are_counted_and_the_next_frame_is_found():
    events = random_events(50)
    frame = encode_message(events, format="frame")
    with (
        aestream_io.open("tcp:127.0.0.1:0?size=320x240&timeout=20s") as source,
        socket.create_connection(("127.0.0.1", source.port)) as s,
    ):
        s.sendall(b"hello" + frame + b"NEVSx" * 20 + frame[:-1])
        s.close()
        assert together(source) == events
        assert source.stats.malformed > 0


def test_a_reader_that_goes_away_is_one_clear_error():
    source = aestream_io.open("tcp:127.0.0.1:0?size=64x64&timeout=20s")
    sender = Task(
        aestream_io.route, "synth:noise?size=64x64&rate=10M", f"tcp:127.0.0.1:{source.port}"
    )
    next(iter(source))
    source.close()
    with pytest.raises(OutputError, match="the reader has gone"):
        sender.get()


def test_close_from_another_thread_ends_the_waiting():
    source = aestream_io.open("tcp:127.0.0.1:0?size=64x64")
    reader = Task(list, source)
    source.close()
    assert reader.get() == []


@pytest.mark.parametrize("options", ["size=4x4&", ""])
def test_silence_ends_the_stream_or_the_opening(options):
    uri = f"tcp:127.0.0.1:0?{options}timeout=20ms"
    if options:
        with aestream_io.open(uri) as source:
            assert list(source) == []
    else:
        with pytest.raises(StreamError, match="no frame has told the sensor's size"):
            aestream_io.open(uri)


def test_nobody_at_the_other_end_is_one_clear_error():
    port = free_port()
    with pytest.raises(OutputError, match=r"cannot connect to 127\.0\.0\.1:\d+: .*start the"):
        aestream_io.route(random_events(3), f"tcp:127.0.0.1:{port}?timeout=0s")
    with pytest.raises(StreamError, match=r"cannot connect to 127\.0\.0\.1"):
        aestream_io.open(f"tcp:127.0.0.1:{port}?listen=no&timeout=0s")
    with pytest.raises(OutputError, match=r"no reader has connected within 0\.02 s"):
        aestream_io.route(random_events(3), "tcp:127.0.0.1:0?listen=yes&timeout=20ms")


def test_a_port_in_use_and_unknown_hosts_are_clear_errors():
    with (
        aestream_io.open("tcp:127.0.0.1:0?size=4x4") as first,
        pytest.raises(StreamError, match=r"cannot listen on 127\.0\.0\.1:\d+: .*choose another"),
    ):
        aestream_io.open(f"tcp:127.0.0.1:{first.port}?size=4x4")
    with pytest.raises(StreamError, match="cannot find the host 'no host'"):
        aestream_io.open("tcp:no host:1?size=4x4")
    with pytest.raises(OutputError, match="cannot find the host 'no host'"):
        aestream_io.route(random_events(3), "tcp:no host:1")


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("tcp:127.0.0.1:0?listen=maybe", "expected yes or no"),
        ("tcp:127.0.0.1:0?format=foo", "expected one of spif"),
        ("tcp:127.0.0.1:0?rate=5", "unknown option 'rate'"),
    ],
)
def test_bad_options_are_refused(uri, message):
    with pytest.raises(UriError, match=message):
        aestream_io.open(uri)
    with pytest.raises(UriError, match=message):
        aestream_io.route(random_events(1), uri)

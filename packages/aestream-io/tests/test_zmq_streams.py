"""ZeroMQ sources and sinks over the loopback interface."""

import struct
import sys
import threading

import numpy as np
import pytest

import aestream_io
from aestream_io import EventError, Events, OutputError, UriError
from aestream_io.compat.aestream import SpeckInput
from aestream_io.sinks.zmq import ZmqSink
from aestream_io.sources.zmq import ZmqSource

zmq = pytest.importorskip("zmq")
SIZE = (320, 240)


@pytest.fixture
def events():
    rng = np.random.default_rng(1)
    n = 100_000
    return Events(
        np.sort(rng.integers(0, 10**6, n)),
        rng.integers(0, 128, n),
        rng.integers(0, 128, n),
        rng.integers(0, 2, n),
        size=(128, 128),
    )


def collect(source, n):
    parts, have = [], 0
    for part in source:
        parts.append(part)
        have += len(part)
        if have >= n:
            break
    return Events.concatenate(parts)


@pytest.mark.parametrize("format", ["frame", "speck", "spif", "t64_x16_y16_on8", "jaer"])
@pytest.mark.parametrize(("out", "into"), [("pub", "sub"), ("push", "pull")])
def test_what_is_sent_comes_out_complete(events, format, out, into):
    sink = ZmqSink("tcp://127.0.0.1:0", pattern=out, format=format, wait=1, timeout_s=20)
    sender = threading.Thread(target=aestream_io.route, args=(events, sink))
    size = "" if format == "frame" else "&size=128x128"
    uri = f"zmq:{sink.address}?pattern={into}&format={format}&timeout=20s{size}"
    sender.start()
    with aestream_io.open(uri) as source:
        assert collect(source, len(events)) == events
        stats = source.stats
    sender.join()
    assert (stats.events, stats.lost_packets, stats.malformed) == (len(events), 0, 0)
    assert stats.packets == -(-len(events) // (1 << 15))


def test_a_reader_may_be_the_one_that_listens(events):
    with aestream_io.open("zmq:tcp://127.0.0.1:0?pattern=pull&bind=yes&size=128x128") as source:
        sink = f"zmq:{source.address}?pattern=push&bind=no"
        sender = threading.Thread(target=aestream_io.route, args=(events, sink))
        sender.start()
        assert collect(source, len(events)) == events
        sender.join()


def test_a_publisher_tells_readers_what_they_missed(events):
    sink = ZmqSink("tcp://127.0.0.1:0", wait=1, timeout_s=20)
    with ZmqSource(sink.address, size=(128, 128), timeout_s=20) as source:
        sink.start((128, 128), None)
        sink.write(events[:10])
        # Two messages that never go out stand for two that were dropped.
        sink._encoder.encode(events[10:15])
        sink._encoder.encode(events[15:20])
        sink.write(events[20:30])
        assert collect(source, 20) == Events.concatenate([events[:10], events[20:30]])
        assert (source.stats.lost_packets, source.stats.lost_events) == (2, 10)
    sink.finish()


def test_speck_messages_of_another_kind_are_counted_and_skipped():
    context = zmq.Context.instance()
    with context.socket(zmq.XPUB) as host:
        port = host.bind_to_random_port("tcp://127.0.0.1")
        with ZmqSource(
            f"tcp://127.0.0.1:{port}", format="speck", size=(128, 128), timeout_s=20
        ) as source:
            host.recv()  # the subscription
            host.send_multipart([b"S", b"12345678"])
            host.send_multipart([b"V", struct.pack("<BBBxI", 1, 7, 5, 1234)])
            event = next(iter(source))
            details = source.stats.details
    assert (event.t[0], event.x[0], event.y[0], event.p[0]) == (1234, 5, 7, 1)
    assert details["foreign"] == 1


def test_speck_input_reads_frames(events):
    sink = ZmqSink("tcp://127.0.0.1:0", format="speck", wait=1, timeout_s=20)
    with SpeckInput(sink.address) as stream:
        aestream_io.route(events, sink)
        frame = stream.read()
        while frame.sum() < len(events):
            frame = frame + stream.read()
    expected = np.zeros((128, 128))
    np.add.at(expected, (events.x, events.y), 1)
    np.testing.assert_array_equal(frame, expected)


def test_silence_ends_a_stream_that_has_a_timeout():
    with ZmqSource("tcp://127.0.0.1:9", size=(4, 4), timeout_s=0.05) as source:
        assert list(source) == []
    with pytest.raises(EventError, match="no frame has told the sensor's size"):
        ZmqSource("tcp://127.0.0.1:9", timeout_s=0.05)


def test_closing_ends_a_waiting_reader():
    source = ZmqSource("tcp://127.0.0.1:9", size=(4, 4))
    reader = threading.Thread(target=list, args=(source,))
    reader.start()
    source.close()
    reader.join(20)
    assert not reader.is_alive()


def test_readers_that_do_not_come_are_an_output_error(events):
    with pytest.raises(OutputError, match="0 of 1 readers came"):
        aestream_io.route(events, "zmq:tcp://127.0.0.1:0?wait=1&timeout=50ms")
    with pytest.raises(OutputError, match="no reader has taken a message"):
        aestream_io.route(events, "zmq:tcp://127.0.0.1:0?pattern=push&timeout=50ms")


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("zmq:udp://x:1", "expected zmq:tcp://HOST:PORT"),
        ("zmq:?pattern=pair", "pattern: expected one of sub, pull"),
        ("zmq:?sise=3x3", "did you mean 'size'"),
    ],
)
def test_addresses_that_mean_nothing_are_refused(uri, message):
    with pytest.raises(UriError, match=message):
        aestream_io.open(uri)


def test_an_address_that_cannot_be_used_is_told(monkeypatch):
    with pytest.raises(EventError, match="cannot connect to tcp://nowhere"):
        aestream_io.open("zmq:tcp://nowhere?size=4x4")
    monkeypatch.setitem(sys.modules, "zmq", None)
    with pytest.raises(EventError, match=r"pip install 'aestream-io\[zmq\]'"):
        aestream_io.open("zmq:?size=4x4")

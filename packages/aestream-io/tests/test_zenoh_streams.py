"""zenoh sources and sinks over the loopback interface."""

import socket
import sys
import threading

import numpy as np
import pytest

import aestream_io
from aestream_io import EventError, Events, OutputError, UriError
from aestream_io.sinks.zenoh import ZenohSink
from aestream_io.sources.zenoh import ZenohSource
from neuro_kernels.stream import StreamError

zenoh = pytest.importorskip("zenoh")


@pytest.fixture
def events():
    rng = np.random.default_rng(1)
    n = 100_000
    columns = (rng.integers(0, 128, n), rng.integers(0, 128, n), rng.integers(0, 2, n))
    return Events(np.sort(rng.integers(0, 10**6, n)), *columns, size=(128, 128))


@pytest.fixture
def endpoint():
    """An endpoint that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"tcp/127.0.0.1:{probe.getsockname()[1]}"


def collect(source, n):
    parts, have = [], 0
    for part in source:
        parts.append(part)
        have += len(part)
        if have >= n:
            break
    return Events.concatenate(parts)


@pytest.mark.parametrize("format", ["frame", "spif", "t64_x16_y16_on8"])
def test_what_is_sent_comes_out_complete(events, endpoint, format):
    sink = ZenohSink("lab/camera", listen=endpoint, format=format, wait=True, timeout_s=20)
    sender = threading.Thread(target=aestream_io.route, args=(events, sink))
    sender.start()
    size = "" if format == "frame" else "&size=128x128"
    uri = f"zenoh:lab/camera?connect={endpoint}&format={format}&timeout=20s{size}"
    with aestream_io.open(uri) as source:
        assert collect(source, len(events)) == events
        stats = source.stats
    sender.join()
    assert (stats.events, stats.lost_packets, stats.malformed) == (len(events), 0, 0)


def test_a_full_queue_is_counted(events, endpoint):
    with ZenohSource("k", listen=endpoint, size=(128, 128), timeout_s=2, queue_size=1) as source:
        sink = ZenohSink("k", connect=endpoint, wait=True, timeout_s=20)
        report = aestream_io.route(events, sink)
        got = sum(len(part) for part in source)
        stats = source.stats
    assert report.events == len(events)
    assert got < len(events)
    assert stats.lost_packets == stats.details["dropped"] > 0


def test_a_sink_that_nobody_reads_says_so(events, endpoint):
    sink = ZenohSink("k", listen=endpoint, wait=True, timeout_s=0.1)
    with pytest.raises(OutputError, match="no reader came within"):
        aestream_io.route(events, sink)


def test_mistakes_get_a_sentence(endpoint):
    with pytest.raises(UriError, match="expected zenoh:KEY"):
        aestream_io.open("zenoh:")
    with pytest.raises(StreamError, match="zenoh cannot use nonsense"):
        aestream_io.open("zenoh:k?connect=nonsense&size=4x4")


def test_without_the_library_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "zenoh", None)
    with pytest.raises(EventError, match=r"aestream-io\[zenoh\]"):
        aestream_io.open("zenoh:k?size=4x4")

"""UDP sources and sinks by address, over the loopback interface."""

import socket
import threading

import numpy as np
import pytest

import aestream_io
from aestream_io import EventDataWarning, EventError, OutputError, UriError
from neuro_kernels import Events
from neuro_kernels.stream import StreamError, UdpSender

SIZE = (320, 240)


def random_events(n):
    rng = np.random.default_rng(n)
    return Events(
        np.sort(rng.integers(0, 10**6, n)),
        rng.integers(0, SIZE[0], n),
        rng.integers(0, SIZE[1], n),
        rng.integers(0, 2, n),
        size=SIZE,
    )


def take(source, n):
    parts, total = [], 0
    for events in source:
        parts.append(events)
        total += len(events)
        if total >= n:
            break
    return Events.concatenate(parts)


@pytest.mark.parametrize("format", ["t64_x16_y16_on8", "t32_x16_y15_on1", "text"])
def test_other_layouts_come_out_as_they_went_in(format):
    events = random_events(1000)
    with aestream_io.open(f"udp:127.0.0.1:0?size=320x240&timeout=20s&format={format}") as source:
        aestream_io.route(events, f"udp:127.0.0.1:{source.port}?format={format}&packet=50")
        assert take(source, 1000) == events


def test_frames_tell_size_and_origin_of_time():
    events = Events([1, 2], [3, 4], [5, 6], [1, 0], size=(9, 8), t0=77)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    opened = []
    thread = threading.Thread(
        target=lambda: opened.append(
            aestream_io.open(f"udp:127.0.0.1:{port}?format=frame&timeout=20s")
        )
    )
    thread.start()
    with UdpSender("127.0.0.1", port, format="frame") as sender:
        while thread.is_alive():  # nobody tells when the port is open
            sender.send(events)
            thread.join(0.01)
    (source,) = opened
    with source:
        assert (source.size, source.t0) == ((9, 8), 77)
        assert next(iter(source))[:2] == events


def test_a_size_that_no_frame_tells_is_one_clear_error():
    with pytest.raises(StreamError, match=r"no frame has told .* within 0.02 s; start the sender"):
        aestream_io.open("udp:127.0.0.1:0?format=frame&timeout=20ms")


@pytest.mark.parametrize("options", ["", "?timestamps=no", "?packet=256", "?format=spif-untimed"])
def test_what_is_routed_to_udp_comes_out_of_udp(options):
    events = random_events(5000)
    with aestream_io.open("udp:127.0.0.1:0?size=320x240&timeout=20s") as source:
        report = aestream_io.route(events, f"udp:127.0.0.1:{source.port}{options}")
        got = take(source, 5000)
        stats = source.stats
    for name in "xyp" if "no" in options or "untimed" in options else "txyp":
        np.testing.assert_array_equal(getattr(got, name), getattr(events, name))
    assert report.sinks[0].events == report.events == stats.events == 5000
    assert report.sinks[0].bytes == stats.bytes
    assert (stats.lost_packets, stats.lost_events) == (0, 0)
    assert stats.packets == -(-5000 // (256 if "256" in options else 128))
    assert stats.details["receive_buffer_bytes"] > 0


def test_windows_and_stats_of_a_live_stream():
    events = random_events(3000)
    with aestream_io.open("udp:127.0.0.1:0?size=320x240&timeout=20s") as source:
        aestream_io.route(events, f"udp:127.0.0.1:{source.port}")
        cut = source.windows(count=1000)
        got = [next(cut), next(cut), next(cut)]
        assert source.live
    assert Events.concatenate(got) == events


def test_silence_until_the_timeout_ends_the_stream():
    with aestream_io.open("udp:127.0.0.1:0?timeout=20ms") as source:
        assert source.size == (1280, 720)
        assert list(source) == []


def test_events_outside_the_sensor_are_counted_and_warned_of():
    source = aestream_io.open("udp:127.0.0.1:0?size=100x240&timeout=20s")
    events = Events([1, 2], [99, 100], [0, 0], [1, 1], size=SIZE)
    aestream_io.route(events, f"udp:127.0.0.1:{source.port}")
    assert take(source, 1).x.tolist() == [99]
    assert source.stats.out_of_range == 1
    with pytest.warns(EventDataWarning, match=r"1 events lay outside 100x240.*size=WIDTHxHEIGHT"):
        source.close()


def test_a_port_in_use_is_one_clear_error():
    with aestream_io.open("udp:127.0.0.1:0") as first:
        with pytest.raises(StreamError, match="another program has the port") as info:
            aestream_io.open(f"udp:127.0.0.1:{first.port}")
        assert isinstance(info.value, EventError)


def test_a_host_that_does_not_exist_is_one_clear_error():
    with pytest.raises(OutputError, match="cannot find the host 'no host'"):
        aestream_io.route(random_events(3), "udp:no host:3333")


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("udp:127.0.0.1:0?format=spiff", "format: expected one of spif"),
        ("udp:127.0.0.1:0?timeout=5", "add the unit"),
        ("udp:127.0.0.1:0?buffer=big", "amount of memory"),
        ("udp:127.0.0.1:0?packet=5", "unknown option 'packet'"),
        ("udp:127.0.0.1:port", "expected a port"),
    ],
)
def test_bad_options_of_a_udp_source_are_refused(uri, message):
    with pytest.raises(UriError, match=message):
        aestream_io.open(uri)


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("udp:127.0.0.1:3333?packet=0", "packet_events: expected 1 to"),
        ("udp:127.0.0.1:3333?rate=-5", "max_rate"),
        ("udp:127.0.0.1:3333?size=4x4", "unknown option 'size'"),
    ],
)
def test_bad_options_of_a_udp_sink_are_refused(uri, message):
    with pytest.raises(UriError, match=message):
        aestream_io.route(random_events(3), uri)

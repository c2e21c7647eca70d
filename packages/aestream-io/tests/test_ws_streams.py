"""WebSocket sinks and sources over the loopback interface."""

import http.client
import socket
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import aestream_io
from aestream_io import Events, OutputError, _websocket
from aestream_io._tcp import STEP_S
from aestream_io._websocket import BINARY, PING, WebSocket, read_request
from aestream_io.sinks import open_sink
from aestream_io.sinks.ws import WsSink
from aestream_io.sources.ws import WsSource
from neuro_kernels.stream import MessageDecoder, MessageEncoder, StreamError

SIZE = (320, 240)


@pytest.fixture
def events():
    rng = np.random.default_rng(2)
    n = 100_000
    return Events(
        np.sort(rng.integers(0, 10**6, n)),
        rng.integers(0, 320, n),
        rng.integers(0, 240, n),
        rng.integers(0, 2, n),
        size=SIZE,
    )


def on_thread(function, *arguments):
    thread = threading.Thread(target=function, args=arguments)
    thread.start()
    return thread


@pytest.mark.parametrize("readers", [1, 3])
def test_every_reader_gets_every_event(events, readers):
    sink = WsSink("127.0.0.1", 0, wait=readers, drop=False, timeout_s=20)
    got = {}

    def read(k):
        with WsSource("127.0.0.1", sink.port, timeout_s=20) as source:
            got[k] = Events.concatenate(list(source)), source.stats

    threads = [on_thread(read, k) for k in range(readers)]
    report = aestream_io.route(events, sink)
    for thread in threads:
        thread.join(30)
    for k in range(readers):
        assert got[k][0] == events
        assert (got[k][1].lost_events, got[k][1].malformed) == (0, 0)
        assert got[k][1].bytes == report.sinks[0].bytes
    assert (report.sinks[0].events, report.sinks[0].lost_events) == (len(events), 0)


def test_a_reader_that_is_too_slow_is_told_what_it_missed():
    packet = Events([1] * 30_000, [1] * 30_000, [1] * 30_000, [1] * 30_000, size=SIZE)
    sink = WsSink("127.0.0.1", 0, wait=1, queue=1, timeout_s=20)
    source = WsSource("127.0.0.1", sink.port, size=SIZE, timeout_s=20)
    sink.start(SIZE, None)
    for _ in range(400):  # 96 MB, more than all buffers on the way
        sink.write(packet)
    reader = on_thread(lambda: [None for _ in source])
    sink.write(packet)
    report = sink.finish()
    reader.join(30)
    assert report.events == 401 * 30_000
    assert report.lost_events > 0
    # What was dropped after the last message that arrived, nobody can know.
    assert 0 < source.stats.lost_events <= report.lost_events
    assert source.stats.events + report.lost_events == report.events
    source.close()


def test_a_source_reads_what_the_uri_says_and_reconnects(events):
    first = WsSink("127.0.0.1", 0, wait=1, timeout_s=20)
    port = first.port
    sender = on_thread(aestream_io.route, events[:1000], first)
    with aestream_io.open(f"ws://127.0.0.1:{port}/events?timeout=20s&reconnect=yes") as source:
        assert source.size == SIZE
        stream = iter(source)
        assert next(stream) == events[:1000]
        sender.join()
        second = on_thread(
            aestream_io.route, events[1000:2000], f"ws:127.0.0.1:{port}?wait=1&timeout=20s"
        )
        assert next(stream) == events[1000:2000]
        second.join()
        assert source.stats.details["connections"] == 2


def test_a_browser_gets_the_page_and_nothing_else():
    sink = WsSink("127.0.0.1", 0)
    for path, status, text in [("/", 200, b"<canvas"), ("/etc/passwd", 404, b"not here")]:
        connection = http.client.HTTPConnection("127.0.0.1", sink.port, timeout=20)
        connection.request("GET", path)
        answer = connection.getresponse()
        assert answer.status == status
        assert text in answer.read()
        connection.close()
    sink.abort()


def test_the_view_tells_where_it_is(capfd, events):
    sink = open_sink("view:127.0.0.1:0?timeout=20s")
    assert isinstance(sink, WsSink)
    assert f"http://127.0.0.1:{sink.port}/" in capfd.readouterr().err
    reader = on_thread(lambda: list(WsSource("127.0.0.1", sink.port, timeout_s=20)))
    assert aestream_io.route(events, sink).sinks[0].events == len(events)
    reader.join(30)


def test_readers_that_do_not_come_are_an_output_error(events):
    with pytest.raises(OutputError, match="0 of 1 readers came within"):
        aestream_io.route(events, "ws:127.0.0.1:0?wait=1&timeout=50ms")


def test_servers_that_speak_something_else_are_told():
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer():
            link, _ = server.accept()
            link.recv(4096)
            link.sendall(b"HTTP/1.1 403 Forbidden\r\n\r\n")
            link.close()

        thread = on_thread(answer)
        with pytest.raises(StreamError, match="expected a WebSocket handshake, got status 403"):
            WsSource("127.0.0.1", server.getsockname()[1], size=SIZE, timeout_s=5)
        thread.join()
    with pytest.raises(StreamError, match="cannot connect"):
        WsSource("127.0.0.1", 9, timeout_s=0.05)


def handshake(port, origin, host):
    """The status that a browser would get whose page comes from `origin`."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as link:
        said = f"Origin: {origin}\r\n" if origin else ""
        link.sendall(
            f"GET /events HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\n{said}"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        return int(link.recv(4096).split()[1])


def test_pages_of_others_may_not_read_unless_they_are_named():
    def outcomes(sink):
        port = sink.port
        own = f"127.0.0.1:{port}"
        rows = [
            (None, own),
            (f"http://{own}", own),
            (f"http://localhost:{port}", f"localhost:{port}"),
            ("http://page.example", own),
            ("null", own),
            (f"http://page.example:{port}", f"page.example:{port}"),  # a name that leads here
        ]
        found = [handshake(port, *row) for row in rows]
        sink.abort()
        return found

    assert outcomes(WsSink("127.0.0.1", 0)) == [101, 101, 101, 403, 403, 403]
    named = open_sink("ws:127.0.0.1:0?origins=http://page.example")
    assert isinstance(named, WsSink)
    assert outcomes(named) == [101, 101, 101, 101, 403, 403]
    assert outcomes(WsSink("127.0.0.1", 0, origins=["*"])) == [101] * 6


def test_a_late_reader_begins_where_the_stream_is_and_has_lost_nothing(events):
    sink = WsSink("127.0.0.1", 0, timeout_s=20)
    sink.start(SIZE, None)
    sink.write(events[:1000])
    with WsSource("127.0.0.1", sink.port, size=SIZE, timeout_s=20) as source:
        while not sink._readers:
            threading.Event().wait(0.001)
        sink.write(events[1000:1500])
        sink.finish()
        assert list(source) == [events[1000:1500]]
        assert source.stats.lost_events == 0


def test_what_is_too_long_or_never_ends_is_not_waited_for(monkeypatch):
    left, right = pair()
    left.sendall(bytes([0x80 | BINARY, 127]) + (1 << 40).to_bytes(8, "big"))
    assert WebSocket(right, masks=False, closed=lambda: False).receive() is None
    left.close()
    right.close()
    monkeypatch.setattr(_websocket, "_HANDSHAKE_S", 0.05)
    left, right = pair()
    left.sendall(b"GET / HTTP/1.1\r\n")
    assert read_request(right, lambda: False) is None
    left.close()
    right.close()


def test_a_message_that_comes_bit_by_bit_is_kept_until_it_is_whole():
    left, right = pair()
    receiver = WebSocket(right, masks=False, closed=lambda: False)
    got = []
    for byte in bytes([BINARY, 2]) + b"ab" + bytes([0x80, 126, 0, 3]) + b"cde":
        left.sendall(bytes([byte]))
        got.append(receiver.receive(0.01))
    assert got == [b""] * 10 + [b"abcde"]
    left.close()
    right.close()


def pair():
    """Two connected ends of a socket with the timeout that streams have."""
    left, right = socket.socketpair()
    for end in (left, right):
        end.settimeout(STEP_S)
    return left, right


@given(
    st.lists(st.binary(max_size=200) | st.integers(125, 70_000).map(bytes), max_size=5),
    st.booleans(),
)
@settings(deadline=None, max_examples=30)
def test_messages_of_any_length_pass_in_both_directions(messages, masks):
    left, right = pair()
    sender = WebSocket(left, masks=masks, closed=lambda: False)
    receiver = WebSocket(right, masks=not masks, closed=lambda: False)

    def send():
        for message in messages:
            sender.send(message)
            sender.send(b"are you there", PING)
        sender.close()

    thread = on_thread(send)
    got = []
    while (message := receiver.receive()) is not None:
        got.append(message)
    thread.join()
    receiver.close()
    assert got == messages


@given(st.binary(max_size=300))
@settings(deadline=None, max_examples=60)
def test_arbitrary_bytes_neither_break_nor_hang_a_reader(data):
    left, right = pair()
    left.sendall(data)
    left.close()
    receiver = WebSocket(right, masks=False, closed=lambda: False)
    while receiver.receive() is not None:
        pass
    left, second = pair()
    left.sendall(data)
    left.close()
    read_request(second, lambda: False)
    right.close()
    second.close()


def test_a_message_in_fragments_is_joined():
    left, right = pair()
    left.sendall(bytes([BINARY, 2]) + b"ab" + bytes([0x80, 1]) + b"c")
    receiver = WebSocket(right, masks=False, closed=lambda: False)
    assert receiver.receive() == b"abc"
    left.close()
    assert receiver.receive() is None
    right.close()


def test_the_websockets_library_reads_and_feeds_streams(events):
    client = pytest.importorskip("websockets.sync.client")
    server = pytest.importorskip("websockets.sync.server")
    sink = WsSink("127.0.0.1", 0, wait=1, drop=False, timeout_s=20)
    thread = on_thread(aestream_io.route, events, sink)
    decoder = MessageDecoder(format="frame")
    with client.connect(f"ws://127.0.0.1:{sink.port}/events", max_size=None) as link:
        got = Events.concatenate([decoder.decode(message) for message in link])
    thread.join()
    assert got == events

    def feed(link):
        encoder = MessageEncoder(SIZE, format="frame")
        for part in events.chunks(7000):
            link.send(encoder.encode(part))

    with server.serve(feed, "127.0.0.1", 0) as peer:
        thread = on_thread(peer.serve_forever)
        with WsSource("127.0.0.1", peer.socket.getsockname()[1], timeout_s=20) as source:
            assert Events.concatenate(list(source)) == events
        peer.shutdown()
        thread.join()

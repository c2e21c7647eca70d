"""The UDP receiver and sender over the loopback interface."""

import os
import socket
import subprocess
import sys
import threading

import numpy as np
import pytest

from neuro_kernels import EventError, Events
from neuro_kernels.stream import (
    FORMATS,
    MessageEncoder,
    StreamError,
    UdpReceiver,
    UdpSender,
    encode_message,
)

pytestmark = pytest.mark.any_level

SIZE = (640, 480)


def random_events(n, seed=0, size=SIZE):
    rng = np.random.default_rng(seed)
    return Events(
        np.sort(rng.integers(0, 10**6, n)),
        rng.integers(0, size[0], n),
        rng.integers(0, size[1], n),
        rng.integers(0, 2, n),
        size=size,
    )


def read_packets(receiver, packets):
    """Read until that many datagrams have been taken; the timeout is for a failing test alone."""
    parts = []
    while receiver.stats.packets < packets or not parts:
        part = receiver.read(timeout_s=20)
        assert len(part), receiver.stats
        parts.append(part)
    while len(part := receiver.read(timeout_s=0)):
        parts.append(part)
    return Events.concatenate(parts)


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
            s.bind(("::1", 0))
    except OSError:
        return False
    return True


BYTES = {
    "spif": 8,
    "spif-untimed": 4,
    "t64_x16_y16_on8": 13,
    "t32_x16_y15_on1": 8,
    "speck": 8,
    "jaer": None,
    "text": None,
    "frame": None,
}
SIZES = {"speck": (256, 200), "jaer": (346, 260)}  # what their coordinates can say


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("packet_events", [1, 128, 256, 1800])
def test_all_datagrams_arrive_and_are_counted(format, packet_events):
    size = SIZES.get(format, SIZE)
    events = random_events(2000, size=size)
    with UdpReceiver("127.0.0.1", 0, size=size, format=format) as receiver:
        with UdpSender(
            "127.0.0.1", receiver.port, format=format, packet_events=packet_events
        ) as sender:
            sender.send(events)
            sent = sender.stats
        got = read_packets(receiver, -(-2000 // packet_events))
        stats = receiver.stats
    assert (sent.packets, sent.bytes, sent.events) == (stats.packets, stats.bytes, 2000)
    if BYTES[format]:
        assert stats.bytes == 2000 * BYTES[format]
    assert (sent.lost_packets, sent.lost_events) == (0, 0)
    assert stats.events == 2000
    assert (stats.lost_packets, stats.lost_events, stats.out_of_range, stats.malformed) == (0,) * 4
    assert stats.receive_buffer_bytes > 0
    for name in "xyp":
        np.testing.assert_array_equal(getattr(got, name), getattr(events, name))
    if format == "spif-untimed":
        assert got.is_sorted
        assert got.t[0] >= 0
    else:
        assert got == events


def test_a_ring_that_nobody_empties_counts_what_it_loses():
    events = random_events(1000)
    with UdpReceiver("127.0.0.1", 0, size=SIZE, ring_bytes=256) as receiver:
        with UdpSender("127.0.0.1", receiver.port, packet_events=10) as sender:
            sender.send(events)
        # 10 events are 80 bytes and a header of 16: two such datagrams fit into 256 bytes.
        poll_until(lambda: receiver.stats.packets == 100)
        stats = receiver.stats
        got = read_packets(receiver, 100)
        assert receiver.read(timeout_s=0) == Events.empty(SIZE)
    assert (stats.ring_lost_packets, stats.ring_lost_events) == (98, 980)
    assert (stats.lost_packets, stats.lost_events) == (98, 980)
    assert got == events[:20]


def poll_until(condition, tries=2_000):
    """Wait for the receive thread; each try yields the processor to it."""
    event = threading.Event()
    for _ in range(tries):
        if condition():
            return
        event.wait(0.005)
    raise AssertionError("the receive thread did not get there")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells what it drops")
def test_datagrams_dropped_by_the_system_are_counted():
    with UdpReceiver("127.0.0.1", 0, size=SIZE, receive_buffer=1) as receiver:
        packets = 0
        message = encode_message(random_events(4000))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            # The smallest buffer that Linux gives (about 2 kB) takes no datagram of 32 kB twice.
            for _ in range(2000):
                s.sendto(message, ("127.0.0.1", receiver.port))
                packets += 1
                if packets >= 20 and receiver.stats.system_lost_packets:
                    break
        poll_until(lambda: receiver.stats.packets + receiver.stats.system_lost_packets == packets)
        while len(receiver.read(timeout_s=0)):
            pass
        stats = receiver.stats
    assert stats.system_lost_packets > 0
    if stats.packets:
        assert stats.lost_events == 4000 * stats.system_lost_packets
    assert receiver.stats.system_lost_packets == stats.system_lost_packets


def test_damaged_truncated_and_foreign_datagrams_are_counted():
    small = Events([1, 2], [5, 639], [5, 479], [1, 0], size=SIZE)
    with (
        UdpReceiver("127.0.0.1", 0, size=(6, 6), max_datagram=64) as receiver,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s,
    ):
        address = ("127.0.0.1", receiver.port)
        s.sendto(encode_message(small), address)  # one event outside 6x6
        s.sendto(encode_message(small[:1]) + b"\x01", address)  # one byte too many
        s.sendto(encode_message(small[:1])[:4], address)  # the timestamp is missing
        s.sendto(b"", address)
        s.sendto(bytes(100), address)  # 8 events of zeros fit into 64 bytes
        poll_until(lambda: receiver.stats.packets == 5)
        got = read_packets(receiver, 5)
        stats = receiver.stats
    assert len(got) == 1 + 1 + 1 + 0 + 8
    assert (stats.out_of_range, stats.malformed, stats.truncated) == (1, 2, 1)


def test_frames_tell_the_receiver_the_size_and_what_was_lost_anywhere():
    events = Events(range(50), range(50), [0] * 50, [1] * 50, size=(99, 7), t0=123)
    with UdpReceiver("127.0.0.1", 0, format="frame") as receiver:
        assert receiver.size is None
        assert receiver.read(timeout_s=0).size == (1, 1)
        encoder = MessageEncoder(events.size, format="frame", t0=123)
        messages = [encoder.encode(part) for part in events.chunks(10)]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            for message in (messages[0], messages[1], messages[4]):
                s.sendto(message, ("127.0.0.1", receiver.port))
        poll_until(lambda: receiver.stats.packets == 3)
        got = receiver.read(timeout_s=0)
        stats = receiver.stats
        assert (receiver.size, receiver.t0) == ((99, 7), 123)
    assert got == Events.concatenate([events[:20], events[40:]])
    assert (stats.missed_packets, stats.missed_events) == (2, 20)
    assert (stats.lost_packets, stats.lost_events) == (2, 20)


# In a process of its own, because faery leaves its sockets open.
FAERY_SENDS = """
import faery, numpy as np, sys
port, format = int(sys.argv[1]), sys.argv[2]
events = np.load(sys.argv[3])
stream = faery.events_stream_from_array(events, dimensions=(1280, 720))
stream.to_udp(("127.0.0.1", port), events_per_packet=100, format=format)
"""
FAERY_RECEIVES = """
import faery, numpy as np, sys
port, format = int(sys.argv[1]), sys.argv[2]
stream = faery.events_stream_from_udp((1280, 720), ("127.0.0.1", port), format)
np.save(sys.argv[3], next(packet for packet in stream if len(packet)))
"""


def faery_process(code, port, format, path):
    command = [sys.executable, "-W", "ignore", "-c", code, str(port), format, str(path)]
    return subprocess.Popen(command)


@pytest.mark.interop
@pytest.mark.parametrize("format", ["t64_x16_y16_on8", "t32_x16_y15_on1"])
def test_what_faery_sends_is_read(format, tmp_path):
    pytest.importorskip("faery")
    events = random_events(1000, size=(1280, 720))
    np.save(tmp_path / "events.npy", events.to("faery"))
    with UdpReceiver("127.0.0.1", 0, size=(1280, 720), format=format) as receiver:
        with faery_process(FAERY_SENDS, receiver.port, format, tmp_path / "events.npy") as process:
            assert process.wait(60) == 0
        assert read_packets(receiver, 10) == events


@pytest.mark.interop
@pytest.mark.parametrize("format", ["t64_x16_y16_on8", "t32_x16_y15_on1"])
def test_faery_reads_what_is_sent(format, tmp_path):
    pytest.importorskip("faery")
    events = random_events(1000, size=(1280, 720))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    path = tmp_path / "got.npy"
    with (
        faery_process(FAERY_RECEIVES, port, format, path) as process,
        UdpSender("127.0.0.1", port, format=format, packet_events=1000) as sender,
    ):
        # Again and again, because nobody tells when its port is open, and later each time, because
        # it drops datagrams whose time goes back.
        for second in range(1000):
            t = events.t + 1_000_000 * second
            sender.send(Events(t, events.x, events.y, events.p, size=events.size))
            try:
                if process.wait(0.05) == 0:
                    break
            except subprocess.TimeoutExpired:
                continue
        assert process.returncode == 0
    got = np.load(path)
    np.testing.assert_array_equal(np.diff(got["t"].astype(np.int64)), np.diff(events.t))
    for name, column in (("x", events.x), ("y", events.y), ("on", events.p == 1)):
        np.testing.assert_array_equal(got[name], column)


def test_a_port_in_use_is_refused_with_the_way_out():
    with (
        UdpReceiver("127.0.0.1", 0, size=SIZE) as first,
        pytest.raises(StreamError, match=r"127\.0\.0\.1:\d+.*another program has the port") as info,
    ):
        UdpReceiver("127.0.0.1", first.port, size=SIZE)
    assert isinstance(info.value, EventError)
    assert isinstance(info.value, OSError)
    assert info.value.errno


def test_an_unknown_host_is_refused_with_its_name():
    with pytest.raises(StreamError, match=r"cannot find the host 'no host'.*check the name"):
        UdpSender("no host", 3333)
    with pytest.raises(StreamError, match=r"cannot find the host 'no host'.*address of this"):
        UdpReceiver("no host", 0, size=SIZE)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"port": 70000}, "port: expected 0 to 65535, got 70000"),
        ({"ring_bytes": 0}, "ring_bytes: expected at least 64"),
        ({"max_datagram": 1}, "max_datagram: expected at least 16"),
        ({"size": (0, 4)}, "size"),
    ],
)
def test_receiver_options_out_of_range_are_refused(options, message):
    with pytest.raises(EventError, match=message):
        UdpReceiver("127.0.0.1", **{"port": 0, "size": SIZE, **options})


def test_sender_options_out_of_range_are_refused():
    with pytest.raises(EventError, match="packet_events: expected 1 to 8188"):
        UdpSender("127.0.0.1", 3333, packet_events=8189)
    with pytest.raises(EventError, match="port"):
        UdpSender("127.0.0.1", 0)
    with pytest.raises(EventError, match="max_rate"):
        UdpSender("127.0.0.1", 3333, max_rate=-1)


def test_close_frees_the_port_and_what_came_before_can_be_read():
    events = random_events(300)
    receiver = UdpReceiver("127.0.0.1", 0, size=SIZE)
    with UdpSender("127.0.0.1", receiver.port) as sender:
        sender.send(events)
    poll_until(lambda: receiver.stats.packets == 3)
    receiver.close()
    receiver.close()
    UdpReceiver("127.0.0.1", receiver.port, size=SIZE).close()
    assert Events.concatenate(list(receiver)) == events
    assert receiver.closed
    assert receiver.read() is None


def test_close_from_another_thread_ends_a_waiting_read():
    receiver = UdpReceiver("127.0.0.1", 0, size=SIZE)
    results = []
    reader = threading.Thread(target=lambda: results.append(receiver.read()))
    reader.start()
    receiver.close()
    reader.join(20)
    assert results == [None]


def test_max_events_ends_a_read_at_a_datagram():
    events = random_events(50)
    with UdpReceiver("127.0.0.1", 0, size=SIZE) as receiver:
        with UdpSender("127.0.0.1", receiver.port, packet_events=10) as sender:
            sender.send(events)
        poll_until(lambda: receiver.stats.packets == 5)
        assert [len(receiver.read(timeout_s=0, max_events=n)) for n in (25, 1, 9, 100)] == [
            20, 10, 10, 10,
        ]  # fmt: skip


@pytest.mark.skipif(not has_ipv6(), reason="no IPv6 on this machine")
@pytest.mark.parametrize(("host", "senders"), [("::1", ["::1"]), ("::", ["::1", "127.0.0.1"])])
def test_ipv6_is_received_and_every_address_means_both_families(host, senders):
    events = random_events(10)
    with UdpReceiver(host, 0, size=SIZE) as receiver:
        for address in senders:
            with UdpSender(address, receiver.port) as sender:
                sender.send(events)
            assert receiver.read(timeout_s=20) == events


def test_a_paced_sender_loses_nothing_and_keeps_the_order():
    events = random_events(5000)
    with UdpReceiver("127.0.0.1", 0, size=SIZE) as receiver:
        with UdpSender("127.0.0.1", receiver.port, max_rate=1e6) as sender:
            sender.send(events)
        assert read_packets(receiver, 40) == events


def test_a_sender_without_listener_goes_on():
    with UdpReceiver("127.0.0.1", 0, size=SIZE) as receiver:
        port = receiver.port
    with UdpSender("127.0.0.1", port, packet_events=1) as sender:
        for _ in range(3):
            sender.send(random_events(100))
        stats = sender.stats
    assert stats.events + stats.lost_events == 300


def test_a_closed_sender_says_so():
    sender = UdpSender("127.0.0.1", 3333)
    sender.close()
    sender.send(Events.empty(SIZE))
    with pytest.raises(StreamError, match="the sender is closed"):
        sender.send(random_events(1))


def run_python(code):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("attempt", range(4))
def test_the_interpreter_ends_while_receivers_are_open_and_read(attempt):
    # Which thread meets the end of the interpreter where is chance: many raise it.
    done = run_python(
        "from neuro_kernels.stream import UdpReceiver\n"
        "import sys, threading\n"
        "receivers = [UdpReceiver('127.0.0.1', 0, size=(4, 4), ring_bytes=64) for _ in range(16)]\n"
        "sys.modules['keep'] = receivers\n"
        "def read(r):\n"
        "    while True:\n"
        "        r.read(timeout_s=0.001)\n"
        "for r in receivers:\n"
        "    threading.Thread(target=read, args=(r,), daemon=True).start()\n"
        "print(r.port > 0)\n"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "True\n", "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_child_may_close_the_receiver_and_the_parent_goes_on():
    done = run_python(
        "import os, warnings\n"
        "warnings.simplefilter('ignore')\n"
        "from neuro_kernels import Events\n"
        "from neuro_kernels.stream import UdpReceiver, UdpSender\n"
        "r = UdpReceiver('127.0.0.1', 0, size=(4, 4))\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    r.close()\n"
        "    os._exit(0)\n"
        "assert os.waitpid(child, 0)[1] == 0\n"
        "UdpSender('127.0.0.1', r.port).send(Events([1], [2], [3], [1], size=(4, 4)))\n"
        "print(r.read(timeout_s=20).x)\n"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "[2]\n", "")


@pytest.mark.skipif(os.name == "nt", reason="signals are sent differently on Windows")
def test_ctrl_c_ends_a_waiting_read():
    done = run_python(
        "import os, signal, threading\n"
        "from neuro_kernels.stream import UdpReceiver\n"
        # Programs that are started in the background may be told to ignore it.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "r = UdpReceiver('127.0.0.1', 0, size=(4, 4))\n"
        "threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()\n"
        "try:\n"
        "    r.read()\n"
        "except KeyboardInterrupt:\n"
        "    print('stopped')\n"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "stopped\n", "")

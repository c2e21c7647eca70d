"""The UDP receiver and sender over the loopback interface."""

import os
import socket
import subprocess
import sys
import threading

import numpy as np
import pytest

from neuro_kernels import EventError, Events
from neuro_kernels.stream import StreamError, UdpReceiver, UdpSender, encode_message

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


@pytest.mark.parametrize("format", ["spif", "spif-untimed"])
@pytest.mark.parametrize("packet_events", [1, 128, 256, 8000])
def test_all_datagrams_arrive_and_are_counted(format, packet_events):
    events = random_events(2000)
    with UdpReceiver("127.0.0.1", 0, size=SIZE) as receiver:
        with UdpSender(
            "127.0.0.1", receiver.port, format=format, packet_events=packet_events
        ) as sender:
            sender.send(events)
            sent = sender.stats
        got = read_packets(receiver, -(-2000 // packet_events))
        stats = receiver.stats
    bytes_each = 8 if format == "spif" else 4
    assert (sent.packets, sent.bytes, sent.events) == (stats.packets, 2000 * bytes_each, 2000)
    assert (sent.lost_packets, sent.lost_events) == (0, 0)
    assert (stats.events, stats.bytes) == (2000, 2000 * bytes_each)
    assert (stats.lost_packets, stats.lost_events, stats.out_of_range, stats.malformed) == (0,) * 4
    assert stats.receive_buffer_bytes > 0
    for name in "xyp":
        np.testing.assert_array_equal(getattr(got, name), getattr(events, name))
    if format == "spif":
        assert got == events
    else:
        assert got.is_sorted
        assert got.t[0] >= 0


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
    assert len(got) == 1 + 1 + 0 + 0 + 8
    assert (stats.out_of_range, stats.malformed, stats.truncated) == (1, 2, 1)


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


def test_the_interpreter_ends_while_a_receiver_is_open():
    done = run_python(
        "from neuro_kernels.stream import UdpReceiver\n"
        "import sys, threading\n"
        "r = UdpReceiver('127.0.0.1', 0, size=(4, 4))\n"
        "sys.modules['keep'] = r\n"
        "threading.Thread(target=r.read, daemon=True).start()\n"
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
        "r = UdpReceiver('127.0.0.1', 0, size=(4, 4))\n"
        "threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()\n"
        "try:\n"
        "    r.read()\n"
        "except KeyboardInterrupt:\n"
        "    print('stopped')\n"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "stopped\n", "")

"""Event links over the loopback: SPIF words over UDP and Speck rows over ZeroMQ, both ways."""

import importlib
import socket
import sys
import threading

import numpy as np
import pytest

import hw_drivers
from hw_drivers import ConfigError, HardwareError, SpeckConfig, SpifConfig
from hw_drivers.links import SpeckSink, SpifSink, samna_installed
from hw_drivers.tables import spif as table
from hw_drivers.words.messages import MessageStream
from neuro_kernels import Events
from neuro_kernels.stream import encode_message

SIZE = (346, 260)


def received(device, count):
    parts = []
    for packet in device.packets():
        parts.append(packet.events)
        if sum(map(len, parts)) >= count:
            break
    return Events.concatenate(parts)


class Board:
    """A SPIF board on the loopback: sends its events to whoever sends a start word."""

    def __init__(self, events, *, timed, answers=1):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(20)
        self.port = self._socket.getsockname()[1]
        name = "spif" if timed else "spif-untimed"
        self._messages = [encode_message(e, format=name) for e in events.chunks(200)]
        self.words = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        started = False
        while table.STOP not in self.words:
            word, client = self._socket.recvfrom(64)
            self.words.append(int.from_bytes(word, "little"))
            if self.words[-1] == table.START and not started:
                started = True
                for message in self._messages:
                    self._socket.sendto(message, client)
        self._socket.close()

    def join(self):
        self._thread.join(20)


def test_a_board_that_is_asked_sends_its_events(random_events):
    events = random_events(5000, seed=1, size=SIZE)
    board = Board(events, timed=True)
    with hw_drivers.open(f"spif:127.0.0.1:{board.port}?size=346x260") as device:
        assert received(device, len(events)) == events
        assert device.health().lost_packets == 0
        assert device.size == SIZE
    board.join()
    assert board.words[0] == table.START
    assert board.words[-1] == table.STOP


def test_events_of_a_board_without_times_get_those_of_arrival(random_events):
    events = random_events(500, seed=2, size=SIZE)
    board = Board(events, timed=False)
    with hw_drivers.open(f"spif:127.0.0.1:{board.port}", SpifConfig(size=SIZE)) as device:
        got = received(device, len(events))
    assert np.array_equal(got.x, events.x)
    assert got.is_sorted
    assert len(np.unique(got.t)) <= 3  # one time for each datagram
    board.join()


@pytest.mark.parametrize("timestamps", [True, False])
def test_a_sink_and_a_listener_speak_to_each_other(random_events, timestamps):
    events = random_events(3000, seed=3, size=SIZE)
    with hw_drivers.open("spif::0?size=346x260") as device:
        port = int(device.info.uri.rpartition(":")[2])
        device.start()
        with SpifSink("127.0.0.1", port, timestamps=timestamps) as sink:
            sink.send(events)
            assert sink.stats.events == len(events)
            assert sink.stats.packets == -(-len(events) // 256)
        got = received(device, len(events))
        assert device.health().lost_packets == 0
    for column in "txyp" if timestamps else "xyp":
        assert np.array_equal(getattr(got, column), getattr(events, column))


def test_events_outside_the_size_are_left_out_and_counted():
    data = encode_message(Events([1, 2], [5, 20], [5, 5], [1, 1], size=(64, 64)))
    stream = MessageStream((10, 10), "spif")
    assert stream.feed(data + b"\1").events.x.tolist() == [5]
    assert stream.report.out_of_range == 1


def test_what_arrived_before_the_start_is_not_delivered(random_events):
    old, new = random_events(100, seed=4, size=SIZE), random_events(100, seed=5, size=SIZE)
    with hw_drivers.open("spif::0?size=346x260") as device:
        port = int(device.info.uri.rpartition(":")[2])
        with SpifSink("127.0.0.1", port, timestamps=True) as sink:
            sink.send(old)
            device.start()
            device.stop()
            device.start()
            sink.send(new)
            got = received(device, len(new))
    assert got[-len(new) :] == new


def test_a_recording_of_a_link_holds_what_was_delivered(random_events, tmp_path):
    events = random_events(2000, seed=6, size=SIZE)
    board = Board(events, timed=True)
    with hw_drivers.open(f"spif:127.0.0.1:{board.port}?size=346x260") as device:
        with device.record(tmp_path / "x.raw") as recording:
            received(device, len(events))
        assert recording.stop().bytes == 8 * len(events)
    header, _, body = (tmp_path / "x.raw").read_bytes().partition(b"% end\n")
    assert b"% format SPIF;height=260;width=346\n" in header
    assert MessageStream(SIZE, "spif").feed(body).events == events


@pytest.mark.parametrize("name", ["spif", "speck"])
def test_links_are_emulated_like_cameras(random_events, name):
    size = (640, 480) if name == "spif" else (128, 128)
    events = random_events(2000, seed=7, size=size)
    with hw_drivers.emulate(name, events=events, realtime=False) as device:
        got = Events.concatenate([packet.events for packet in device.packets()])
        assert device.emulator.registers[0] == 1
        device.stop()
        assert device.emulator.registers[0] == 0
    assert got == events


def test_a_publisher_of_speck_events_is_heard(random_events):
    pytest.importorskip("zmq")
    events = random_events(20_000, seed=8, size=(128, 128))
    with (
        SpeckSink("tcp://127.0.0.1:*", wait=1) as sink,
        hw_drivers.open(f"speck:{sink.address}") as device,
    ):
        device.start()
        sink.send(events)
        assert sink.events == len(events)
        assert received(device, len(events)) == events


def test_a_sink_that_nobody_reads_says_so(random_events):
    pytest.importorskip("zmq")
    with (
        SpeckSink("tcp://127.0.0.1:*", wait=2, timeout=0.01) as sink,
        pytest.raises(HardwareError, match="2 more readers"),
    ):
        sink.send(random_events(1, size=(128, 128)))


def test_without_pyzmq_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "zmq", None)
    with pytest.raises(HardwareError, match=r"hw-drivers\[speck\]"):
        hw_drivers.open("speck:tcp://127.0.0.1:40001")
    with pytest.raises(HardwareError, match=r"hw-drivers\[speck\]"):
        SpeckSink()


@pytest.mark.parametrize(
    "uri",
    [
        "spif:127.0.0.1:x",
        "spif:127.0.0.1:99999",
        "spif::0?size=640",
        "spif::0?sise=1x1",
        "spif::0?size=0x9",
        "spif::0?drop=all",
    ],
)
def test_links_that_make_no_sense_are_refused_in_one_sentence(uri):
    with pytest.raises(HardwareError) as caught:
        hw_drivers.open(uri)
    assert "\n" not in str(caught.value)


def test_an_unknown_host_is_refused(monkeypatch):
    def unknown(*args, **kwargs):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(HardwareError, match="Name or service not known"):
        hw_drivers.open("spif:nowhere:3333")


def test_a_port_in_use_is_refused():
    with hw_drivers.open("spif::0") as device, pytest.raises(HardwareError, match="port"):
        hw_drivers.open(device.info.uri)


def test_the_size_is_fixed_while_a_link_is_open():
    with hw_drivers.open("emulated:spif?realtime=0") as device:
        device.config = SpifConfig()
        with pytest.raises(ConfigError, match="open it again"):
            device.config = SpifConfig(size=(10, 10))
    with pytest.raises(ConfigError):
        SpeckConfig(size=(257, 1))


def test_samna_is_looked_for_and_never_executed(tmp_path, monkeypatch):
    flag = tmp_path / "executed"
    (tmp_path / "samna").mkdir()
    (tmp_path / "samna" / "__init__.py").write_text(
        f"import pathlib\npathlib.Path({str(flag)!r}).touch()\nraise RuntimeError('executed')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    assert samna_installed()
    assert not flag.exists()
    assert "samna" not in sys.modules
    with pytest.raises(RuntimeError, match="executed"):  # the trap works
        importlib.import_module("samna")


def test_a_samna_that_is_absent_is_not_found(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert not samna_installed()

"""What holds however a stream arrives: a model, a recorded trace, a serial line, UDP, ZeroMQ.

`test_transport_contract` holds the requests of a camera against the model and libusb.
"""

import sys
from contextlib import contextmanager

import numpy as np
import pytest

import hw_drivers
from hw_drivers import ConfigError, DavisImu, HardwareError
from hw_drivers.emulators.edvs import EdvsModel
from hw_drivers.emulators.pty import SerialEmulator
from hw_drivers.emulators.replay import Replay
from hw_drivers.links import SpeckSink, SpifSink

COUNT = 3000


def by_itself():
    """The device sends its events without being fed."""


@contextmanager
def model(events, tmp_path):
    with hw_drivers.emulate("evk4", events=events, realtime=False) as device:
        yield device, by_itself


@contextmanager
def paced(events, tmp_path):
    with hw_drivers.emulate("dvs128", events=events, buffers=10_000) as device:
        yield device, by_itself


@contextmanager
def trace(events, tmp_path):
    source, path = tmp_path / "source.raw", tmp_path / "a.hwtrace"
    with (
        hw_drivers.emulate("evk4", events=events, realtime=False) as device,
        device.record(source),
    ):
        list(device.packets())
    with hw_drivers.open(f"emulated:evk4?realtime=0&recording={source}", trace=path) as device:
        list(device.packets())
    with hw_drivers.open(f"trace:{path}") as device:
        yield device, by_itself


@contextmanager
def serial(events, tmp_path):
    if sys.platform == "win32":
        pytest.skip("there are no pseudo-terminals")
    model = EdvsModel(Replay(events))
    with SerialEmulator(model) as line, hw_drivers.open(f"serial:{line.path}") as device:
        yield device, by_itself


@contextmanager
def udp(events, tmp_path):
    with hw_drivers.open("spif::0?size=128x128") as device:
        port = int(device.info.uri.rpartition(":")[2])
        with SpifSink("127.0.0.1", port, timestamps=True) as sink:
            yield device, lambda: sink.send(events)


@contextmanager
def zeromq(events, tmp_path):
    pytest.importorskip("zmq")
    with (
        SpeckSink("tcp://127.0.0.1:*", wait=1) as sink,
        hw_drivers.open(f"speck:{sink.address}") as device,
    ):
        yield device, lambda: sink.send(events)


@pytest.fixture(params=[model, paced, trace, serial, udp, zeromq], ids=lambda one: one.__name__)
def rig(request, random_events, tmp_path):
    """Return an open device, what makes it send, and the events that it sends."""
    events = random_events(COUNT, seed=5, size=(128, 128))
    with request.param(events, tmp_path) as (device, send):
        yield device, send, events


def receive(device, send, **options):
    device.start()
    send()
    packets, count = [], 0
    for packet in device.packets(**options):
        packets.append(packet)
        count += len(packet.events)
        if count >= COUNT:
            break
    return packets


@pytest.mark.parametrize("max_latency", [None, 5e-3])
def test_every_event_arrives_once_and_in_order(rig, max_latency):
    device, send, events = rig
    packets = receive(device, send, max_latency=max_latency)
    for column in "txyp":
        got = np.concatenate([getattr(packet.events, column) for packet in packets])
        assert np.array_equal(got, getattr(events, column))
    assert all(packet.gap is None for packet in packets)


def test_packets_tell_when_they_arrived_and_are_counted(rig):
    device, send, _ = rig
    packets = receive(device, send)
    assert [packet.sequence for packet in packets] == list(range(len(packets)))
    arrivals = [packet.host_time.monotonic_ns for packet in packets]
    assert arrivals == sorted(arrivals)
    last = [packet.t_us for packet in packets if len(packet.events)]
    assert last == sorted(last)
    health = device.health()
    assert health.events == COUNT
    assert health.packets == len(packets) + health.backlog_packets
    assert (health.lost_packets, health.lost_bytes, health.gaps) == (0, 0, 0)
    assert health.decode is not None
    assert health.decode.unknown_words == health.decode.out_of_range == 0


def test_a_recording_holds_what_arrived(rig, tmp_path):
    device, send, _ = rig
    with device.record(tmp_path / "a.raw") as recording:
        with pytest.raises(HardwareError, match="is being recorded"):
            device.record(tmp_path / "b.raw")
        receive(device, send)
        device.stop()
    report = recording.stop()
    assert report.missing_packets == 0
    payload = (tmp_path / "a.raw").read_bytes().partition(b"% end\n")[2]
    assert len(payload) == report.bytes > 0
    assert sorted(p.name for p in tmp_path.glob("a.raw*")) == ["a.raw", "a.raw.json"]


def test_what_cannot_be_is_refused_and_the_stream_goes_on(rig, tmp_path):
    device, send, _ = rig
    with pytest.raises(HardwareError, match="cannot write"):
        device.record(tmp_path / "nowhere" / "a.raw")
    with pytest.raises(ConfigError, match=r"expected \w+Config, got DavisImu$"):
        device.update(DavisImu())
    assert device.update(device.config).result(20) == device.config
    assert sum(len(packet.events) for packet in receive(device, send)) == COUNT


def test_a_closed_device_says_so(rig, tmp_path):
    device, send, _ = rig
    receive(device, send)
    device.close()
    device.close()
    for use in (
        device.start,
        lambda: next(device.packets()),
        lambda: next(device.latest()),
        lambda: device.update(device.config),
        lambda: device.record(tmp_path / "a.raw"),
    ):
        with pytest.raises(HardwareError, match="is closed; open it again"):
            use()
    assert device.health().events == COUNT

"""Traces: what went over the cable answers the same driver again."""

import contextlib
import json
import random
import zipfile

import numpy as np
import pytest
from hw_golden import CONFIG, PATH, make, write
from hypothesis import given
from hypothesis import strategies as st

import hw_drivers
from hw_drivers import DeviceDisconnected, Evk4Config, HardwareError, TraceError, TransferError
from hw_drivers.cli import main
from hw_drivers.transport.trace_format import Kind, Record, Trace, read_trace

SHORT = "emulated:evk4?realtime=0&duration=5ms&rate=1e5"


def assert_same(got, wanted):
    assert len(got) == len(wanted) > 0
    for a, b in zip(got, wanted, strict=True):
        assert a.events == b.events
        assert np.array_equal(a.triggers.t, b.triggers.t)
        assert (a.gap, a.sequence) == (b.gap, b.sequence)


def test_the_golden_trace_is_played_by_the_driver_of_today(tmp_path):
    wanted, _ = make(tmp_path / "again.hwtrace")
    with hw_drivers.open(f"trace:{PATH}") as device:
        assert device.config == CONFIG
        assert device.info.kind == "trace"
        assert round(device.temperature()) == 35
        got = list(device.packets())
        assert device.health().lost_packets == 0
    assert_same(got, wanted)
    assert sum(len(packet.triggers) for packet in got) == 8


def test_a_trace_of_a_trace_is_the_trace(tmp_path):
    make(tmp_path / "first.hwtrace")
    first = read_trace(tmp_path / "first.hwtrace")
    with hw_drivers.open(f"trace:{tmp_path / 'first.hwtrace'}", trace=tmp_path / "b") as device:
        device.temperature()
        list(device.packets())
    second = read_trace(tmp_path / "b")

    def steps(trace):
        return [(r.kind, r.number, r.payload, r.status) for r in trace.records]

    assert steps(first) == steps(second)


@pytest.mark.parametrize("name", ["davis346", "dvxplorer"])
def test_other_devices_are_traced_too(name, tmp_path):
    path = tmp_path / "a.hwtrace"
    with hw_drivers.open(f"emulated:{name}?realtime=0&duration=5ms", trace=path) as device:
        wanted = [packet.events for packet in device.packets()]
    with hw_drivers.open(f"trace:{path}") as device:
        assert [packet.events for packet in device.packets()] == wanted


def test_serial_numbers_are_left_out(tmp_path):
    path = tmp_path / "a.hwtrace"
    with hw_drivers.open(f"{SHORT}&serial=feedbeef", trace=path) as device:
        assert device.info.serial == "feedbeef"
    data = path.read_bytes()
    assert bytes.fromhex("efbeedfe") not in data
    assert b"feedbeef" not in data
    with hw_drivers.open(f"trace:{path}") as device:
        assert device.info.serial == "00000000"


def test_an_unplugged_device_is_unplugged_again(tmp_path):
    path = tmp_path / "a.hwtrace"
    with (
        hw_drivers.open(f"{SHORT}&unplug_after=3ms", trace=path) as device,
        pytest.raises(DeviceDisconnected) as first,
    ):
        list(device.packets())
    with hw_drivers.open(f"trace:{path}") as device, pytest.raises(DeviceDisconnected) as second:
        list(device.packets())
    assert (first.value.packets, first.value.events) == (3, second.value.events)
    assert second.value.packets == 3


def test_a_stall_is_a_stall_again(tmp_path):
    path = tmp_path / "a.hwtrace"
    with pytest.raises(TransferError, match="stall"):
        hw_drivers.open(f"{SHORT}&stall=9", trace=path)
    with pytest.raises(TransferError, match="stall"):
        hw_drivers.open(f"trace:{path}")


def test_losses_stay_losses(tmp_path):
    path = tmp_path / "a.hwtrace"
    records = list(read_trace(PATH).records)
    place = [i for i, r in enumerate(records) if r.kind is Kind.DATA][3]
    records.insert(
        place, Record(Kind.GAP, 0, (5).to_bytes(8, "little") + (640).to_bytes(8, "little"))
    )
    write(path, read_trace(PATH).header, records)
    with hw_drivers.open(f"trace:{path}") as device:
        packets = list(device.packets())
        health = device.health()
    assert [p.gap.packets if p.gap else 0 for p in packets] == [0, 0, 0, 5, 0, 0, 0, 0]
    assert (health.lost_packets, health.lost_bytes, health.gaps) == (5, 640, 1)
    assert packets[-1].sequence == 12


def test_a_trace_can_be_recorded_to_a_raw_file(tmp_path):
    with hw_drivers.open(f"trace:{PATH}") as device:
        with device.record(tmp_path / "a.raw") as recording:
            list(device.packets())
        assert recording.stop().packets == 8


def test_a_trace_can_be_paced():
    with hw_drivers.open(f"trace:{PATH}?realtime=1") as device:
        packets = list(device.packets())
    times = [p.host_time.monotonic_ns for p in packets]
    assert np.all(np.diff(times) > 0)
    assert len(packets) == 8


def test_a_stream_can_be_started_as_often_as_it_was(tmp_path):
    path = tmp_path / "a.hwtrace"
    with hw_drivers.open(SHORT, trace=path) as device:
        wanted = [[p.events for p in device.packets()] for _ in range(2) if not device.stop()]
    with hw_drivers.open(f"trace:{path}") as device:
        got = [[p.events for p in device.packets()] for _ in range(2) if not device.stop()]
        assert got == wanted
        device.stop()
        with pytest.raises(TraceError, match="only for what was asked then"):
            device.start()


def test_what_was_never_asked_is_one_clear_error():
    with hw_drivers.open(f"trace:{PATH}") as device:
        with pytest.raises(TraceError, match="configuration it was made with"):
            device.config = Evk4Config(rate_limit=1e6)
        assert device.config == CONFIG


def test_another_configuration_is_one_clear_error():
    with pytest.raises(TraceError, match="configuration it was made with") as caught:
        hw_drivers.open(f"trace:{PATH}", Evk4Config(rate_limit=1e6))
    assert "\n" not in str(caught.value)
    with pytest.raises(HardwareError, match="expected Evk4Config"):
        hw_drivers.open(f"trace:{PATH}", hw_drivers.Davis346Config())


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ({}, "unknown device None"),
        ({"device": "evk9"}, "unknown device 'evk9'"),
        ({"device": ["evk4"]}, "unknown device"),
        ({"device": "evk4", "config": {"bias": {"fo": 9999}}}, "configuration in the trace"),
        ({"device": "evk4", "config": {}}, "the trace has no bulk_out"),
    ],
)
def test_a_trace_that_cannot_be_played_says_why(tmp_path, header, words):
    write(tmp_path / "a", header, [])
    with pytest.raises(TraceError, match=words):
        hw_drivers.open(f"trace:{tmp_path / 'a'}")


@pytest.mark.parametrize("data", [b"", b"HWTRACE 1\n", b"HWTRACE 1\n[]\n", b"% evt 3.0\n"])
def test_other_files_are_refused(tmp_path, data):
    (tmp_path / "a").write_bytes(data)
    with pytest.raises(TraceError, match="trace"):
        read_trace(tmp_path / "a")
    with pytest.raises(TraceError, match="cannot read"):
        read_trace(tmp_path / "none")


def test_every_damaged_byte_is_found(tmp_path):
    good = PATH.read_bytes()
    start = good.index(b"\n", 10) + 1
    places = [start, *random.Random(1).sample(range(start, len(good)), 60)]
    for place in places:
        bad = bytearray(good)
        bad[place] ^= 1 << place % 8
        (tmp_path / "a").write_bytes(bad)
        with pytest.raises(TraceError) as caught:
            read_trace(tmp_path / "a")
        assert "\n" not in str(caught.value)


def test_a_cut_trace_tells_where(tmp_path):
    good = PATH.read_bytes()
    (tmp_path / "a").write_bytes(good[:-3])
    with pytest.raises(TraceError, match=r"record \d+ at byte \d+"):
        read_trace(tmp_path / "a")


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_read_or_refused(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("t") / "a"
    path.write_bytes(b'HWTRACE 1\n{"device": "evk4"}\n' + data)
    with contextlib.suppress(TraceError):
        assert isinstance(read_trace(path), Trace)


def test_a_trace_that_cannot_be_written_leaves_nothing(tmp_path):
    with pytest.raises(HardwareError, match="cannot write"):
        hw_drivers.open(SHORT, trace=tmp_path / "none" / "a.hwtrace")
    with pytest.raises(TransferError):
        hw_drivers.open(f"{SHORT}&stall=0", trace=tmp_path / "a.hwtrace")
    assert [p.name for p in tmp_path.iterdir()] == ["a.hwtrace"]


def test_the_command_writes_and_plays_traces(tmp_path, capsys):
    trace, raw = str(tmp_path / "a.hwtrace"), str(tmp_path / "a.raw")
    assert main(["record", SHORT, raw, "--set", "bias.fo=-3", "--trace", trace]) == 0
    assert main(["record", f"trace:{trace}", str(tmp_path / "b.raw")]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.split(": ")[1] == second.split(": ")[1]
    payloads = [(tmp_path / f"{n}.raw").read_bytes().partition(b"% end\n")[2] for n in "ab"]
    assert payloads[0] == payloads[1]


def test_the_doctor_writes_a_report_to_give_away(tmp_path, capsys):
    report = tmp_path / "report.zip"
    uri = f"{SHORT}&serial=feedbeef"
    assert main(["doctor", "--record", str(report), "--device", uri, "--device", "evk4:99"]) == 0
    assert "without serial numbers" in capsys.readouterr().out
    with zipfile.ZipFile(report) as file:
        text = file.read("report.json").decode()
        file.extract("0-evk4.hwtrace", tmp_path)
    assert "feedbeef" not in text
    told = json.loads(text)["traces"]
    assert [one["device"] for one in told] == ["evk4", "evk4"]
    assert "events" in told[0]["result"]
    with hw_drivers.open(f"trace:{tmp_path / '0-evk4.hwtrace'}") as device:
        assert len(list(device.packets())) == 5

"""Every fault that hardware shows, each with what a program sees of it.

What a bad answer does to each control request is in test_faults.py, and what holds over a real
libusb in test_transport_contract.py.
"""

import threading
from dataclasses import dataclass

import numpy as np
import pytest

import hw_drivers
from hw_drivers import DeviceDisconnected, HardwareError, ProtocolError, TransferError
from hw_drivers.doctor.checks import System, examine
from neuro_kernels import Events

URI = "emulated:{device}?realtime=0&rate=3e5&duration=20ms&seed=5"


@dataclass(frozen=True)
class Row:
    """A fault, and what a program sees: an error, or a whole stream, or a stream with a gap."""

    options: str
    error: type[HardwareError] | None = None
    gap: bool = False


MATRIX = {
    "none": Row(""),
    "short answer": Row("torn=6", ProtocolError),
    "oversized answer": Row("oversized=6", ProtocolError),
    "answer of another request": Row("mismatched=6", ProtocolError),
    "failure flag": Row("fail=6", HardwareError),
    "stall": Row("stall=6", TransferError),
    "no answer": Row("silent=6", TransferError),
    "unplugged while it opens": Row("unplug_at_request=6", DeviceDisconnected),
    "unplugged in mid-stream": Row("unplug_after=7ms", DeviceDisconnected),
    "zero-length transfers": Row("zero_length_every=1"),
    "transfers that end inside words": Row("torn_words=1"),
    "fast clock": Row("drift_ppm=5000"),
    "slow clock": Row("drift_ppm=-5000"),
    "slow host": Row("slow_host=3ms&buffers=2", gap=True),
    "slow host that wants the newest": Row("slow_host=3ms&buffers=2&drop=oldest", gap=True),
    "host slow enough for the ring": Row("slow_host=3ms&buffers=64"),
    "everything that is no error": Row(
        "zero_length_every=2&torn_words=1&drift_ppm=900&slow_host=2ms&buffers=64"
    ),
}
TREUZELL = ("torn", "oversized", "mismatched", "silent")  # faults of that protocol's frames


def rows():
    for device in ("evk4", "davis346", "dvxplorer"):
        for name, row in MATRIX.items():
            if device == "evk4" or not row.options.startswith(TREUZELL):
                yield pytest.param(device, row, id=f"{device}-{name}")


def keys(events):
    return set(zip(*(getattr(events, c).tolist() for c in "txyp"), strict=True))


def read(device, options=""):
    uri = URI.format(device=device) + (f"&{options}" if options else "")
    with hw_drivers.open(uri) as camera:
        packets = list(camera.packets())
        health = camera.health()
    return Events.concatenate([p.events for p in packets]), packets, health


@pytest.mark.parametrize(("device", "row"), list(rows()))
def test_what_a_program_sees_of_a_fault(device, row):
    if row.error is not None:
        with pytest.raises(row.error) as caught:
            read(device, row.options)
        assert "\n" not in str(caught.value)
        assert isinstance(caught.value, DeviceDisconnected) == row.options.startswith("unplug")
        return
    whole, _, _ = read(device)
    events, packets, health = read(device, row.options)
    assert events.is_sorted
    lost = [p.gap.packets for p in packets if p.gap is not None]
    assert sum(lost) <= health.lost_packets
    assert bool(lost) == row.gap == (health.lost_packets > 0)
    if row.gap:
        assert 0 < len(events) < len(whole)
        assert keys(events) <= keys(whole)
    else:
        assert events == whole


def test_threads_that_hold_the_gil_cost_nothing_in_step():
    stop = threading.Event()

    def spin():
        while not stop.is_set():
            sum(range(1000))

    threads = [threading.Thread(target=spin) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        events, _, health = read("evk4")
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert health.lost_packets == 0
    assert events == read("evk4")[0]


def test_a_slow_host_loses_the_same_in_every_run():
    first, second = (read("evk4", "slow_host=3ms&buffers=2") for _ in range(2))
    assert first[0] == second[0]
    assert first[2].lost_packets == second[2].lost_packets > 5
    assert np.all(np.diff([p.sequence for p in first[1]]) > 0)


def test_two_cameras_with_one_serial_number_are_both_listed(fake_bus, tmp_path):
    texts = {"manufacturer": "Prophesee", "serial": "00050001"}
    fake_bus("2-1", vendor="04b4", product="00f5", number=7, **texts)
    sysfs = fake_bus("2-2", vendor="04b4", product="00f5", number=8, **texts)
    for name in ("2-1", "2-2"):
        (sysfs / name / "product").write_text("EVK4\n")
    found = [d for d in hw_drivers.devices(sysfs=sysfs, dev=tmp_path / "dev") if d.kind == "usb"]
    assert [d.serial for d in found] == ["00050001"] * 2
    assert len({d.node for d in found}) == 2


def test_a_usb_2_link_is_listed_and_the_doctor_names_it(fake_bus, tmp_path):
    sysfs = fake_bus("2-1", vendor="31f7", product="0003", manufacturer="CenturyArks", speed="480")
    (info,) = (d for d in hw_drivers.devices(sysfs=sysfs, dev=tmp_path / "dev") if d.kind == "usb")
    assert (info.speed_mbps, info.error) == (480.0, None)
    system = System(sysfs=sysfs, dev=tmp_path / "dev", rules=(tmp_path,), proc=tmp_path)
    warnings = [f for f in examine(system) if f.level == "warning"]
    assert any("480 Mbit/s" in f.what and "USB 3" in (f.fix or "") for f in warnings)


def test_a_slow_host_is_checked():
    with pytest.raises(HardwareError, match="slow_host"):
        hw_drivers.open("emulated:evk4?slow_host=-1s")

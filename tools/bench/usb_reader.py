"""Reads the paced device once and prints what came, as JSON: `python -m bench.usb_reader ...`.

A process of its own per run: busy threads and libraries of one reader do not disturb the next.
"""

import argparse
import ctypes
import json
import os
import tempfile
import threading
import time
from typing import Any

import numpy as np

PACKET_BYTES = 131072
ENDPOINT = 0x81
TRANSFERS = 32
_SIZE = (1280, 720)


def main() -> None:
    """Run one reader."""
    parser = argparse.ArgumentParser()
    parser.add_argument("reader", choices=("kernels", "libusb1", "record", "latency"))
    parser.add_argument("library")
    parser.add_argument("--packets", type=int, required=True)
    parser.add_argument("--period-ns", type=int, default=0)
    parser.add_argument("--busy", type=int, default=0)
    options = parser.parse_args()
    library = ctypes.PyDLL(options.library)  # to ask for a count must not give the GIL away
    library.paced_lost.restype = library.paced_sent.restype = ctypes.c_int64
    reader = {"kernels": _kernels, "libusb1": _libusb1, "record": _record, "latency": _latency}
    told = reader[options.reader](library, options)
    told["lost"], told["sent"] = library.paced_lost(), library.paced_sent()
    print(json.dumps(told), flush=True)
    os._exit(0)  # busy threads and foreign event loops are left where they are


def _set_up(library: Any, options: argparse.Namespace, data: np.ndarray, bytes_: int) -> None:
    library.paced_set_up(
        ctypes.c_int64(options.period_ns),
        ctypes.c_int64(options.packets),
        ctypes.c_void_p(data.ctypes.data),
        bytes_,
        len(data) // bytes_,
    )


def _busy(count: int) -> None:
    def spin() -> None:
        value = 0
        while True:
            value += 1

    for _ in range(count):
        threading.Thread(target=spin, daemon=True).start()


def _kernels(library: Any, options: argparse.Namespace) -> dict[str, Any]:
    from neuro_kernels.usb import library as load

    data = np.zeros(PACKET_BYTES, np.uint8)
    _set_up(library, options, data, PACKET_BYTES)
    _busy(options.busy)
    device = load(options.library).open(2, 7)
    device.claim(0)
    # The ring of the driver's default: 64 MiB.
    stream = device.start_stream(ENDPOINT, TRANSFERS, PACKET_BYTES, 512, False)
    received, ended = 0, False
    while not ended:
        if stream.next(0.1) is not None:
            received += 1
        else:
            lost = stream.stats()["lost_packets"] + library.paced_lost()
            ended = received + lost >= options.packets
    return {"received": received, "ring_lost": stream.stats()["lost_packets"]}


def _libusb1(library: Any, options: argparse.Namespace) -> dict[str, Any]:
    real = ctypes.CDLL

    def load(name: Any, *arguments: Any, **named: Any) -> Any:
        return real(options.library if "usb-1.0" in str(name) else name, *arguments, **named)

    ctypes.CDLL = load  # type: ignore[assignment,misc]
    import usb1  # pyright: ignore[reportMissingImports]

    data = np.zeros(PACKET_BYTES, np.uint8)
    received = 0

    def arrived(transfer: Any) -> None:
        nonlocal received
        completed = usb1.TRANSFER_COMPLETED  # pyright: ignore[reportAttributeAccessIssue]
        if transfer.getStatus() == completed:
            received += 1
            transfer.submit()

    context = usb1.USBContext()
    context.open()
    handle = next(iter(context.getDeviceList())).open()
    handle.claimInterface(0)
    transfers = []
    _set_up(library, options, data, PACKET_BYTES)
    _busy(options.busy)
    for _ in range(TRANSFERS):
        transfer = handle.getTransfer()
        transfer.setBulk(ENDPOINT, PACKET_BYTES, callback=arrived)
        transfer.submit()
        transfers.append(transfer)
    while received + library.paced_lost() < options.packets:
        context.handleEvents()
    return {"received": received, "ring_lost": 0}


def _camera_bytes(events_per_packet: int) -> tuple[np.ndarray, int, int]:
    """Packets of EVT 3.0 words with about so many events; (bytes, size of one, events in all)."""
    from bench.recordings import moving_edges
    from neuro_kernels import codecs

    events = moving_edges(4_000_000)
    data = np.frombuffer(codecs.encode("evt3", events), np.uint8)
    size = int(len(data) / len(events) * events_per_packet) // 2 * 2
    size = min(size, PACKET_BYTES)
    count = len(data) // size
    return data[: count * size].copy(), size, count


def _record(library: Any, options: argparse.Namespace) -> dict[str, Any]:
    """Decode and record on one core, as fast as the device can be read."""
    from hw_drivers.words.evt3 import Evt3Stream
    from neuro_kernels import set_num_threads
    from neuro_kernels.usb import ByteLog
    from neuro_kernels.usb import library as load

    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    set_num_threads(1)
    data, size, _ = _camera_bytes(1_000_000)
    _set_up(library, options, data, size)
    device = load(options.library).open(2, 7)
    device.claim(0)
    decoder = Evt3Stream(_SIZE)
    events = received = 0
    descriptor, path = tempfile.mkstemp(prefix="bench-hw-", dir="/dev/shm")
    log = ByteLog(descriptor, 1 << 28)
    start = time.perf_counter()
    stream = device.start_stream(ENDPOINT, TRANSFERS, PACKET_BYTES, 4096, False)
    stream.set_log(log)
    while received < options.packets:
        found = stream.next(0.1)
        if found is not None:
            received += 1
            events += len(decoder.feed(found[0]).events)
    seconds = time.perf_counter() - start
    stream.clear_log()
    counts = log.finish()
    seconds = max(seconds, time.perf_counter() - start)
    os.unlink(path)
    assert counts["missing_packets"] == 0
    return {"received": received, "events": events, "seconds": seconds, "ring_lost": 0}


def _latency(library: Any, options: argparse.Namespace) -> dict[str, Any]:
    """From the arrival of each packet until its events are there, at 10 Mev/s."""
    from hw_drivers.words.evt3 import Evt3Stream
    from neuro_kernels.usb import library as load

    data, size, _ = _camera_bytes(10_000_000 * options.period_ns // 1_000_000_000)
    _set_up(library, options, data, size)
    device = load(options.library).open(2, 7)
    device.claim(0)
    decoder = Evt3Stream(_SIZE)
    stream = device.start_stream(ENDPOINT, TRANSFERS, PACKET_BYTES, 512, False)
    delays, events = [], 0
    while True:
        found = stream.next(0.1)
        if found is None:
            break
        events += len(decoder.feed(found[0]).events)
        delays.append(time.monotonic_ns() - found[2])
    p50, p99 = np.percentile(delays, (50, 99)) / 1e6
    return {
        "received": len(delays),
        "events": events,
        "ring_lost": stream.stats()["lost_packets"],
        "p50_ms": float(p50),
        "p99_ms": float(p99),
    }


if __name__ == "__main__":
    main()

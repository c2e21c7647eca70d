"""Cameras without a camera: packets lost under load, decoding while recording, latency."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any, cast

import hw_drivers
from bench.harness import BenchError, Candidate, Case

TITLE = "Cameras"
TEXT = """
A libusb whose one device sends a packet of 128 KiB each 0.33 ms (400 MB/s), whether or not anybody
takes it (`tools/bench/paced_libusb.c`). 32 transfers are in flight, which is 10 ms of slack: a
packet that is due while none is queued is lost, as is one that the reader's own ring has no room
for. Beside the reader, Python threads compute. **Packets sent for each that arrived** is 1 when
nothing is lost. The threads that receive need a core: on a machine that is busy with other programs
every reader loses packets.

**Decoding while recording**: EVT 3.0 of moving edges, as fast as the device gives it, is decoded
and written to a file in memory, all on one core; the device's own copying is counted in.

**Latency**: from the arrival of a packet until its events are decoded, at 10 million events a
second in a packet each millisecond; the 99th percentile of a run.

**Opening**: the requests that an emulated EVK4 has answered when `open` returns.
"""
VERSIONS = ("hw-drivers", "neuro-kernels", "libusb1", "numpy")

_FOLDER = tempfile.TemporaryDirectory(prefix="bench-hw-")
_SOURCE = Path(__file__).resolve().parents[1] / "paced_libusb.c"
_PERIOD_NS = 327_680  # 131072 bytes at 400 MB/s


def cases(quick: bool) -> Sequence[Case]:
    """Loss without and with busy threads, recording, latency."""
    packets = 1_000 if quick else 12_000
    return [
        *(_loss(packets, busy) for busy in (0, 1, 3)),
        _single(
            "decoding and recording on one core, EVT 3.0",
            ("record", "--packets", str(100 if quick else 1000)),
            lambda told: told["events"] / told["seconds"] / 1e6,
            "Mev/s",
        ),
        _single(
            "latency at 10 Mev/s, 99th percentile",
            ("latency", "--packets", str(500 if quick else 5000), "--period-ns", "1000000"),
            lambda told: told["p99_ms"],
            "ms from arrival to events",
        ),
        _opening(),
    ]


def _opening() -> Case:
    ours = Candidate("hw-drivers", _round_trips, _some, ours=True)
    return Case("opening an EVK4", [ours], gauge=_number, quantity="register round trips")


def _round_trips() -> float:
    with hw_drivers.open("emulated:evk4") as device:
        return float(cast(Any, device.emulator).board.requests)


def _some(result: object) -> str | None:
    return None if isinstance(result, float) and result > 0 else "the device was asked nothing"


def _number(run: Callable[[], object]) -> float:
    value = run()
    assert isinstance(value, float)
    return value


def _loss(packets: int, busy: int) -> Case:
    what = ("--packets", str(packets), "--period-ns", str(_PERIOD_NS), "--busy", str(busy))
    candidates = [
        Candidate(name, partial(_read, reader, *what), _whole, ours=reader == "kernels")
        for name, reader in (("hw-drivers", "kernels"), ("python-libusb1", "libusb1"))
    ]
    threads = "no" if busy == 0 else str(busy)
    return Case(
        f"400 MB/s beside {threads} busy Python thread{'' if busy == 1 else 's'}",
        candidates,
        gauge=_sent_per_received,
        quantity="packets sent for each that arrived",
    )


def _single(
    title: str, what: tuple[str, ...], value: Callable[[dict[str, Any]], float], quantity: str
) -> Case:
    def gauge(run: Callable[[], object]) -> float:
        told = run()
        assert isinstance(told, dict)
        return value(told)

    ours = Candidate("hw-drivers", partial(_read, *what), _all_there, ours=True)
    return Case(title, [ours], gauge=gauge, quantity=quantity)


def _sent_per_received(run: Callable[[], object]) -> float:
    told = run()
    assert isinstance(told, dict)
    return told["sent"] / max(1, told["received"])


def _whole(told: Any) -> str | None:
    counted = told["received"] + told["ring_lost"] + told["lost"]
    # What was still in flight at the end is in no count.
    return None if abs(told["sent"] - counted) <= 32 else f"{told} does not add up"


def _all_there(told: Any) -> str | None:
    return None if told["events"] > 0 and told["ring_lost"] == 0 else f"{told}: packets were lost"


def _read(reader: str, *options: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.usb_reader", reader, _library(), *options]
    tools = str(_SOURCE.parents[1])
    path = os.pathsep.join([tools, os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "PYTHONPATH": path},
    )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise BenchError(f"{reader}: {last}")
    return json.loads(done.stdout)


@cache
def _library() -> str:
    compiler = next((c for c in ("cc", "gcc", "clang") if shutil.which(c)), None)
    if compiler is None:
        raise BenchError("there is no C compiler to build the paced device")
    path = Path(_FOLDER.name) / "libpaced_usb.so"
    command = [compiler, "-shared", "-fPIC", "-O2", "-w", "-o", str(path), str(_SOURCE)]
    subprocess.run([*command, "-lpthread"], check=True)
    return str(path)

"""Events on the way: over UDP on one machine, and from a file into frames."""

import importlib
import os
import queue
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import aestream_io
import neuro_kernels
from bench.harness import Candidate, Case
from bench.peak import peak_mb
from bench.recordings import SIZE, moving_edges
from neuro_kernels import Events, represent
from neuro_kernels.stream import UdpReceiver, UdpSender

TITLE = "Streams"
TEXT = """
**UDP over the loopback interface**: events as SPIF words without timestamps, 128 to a datagram,
sent at the given rate by one C++ thread while the receiver under test turns them into events or
frames in the same machine. What is timed is the whole transfer; a receiver that lost any event is
not timed, and the share that it lost is told. faery receives its own layout (13 bytes an event).

**Reading and framing**, AEStream's headline: a recording of 10 million events (DAT) is read and
counted into frames of 20 ms. AEStream's paper compares its coroutines with two threads that hand
buffers over under a lock; "two threads and a lock" does that with our own decoder and our own
histogram, so that only the hand-over differs. AEStream itself accumulates on a thread of its own
while the program takes frames.

**Streaming memory** is the most memory that a process holds, interpreter included, which reads a
file packet by packet and counts each packet into a frame: it must not grow with the file.
"""
VERSIONS = ("aestream-io", "neuro-kernels", "numpy", "aestream", "faery")

WINDOW_US = 20_000
_FOLDER = tempfile.TemporaryDirectory(prefix="bench-stream-")


def cases(quick: bool) -> Iterator[Case]:
    """Loopback transfers, then reading and framing."""
    neuro_kernels.set_num_threads(1)
    events = moving_edges(100_000 if quick else 5_000_000)
    for rate in (10e6, 25e6):
        yield _udp_case(events, rate)
    yield _framing_case(quick)
    yield from _memory_cases(quick)


def _udp_case(events: Events, rate: float) -> Case:
    millions = len(events) / 1e6
    receivers = (("aestream-io", _ours), ("aestream", _aestream), ("faery", _faery))
    return Case(
        f"UDP loopback, {millions:g} million events at {rate / 1e6:g} Mev/s",
        [
            Candidate(name, partial(receive, events, rate), partial(_all_of, events), ours=k == 0)
            for k, (name, receive) in enumerate(receivers)
        ],
        work=millions,
        unit="Mev",
    )


def _all_of(events: Events, result: Any) -> str | None:
    lost = len(events) - int(result)
    return None if lost == 0 else f"lost {lost / len(events):.2%} of the events"


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def _send(port: int, events: Events, rate: float, format: str, packet: int) -> threading.Thread:
    def run() -> None:
        with UdpSender(
            "127.0.0.1", port, format=format, packet_events=packet, max_rate=rate
        ) as sender:
            sender.send(events)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def _ours(events: Events, rate: float) -> int:
    frame = np.zeros((2, SIZE[1], SIZE[0]), np.float32)
    with UdpReceiver("127.0.0.1", 0, size=SIZE) as receiver:
        sender = _send(receiver.port, events, rate, "spif-untimed", 128)
        got = 0
        while got < len(events):
            part = receiver.read(timeout_s=1.0)
            if part is None or len(part) == 0:
                break
            represent.histogram(part, out=frame, accumulate=True)
            got += len(part)
        sender.join()
    return int(frame.sum())


def _aestream(events: Events, rate: float) -> int:
    port = _free_port()
    # Its frames have rows of x; coordinates outside of them would be written beside the frame.
    with importlib.import_module("aestream").UDPInput(SIZE, port=port) as stream:
        time.sleep(0.2)
        sender = _send(port, events, rate, "spif-untimed", 128)
        got, silent_since = 0, time.perf_counter()
        while got < len(events) and time.perf_counter() - silent_since < 0.5:
            n = int(stream.read().sum())
            if n:
                got, silent_since = got + n, time.perf_counter()
        sender.join()
    return got


def _faery(events: Events, rate: float) -> int:
    faery = importlib.import_module("faery")
    port = _free_port()
    stream = faery.events_stream_from_udp(
        dimensions=SIZE, address=("127.0.0.1", port), format="t64_x16_y16_on8"
    )
    got: list[int] = []
    done = threading.Event()

    def receive() -> None:
        total = 0
        for part in stream:
            total += len(part)
            got.append(len(part))
            if total >= len(events) or done.is_set():
                return

    receiver = threading.Thread(target=receive, daemon=True)
    receiver.start()
    time.sleep(0.2)
    _send(port, events, rate, "t64_x16_y16_on8", 100).join()
    receiver.join(1.0)
    done.set()
    return sum(got)


def _framing_case(quick: bool) -> Case:
    path = Path(_FOLDER.name) / "recording.dat"
    events = moving_edges(100_000 if quick else 10_000_000)
    aestream_io.write(path, events)
    millions = len(events) / 1e6
    ways = (
        ("aestream-io", _one_pass, "one thread, decoded into the frame"),
        ("aestream-io, by packets", _packets, "one thread, packets and windows of Events"),
        ("two threads and a lock", _locked, "the same decoder and histogram, a queue between them"),
        ("aestream", _aestream_file, "frames as often as the program takes them"),
    )
    return Case(
        f"reading and framing {millions:g} million events (DAT)",
        [
            Candidate(name, partial(run, path), partial(_all_of, events), remark, ours=k == 0)
            for k, (name, run, remark) in enumerate(ways)
        ],
        work=millions,
        unit="Mev",
    )


def _one_pass(path: Path) -> int:
    with aestream_io.open(path) as source:
        frames = sum(1 for _ in source.frames(duration_us=WINDOW_US))
        assert frames > 0
        return source.stats.events


def _packets(path: Path) -> int:
    with aestream_io.open(path) as source:
        for window in source.windows(duration_us=WINDOW_US):
            represent.histogram(window)
        return source.stats.events


def _locked(path: Path) -> int:
    waiting: queue.Queue[Events | None] = queue.Queue(maxsize=64)

    def read() -> None:
        with aestream_io.open(path) as source:
            for packet in source:
                waiting.put(packet)
        waiting.put(None)

    def packets() -> Iterator[Events]:
        while (packet := waiting.get()) is not None:
            yield packet

    reader = threading.Thread(target=read)
    reader.start()
    source = aestream_io.sources.AdaptedSource(packets(), size=SIZE)
    for window in source.windows(duration_us=WINDOW_US):
        represent.histogram(window)
    reader.join()
    return source.stats.events


def _aestream_file(path: Path) -> int:
    module = importlib.import_module("aestream")
    total = 0
    with module.FileInput(os.fspath(path), SIZE, ignore_time=True) as stream:
        while stream.is_streaming():
            total += int(stream.read().sum())
        total += int(stream.read().sum())
    return total


_STREAM = """
import sys
import numpy as np
import aestream_io
from neuro_kernels import represent
with aestream_io.open(sys.argv[1]) as source:
    frame = np.zeros((2, *source.size[::-1]), np.float32)
    for packet in source:
        represent.histogram(packet, out=frame)
    assert source.stats.events == int(sys.argv[2])
"""


def _memory_cases(quick: bool) -> Iterator[Case]:
    for millions in (0.1,) if quick else (10, 40):
        count = int(millions * 1e6)
        path = Path(_FOLDER.name) / f"long-{count}.raw"
        aestream_io.write(path, moving_edges(count), format="evt3")
        command = [sys.executable, "-c", _STREAM, str(path), str(count)]
        ours = Candidate("aestream-io", partial(peak_mb, command), _held, ours=True)
        title = f"streaming memory, {millions:g} million events (EVT3)"
        yield Case(title, [ours], gauge=_megabytes, quantity="MB")


def _held(result: object) -> str | None:
    return None if isinstance(result, float) and result > 0 else "no memory was counted"


def _megabytes(run: Callable[[], object]) -> float:
    held = run()
    assert isinstance(held, float)
    return held

"""Shared memory between two processes, and between two threads."""

import contextlib
import os
import secrets
import subprocess
import sys
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import aestream_io
from aestream_io import EventError, Events, OutputError
from aestream_io._shm import Ring, ring_path
from aestream_io.sinks.shm import ShmSink
from aestream_io.sources.shm import ShmSource

SIZE = (320, 240)


def random_events(n):
    rng = np.random.default_rng(n)
    return Events(
        np.sort(rng.integers(0, 10**6, n)),
        rng.integers(0, SIZE[0], n),
        rng.integers(0, SIZE[1], n),
        rng.integers(0, 2, n),
        size=SIZE,
        t0=77,
    )


@pytest.fixture
def name():
    name = f"test-{secrets.token_hex(6)}"
    yield name
    assert not ring_path(name).exists(), "a ring goes with its writer"


@pytest.mark.parametrize("buffer", ["64kB", "64MiB"])
def test_what_is_written_comes_out_complete(name, buffer):
    events = random_events(200_000)
    sink = aestream_io.sinks.open_sink(f"shm:{name}?buffer={buffer}&timeout=20s")
    reports = []
    writer = threading.Thread(target=lambda: reports.append(aestream_io.route(events, sink)))
    writer.start()
    with aestream_io.open(f"shm:{name}?timeout=20s") as source:
        assert (source.size, source.t0) == (SIZE, 77)
        assert Events.concatenate(list(source)) == events
        stats = source.stats
    writer.join()
    assert reports[0].sinks[0].events == stats.events == 200_000
    assert reports[0].sinks[0].bytes == stats.bytes
    assert (stats.lost_events, stats.malformed) == (0, 0)


def test_another_process_may_be_the_writer_and_come_later(name):
    code = "import sys; from aestream_io.cli import main; sys.exit(main())"
    line = ["route", "synth:dots?duration=50ms&size=64x64&seed=3", f"shm:{name}?timeout=20s", "-q"]
    with subprocess.Popen([sys.executable, "-c", code, *line]) as process:
        with aestream_io.open(f"shm:{name}?timeout=30s") as source:
            got = Events.concatenate(list(source))
        assert process.wait(30) == 0
    expected = list(aestream_io.open("synth:dots?duration=50ms&size=64x64&seed=3"))
    assert got == Events.concatenate(expected)


@pytest.mark.skipif(os.name == "nt", reason="who lives is not known there")
def test_the_death_of_the_writer_ends_the_stream(name):
    code = (
        "import os, sys, aestream_io\n"
        "from aestream_io.sinks.shm import ShmSink\n"
        f"sink = ShmSink({name!r})\n"
        "sink.start((4, 4), None)\n"
        "sink.write(aestream_io.Events([1], [2], [3], [1], size=(4, 4)))\n"
        "os._exit(1)\n"
    )
    subprocess.run([sys.executable, "-c", code], timeout=60, check=False)
    with ShmSource(name, timeout_s=20) as source:
        assert sum(len(part) for part in source) == 1
    ring_path(name).unlink()


def test_a_writer_that_drops_tells_the_reader_how_much(name):
    events = random_events(100_000)
    sink = ShmSink(name, buffer=1 << 16, drop=True)
    sink.start(SIZE, None)
    sink.write(events[:50_000])
    source = ShmSource(name, timeout_s=20)
    assert len(source._held[0]) < 50_000
    kept = threading.Thread(target=lambda: [None for _ in source])
    kept.start()
    report = sink.finish()
    kept.join()
    assert report.lost_events > 0
    assert report.events + report.lost_events == 50_000
    assert source.stats.events == report.events


def test_waiting_ends_when_the_time_is_over(name):
    with pytest.raises(EventError, match="no writer without a reader has come"):
        ShmSource(name, timeout_s=0.05)
    with pytest.raises(OutputError, match="nobody has read for"):
        aestream_io.route(random_events(90_000), f"shm:{name}?buffer=64kB&timeout=50ms")
    report = aestream_io.route(random_events(9), f"shm:{name}?timeout=50ms")
    assert report.sinks[0].notes == ("the reader has not taken everything",)
    with pytest.raises(EventError, match="expected a name of letters"):
        aestream_io.open("shm:../passwd")


def test_one_reader_at_a_time(name):
    sink = ShmSink(name)
    sink.start(SIZE, None)
    sink.write(random_events(5))
    first = ShmSource(name, timeout_s=5)
    with pytest.raises(EventError, match="no writer without a reader"):
        ShmSource(name, timeout_s=0.05)
    assert len(next(iter(first))) == 5
    sink.finish()


@given(st.lists(st.integers(0, 20_000).map(bytes) | st.binary(max_size=50) | st.none()))
@settings(deadline=None, max_examples=50)
def test_a_ring_gives_back_what_was_put_in_order(steps):
    path = ring_path(f"test-{secrets.token_hex(6)}")
    writer = Ring.create(path, 1 << 16)
    reader = Ring.attach(path)
    assert reader is not None
    waiting = []
    for message in steps:
        if message is None or not writer.push(message):
            assert reader.pop() == (waiting.pop(0) if waiting else None)
        else:
            waiting.append(message)
    assert [reader.pop() for _ in waiting] == waiting
    assert reader.drained
    writer.remove()
    reader.close()
    writer.close()


@given(st.binary(max_size=300), st.integers(0, 4096 + 200))
@settings(deadline=None, max_examples=50)
def test_files_that_are_no_rings_are_not_taken_for_one(data, at):
    path = ring_path(f"test-{secrets.token_hex(6)}")
    writer = Ring.create(path, 1 << 16)
    writer.push(b"message")
    writer._data[at : at + len(data)] = data
    ring = Ring.attach(path)
    if ring is not None:
        with contextlib.suppress(EventError):
            for _ in range(3):
                ring.pop()
        ring.close()
    writer.remove()
    writer.close()

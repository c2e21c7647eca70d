import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import aestream_io
import faery_cli
from faery_cli.sources._ahead import read_ahead
from neuro_kernels import Events, num_threads, set_num_threads


@settings(deadline=None)
@given(st.lists(st.integers(), max_size=20), st.integers(1, 5))
def test_items_come_in_order_however_far_ahead_they_are_made(items, depth):
    assert list(read_ahead((k for k in items), depth=depth)) == items


def test_no_more_items_are_made_than_may_wait():
    made = []

    def items():
        for k in range(100):
            made.append(k)
            yield k

    ahead = read_ahead(items(), depth=2)
    next(ahead)
    ahead.close()
    assert len(made) <= 4


def test_an_exception_comes_after_the_items_before_it():
    def items():
        yield 1
        raise OSError("the disk is gone")

    ahead = read_ahead(items())
    assert next(ahead) == 1
    with pytest.raises(OSError, match="the disk is gone"):
        next(ahead)


def test_closing_ends_the_thread_and_what_it_runs():
    closed = threading.Event()

    def items():
        try:
            while True:
                yield 0
        finally:
            closed.set()

    before = threading.active_count()
    ahead = read_ahead(items())
    next(ahead)
    ahead.close()
    assert closed.is_set()
    assert threading.active_count() == before


@pytest.fixture
def recording(tmp_path):
    """A file of several packets whose last quarter is damaged."""
    rng = np.random.default_rng(0)
    n = 600_000
    events = Events(
        np.arange(n), rng.integers(0, 64, n), rng.integers(0, 48, n), rng.integers(0, 2, n),
        size=(64, 48),
    )  # fmt: skip
    path = tmp_path / "damaged.dat"
    aestream_io.write(path, events)
    data = bytearray(path.read_bytes())
    begin = 3 * len(data) // 4 & ~7
    data[begin : begin + 4096] = b"\xff" * 4096
    path.write_bytes(data)
    return path


def test_reading_ahead_gives_what_reading_in_step_gives(recording):
    threads = num_threads()
    found = []
    try:
        for count in (1, 2):
            set_num_threads(count)
            with faery_cli.open(str(recording)).run() as run:
                times = [item.events.t for item in run]
                found.append((np.concatenate(times), run.problems))
    finally:
        set_num_threads(threads)
    np.testing.assert_array_equal(found[0][0], found[1][0])
    assert found[0][1] == found[1][1] != ""


def test_damage_behind_what_was_asked_for_is_not_reported(recording):
    stream = faery_cli.open(str(recording)).cut(0, "100ms")
    with stream.run() as run:
        assert sum(len(item.events) for item in run) == 100_000
        assert run.problems == ""

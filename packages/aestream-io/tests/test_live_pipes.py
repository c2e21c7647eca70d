"""Pipes that are open for long: what is in them is handed on at once."""

import os
import select
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import aestream_io
from aestream_io import Events

RUN = [sys.executable, "-m", "aestream_io"]
WAIT_S = 60


def wait_for(file) -> bytes:
    ready, _, _ = select.select([file], [], [], WAIT_S)
    assert ready, "nothing came"
    return os.read(file.fileno(), 1 << 16)


@pytest.mark.skipif(sys.platform == "win32", reason="pipes cannot be waited for")
def test_events_leave_while_the_pipe_is_open():
    with subprocess.Popen(
        [*RUN, "input", "stdin", "output", "stdout", "--quiet"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as run:
        assert run.stdin is not None
        assert run.stdout is not None
        for k, text in enumerate(["t,x@64,y@48,p\n5,1,2,1\n", "9,3,0,0\n", "11,0,0,1\n"]):
            run.stdin.write(text.encode())
            run.stdin.flush()
            assert wait_for(run.stdout) == text.splitlines()[-1].encode() + b"\n", k
        run.stdin.close()
        assert run.wait(WAIT_S) == 0


@pytest.mark.parametrize("format", ["evt3", "evt21", "dat", "es", "aedat4", "arrow", "csv"])
def test_a_pipe_that_gives_single_bytes_gives_the_events(format, tmp_path):
    events = Events([5, 9, 9], [1, 2, 63], [3, 4, 47], [1, 0, 1], size=(64, 48))
    path = tmp_path / "x"
    options: dict[str, Any] = {"compression": "lz4"} if format in ("aedat4", "arrow") else {}
    aestream_io.write(path, events, format=format, **options)
    reading, writing = os.pipe()
    code = (
        "import os, sys\n"
        "for byte in open(sys.argv[1], 'rb').read():\n"
        "    os.write(int(sys.argv[2]), bytes([byte]))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path), str(writing)], pass_fds=[writing]
    ) as writer:
        os.close(writing)
        with aestream_io.open_reader(os.fdopen(reading, "rb"), format=format) as reader:
            assert Events.concatenate([Events.empty((64, 48)), *reader]) == events
        assert writer.wait(WAIT_S) == 0


@pytest.mark.parametrize("ending", [".npy", ".h5"])
def test_what_is_kept_from_a_pipe_is_measured(ending, tmp_path):
    if ending == ".h5":
        pytest.importorskip("h5py")
    events = Events([5, 9], [1, 2], [3, 4], [1, 0], size=(64, 48))
    options: dict[str, Any] = {"layout": "dsec"} if ending == ".h5" else {}
    aestream_io.write(tmp_path / f"x{ending}", events, **options)
    with (tmp_path / f"x{ending}").open("rb") as file, subprocess.Popen(
        [*RUN, "input", "stdin", "output", "stdout", "--quiet"], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as run:  # fmt: skip
        out, _ = run.communicate(file.read(), WAIT_S)
    assert out == b"5,1,3,1\n9,2,4,0\n"


def test_a_reader_that_leaves_early_ends_the_program_quietly(tmp_path):
    n = 200_000
    x, y, p = np.random.default_rng(1).integers(0, 2, (3, n))
    events = Events(np.arange(n), x, y, p, size=(9, 9))
    path = str(tmp_path / "x.dat")
    aestream_io.write(path, events)
    for sink in ("-", "-?format=es"):
        with subprocess.Popen(
            [*RUN, "route", path, sink], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as run:
            assert run.stdout is not None
            assert run.stderr is not None
            assert len(run.stdout.read(10)) == 10
            run.stdout.close()
            assert b"Traceback" not in run.stderr.read()
            assert run.wait(WAIT_S) in (0, 141)

"""What is left of a recording whose writer was killed."""

import signal
import subprocess
import sys

import pytest

import aestream_io
from aestream_io import Events

CODE = """
import os, signal, sys
import aestream_io
from neuro_kernels import Events

n = 70_000
events = Events([3 * k for k in range(n)], [k % 64 for k in range(n)], [k % 48 for k in range(n)],
                [k % 2 for k in range(n)], size=(64, 48))
writer = aestream_io.open_writer(sys.argv[1], size=events.size, format=sys.argv[2])
for part in events.chunks(1000):
    writer.feed(part)
os.kill(os.getpid(), signal.SIGKILL)
"""
# How many events may be held back: those of a batch, and of the buffer of the file.
HELD = {"arrow": 65_536, "aedat4": 10_000}
CASES = [
    ("evt3", "x.raw"), ("evt2", "x.raw"), ("evt21", "x.raw"), ("dat", "x.dat"), ("es", "x.es"),
    ("csv", "x.csv"), ("nmnist", "x.bin"), ("aedat4", "x.aedat4"), ("arrow", "x.arrow"),
    ("evt3", "x.raw.gz"), ("csv", "x.csv.zst"),
]  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="nothing kills like that there")
@pytest.mark.parametrize(("format", "name"), CASES, ids=[f"{a} {b}" for a, b in CASES])
@pytest.mark.filterwarnings("ignore::aestream_io.EventDataWarning")
def test_the_unfinished_file_is_read_as_far_as_it_was_written(format, name, tmp_path):
    if format == "arrow" or name.endswith(".zst"):
        pytest.importorskip("zstandard")
    run = subprocess.run(
        [sys.executable, "-c", CODE, str(tmp_path / name), format], check=False, timeout=100
    )
    assert run.returncode == -signal.SIGKILL
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(f".{name}.")
    assert left.name.endswith(".part")
    events = aestream_io.read(left, size=(64, 48))
    n = len(events)
    packed = 70_000 if name.endswith((".gz", ".zst")) else 0
    assert n >= 70_000 - HELD.get(format, 8192) - packed
    assert events == Events(
        [3 * k for k in range(n)], [k % 64 for k in range(n)], [k % 48 for k in range(n)],
        [k % 2 for k in range(n)], size=(64, 48),
    )  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals there")
@pytest.mark.parametrize("number", [signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)])
def test_a_polite_end_completes_the_recording(number, tmp_path):
    path = tmp_path / "x.es"
    command = [sys.executable, "-m", "aestream_io", "route", "synth:edges?rate=1M&size=64x48"]
    command += ["-", str(path), "--pace", "1", "--quiet"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as run:
        assert run.stdout is not None
        seen = sum(bool(run.stdout.readline()) for _ in range(5000))
        run.send_signal(number)
        seen += run.stdout.read().count(b"\n")
    # The end may come between the two outputs, in the middle of a packet of a millisecond.
    assert seen - 3000 < len(aestream_io.read(path, strict=True)) <= seen
    assert [p.name for p in tmp_path.iterdir()] == ["x.es"]

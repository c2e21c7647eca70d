"""Streams of files hold no more memory for a long file than for a short one."""

import subprocess
import sys

import pytest

import aestream_io

CODE = """
import sys, aestream_io
ways = (
    lambda source: source,
    lambda source: source.windows(duration_us=10_000),
    lambda source: source.frames(count=100_000),
    lambda source: source.frames(count=100_000, representation="voxel_grid", bins=2),
    lambda source: source.frames(duration_us=20_000, representation="stacked", bins=2),
)
for way in ways:
    with aestream_io.open(sys.argv[1]) as source:
        for _ in way(source):
            pass
        assert source.stats.events == 4_000_000
with open("/proc/self/status") as status:
    print(next(line.split()[1] for line in status if line.startswith("VmHWM")))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc tells what a process held")
@pytest.mark.parametrize("ending", ["dat", "raw", "es"])
def test_packets_windows_and_frames_of_a_long_file_fit_into_80_megabytes(tmp_path, ending):
    path = f"{tmp_path}/long.{ending}"
    aestream_io.route("synth:noise?rate=10M&duration=400ms&size=640x480&packet=10ms", path)
    # Their columns alone would take 52 MB beside the libraries' 40 MB.
    done = subprocess.run(
        [sys.executable, "-c", CODE, path], capture_output=True, text=True, timeout=120, check=True
    )
    assert int(done.stdout) < 80_000

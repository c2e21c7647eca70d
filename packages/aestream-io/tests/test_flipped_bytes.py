"""Single wrong bytes anywhere in a container: events are lost at most, memory and time are not."""

import subprocess
import sys

import pytest

import aestream_io
from aestream_io import Events

CODE = """
import os, random, resource, sys, warnings
import aestream_io

warnings.simplefilter("ignore")
path, places, most = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
assert len(aestream_io.read(path)) == 20_000  # and everything is imported
data = open(path, "rb").read()
with open("/proc/self/statm") as status:
    now = int(status.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
resource.setrlimit(resource.RLIMIT_AS, (now + most, now + most))
rng = random.Random(1)
ways = (
    lambda: len(aestream_io.read_recording(path).events),
    lambda: sum(map(len, aestream_io.open(path))),
    lambda: aestream_io.info(path, scan=False),
)
whole = 0
for k in range(places):
    spans = (0, min(2000, len(data))), (0, len(data)), (max(0, len(data) - 2000), len(data))
    at = rng.randrange(*spans[k % 3])
    byte = rng.choice([data[at] ^ 1 << rng.randrange(8), 255, 0])
    with open(path, "wb") as file:
        file.write(data[:at] + bytes([byte]) + data[at + 1 :])
    for way in ways:
        try:
            way()
        except aestream_io.EventError:
            continue
        except BaseException as error:
            raise SystemExit(f"byte {byte} at {at}: {error!r}")
        whole += 1
print(whole)
"""

CASES = {
    "none.arrow": {"compression": "none"},
    "lz4.arrow": {"compression": "lz4"},
    "zstd.arrow": {"compression": "zstd"},
    "none.aedat4": {"compression": "none"},
    "lz4.aedat4": {"compression": "lz4"},
    "zstd.aedat4": {"compression": "zstd"},
    "ecf.h5": {},
    "dsec.h5": {"layout": "dsec"},
    "packed.npz": {},
    "records.npy": {},
    "lines.csv": {},
    "words.es": {},
    "words.raw": {},
}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is limited as Linux does")
@pytest.mark.parametrize("name", CASES)
def test_a_wrong_byte_costs_events_at_most(name, tmp_path):
    if name.startswith("zstd"):
        pytest.importorskip("zstandard")
    if name.endswith(".h5"):
        pytest.importorskip("h5py")
    n = 20_000
    events = Events(
        [29 * k for k in range(n)], [k * 7 % 64 for k in range(n)], [k * 5 % 48 for k in range(n)],
        [k % 2 for k in range(n)], size=(64, 48),
    )  # fmt: skip
    path = tmp_path / name
    aestream_io.write(path, events, **CASES[name])
    most = 48 << 20
    run = subprocess.run(
        [sys.executable, "-c", CODE, str(path), "36", str(most)],
        capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-2000:]
    assert int(run.stdout) > 60  # most files are read all the same


def test_a_checksum_that_is_wrong_costs_the_end_of_a_column_alone(tmp_path):
    path = tmp_path / "x.npz"
    n = 20_000
    aestream_io.write(path, Events([*range(n)], [1] * n, [2] * n, [1] * n, size=(64, 48)))
    data = bytearray(path.read_bytes())
    at = data.index(b"x.npy", data.index(b"PK\x01\x02"))  # its entry in the directory
    data[at - 46 + 16] ^= 1
    path.write_bytes(data)
    with pytest.warns(aestream_io.EventDataWarning, match="events missing"):
        assert len(aestream_io.read(path)) >= n - 4096


def test_the_footer_replaces_a_schema_that_is_damaged(tmp_path):
    path = tmp_path / "x.arrow"
    events = Events([5, 9], [1, 2], [3, 4], [1, 0], size=(64, 48))
    aestream_io.write(path, events, compression="lz4")
    data = bytearray(path.read_bytes())
    data[24:60] = b"\xff" * 36
    path.write_bytes(data)
    with pytest.warns(aestream_io.EventDataWarning, match="1 schema that cannot be read"):
        assert aestream_io.read(path) == events

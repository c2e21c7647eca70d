"""Whole recordings read from files with compressed or vectorized events."""

import importlib
import tempfile
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import aestream_io
import neuro_kernels
from bench.harness import Candidate, Case
from bench.recordings import moving_edges

TITLE = "Reading AEDAT 4, EVT 2.1 and tables of columns"
TEXT = """
One recording of moving edges over noise (1280 x 720, 10 million events at 19 events per
microsecond), written by aestream-io and read whole into arrays, warm page cache, one thread. AEDAT
4 has packets of 10 000 events. EVT 2.1 comes in the byte order of IMX636 cameras, once with a word
for each run of events (as cameras send it), once with a word for each event.

Before timing, every column must equal the recording's, event by event.
"""
VERSIONS = (
    *("aestream-io", "neuro-kernels", "numpy", "evutils"),
    *("aedat", "dv-processing", "faery", "tonic", "pyarrow"),
)

Columns = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
_FOLDER = tempfile.TemporaryDirectory(prefix="bench-containers-")


def _ours(path: Path) -> Columns:
    found = aestream_io.read(path)
    return found.t, found.x, found.y, found.p


def _evutils(path: Path) -> Columns:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reader = importlib.import_module("evutils.io").EventReader(path, max_events=10**9)
        found = reader.read_all()
    return found.t, found.x, found.y, found.p


def _by_name(found: Any, *names: str) -> Columns:
    t, x, y, p = (found[name] for name in names)
    return t, x, y, p


def _aedat(path: Path) -> Columns:
    packets = importlib.import_module("aedat").Decoder(path)
    found = np.concatenate([packet["events"] for packet in packets if "events" in packet])
    return _by_name(found, "t", "x", "y", "on")


def _dv(path: Path) -> Columns:
    file = importlib.import_module("dv_processing").io.MonoCameraRecording(str(path))
    parts = []
    while (batch := file.getNextEventBatch()) is not None:
        parts.append(batch.numpy())
    return _by_name(np.concatenate(parts), "timestamp", "x", "y", "polarity")


def _faery(path: Path) -> Columns:
    found = importlib.import_module("faery").events_stream_from_file(path).to_array()
    return _by_name(found, "t", "x", "y", "on")


def _tonic(path: Path) -> Columns:
    return _by_name(importlib.import_module("tonic.io").read_aedat4(path), "t", "x", "y", "p")


def _pyarrow(path: Path) -> Columns:
    importlib.import_module("pyarrow").set_cpu_count(1)
    table = importlib.import_module("pyarrow.ipc").open_file(path).read_all()
    t, x, y, p = (table[name].to_numpy() for name in "txyp")
    return t, x, y, p


_AEDAT4: dict[str, Callable[[Path], Columns]] = {
    "evutils": _evutils,
    "aedat": _aedat,
    "dv-processing": _dv,
    "faery": _faery,
    "tonic": _tonic,
}


def cases(quick: bool) -> Iterator[Case]:
    """One case for each file, each with the readers that know it."""
    neuro_kernels.set_num_threads(1)
    events = moving_edges(100_000 if quick else 10_000_000)
    for compression in ("none", "lz4", "zstd"):
        path = Path(_FOLDER.name) / f"{compression}.aedat4"
        aestream_io.write(path, events, compression=compression)
        yield _case(f"AEDAT 4, {compression}", path, _AEDAT4, events)
    for title, name in (("EVT 2.1", "runs.raw"), ("EVT 2.1, a word for each event", "single.raw")):
        path = Path(_FOLDER.name) / name
        if name == "runs.raw":
            aestream_io.write(path, events, format="evt21")
        else:
            _write_single(path, events)
        yield _case(title, path, {"evutils": _evutils}, events)
    for compression in ("lz4", "zstd"):
        path = Path(_FOLDER.name) / f"{compression}.arrow"
        aestream_io.write(path, events, compression=compression)
        yield _case(f"Arrow IPC, {compression}", path, {"pyarrow": _pyarrow}, events)


def _write_single(path: Path, events: aestream_io.Events) -> None:
    """EVT 2.1 with one event in each word."""
    high = events.t >> 6
    new = np.flatnonzero(np.diff(high, prepend=-1))
    words = (
        events.p.astype(np.uint64) << np.uint64(60)
        | (events.t & 63).astype(np.uint64) << np.uint64(54)
        | (events.x & np.uint16(0x7E0)).astype(np.uint64) << np.uint64(43)
        | events.y.astype(np.uint64) << np.uint64(32)
        | np.uint64(1) << (events.x & np.uint16(31)).astype(np.uint64)
    )
    times = np.uint64(8) << np.uint64(60) | high[new].astype(np.uint64) << np.uint64(32)
    words = np.insert(words, new, times)
    swapped = words << np.uint64(32) | words >> np.uint64(32)
    header = "% evt 2.1\n% format EVT21;height=720;width=1280\n% endianness legacy\n% end\n"
    path.write_bytes(header.encode() + swapped.tobytes())


def _case(
    title: str, path: Path, peers: dict[str, Callable[[Path], Columns]], events: aestream_io.Events
) -> Case:
    expected = (events.t, events.x, events.y, events.p)
    readers = {"aestream-io": _ours, **peers}
    candidates = [
        Candidate(
            name, partial(read, path), partial(_compare, expected), ours=name == "aestream-io"
        )
        for name, read in readers.items()
    ]
    millions = len(events) / 1e6
    size = path.stat().st_size / 1e6 / millions
    title = f"{title}: {millions:g} million events, {size:.2f} B/event"
    return Case(title, candidates, work=millions, unit="Mev")


def _compare(expected: Columns, result: Any) -> str | None:
    if len(result[0]) != len(expected[0]):
        return f"{len(result[0])} events, expected {len(expected[0])}"
    for name, one, wanted in zip("txyp", result, expected, strict=True):
        if not np.array_equal(one, wanted):
            return f"{name} is wrong in {(np.asarray(one) != wanted).mean():.1%} of the events"
    return None

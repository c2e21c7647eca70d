"""Whole recordings read from a file into numpy columns."""

import importlib
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import aestream_io
import neuro_kernels
from bench.harness import Candidate, Case
from bench.recordings import SIZE, moving_edges

TITLE = "Reading event files"
TEXT = """
One recording of moving edges over noise (1280 x 720, 10 million events at 19 events per
microsecond), written by aestream-io in each format and read whole into arrays, warm page cache, one
thread. EVT3 is written with 12-12-8 vectors; "free vectors" is the same file without the vectors
that hold no event, as other cameras' files have it. CSV is text with a header line.

Before timing, every column must equal the recording's, event by event. Event Stream files hold rows
bottom-up, and a reader may hand them out either way. The shape of the result differs between
readers (columns, or one structured array); each is timed in the form that it gives.
"""
VERSIONS = (
    *("aestream-io", "neuro-kernels", "numpy"),
    *("evutils", "expelliarmus", "faery", "event-stream", "evt3"),
)

FREE_VECTORS = "EVT3, free vectors"
Columns = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
Read = Callable[[Path], Any]

_FILES = {
    "EVT2": "evt2.raw",
    "EVT3": "evt3.raw",
    FREE_VECTORS: "evt3-free.raw",
    "DAT": "recording.dat",
    "ES": "recording.es",
    "CSV": "recording.csv",
}
# Kept for the life of the process, since the cases are timed after they are made.
_FOLDER = tempfile.TemporaryDirectory(prefix="bench-decode-")


@dataclass(frozen=True)
class _Reader:
    name: str
    formats: frozenset[str]
    read: Callable[[str, Path], Any]
    columns: Callable[[Any], Columns]


def _ours(format: str, path: Path) -> Any:
    return aestream_io.read(path)


def _evutils(format: str, path: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module("evutils.io").EventReader(path, max_events=10**9).read_all()


def _expelliarmus(format: str, path: Path) -> Any:
    encoding = format.partition(",")[0].lower()
    return importlib.import_module("expelliarmus").Wizard(encoding=encoding).read(path)


def _faery(format: str, path: Path) -> Any:
    return importlib.import_module("faery").events_stream_from_file(path).to_array()


def _event_stream(format: str, path: Path) -> Any:
    with importlib.import_module("event_stream").Decoder(str(path)) as decoder:
        return np.concatenate(list(decoder))


def _evt3(format: str, path: Path) -> Any:
    return importlib.import_module("evt3").decode_file(str(path))


def _by_attribute(result: Any) -> Columns:
    return result.t, result.x, result.y, result.p


def _by_name(result: Any) -> Columns:
    return result["t"], result["x"], result["y"], result["p"]


def _by_name_on(result: Any) -> Columns:
    return result["t"], result["x"], result["y"], result["on"]


_PROPHESEE = frozenset({"EVT2", "EVT3", FREE_VECTORS, "DAT"})
_READERS = (
    _Reader("aestream-io", frozenset(_FILES), _ours, _by_attribute),
    _Reader("evutils", _PROPHESEE, _evutils, _by_attribute),
    _Reader("expelliarmus", _PROPHESEE, _expelliarmus, _by_name),
    _Reader("faery", frozenset(_FILES), _faery, _by_name_on),
    _Reader("event_stream", frozenset({"ES"}), _event_stream, _by_name_on),
    _Reader("evt3", frozenset({"EVT3", FREE_VECTORS}), _evt3, _by_attribute),
)


def cases(quick: bool) -> Iterator[Case]:
    """One case per format, each with the readers that know it."""
    neuro_kernels.set_num_threads(1)
    events = moving_edges(100_000 if quick else 10_000_000)
    expected = (events.t, events.x, events.y, events.p)
    for format, name in _FILES.items():
        path = Path(_FOLDER.name) / name
        aestream_io.write(path, events, format=format.partition(",")[0].lower())
        if format == FREE_VECTORS:
            free_vectors(path)
        yield _case(format, path, expected)


def free_vectors(path: Path) -> None:
    """Leave the vectors without events out that end a group of an EVT3 file."""
    raw = path.read_bytes()
    begin = raw.index(b"% end\n") + len(b"% end\n")
    words = np.frombuffer(raw[begin:], "<u2")
    kind = words >> 12
    vector = (kind == 4) | (kind == 5)
    for _ in range(3):  # a group has three
        last = np.ones(words.size, bool)
        last[:-1] = ~vector[1:]
        kept = ~(vector & last & (words & 0xFFF == 0))
        words, vector = words[kept], vector[kept]
    path.write_bytes(raw[:begin] + words.tobytes())


def _case(format: str, path: Path, expected: Columns) -> Case:
    candidates = [
        Candidate(
            one.name,
            partial(one.read, format, path),
            partial(_compare, one.columns, expected, format == "ES"),
            ours=one.name == "aestream-io",
        )
        for one in _READERS
        if format in one.formats
    ]
    millions = expected[0].size / 1e6
    title = (
        f"{format}: {millions:g} million events, {path.stat().st_size / 1e6 / millions:.2f} B/event"
    )
    return Case(title, candidates, work=millions, unit="Mev")


def _compare(
    columns: Callable[[Any], Columns], expected: Columns, either_way_up: bool, result: Any
) -> str | None:
    given = columns(result)
    if len(given[0]) != len(expected[0]):
        return f"{len(given[0])} events, expected {len(expected[0])}"
    for name, one, wanted in zip("txyp", given, expected, strict=True):
        other = SIZE[1] - 1 - wanted if name == "y" and either_way_up else wanted
        if not (np.array_equal(one, wanted) or np.array_equal(one, other)):
            apart = np.asarray(one).astype(np.int64) != wanted.astype(np.int64)
            return f"{name} is wrong in {apart.mean():.1%} of the events"
    return None

"""Whole recordings written to files."""

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
from bench.recordings import SIZE, moving_edges

TITLE = "Writing event files"
TEXT = """
One recording of moving edges over noise (1280 x 720, 10 million events at 19 events per
microsecond) written to a file in a temporary folder, from the arrays that each library keeps events
in, one thread. Each run writes a new file; that of the run before is removed outside the clock.
Before timing, aestream-io must read every event back from what a library wrote.

Most of the time of a fast writer is the system's, which allocates pages for the file. "Encoding
alone" writes to a name of `/dev/null`, where nothing is kept: what the libraries themselves take.
Writers that refuse such a name, or put a file in its place, are not timed.
"""
VERSIONS = (
    *("aestream-io", "neuro-kernels", "numpy", "evutils", "expelliarmus"),
    *("faery", "event-stream", "dv-processing"),
)
_FOLDER = tempfile.TemporaryDirectory(prefix="bench-encode-")
Write = Callable[[Path], None]


def _evutils_array(events: aestream_io.Events) -> Any:
    array: Any = np.zeros(len(events), importlib.import_module("evutils.types").Event_dtype)
    for column in "txyp":
        array[column] = getattr(events, column)
    return array


def _evutils(array: Any, **options: Any) -> Write:
    def write(path: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            make = importlib.import_module("evutils.io").EventWriter
            with make(path, width=SIZE[0], height=SIZE[1], **options) as writer:
                writer.write(array)

    return write


def _expelliarmus(events: aestream_io.Events, encoding: str) -> Write:
    array: Any = np.zeros(len(events), [("t", "<i8"), ("x", "<i2"), ("y", "<i2"), ("p", "u1")])
    for column in "txyp":
        array[column] = getattr(events, column)
    wizard = importlib.import_module("expelliarmus").Wizard(encoding=encoding)
    return lambda path: wizard.save(path, array)


def _faery(array: Any, **options: Any) -> Write:
    faery = importlib.import_module("faery")

    def write(path: Path) -> None:
        stream = faery.events_stream_from_array(array, dimensions=SIZE)
        stream.to_file(path, zero_t0=False, **options)

    return write


def _event_stream(events: aestream_io.Events) -> Write:
    event_stream = importlib.import_module("event_stream")
    array: Any = np.zeros(len(events), event_stream.dvs_dtype)
    array["t"], array["x"], array["on"] = events.t, events.x, events.p
    array["y"] = SIZE[1] - 1 - events.y

    def write(path: Path) -> None:
        with event_stream.Encoder(str(path), "dvs", *SIZE) as encoder:
            encoder.write(array)

    return write


def _dv_store(events: aestream_io.Events) -> Any:
    dv = importlib.import_module("dv_processing")
    path = Path(_FOLDER.name) / "store.aedat4"
    aestream_io.write(path, events, compression="none")
    recording, store = dv.io.MonoCameraRecording(str(path)), dv.EventStore()
    while (batch := recording.getNextEventBatch()) is not None:
        store.add(batch)
    path.unlink()
    return store


def _dv(store: Any, compression: str) -> Write:
    dv = importlib.import_module("dv_processing")
    kind = getattr(dv.CompressionType, compression.upper())

    def write(path: Path) -> None:
        config = dv.io.MonoCameraWriter.EventOnlyConfig("bench", SIZE, kind)
        dv.io.MonoCameraWriter(str(path), config).writeEvents(store)

    return write


def cases(quick: bool) -> Iterator[Case]:
    """One case for each format, each with the writers that know it."""
    neuro_kernels.set_num_threads(1)
    events = moving_edges(50_000 if quick else 10_000_000)
    evutils = partial(_evutils, _evutils_array(events))
    faery, dv = partial(_faery, events.to("faery")), _dv_store(events)
    for title, ending, options, peers in (
        (
            *("EVT 2", ".raw", {"format": "evt2"}),
            {
                "evutils": evutils(format="evt2"),
                "expelliarmus": _expelliarmus(events, "evt2"),
                "faery": faery(version="evt2"),
            },
        ),
        ("EVT 2.1", ".raw", {"format": "evt21"}, {"evutils": evutils(format="evt21")}),
        (
            *("EVT 3", ".raw", {"format": "evt3"}),
            {"evutils": evutils(), "faery": faery(version="evt3")},
        ),
        (
            *("DAT", ".dat", {}),
            {
                "evutils": evutils(),
                "expelliarmus": _expelliarmus(events, "dat"),
                "faery": faery(version="dat2"),
            },
        ),
        (
            *("Event Stream", ".es", {}),
            {"event_stream": _event_stream(events), "faery": faery()},
        ),
        ("text", ".csv", {}, {"faery": faery(), "evutils": evutils()}),
        (
            *("AEDAT 4, none", ".aedat4", {"compression": "none"}),
            {"dv-processing": _dv(dv, "none"), "evutils": evutils()},
        ),
        (
            *("AEDAT 4, lz4", ".aedat4", {"compression": "lz4"}),
            {
                "dv-processing": _dv(dv, "lz4"),
                "faery": faery(compression=("lz4", 1)),
            },
        ),
        (
            *("AEDAT 4, zstd", ".aedat4", {"compression": "zstd"}),
            {
                "dv-processing": _dv(dv, "zstd"),
                "faery": faery(compression=("zstd", 1)),
            },
        ),
    ):
        writers = {"aestream-io": _ours(events, options), **peers}
        yield _case(title, ending, writers, events)
        yield _nowhere(title, ending, writers, events)


def _ours(events: aestream_io.Events, options: dict[str, Any]) -> Write:
    return lambda path: void(aestream_io.write(path, events, **options))


def void(result: object) -> None:
    """Forget a result."""


def _case(title: str, ending: str, writers: dict[str, Write], events: aestream_io.Events) -> Case:
    candidates = []
    for name, write in writers.items():
        path = Path(_FOLDER.name) / f"{title}-{name}{ending}".replace(" ", "")
        run, check = partial(_run, write, path), partial(_check, events)
        # Replacing a file makes some file systems write the new one to the disk at once.
        remove = partial(path.unlink, missing_ok=True)
        candidates.append(Candidate(name, run, check, ours=name == "aestream-io", before=remove))
    millions = len(events) / 1e6
    return Case(f"{title}: {millions:g} million events", candidates, work=millions, unit="Mev")


def _nowhere(
    title: str, ending: str, writers: dict[str, Write], events: aestream_io.Events
) -> Case:
    candidates = []
    for name, write in writers.items():
        path = Path(_FOLDER.name) / f"nowhere-{title}-{name}{ending}".replace(" ", "")
        path.symlink_to("/dev/null")
        check = partial(_leads_nowhere, path)
        candidates.append(Candidate(name, partial(write, path), check, ours=name == "aestream-io"))
    millions = len(events) / 1e6
    return Case(
        f"{title}, encoding alone: {millions:g} million events",
        candidates,
        work=millions,
        unit="Mev",
    )


def _leads_nowhere(path: Path, result: Any) -> str | None:
    return None if path.is_symlink() else "replaces the name by a file"


def _run(write: Write, path: Path) -> Path:
    write(path)
    return path


def _check(events: aestream_io.Events, path: Any) -> str | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = aestream_io.read(path, size=SIZE)
    if len(found) != len(events):
        return f"{len(found)} events, expected {len(events)}"
    # Event Stream files have no beginning of their own.
    shift = int(events.t[0] - found.t[0]) if path.suffix == ".es" else 0
    for name in "txyp":
        one, wanted = getattr(found, name), getattr(events, name)
        if not np.array_equal(one + shift if name == "t" else one, wanted):
            return f"{name} is wrong in {(one != wanted).mean():.1%} of the events"
    return None

"""Events made into frames: histograms, voxel grids, time surfaces."""

import importlib
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import aestream_io
import neuro_kernels
from bench.harness import Candidate, Case
from bench.recordings import SIZE, moving_edges
from neuro_kernels import Events, represent

TITLE = "Making frames of events"
TEXT = """
Ten million events of moving edges over noise (1280 x 720) in memory, made into one dense array, one
thread. Each library gets the events in its own container, made before the clock starts, and gives
its own kind of frame.

Before timing, every frame is compared with a plain numpy computation of what that library
documents: dv-processing's edge map holds one 8-bit channel of capped counts, tonic's voxel grid
divides time by the number of bins (ours, after Zhu et al., by one less: the span given to ours is
stretched so that both mean the same), tonic's time surface is computed for each event's bin.
"""
VERSIONS = ("neuro-kernels", "numpy", "torch", "dv-processing", "tonic")

BINS = 5
TAU_US = 50_000.0


def cases(quick: bool) -> Iterator[Case]:
    """One case per representation."""
    neuro_kernels.set_num_threads(1)
    importlib.import_module("torch").set_num_threads(1)
    events = moving_edges(50_000 if quick else 10_000_000)
    store = _Lazy(partial(_dv_store, events))
    rows = _tonic_rows(events)
    millions = len(events) / 1e6
    yield Case(
        f"histogram: {millions:g} million events",
        [
            Candidate(
                "neuro-kernels",
                partial(represent.histogram, events),
                partial(_same, _counts(events)),
                remark="two channels of float32",
                ours=True,
            ),
            Candidate(
                "neuro-kernels, uint8",
                partial(represent.histogram, events, dtype="uint8", polarity="merged"),
                partial(_same, np.minimum(_counts(events).sum(0, keepdims=True), 255)),
                remark="one channel of 8 bits",
            ),
            Candidate(
                "numpy bincount",
                partial(_bincount, events),
                partial(_same, _counts(events)),
                remark="two channels of float32",
            ),
            Candidate(
                "torch index_add_",
                partial(_index_add, events),
                partial(_same, _counts(events)),
                remark="two channels of float32",
            ),
            Candidate(
                "dv EdgeMapAccumulator",
                partial(_dv_edges, store),
                partial(_marks_places, events),
                remark="one channel of 8 bits",
            ),
            Candidate(
                "tonic ToFrame",
                partial(_tonic, "ToFrame", rows, n_time_bins=1),
                partial(_same_squeezed, _counts(events[events.t < events.t[-1]])),
                remark="leaves out the last microsecond",
            ),
        ],
        work=millions,
        unit="Mev",
    )
    first, last = int(events.t[0]), int(events.t[-1])
    # In tonic's grid the last event lies one bin behind the last.
    stretched = (first, first + round((last - first) * (BINS - 1) / BINS))
    yield Case(
        f"voxel grid of {BINS} bins: {millions:g} million events",
        [
            Candidate(
                "neuro-kernels",
                partial(represent.voxel_grid, events, BINS, span_us=stretched),
                partial(_close, _tonic_grid(events)),
                ours=True,
            ),
            Candidate(
                "tonic ToVoxelGrid",
                partial(_tonic, "ToVoxelGrid", rows, n_time_bins=BINS),
                partial(_close, _tonic_grid(events)),
            ),
        ],
        work=millions,
        unit="Mev",
    )
    yield Case(
        f"time surface: {millions:g} million events",
        [
            Candidate(
                "neuro-kernels",
                partial(represent.decay_surface, events, TAU_US),
                partial(_close, _surface(events)),
                ours=True,
            ),
            Candidate(
                "dv TimeSurface",
                partial(_dv_surface, store),
                partial(_marks_surface, events),
                remark="times scaled to 8 bits, one channel, no exponential",
            ),
            Candidate(
                "tonic ToTimesurface",
                partial(_tonic, "ToTimesurface", rows, tau=TAU_US, dt=float(last - first + 1)),
                partial(_close_squeezed, _surface(events)),
            ),
        ],
        work=millions,
        unit="Mev",
    )


class _Lazy:
    """A container that is made once, at the first use: a peer that lacks fails alone."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._value: Any = None

    def __call__(self) -> Any:
        if self._value is None:
            self._value = self._make()
        return self._value


def _dv_store(events: Events) -> Any:
    dv = importlib.import_module("dv_processing")
    store = dv.EventStore()
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "events.aedat4")
        aestream_io.write(path, events, compression="none")
        recording = dv.io.MonoCameraRecording(path)
        while (batch := recording.getNextEventBatch()) is not None:
            store.add(batch)
    return store


def _tonic_rows(events: Events) -> np.ndarray:
    rows = np.empty(len(events), [("x", "<i2"), ("y", "<i2"), ("t", "<i8"), ("p", "<i1")])
    for name in "xytp":
        rows[name] = getattr(events, name)
    return rows


def _tonic(kind: str, rows: np.ndarray, **options: Any) -> Any:
    transforms = importlib.import_module("tonic.transforms")
    return getattr(transforms, kind)(sensor_size=(*SIZE, 2), **options)(rows)


def _dv_edges(store: _Lazy) -> Any:
    accumulator = importlib.import_module("dv_processing").EdgeMapAccumulator(SIZE)
    accumulator.accept(store())
    return accumulator.generateFrame()


def _dv_surface(store: _Lazy) -> Any:
    surface = importlib.import_module("dv_processing").TimeSurface(SIZE)
    surface.accept(store())
    return surface.generateFrame()


def _places(events: Events) -> np.ndarray:
    plane = events.p.astype(np.int64) * SIZE[1]
    return (plane + events.y) * SIZE[0] + events.x


def _bincount(events: Events) -> np.ndarray:
    counts = np.bincount(_places(events), minlength=2 * SIZE[0] * SIZE[1])
    return counts.astype(np.float32).reshape(2, SIZE[1], SIZE[0])


def _index_add(events: Events) -> Any:
    torch = importlib.import_module("torch")
    places = torch.from_numpy(_places(events))
    frame = torch.zeros(2 * SIZE[0] * SIZE[1])
    frame.index_add_(0, places, torch.ones(len(places)))
    return frame.reshape(2, SIZE[1], SIZE[0])


def _counts(events: Events) -> np.ndarray:
    counts = np.zeros((2, SIZE[1], SIZE[0]), np.float32)
    np.add.at(counts, (events.p, events.y, events.x), 1)
    return counts


def _tonic_grid(events: Events) -> np.ndarray:
    t = events.t.astype(float)
    b = BINS * (t - t[0]) / (t[-1] - t[0])
    below = np.floor(b).astype(int)
    sign = np.where(events.p, 1.0, -1.0)
    grid = np.zeros((BINS, SIZE[1], SIZE[0]))
    for k, share in ((below, 1 - (b - below)), (below + 1, b - below)):
        inside = k < BINS
        np.add.at(grid, (k[inside], events.y[inside], events.x[inside]), (sign * share)[inside])
    return grid


def _surface(events: Events) -> np.ndarray:
    latest = np.full((2, SIZE[1], SIZE[0]), -np.inf)
    latest[events.p, events.y, events.x] = events.t
    return np.exp((latest - float(events.t[-1])) / TAU_US)


def _same(expected: np.ndarray, result: Any) -> str | None:
    return None if np.array_equal(np.asarray(result), expected) else "the counts are wrong"


def _same_squeezed(expected: np.ndarray, result: Any) -> str | None:
    return _same(expected, np.asarray(result).squeeze(0).astype(np.float32))


def _close(expected: np.ndarray, result: Any) -> str | None:
    result = np.asarray(result).squeeze()
    if result.shape != expected.shape:
        return f"has the shape {result.shape}, expected {expected.shape}"
    error = float(np.abs(result - expected).max())
    return None if error < 5e-3 else f"is wrong by up to {error:.3g}"


def _close_squeezed(expected: np.ndarray, result: Any) -> str | None:
    return _close(expected, np.asarray(result).squeeze(0))


def _marks_places(events: Events, result: Any) -> str | None:
    fired = _counts(events).sum(0) > 0
    return None if np.array_equal(np.asarray(result.image) > 0, fired) else "marks other pixels"


def _marks_surface(events: Events, result: Any) -> str | None:
    image = np.asarray(result.image).squeeze()
    return None if image.shape == (SIZE[1], SIZE[0]) and image.any() else "is no surface"

"""Event lists that stress codecs, and the comparison of compiled decoders with their references."""

import itertools
from typing import Any

import numpy as np
from hypothesis import strategies as st

from neuro_kernels import Events, codecs
from neuro_kernels.reference import codecs as reference

SIZES = [(1, 1), (31, 7), (32, 4), (346, 260), (640, 480), (1280, 720), (2048, 2048)]


def kernel_result(machine: codecs.Decoder, data: bytes, cuts: list[int]) -> dict[str, Any]:
    """Feed `data` cut at the given offsets; return everything the decoder gave."""
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    parts = [machine.feed(data[a:b]) for a, b in itertools.pairwise(edges)]
    parts.append(machine.finish())
    triggers, report = machine.triggers(), machine.report
    events = Events.concatenate(parts)
    exposures = machine.exposures()
    return {
        "events": rows(events),
        "triggers": [
            *zip(triggers.t.tolist(), triggers.id.tolist(), triggers.value.tolist(), strict=True)
        ],
        "exposures": rows(exposures),
        "colors": [tuple(c) for c in machine.colors().tolist()],
        "report": report,
    }


def rows(events: Events) -> list[tuple[int, int, int, int]]:
    """Events as tuples (t, x, y, p)."""
    columns = (events.t.tolist(), events.x.tolist(), events.y.tolist(), events.p.tolist())
    return list(zip(*columns, strict=True))


def reference_result(result: reference.Result, n_bytes: int) -> dict[str, Any]:
    """What `kernel_result` must give."""
    counts = dict(result.counts)
    report = codecs.DecodeCounts(
        bytes_read=n_bytes,
        events=len(result.events),
        triggers=len(result.triggers),
        first_problem_offset=result.first_problem,
        **counts,
    )
    return {
        "events": result.events,
        "triggers": result.triggers,
        "exposures": result.exposures,
        "colors": result.colors,
        "report": report,
    }


def cuts(n_bytes: int = 400) -> st.SearchStrategy[list[int]]:
    """Offsets at which a byte string is cut; empty pieces occur."""
    return st.lists(st.integers(0, n_bytes), max_size=8)


@st.composite
def recordings(
    draw: st.DrawFn, *, sizes: list[tuple[int, int]] = SIZES, largest_step: int = 1 << 26
) -> Events:
    """Sorted events: bursts in one row and instant, edge coordinates, long and short gaps."""
    size = draw(st.sampled_from(sizes))
    t = draw(st.sampled_from([0, 1, 4095, 4096, (1 << 24) - 2, 1 << 25, (1 << 32) - 3]))
    columns: list[tuple[int, int, int, int]] = []
    for _ in range(draw(st.integers(0, 8))):
        y = draw(st.sampled_from([0, size[1] - 1, size[1] // 2]))
        x = draw(st.sampled_from([0, size[0] - 1, size[0] // 3]))
        p = draw(st.integers(0, 1))
        # One number says how the columns of a row follow each other: mostly next neighbours,
        # sometimes the same pixel again.
        pattern = draw(st.integers(0, 1 << 40))
        for _ in range(draw(st.sampled_from([1, 3, 5, 33, 70]))):
            columns.append((t, x, y, p))
            x = (x + (1, 1, 2, 0)[pattern & 3]) % size[0]
            pattern = pattern >> 2 | (pattern & 3) << 38
        t += draw(st.sampled_from([0, 1, 63, 64, 127, 4096, 1 << 20, largest_step]))
    array = np.array(columns, np.int64).reshape(-1, 4)
    return Events(array[:, 0], array[:, 1], array[:, 2], array[:, 3], size=size)


def dense_recording(seed: int, n: int, *, width: int = 1280) -> Events:
    """Runs along rows of any length, single events, gaps between columns, small steps of time."""
    rng = np.random.default_rng(seed)
    lengths = np.minimum(rng.geometric(0.3, n) * rng.choice([1, 1, 1, 9, 40], n), width)
    which = np.repeat(np.arange(n), lengths)[:n]
    offset = np.arange(n) - np.concatenate([[0], np.cumsum(lengths)])[which]
    stride = rng.choice([1, 1, 1, 2, 5], n)[which]
    start = rng.integers(0, width, n)[which]
    return Events(
        np.cumsum(rng.integers(0, 3, n) * rng.choice([0, 1, 1, 50], n))[which] + (1 << 24) - n,
        (start + offset * stride) % width,
        rng.integers(0, 3, n)[which],
        rng.integers(0, 2, n)[which],
        size=(width, 3),
    )

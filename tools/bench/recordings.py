"""Recordings for benchmarks: moving edges over noise, in time order, made from a seed."""

import numpy as np

from neuro_kernels import Events

SIZE = (1280, 720)
# Of the events, this share are noise; the others come in runs along a row, as edges give them.
NOISE = 0.25
LONGEST_RUN = 24


def moving_edges(events: int, *, events_per_us: float = 19.0, seed: int = 0) -> Events:
    """Make a recording of edges that move over noise.

    Args:
        events: number of events.
        events_per_us: mean rate in events per microsecond.
        seed: seed of the generator.

    Returns:
        The events, 1280 x 720, times from 0.
    """
    rng = np.random.default_rng(seed)
    width, height = SIZE
    duration = int(events / events_per_us)
    noise = int(events * NOISE)
    lengths = rng.integers(
        1, LONGEST_RUN + 1, size=2 * (events - noise) // LONGEST_RUN + LONGEST_RUN
    )
    count = int(np.searchsorted(np.cumsum(lengths), events - noise)) + 1
    lengths = np.concatenate([lengths[:count], np.ones(noise, np.int64)])
    t = np.sort(rng.integers(0, duration, size=count + noise))
    order = rng.permutation(count + noise)
    lengths = lengths[order]
    edge = (t // 40 + rng.integers(0, 4, size=t.size) * (width // 4)) % (width - LONGEST_RUN)
    anywhere = rng.integers(0, width - LONGEST_RUN, size=t.size)
    start = np.where(order >= count, anywhere, edge)
    y = rng.integers(0, height, size=t.size)
    p = rng.integers(0, 2, size=t.size)

    first = np.cumsum(lengths) - lengths
    offset = np.arange(lengths.sum()) - np.repeat(first, lengths)
    return Events(
        np.repeat(t, lengths)[:events],
        (np.repeat(start, lengths) + offset)[:events].astype(np.uint16),
        np.repeat(y, lengths)[:events].astype(np.uint16),
        np.repeat(p, lengths)[:events].astype(np.uint8),
        size=SIZE,
    )

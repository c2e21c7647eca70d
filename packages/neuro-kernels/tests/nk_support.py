"""What several test files use: strategies for events and for splits of them."""

import numpy as np
from hypothesis import strategies as st

from neuro_kernels import Events


@st.composite
def event_lists(draw, max_events=200, max_side=40, sorted_time=None, max_step_us=50):
    """Events with few pixels and many coincidences, sorted or not."""
    width = draw(st.integers(1, max_side))
    height = draw(st.integers(1, max_side))
    n = draw(st.integers(0, max_events))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    if sorted_time is None:
        sorted_time = draw(st.booleans())
    start = draw(st.sampled_from([0, -(10**6), 2**40]))
    t = start + rng.integers(0, max_step_us + 1, n).cumsum()
    if not sorted_time:
        t = rng.permutation(t)
    x, y = rng.integers(0, width, n), rng.integers(0, height, n)
    return Events(t, x, y, rng.integers(0, 2, n), size=(width, height))


def split(events: Events, cuts: list[int]) -> list[Events]:
    """Cut events at the given positions (any integers; taken modulo the length)."""
    places = sorted(c % (len(events) + 1) for c in cuts)
    return [events[a:b] for a, b in zip([0, *places], [*places, len(events)], strict=True)]


cuts = st.lists(st.integers(0, 10**6), max_size=6)

"""What several test files use: events, packets cut anywhere, decoded pictures."""

import numpy as np
from hypothesis import strategies as st
from PIL import Image

from faery_cli.operation import Packet
from faery_cli.stream import Stream
from neuro_kernels import Events


@st.composite
def event_lists(draw, max_events=150, max_side=12, sorted_time=None, max_step_us=3000):
    """Events with few pixels and many coincidences, sorted or not."""
    width, height = draw(st.integers(2, max_side)), draw(st.integers(2, max_side))
    n = draw(st.integers(0, max_events))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    if sorted_time is None:
        sorted_time = draw(st.booleans())
    t = draw(st.sampled_from([0, 2**40])) + rng.integers(0, max_step_us + 1, n).cumsum()
    if not sorted_time:
        t = t + rng.integers(-4 * max_step_us, 4 * max_step_us, n)
    x, y = rng.integers(0, width, n), rng.integers(0, height, n)
    return Events(t, x, y, rng.integers(0, 2, n), size=(width, height))


def split(events, cuts):
    """Cut events at the given positions (any integers; taken modulo the length)."""
    places = sorted(c % (len(events) + 1) for c in cuts)
    return [events[a:b] for a, b in zip([0, *places], [*places, len(events)], strict=True)]


cuts = st.lists(st.integers(0, 10**6), max_size=6)


class Packets:
    """A source that gives packets as they are; `again=False` behaves like a pipe."""

    name = "packets"
    live = False

    def __init__(self, parts, *, again=True, finite=True):
        self.parts = parts
        self.again = again
        self.finite = finite
        self.opened = 0

    @property
    def size(self):
        return self.parts[0].size

    def open(self):
        assert self.again or not self.opened, "a pipe is read once"
        self.opened += 1
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def __iter__(self):
        for part in self.parts:
            yield Packet(part)

    def problems(self):
        return ""

    def done(self):
        return None


def stream_of(events, places=(), **how):
    """A stream over events cut at places."""
    return Stream(Packets(split(events, places), **how))


def moving_edge(duration_us=500_000, size=(40, 30), seed=0, hot=True):
    """A vertical edge that crosses the picture twice, noise, and one hot pixel."""
    rng = np.random.default_rng(seed)
    width, height = size
    n = 4000
    t = np.sort(rng.integers(0, duration_us, n))
    x = (t * 2 * width // duration_us) % width
    y = rng.integers(0, height, n)
    p = (t * 2 // duration_us) % 2
    stray = rng.random(n) < 0.1
    x, y = np.where(stray, rng.integers(0, width, n), x), y
    if hot:
        burn = rng.random(n) < 0.1
        x, y, p = np.where(burn, 7, x), np.where(burn, 5, y), np.where(burn, 1, p)
    return Events(t, x, y, p, size=size)


def gif_frames(path):
    """Decoded RGB pictures of a GIF, and the hundredths of a second each is shown."""
    pictures, delays = [], []
    with Image.open(path) as image:
        for k in range(image.n_frames):
            image.seek(k)
            pictures.append(np.asarray(image.convert("RGB")))
            delays.append(round(image.info["duration"] / 10))
    return pictures, delays

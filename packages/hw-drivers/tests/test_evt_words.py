"""The streams of Prophesee's formats: cut anywhere, damaged, and after gaps."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw_drivers import ConfigError
from hw_drivers.words.evt import evt_stream
from neuro_kernels import Events, codecs

SIZE = (320, 320)
FORMATS = [("EVT3", False), ("EVT2.1", False), ("EVT2.1", True), ("EVT2", False)]


def encoded(name, legacy, events):
    options = {"layout": "legacy" if legacy else "little"} if name == "EVT2.1" else {}
    return codecs.encode(name.lower().replace(".", ""), events, **options)


def rows(parts):
    return [row for e in parts for row in zip(*(getattr(e, c).tolist() for c in "txyp"),
                                              strict=True)]  # fmt: skip


@pytest.mark.parametrize(("name", "legacy"), FORMATS)
@pytest.mark.parametrize("seed", range(3))
def test_cutting_changes_nothing(name, legacy, random_events, seed):
    events = random_events(500, seed=seed, size=SIZE)
    cuts = np.random.default_rng(seed).integers(0, 3000, 9).tolist()
    data = encoded(name, legacy, events)
    stream = evt_stream(name, SIZE, legacy=legacy)
    edges = [0, *sorted(min(c, len(data)) for c in cuts), len(data)]
    parts = [stream.feed(data[a:b]).events for a, b in itertools.pairwise(edges)]
    assert sorted(rows(parts)) == sorted(rows([events]))
    assert stream.skipped_bytes == 0


@pytest.mark.parametrize(("name", "legacy"), FORMATS)
@pytest.mark.parametrize("seed", range(5))
def test_after_a_gap_only_right_events_are_delivered(name, legacy, random_events, seed):
    events = random_events(3000, seed=seed, size=SIZE, span_us=100_000)
    truth = set(rows([events]))
    data = encoded(name, legacy, events)
    random = np.random.default_rng(seed)
    unit = {"EVT3": 2, "EVT2": 4, "EVT2.1": 8}[name]
    for _ in range(10):
        stop, start = np.sort(random.integers(0, len(data), 2)).tolist()
        stream = evt_stream(name, SIZE, legacy=legacy)
        parts = [stream.feed(data[:stop]).events]
        parts.append(stream.feed(data[start - start % unit :], after_gap=True).events)
        assert set(rows(parts)) <= truth
        assert Events.concatenate(parts).is_sorted


@pytest.mark.parametrize(("name", "legacy"), FORMATS)
@given(data=st.binary(max_size=300))
def test_arbitrary_bytes_never_raise(name, legacy, data):
    stream = evt_stream(name, SIZE, legacy=legacy)
    for part in (stream.feed(data[:99]), stream.feed(data[99:], after_gap=True)):
        assert (part.events.x < 320).all()
        assert (part.events.y < 320).all()


def test_an_unknown_format_names_those_that_exist():
    with pytest.raises(ConfigError, match="EVT3, EVT21, EVT2"):
        evt_stream("EVT5", SIZE)

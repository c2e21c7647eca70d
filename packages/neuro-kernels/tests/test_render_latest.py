import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nk_support import cuts, event_lists, split

from neuro_kernels import EventError, Events
from neuro_kernels.reference import render as reference
from neuro_kernels.render import LatestEvents


def unpacked(data, base_us):
    record = np.frombuffer(data, [("t", "<u4"), ("x", "<u2"), ("y", "<u2")])
    return [(int(t) + base_us, int(x), int(y) >> 1, int(y) & 1) for t, x, y in record]


@given(event_lists(max_side=6), cuts)
def test_packed_events_are_the_last_of_each_pixel_for_any_packets(events, places):
    latest = LatestEvents(events.size)
    for part in split(events, places):
        base = int(part.t.min()) if len(part) else 0
        rows = unpacked(latest.pack(part, base_us=base), base)
        assert len({row[1:3] for row in rows}) == len(rows)
        assert {(x, y): (t, p) for t, x, y, p in rows} == reference.latest_events(part)


@given(st.lists(st.integers(-(2**62), 2**62), min_size=1, max_size=9), st.integers(-99, 99))
def test_times_are_held_to_32_bits(times, base):
    x = np.arange(len(times))
    events = Events(times, x, x * 0, x * 0, size=(len(times), 1))
    packed = np.frombuffer(LatestEvents(events.size).pack(events, base_us=base), "<u4")[::2]
    assert packed[::-1].tolist() == [min(max(t - base, 0), 2**32 - 1) for t in times]


def test_events_of_another_sensor_are_refused():
    with pytest.raises(EventError, match="made for 4x3, got events of 2x2"):
        LatestEvents((4, 3)).pack(Events.empty((2, 2)), base_us=0)

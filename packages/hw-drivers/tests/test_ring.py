"""The bounded queue: nothing is lost without being counted, in either policy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw_drivers.transport.interface import Buffer
from hw_drivers.transport.ring import Ring


@given(
    capacity=st.integers(1, 5),
    drop=st.sampled_from(["newest", "oldest"]),
    steps=st.lists(st.booleans(), max_size=80),
)
def test_every_transfer_is_delivered_or_announced_as_lost(capacity, drop, steps):
    ring = Ring(capacity, drop)
    sent = 0
    got: list[Buffer] = []
    for put in steps:
        if put:
            ring.put(Buffer(bytes(sent % 7 + 1), sent, sent, sent))
            sent += 1
        elif len(ring):
            got.append(ring.get())
    while len(ring):
        got.append(ring.get())
    stats = ring.stats(control_requests=0)
    expected = 0
    announced = gaps = 0
    for buffer in got:
        missing = range(expected, buffer.sequence)
        assert buffer.lost_packets == len(missing)
        assert buffer.lost_bytes == sum(i % 7 + 1 for i in missing)
        announced += buffer.lost_packets
        gaps += buffer.lost_packets > 0
        expected = buffer.sequence + 1
    tail = sent - expected  # lost after the last delivered transfer
    assert stats.lost_packets == announced + tail
    assert stats.packets == sent == len(got) + stats.lost_packets
    assert stats.gaps == gaps + (tail > 0)
    assert stats.high_water <= capacity


def test_policies_differ_in_what_they_keep():
    kept = {}
    for drop in ("newest", "oldest"):
        ring = Ring(2, drop)
        for i in range(5):
            ring.put(Buffer(b"x", i, 0, 0))
        kept[drop] = [ring.get().sequence for _ in range(len(ring))]
    assert kept == {"newest": [0, 1], "oldest": [3, 4]}


def test_no_capacity_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        Ring(0)

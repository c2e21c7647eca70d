"""Layouts of events in messages, against their numpy definitions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nk_support import event_lists

from neuro_kernels import EventError, Events
from neuro_kernels.reference import stream as reference
from neuro_kernels.stream import FORMATS, MessageDecoder, encode_message


@pytest.mark.parametrize("format", FORMATS)
@given(events=event_lists())
@settings(deadline=None)
def test_encoding_matches_the_reference(format, events):
    expected = reference.spif_encode(events.t, events.x, events.y, events.p, timed=format == "spif")
    assert encode_message(events, format=format) == expected


words = st.one_of(
    st.integers(0, 2**32 - 1),
    st.builds(
        lambda x, y, no_t: no_t << 31 | x << 16 | y, *[st.integers(0, 20)] * 2, st.booleans()
    ),
)
messages = st.lists(
    st.one_of(
        st.binary(max_size=40),
        st.lists(words, max_size=30).map(lambda w: np.array(w, "<u4").tobytes()),
    ),
    max_size=5,
)


@given(messages=messages, arrival=st.integers(0, 2**50))
@settings(deadline=None)
def test_decoding_arbitrary_bytes_matches_the_reference(messages, arrival):
    size = (16, 12)
    decoder = MessageDecoder(size)
    last_t, outside, malformed, total = -1, 0, 0, 0
    for message in messages:
        expected, more_outside, last_t, damaged = reference.spif_decode(
            message, arrival, size, last_t
        )
        events = decoder.decode(message, arrival_us=arrival)
        got = list(
            zip(*(c.tolist() for c in (events.t, events.x, events.y, events.p)), strict=True)
        )
        assert got == expected
        outside, malformed, total = outside + more_outside, malformed + damaged, total + len(got)
    assert (decoder.events, decoder.out_of_range, decoder.malformed) == (total, outside, malformed)


@given(events=event_lists(sorted_time=True))
@settings(deadline=None)
def test_timed_messages_come_back_in_any_cut(events):
    events = Events(events.t % (1 << 41), events.x, events.y, events.p, size=events.size)
    decoder = MessageDecoder(events.size)
    parts = [decoder.decode(encode_message(part)) for part in events.chunks(7)]
    got = Events.concatenate([*parts, Events.empty(events.size)])
    np.testing.assert_array_equal(np.diff(got.t), np.diff(events.t))
    for name in "xyp":
        np.testing.assert_array_equal(getattr(got, name), getattr(events, name))


def test_time_goes_on_across_the_wrap_and_back_for_a_late_datagram():
    decoder = MessageDecoder((4, 4))
    times = [2**32 - 5, 3, 2**32 - 2, 9]

    def message(t):
        return encode_message(Events([t], [0], [0], [1], size=(4, 4)))

    got = [int(decoder.decode(message(t)).t[0]) for t in times]
    assert got == [2**32 - 5, 2**32 + 3, 2**32 - 2, 2**32 + 9]


def test_events_without_timestamp_get_the_arrival_time():
    events = Events([5, 6], [1, 2], [3, 0], [0, 1], size=(4, 4))
    got = MessageDecoder((4, 4)).decode(
        encode_message(events, format="spif-untimed"), arrival_us=1234
    )
    assert got == Events([1234, 1234], events.x, events.y, events.p, size=(4, 4))


def test_bad_options_are_refused():
    with pytest.raises(EventError, match="expected one of spif, spif-untimed, got 'spiff'"):
        MessageDecoder((4, 4), format="spiff")
    with pytest.raises(EventError, match="15 bits per coordinate"):
        encode_message(Events.empty((40000, 2)))
    with pytest.raises(ValueError, match="contiguous bytes"):
        MessageDecoder((4, 4)).decode(memoryview(bytes(16))[::2])

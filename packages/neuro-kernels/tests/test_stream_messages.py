"""Layouts of events in messages, against their numpy definitions."""

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nk_support import event_lists

from neuro_kernels import EventError, Events
from neuro_kernels.reference import stream as reference
from neuro_kernels.stream import (
    FORMATS,
    MessageDecoder,
    MessageEncoder,
    encode_message,
)

pytestmark = pytest.mark.any_level

SIZE = (16, 12)

ENCODERS = {
    "spif": lambda *c, size: reference.spif_encode(*c, timed=True),
    "spif-untimed": lambda *c, size: reference.spif_encode(*c, timed=False),
    "t64_x16_y16_on8": lambda *c, size: reference.t64_encode(*c),
    "t32_x16_y15_on1": lambda *c, size: reference.t32_encode(*c),
    "speck": lambda *c, size: reference.speck_encode(*c),
    "jaer": reference.jaer_encode,
    "text": lambda *c, size: reference.text_encode(*c),
    "frame": reference.frame_encode,
}
DECODERS = {
    "spif": reference.spif_decode,
    "spif-untimed": reference.spif_decode,
    "t64_x16_y16_on8": reference.t64_decode,
    "t32_x16_y15_on1": reference.t32_decode,
    "speck": reference.speck_decode,
    "jaer": reference.jaer_decode,
    "text": reference.text_decode,
    "frame": reference.frame_decode,
}


def columns(events):
    return events.t, events.x, events.y, events.p


def rows(events):
    return list(zip(*(c.tolist() for c in columns(events)), strict=True))


def test_every_layout_has_a_definition():
    assert set(ENCODERS) == set(DECODERS) == set(FORMATS)


@pytest.mark.parametrize("format", FORMATS)
@given(events=event_lists())
@settings(deadline=None)
def test_encoding_matches_the_reference(format, events):
    expected = ENCODERS[format](*columns(events), size=events.size)
    assert encode_message(events, format=format) == expected


def words(*integers):
    return st.lists(st.one_of(*integers), max_size=30).map(lambda w: np.array(w, "<u4").tobytes())


small = st.integers(0, 20)
some_frames = st.builds(
    lambda events, t0, size, damage, extra: bytes(
        b ^ damage.get(i, 0)
        for i, b in enumerate(reference.frame_encode(*columns(events), size=size, t0=t0) + extra)
    ),
    event_lists(max_events=12),
    st.one_of(st.none(), st.integers(-5, 5)),
    st.sampled_from([(40, 40), (40000, 40)]),
    st.one_of(st.just({}), st.dictionaries(st.integers(0, 100), st.integers(0, 255), max_size=1)),
    st.sampled_from([b"", b"NE", b"x", b"xNEVS", b"NEVS" * 20]),
)
noise = {
    "spif": words(
        st.integers(0, 2**32 - 1),
        st.builds(lambda x, y, late: late << 31 | x << 16 | y, small, small, st.booleans()),
    ),
    "t64_x16_y16_on8": st.lists(
        st.builds(struct.Struct("<QHHB").pack, st.integers(0, 2**64 - 1), small, small, small)
    ).map(b"".join),
    "t32_x16_y15_on1": words(st.integers(0, 2**32 - 1), small),
    "speck": words(st.integers(0, 2**32 - 1), st.integers(0, 2**21)),
    "jaer": st.lists(
        st.one_of(
            st.binary(max_size=9),
            st.builds(
                lambda x, y, p, t, flag: struct.pack(">II", y << 22 | x << 12 | p << 11 | flag, t),
                small,
                small,
                st.integers(0, 1),
                st.integers(0, 2**32 - 1),
                st.sampled_from([0, 0, 1 << 31, 1 << 10]),
            ),
        )
    ).map(lambda rows: b"\0\0\0\1" + b"".join(rows)),
    "text": st.lists(
        st.sampled_from(
            [
                b"1",
                b"-2",
                b"3,4,5,1\n",
                b"6,7,8,0\r\n",
                b",",
                b"\n",
                b"9" * 19,
                b"70000",
                b" ",
                b"+1",
            ]
        ),
        max_size=20,
    ).map(b"".join),
    "frame": st.lists(some_frames, max_size=3).map(b"".join),
}
noise["spif-untimed"] = noise["spif"]


@pytest.mark.parametrize("format", FORMATS)
@given(data=st.data(), arrival=st.integers(0, 2**50))
@settings(deadline=None)
def test_decoding_arbitrary_bytes_matches_the_reference(format, data, arrival):
    messages = data.draw(st.lists(st.one_of(st.binary(max_size=90), noise[format]), max_size=5))
    decoder = MessageDecoder(SIZE, format=format)
    clock = reference.Clock()
    outside = malformed = total = 0
    for message in messages:
        expected = DECODERS[format](message, arrival, SIZE, clock)
        assert rows(decoder.decode(message, arrival_us=arrival)) == expected.events
        outside += expected.outside
        malformed += expected.damaged
        total += len(expected.events)
    assert (decoder.events, decoder.out_of_range, decoder.malformed) == (total, outside, malformed)


@pytest.mark.parametrize("format", FORMATS)
@given(events=event_lists(sorted_time=True))
@settings(deadline=None)
def test_messages_come_back_in_any_cut(format, events):
    events = Events(events.t % (1 << 41), events.x, events.y, events.p, size=events.size)
    encoder = MessageEncoder(events.size, format=format)
    decoder = MessageDecoder(events.size, format=format)
    parts = [decoder.decode(encoder.encode(part), arrival_us=7) for part in events.chunks(7)]
    got = Events.concatenate([*parts, Events.empty(events.size)])
    for name in "xyp":
        np.testing.assert_array_equal(getattr(got, name), getattr(events, name))
    if format == "spif-untimed":
        assert set(got.t.tolist()) <= {7}
    else:
        np.testing.assert_array_equal(np.diff(got.t), np.diff(events.t))


@pytest.mark.parametrize("format", ["spif", "t32_x16_y15_on1"])
def test_time_goes_on_across_the_wrap_and_back_for_a_late_message(format):
    decoder = MessageDecoder((4, 4), format=format)
    times = [2**32 - 5, 3, 2**32 - 2, 9]

    def message(t):
        return encode_message(Events([t], [0], [0], [1], size=(4, 4)), format=format)

    got = [int(decoder.decode(message(t)).t[0]) for t in times]
    assert got == [2**32 - 5, 2**32 + 3, 2**32 - 2, 2**32 + 9]


@given(event_lists(), st.integers(-(2**40), 2**40))
@settings(deadline=None)
def test_frames_tell_size_and_origin(events, t0):
    events = Events(*columns(events), size=events.size, t0=t0)
    decoder = MessageDecoder(format="frame")
    assert (decoder.size, decoder.t0) == (None, None)
    assert decoder.decode(b"nothing").size == (1, 1)
    assert decoder.decode(encode_message(events, format="frame")) == events
    assert (decoder.size, decoder.t0) == (events.size, t0)


def test_wide_sensors_and_long_spans_take_long_rows():
    for events in (
        Events([1, 2], [0, 65535], [65535, 1], [1, 0], size=(65536, 65536)),
        Events([-(2**62), 2**62], [0, 1], [1, 0], [1, 0], size=(2, 2)),
    ):
        message = encode_message(events, format="frame")
        assert len(message) == 64 + 2 * 13
        assert MessageDecoder(format="frame").decode(message) == events
    near = Events([5, 5 + 2**32 - 1], [0, 1], [1, 0], [1, 0], size=(2, 2))
    assert len(encode_message(near, format="frame")) == 64 + 2 * 8


@given(st.lists(st.integers(0, 9), max_size=12), st.data())
@settings(deadline=None)
def test_numbers_of_frames_tell_what_was_lost(sizes, data):
    encoder = MessageEncoder(SIZE, format="frame")
    messages = []
    for n in sizes:
        events = Events(range(n), [0] * n, [0] * n, [1] * n, size=SIZE)
        messages.append((n, encoder.encode(events)))
    arrived = data.draw(st.lists(st.booleans(), min_size=len(sizes), max_size=len(sizes)))
    decoder = MessageDecoder(format="frame")
    for (_, message), here in zip(messages, arrived, strict=True):
        if here:
            decoder.decode(message)
    # Nobody knows of frames before the first and after the last that arrived.
    known = [i for i, here in enumerate(arrived) if here]
    inside = range(known[0], known[-1]) if known else []
    lost = [sizes[i] for i in inside if not arrived[i]]
    assert (decoder.lost_messages, decoder.lost_events) == (len(lost), sum(lost))


def test_a_frame_that_was_overtaken_is_not_lost():
    encoder = MessageEncoder(SIZE, format="frame")
    events = Events([1, 2], [0, 0], [0, 0], [1, 1], size=SIZE)
    first, second, third = (encoder.encode(events) for _ in range(3))
    decoder = MessageDecoder(format="frame")
    for message, lost in ((first, (0, 0)), (third, (1, 2)), (second, (0, 0))):
        decoder.decode(message)
        assert (decoder.lost_messages, decoder.lost_events) == lost


def test_a_sender_that_begins_anew_is_no_loss():
    events = Events([1], [0], [0], [1], size=SIZE)
    decoder = MessageDecoder(format="frame")
    for frames in (100, 100):
        encoder = MessageEncoder(SIZE, format="frame")
        for _ in range(frames):
            decoder.decode(encoder.encode(events))
    assert (decoder.events, decoder.lost_messages) == (200, 0)


@pytest.mark.parametrize("format", FORMATS)
@given(data=st.data())
@settings(deadline=None)
def test_a_stream_of_bytes_may_be_cut_anywhere(format, data):
    stream = b"".join(data.draw(st.lists(st.one_of(st.binary(max_size=20), noise[format]))))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    decoder, got = MessageDecoder(SIZE, format=format), []
    for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        got += rows(decoder.feed(stream[a:b], arrival_us=3))
    got += rows(decoder.finish())
    expected = DECODERS[format](stream, 3, SIZE, reference.Clock())
    assert got == expected.events
    assert decoder.out_of_range == expected.outside
    assert (decoder.malformed > 0) == expected.damaged


def test_a_line_that_never_ends_is_not_held_for_ever():
    decoder = MessageDecoder(SIZE, format="text")
    for _ in range(100):
        assert len(decoder.feed(b"x" * 100)) == 0
    assert decoder.malformed == 2
    assert len(decoder.feed(b"\n1,2,3,1\n")) == 1


def test_bad_options_are_refused():
    with pytest.raises(EventError, match=r"expected one of spif, spif-untimed, .*got 'spiff'"):
        MessageDecoder((4, 4), format="spiff")
    with pytest.raises(EventError, match="at most 32768 pixels a side, got 40000x2"):
        encode_message(Events.empty((40000, 2)))
    with pytest.raises(EventError, match="'spif' does not carry the sensor's size"):
        MessageDecoder()
    with pytest.raises(EventError, match="the stream has 4x4 pixels, got events of 5x4"):
        MessageEncoder((4, 4)).encode(Events.empty((5, 4)))
    with pytest.raises(ValueError, match="contiguous bytes"):
        MessageDecoder((4, 4)).feed(memoryview(bytes(16))[::2])
    with pytest.raises(ValueError, match="contiguous bytes"):
        MessageDecoder((4, 4)).decode(memoryview(bytes(16))[::2])


def test_numbers_of_jaer_datagrams_tell_what_was_lost():
    events = Events([1, 2], [1, 2], [3, 4], [1, 0], size=SIZE)
    encoder = MessageEncoder(SIZE, format="jaer")
    messages = [encoder.encode(events) for _ in range(6)]
    decoder = MessageDecoder(SIZE, format="jaer")
    for k in (0, 1, 4, 3, 5):
        assert decoder.decode(messages[k]) == events
    # 2 and 3 are missed when 4 comes; then 3 comes late.
    assert (decoder.lost_messages, decoder.lost_events) == (1, 2)
    assert decoder.decode(messages[0][:3] + b"\xff" + messages[0][4:]) == events
    assert (decoder.lost_messages, decoder.lost_events) == (250, 500)
    assert decoder.decode(b"\x70" + messages[0][1:]) == events
    assert len(decoder.decode(messages[0])) == 2, "a new sender begins with 0"

"""Words of iniVation's cameras: the compiled decoders against their references."""

import itertools
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuro_kernels import EventError, words
from neuro_kernels.reference import words as reference

pytestmark = pytest.mark.any_level

SIZES = {"davis": (346, 260), "dvx": (640, 480), "dvs128": (128, 128), "edvs": (128, 128)}
REFERENCES = {
    "davis": reference.davis_decode,
    "dvx": reference.dvx_decode,
    "dvs128": reference.dvs128_decode,
    "edvs": reference.edvs_decode,
}
WORD_BYTES = {"davis": 2, "dvx": 2, "dvs128": 4, "edvs": 4}

# Mostly sound 16-bit words: times, rows or columns, events, groups, and a few of everything else.
_word16 = st.one_of(
    st.integers(0x8000, 0xFFFF),
    st.integers(0x1000, 0x1000 + 400),
    st.integers(0x2000, 0x3FFF),
    st.integers(0x3000, 0x3000 + 400),
    st.integers(0x4000, 0x4FFF),
    st.integers(0, 0x7FFF),
    st.sampled_from([0x0001, 0x0003, 0x7001, 0x7FFF, 0x5301]),
)
_sound16 = st.lists(_word16, max_size=120).map(lambda w: np.array(w, "<u2").tobytes())
_record = st.tuples(
    st.integers(0, 0xFFFF), st.one_of(st.integers(0, 0x3FFF), st.integers(0, 0xFFFF))
)
_records = st.lists(_record, max_size=60).map(
    lambda rows: b"".join(struct.pack("<HH", *row) for row in rows)
)
_edvs_record = st.tuples(
    st.integers(0x80, 0xFF), st.integers(0, 0xFF), st.binary(min_size=1, max_size=3)
)
_edvs = st.lists(_edvs_record, max_size=60).map(
    lambda rows: b"".join(bytes([y, x]) + t for y, x, t in rows)
)
_edvs_sound = st.tuples(
    st.binary(max_size=3),
    st.lists(
        st.tuples(st.integers(0x80, 0xFF), st.integers(0, 0xFF), st.binary(min_size=2, max_size=2)),
        min_size=9,
        max_size=60,
    ),
).map(lambda both: both[0] + b"".join(bytes([y, x]) + t for y, x, t in both[1]))
STREAMS = {
    "davis": _sound16 | st.binary(max_size=200),
    "dvx": _sound16 | st.binary(max_size=200),
    "dvs128": _records | st.binary(max_size=200),
    "edvs": _edvs_sound | _edvs | st.binary(max_size=200),
}


def decoded(machine, pieces, cuts):
    """Events, side words and counts, with every piece cut at the same places."""
    events, side = [], []
    for number, piece in enumerate(pieces):
        if number:
            machine.lose()
        edges = [0, *sorted(min(cut, len(piece)) for cut in cuts), len(piece)]
        for a, b in itertools.pairwise(edges):
            found = machine.feed(piece[a:b])
            columns = (getattr(found.events, name).tolist() for name in "txyp")
            events += zip(*columns, strict=True)
            times = found.t.tolist()
            times[: found.untimed] = [None] * found.untimed
            side += zip(times, found.word.tolist(), strict=True)
    return events, side, machine.report


@pytest.mark.parametrize("name", SIZES)
@given(data=st.data())
def test_kernel_equals_reference_however_the_bytes_are_cut(name, data):
    pieces = data.draw(st.lists(STREAMS[name], min_size=1, max_size=3))
    cuts = data.draw(st.lists(st.integers(0, 240), max_size=5))
    invert = data.draw(st.booleans())
    width, height = data.draw(st.sampled_from([SIZES[name], (17, 33)]))
    size = (height, width) if invert else (width, height)
    machine = words.decoder(name, size=size, invert_xy=invert)
    events, side, report = decoded(machine, pieces, cuts)
    expected = REFERENCES[name](pieces, size, invert=invert)
    assert events == expected.events
    assert side == expected.side
    assert report.bytes_read == sum(map(len, pieces))
    assert report.events == len(events)
    for count in ("before_time", "out_of_range", "unknown_words", "other_words"):
        assert getattr(report, count) == expected.counts[count], count
    # Bytes of words that a gap cut off are skipped besides those of the reference.
    assert report.bytes_skipped >= expected.counts["bytes_skipped"]
    if len(pieces) == 1:
        assert report.bytes_skipped == expected.counts["bytes_skipped"]
    assert report.first_problem_offset == expected.first_problem


def test_a_wrap_word_counts_every_wrap():
    stream = np.array([0x8001, 0x1000, 0x3000, 0x7000 | 500, 0x8002, 0x3001], "<u2")
    found = words.decoder("davis", size=(346, 260)).feed(stream.tobytes())
    assert found.events.t.tolist() == [1, 500 * 0x8000 + 2]


@pytest.mark.parametrize("name", ["davis", "dvx"])
def test_a_gap_drops_half_a_word_and_hides_what_has_no_time(name):
    machine = words.decoder(name, size=SIZES[name])
    machine.feed(np.array([0x8001, 0x1001, 0x4001, 0x3001], "<u2").tobytes() + b"\x07")
    assert machine.lose() == 1
    found = machine.feed(np.array([0x3001, 0x0003, 0x8002, 0x0003, 0x3001], "<u2").tobytes())
    assert (len(found.events), found.untimed, found.t[1:].tolist()) == (0, 1, [2])
    assert machine.report.before_time == 2


def test_full_masks_beside_the_edge_of_the_sensor():
    stream = np.array([0x8001, 0x127F, 0x4000 | 59, 0x30FF, 0x4000 | 60, 0x30FF], "<u2")
    machine = words.decoder("dvx", size=(640, 480))
    assert machine.feed(stream.tobytes()).events.y.tolist() == list(range(472, 480))
    assert machine.report.out_of_range == 8


def test_an_edvs_stream_is_found_again_after_lost_bytes():
    rows = b"".join(bytes([0x80 | 5, 3]) + t.to_bytes(2, "big") for t in range(100, 120))
    machine = words.decoder("edvs", size=(128, 128))
    found = machine.feed(rows[2:])  # begins with a time whose bits 7 are clear
    assert found.events.t.tolist() == list(range(101, 120))
    assert machine.report.unknown_words == 2


@pytest.mark.parametrize("late", [0, 0x8000])
def test_after_lost_bytes_only_right_edvs_events_come(late):
    # In the later half of the 16 bits the first byte of a time looks like the row of a record.
    random = np.random.default_rng(1)
    t = late + np.sort(random.integers(0, 0x7000, 500))
    columns = [random.integers(0x80, 0x100, 500), random.integers(0, 0x100, 500), t >> 8, t & 0xFF]
    data = np.stack(columns, axis=1).astype(np.uint8)
    truth = {
        (int(x & 127), int(y & 127), int(when)) for (y, x, _, _), when in zip(data, t, strict=True)
    }
    stream = data.tobytes()
    for start in range(1, 400, 7):
        machine = words.decoder("edvs", size=(128, 128))
        machine.feed(stream[:9])
        machine.lose()
        events = machine.feed(stream[start + 8 :]).events
        got = set(zip(events.x.tolist(), events.y.tolist(), events.t.tolist(), strict=True))
        assert got <= truth
        assert len(events) >= (len(stream) - start - 8) // 4 - 1


def test_unknown_words_are_refused_with_those_that_exist():
    with pytest.raises(EventError, match="davis, dvx"):
        words.decoder("dvs", size=(128, 128))

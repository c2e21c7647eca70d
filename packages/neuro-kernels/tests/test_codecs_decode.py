"""Decoders against their references: any bytes, cut anywhere."""

import itertools

import numpy as np
import pytest
from codec_support import cuts, dense_recording, kernel_result, reference_result, rows
from hypothesis import example, given, settings
from hypothesis import strategies as st

from neuro_kernels import EventError, Events, codecs
from neuro_kernels.reference import codecs as reference

relaxed = settings(deadline=None, max_examples=150)


def words(size: int, kinds: list[int], shift: int) -> st.SearchStrategy[bytes]:
    """Byte strings of words whose type field is mostly valid, so that decoding gets far."""
    low = (1 << shift) - 1
    # Small fields are frequent: they are coordinates inside the sensor and near times.
    payload = st.integers(0, low) | st.integers(0, 255) | st.sampled_from([0, low, low >> 1])
    word = st.builds(
        lambda kind, rest: ((kind << shift) | rest).to_bytes(size, "little"),
        st.sampled_from(kinds),
        payload,
    )
    body = st.lists(word, max_size=60).map(b"".join)
    return st.builds(lambda a, b: a + b, body, st.binary(max_size=size - 1)) | st.binary(
        max_size=200
    )


def evt21_words() -> st.SearchStrategy[bytes]:
    """Masks of a sensor's columns at slowly rising times: the way of undamaged recordings."""
    masks = st.integers(0, (1 << 32) - 1) | st.sampled_from([1, 1 << 31, 0xFFFFFFFF, 3, 7 << 20])
    word = st.builds(
        lambda p, t, x, y, mask: p << 60 | t << 54 | x << 48 | y << 32 | mask,
        *(st.integers(0, 1), st.integers(0, 63), st.integers(0, 2), st.integers(0, 66), masks),
    )
    time = st.builds(lambda high: 8 << 60 | high << 32, st.integers(0, 40))
    return st.lists(word | word | time, max_size=60).map(
        lambda found: b"".join(one.to_bytes(8, "little") for one in [8 << 60, *found])
    )


SENSORS = st.sampled_from([(1280, 720), (2048, 2048), (64, 64), (5, 3)])


@relaxed
@given(words(4, [0, 1, 1, 8, 8, 0xA, 0xE, 0xF, 5], 28), SENSORS, cuts())
@example(b"\x01\x00\x00\x8f\x02\x00\x00\x10\x01\x00\x00\x80\x02\x00\x00\x10", (64, 64), [])
def test_evt2_agrees_with_the_reference_for_any_bytes(data, size, where):
    expected = reference_result(reference.evt2(data, *size), len(data))
    assert kernel_result(codecs.decoder("evt2", size=size), data, where) == expected


@relaxed
@given(
    words(8, [0, 1, 1, 8, 8, 0xA, 0xE, 0xF, 5], 60) | evt21_words(),
    SENSORS,
    st.sampled_from(["little", "legacy"]),
    cuts(),
)
def test_evt21_agrees_with_the_reference_for_any_bytes(data, size, layout, where):
    if layout == "legacy":
        whole = len(data) & ~7
        data = np.frombuffer(data[:whole], "<u4").reshape(-1, 2)[:, ::-1].tobytes() + data[whole:]
    expected = reference_result(reference.evt21(data, *size, layout=layout), len(data))
    machine = codecs.decoder("evt21", size=size, layout=layout)
    assert kernel_result(machine, data, where) == expected


@relaxed
@given(words(4, [0xA, 0xB, 0xC, 0xD, 0xD, 0xE, 0xE, 9, 6, 0xF, 2], 28), SENSORS, cuts())
@example(b"\x01\x00\x00\xe0\x02\x00\x00\xd0", (64, 64), [5])
def test_evt4_agrees_with_the_reference_for_any_bytes(data, size, where):
    expected = reference_result(reference.evt4(data, *size), len(data))
    assert kernel_result(codecs.decoder("evt4", size=size), data, where) == expected


def test_evt4_vectors_take_the_next_word_as_mask_whatever_it_looks_like():
    row = 0xD << 28 | 9 << 22 | 32 << 11 | 5
    data = np.array([0xE0000002, row, 0xE0000003, 0xB0000801, 0x90400301], "<u4").tobytes()
    events, triggers, counts = codecs.decode("evt4", data, size=(64, 8))
    assert events.x.tolist() == [32, 33, 61, 62, 63, 1]
    assert set(events.t[:5].tolist()) == {2 * 64 + 9}
    assert (triggers.t.tolist(), triggers.id.tolist(), triggers.value.tolist()) == ([129], [3], [1])
    assert counts.time_errors == 1


@pytest.mark.parametrize("layout", ["little", "legacy"])
def test_the_layout_of_evt21_is_found_from_the_words(layout):
    rng = np.random.default_rng(2)
    n = 3000
    for density in (1, 9):
        x = rng.integers(0, 1280 - density, n)[:, None] + np.arange(density)
        rows = [np.repeat(column, density) for column in (rng.integers(0, 720, n), np.arange(n))]
        p = np.repeat(rng.integers(0, 2, n), density)
        events = Events(rows[1], x.ravel(), rows[0], p, size=(1280, 720))
        data = codecs.encode("evt21", events, layout=layout)
        assert codecs.evt21_layout(data) == layout
        assert codecs.evt21_layout(data[:4099]) == layout
    assert codecs.evt21_layout(b"") is None


@relaxed
@given(words(2, [0, 2, 2, 3, 4, 5, 6, 8, 8, 0xA, 1, 7, 0xE, 9], 12), SENSORS, cuts(120))
def test_evt3_agrees_with_the_reference_for_any_bytes(data, size, where):
    expected = reference_result(reference.evt3(data, *size), len(data))
    assert kernel_result(codecs.decoder("evt3", size=size), data, where) == expected


@relaxed
@given(
    st.lists(
        st.tuples(
            st.integers(0, (1 << 32) - 1) | st.integers(0, 50) | st.just((1 << 32) - 1),
            st.integers(0, (1 << 30) - 1) | st.just(0x10004001),
        ),
        max_size=40,
    ),
    st.binary(max_size=7),
    SENSORS,
    st.sampled_from([(2, "cd"), (1, "cd"), (2, "trigger")]),
    cuts(),
)
def test_dat_agrees_with_the_reference_for_any_bytes(records, rest, size, variant, where):
    version, kind = variant
    data = b"".join(t.to_bytes(4, "little") + w.to_bytes(4, "little") for t, w in records) + rest
    limit = (512, 256) if version == 1 else (16384, 16384)
    inside = (min(size[0], limit[0]), min(size[1], limit[1]))
    expected = reference_result(reference.dat(data, *inside, version=version, kind=kind), len(data))
    machine = codecs.decoder("dat", size=size, version=version, kind=kind)
    assert kernel_result(machine, data, where) == expected


@relaxed
@given(
    st.lists(
        st.binary(max_size=9)
        | st.sampled_from([b"\xff", b"\xfe", b"\xfd", b"\xfc"])
        | st.builds(
            lambda head, x, y: bytes([head, x, 0, y, 0]),
            st.integers(0, 255),
            st.integers(0, 70),
            st.integers(0, 70),
        ),
        max_size=60,
    ).map(b"".join),
    st.sampled_from(["dvs", "atis", "color"]),
    st.sampled_from([(65536, 65536), (64, 64), (320, 240)]),
    cuts(),
)
def test_es_agrees_with_the_reference_for_any_bytes(data, kind, size, where):
    expected = reference_result(reference.es(data, *size, kind=kind, t0=5), len(data))
    machine = codecs.decoder("es", size=size, kind=kind, t0=5)
    assert kernel_result(machine, data, where) == expected


@relaxed
@given(
    st.binary(max_size=60) | st.lists(st.sampled_from([0, 2, 4, 3, 255]), max_size=80).map(bytes),
    cuts(60),
)
@example(b"\x01" + b"\xff" * 12 + b"\x00", [])
def test_generic_es_agrees_with_the_reference_for_any_bytes(data, where):
    expected = reference.es_generic(data)
    machine = codecs.PayloadDecoder()
    edges = [0, *sorted(min(cut, len(data)) for cut in where), len(data)]
    found = [machine.feed(data[a:b]) for a, b in itertools.pairwise(edges)]
    machine.finish()
    pairs = [pair for part in found for pair in zip(part.t.tolist(), part.data, strict=True)]
    assert pairs == expected.payloads
    assert machine.report == codecs.DecodeCounts(
        bytes_read=len(data),
        events=len(expected.payloads),
        first_problem_offset=expected.first_problem,
        **expected.counts,
    )


@pytest.mark.parametrize(
    ("name", "word"), [("evt2", 4), ("evt21", 8), ("evt3", 2), ("evt4", 4), ("dat", 8)]
)
def test_long_noise_agrees_with_the_reference_whatever_the_path_inside(name, word):
    rng = np.random.default_rng(7)
    data = rng.integers(0, 256, 40_000 * word // 4 + 1, np.uint8).tobytes()
    size = (1280, 720)
    expected = reference_result(getattr(reference, name)(data, *size), len(data))
    assert kernel_result(codecs.decoder(name, size=size), data, [1, 999, 1000]) == expected


def evt3_words(*values: int) -> bytes:
    return np.array(values, "<u2").tobytes()


def test_evt3_starts_at_any_time_high():
    data = evt3_words(0x8FFE, 0x63D0, 0x0000, 0x2804)
    events, _, counts = codecs.decode("evt3", data, size=(1280, 720))
    assert events.t.tolist() == [(4094 << 12) + 0x3D0]
    assert counts.first_problem_offset is None


def test_evt3_time_wraps_and_keeps_on_rising():
    data = evt3_words(0x0001, 0x8FFF, 0x6005, 0x2001, 0x8000, 0x2002, 0x8000, 0x6007, 0x2003)
    events = codecs.decode("evt3", data, size=(1280, 720))[0]
    assert events.t.tolist() == [(4095 << 12) + 5, 1 << 24, (1 << 24) + 7]


def test_evt3_repeated_time_high_keeps_the_low_part():
    data = evt3_words(0x0001, 0x8004, 0x6009, 0x8004, 0x2001)
    assert codecs.decode("evt3", data, size=(9, 9))[0].t.tolist() == [(4 << 12) + 9]


def test_evt3_step_back_over_a_wrap_does_not_cost_a_whole_loop():
    data = evt3_words(0x0001, 0x8FFF, 0x8000, 0x2001, 0x8FFF, 0x2002, 0x8000, 0x2003)
    events, _, counts = codecs.decode("evt3", data, size=(9, 9))
    assert events.t.tolist() == [1 << 24, 4095 << 12, 1 << 24]
    assert counts.time_errors == 1


def test_evt3_reads_lone_vectors_and_masks_those_over_the_edge():
    data = evt3_words(0x8000, 0x0001, 0x3804, 0x4801, 0x5081, 0x4001)
    events, _, counts = codecs.decode("evt3", data, size=(20, 9))
    assert events.x.tolist() == [4, 15, 16]
    assert events.p.tolist() == [1, 1, 1]
    assert (counts.out_of_range, counts.bytes_skipped, counts.first_problem_offset) == (2, 4, 8)


def test_events_before_the_first_time_are_dropped_and_counted():
    data = evt3_words(0x0001, 0x2001, 0x8000, 0x2002)
    events, _, counts = codecs.decode("evt3", data, size=(9, 9))
    assert (events.x.tolist(), counts.before_time, counts.first_problem_offset) == ([2], 1, 2)


def test_dat_only_a_large_drop_is_a_wrap():
    times = [0xFFFFFFF0, 0xFFFFFF00, 5, 3]
    data = b"".join(t.to_bytes(4, "little") + bytes(4) for t in times)
    events, _, counts = codecs.decode("dat", data, size=(9, 9))
    assert events.t.tolist() == [0xFFFFFFF0, 0xFFFFFF00, (1 << 32) + 5, (1 << 32) + 3]
    assert counts.time_errors == 2


def test_a_reused_buffer_gives_the_same_events():
    data = evt3_words(0x8000, 0x0001, *([0x2003] * 50))
    buffer = codecs.EventBuffer(1)
    first = codecs.decode("evt3", data, size=(9, 9))[0]
    assert codecs.decode("evt3", data, size=(9, 9), out=buffer)[0] == first
    memory = buffer.t
    assert codecs.decode("evt3", data, size=(9, 9), out=buffer)[0] == first
    assert buffer.t is memory


def test_a_full_buffer_stops_the_decoder_without_loss():
    data = evt3_words(0x8000, 0x0001, 0x3000, *([0x4FFF] * 5), 0xA001, *([0x2003] * 9))
    whole, edges, _ = codecs.decode("evt3", data, size=(90, 9))
    machine, buffer, parts, at = codecs.decoder("evt3", size=(90, 9)), codecs.EventBuffer(13), [], 0
    while at < len(data):
        buffer.clear()
        at += machine.feed_into(data[at:], buffer)
        parts += [tuple(e.tolist()) for e in np.asarray(buffer.events((90, 9)))]
    assert parts == [tuple(e.tolist()) for e in np.asarray(whole)]
    assert machine.triggers() == edges
    assert len(edges) == 1


def test_unknown_names_and_options_say_what_exists():
    with pytest.raises(EventError, match=r"unknown codec 'evt33'; did you mean 'evt3'"):
        codecs.decoder("evt33")
    with pytest.raises(EventError, match=r"unknown option 'versoin' \(options: version, kind\)"):
        codecs.decoder("dat", versoin=1)
    with pytest.raises(EventError, match="pass size"):
        codecs.decoder("es")
    with pytest.raises(EventError, match="kind 'cd' or 'trigger'"):
        codecs.decoder("dat", kind="frames")


def test_decoders_take_every_kind_of_bytes():
    data = evt3_words(0x8000, 0x0001, 0x2003)
    views = [data, bytearray(data), memoryview(data), np.frombuffer(data, np.uint8)]
    assert {len(codecs.decode("evt3", view, size=(9, 9))[0]) for view in views} == {1}


LARGE = codecs.EventBuffer(3 << 20)


@pytest.mark.parametrize("name", ["evt2", "evt21", "evt3", "dat", "es"])
@settings(deadline=None, max_examples=20)
@given(data=st.data(), seed=st.integers(0, 1 << 32), n=st.sampled_from([10, 700, 5000]))
def test_large_memory_gets_the_same_events(name, data, seed, n):
    events = dense_recording(seed, n)
    if name == "es":
        events = Events(events.t - events.t[0], events.x, events.y, events.p, size=events.size)
    payload = bytearray(codecs.encode(name, events))
    for _ in range(data.draw(st.integers(0, 3))):
        payload[data.draw(st.integers(0, len(payload) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    first, cut = data.draw(st.integers(0, 130)), data.draw(st.integers(0, len(payload)))
    LARGE.n = first + 200
    for column in (LARGE.t, LARGE.x, LARGE.y, LARGE.p):
        column[: LARGE.n] = 77
    LARGE.n = first
    whole = codecs.decoder(name, size=events.size)
    for part in (memoryview(payload)[:cut], memoryview(payload)[cut:]):
        assert whole.feed_into(part, LARGE) == len(part)
    whole.finish_into(LARGE)
    found = LARGE.events(events.size)
    assert rows(found[:first]) == [(77, 77, 77, 77)] * first
    machine = codecs.decoder(name, size=events.size)
    small = codecs.EventBuffer(100)
    parts, at = [], 0
    while at < len(payload):
        small.clear()
        at += machine.feed_into(memoryview(payload)[at:], small)
        parts.extend(rows(small.events(events.size)))
    small.clear()
    machine.finish_into(small)
    assert rows(found[first:]) == parts + rows(small.events(events.size))
    assert whole.report == machine.report
    assert whole.triggers() == machine.triggers()


@pytest.mark.parametrize("name", ["evt2", "evt21", "dat"])
def test_large_memory_gets_the_same_of_noise_and_times_that_fall(name):
    rng = np.random.default_rng(11)
    events = dense_recording(5, 20_000)
    payload = np.frombuffer(codecs.encode(name, events), np.uint8).copy()
    where = rng.integers(0, len(payload), 300)
    payload[where] = rng.integers(0, 256, 300)
    expected = codecs.decoder(name, size=(1000, 700))
    small = expected.feed(payload)
    machine = codecs.decoder(name, size=(1000, 700))
    LARGE.clear()
    assert machine.feed_into(payload, LARGE) == len(payload)
    assert rows(LARGE.events((1000, 700))) == rows(small)
    assert machine.report == expected.report
    assert machine.report.time_errors > 0
    assert machine.report.bytes_skipped > 0

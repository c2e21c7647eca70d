"""Encoders: what is written is read back, whatever the cuts; what cannot be written is refused."""

import itertools

import numpy as np
import pytest
from codec_support import dense_recording, recordings
from hypothesis import given, settings
from hypothesis import strategies as st

from neuro_kernels import EventError, Events, codecs

relaxed = settings(deadline=None, max_examples=150)
ROUND_TRIPS = {
    "evt2": {"largest_step": 1 << 35},
    "evt21": {"largest_step": 1 << 35},
    "evt3": {"largest_step": 1 << 26},
    "dat": {"largest_step": (1 << 31) - 1},
    "es": {"largest_step": 1 << 20},
}


@pytest.mark.parametrize("name", ROUND_TRIPS)
@relaxed
@given(data=st.data())
def test_decoding_gives_back_what_was_encoded(name, data):
    events = data.draw(recordings(**ROUND_TRIPS[name]))
    if name == "es" and len(events):
        events = Events(events.t - events.t[0] + 3, events.x, events.y, events.p, size=events.size)
    payload = codecs.encode(name, events)
    again, triggers, counts = codecs.decode(name, payload, size=events.size)
    assert again == events
    assert len(triggers) == 0
    assert counts.bytes_skipped == counts.time_errors == counts.other_words == 0


@pytest.mark.parametrize("name", ROUND_TRIPS)
@relaxed
@given(data=st.data())
def test_the_bytes_do_not_depend_on_how_the_events_are_cut(name, data):
    events = data.draw(recordings(largest_step=1 << 18))
    if name == "es" and len(events):
        events = Events(events.t - events.t[0], events.x, events.y, events.p, size=events.size)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(events)), max_size=6)))
    edges = [0, *cuts, len(events)]
    machine = codecs.encoder(name, size=events.size)
    parts = [machine.feed(events[a:b]) for a, b in itertools.pairwise(edges)]
    assert b"".join([*parts, machine.finish()]) == codecs.encode(name, events)


@relaxed
@given(recordings(sizes=[(1280, 720), (32, 4), (31, 7)]))
def test_evt3_vectors_are_whole_groups_inside_the_sensor_and_never_longer(events):
    words = np.frombuffer(codecs.encode("evt3", events), "<u2")
    kinds = (words >> 12).tolist()
    text = "".join(f"{kind:x}" for kind in kinds)
    assert "4" not in text.replace("445", "")
    assert "5" not in text.replace("445", "")
    single = sum(kind == 2 for kind in kinds)
    in_vectors = len(events) - single
    assert sum(kind in (3, 4, 5) for kind in kinds) <= in_vectors
    base = -1
    for word in words.tolist():
        if word >> 12 == 3:
            base = word & 2047
        elif word >> 12 == 4:
            base += 12
        elif word >> 12 == 5:
            base += 8
            assert base <= events.width


def test_evt21_merges_a_row_and_keeps_groups_of_32_columns():
    row = Events(np.zeros(40, int), np.arange(40), np.ones(40, int), np.ones(40, int), size=(64, 2))
    words = np.frombuffer(codecs.encode("evt21", row), "<u8").tolist()
    assert words == [8 << 60, 1 << 60 | 1 << 32 | 0xFFFFFFFF, 1 << 60 | 32 << 43 | 1 << 32 | 0xFF]
    legacy = np.frombuffer(codecs.encode("evt21", row, layout="legacy"), "<u4").tolist()
    assert legacy == [half for word in words for half in (word >> 32, word & 0xFFFFFFFF)]


def test_evt4_is_only_read():
    with pytest.raises(EventError, match="only read"):
        codecs.encoder("evt4", size=(9, 9))


@pytest.mark.parametrize("name", ["evt2", "evt21", "evt3"])
def test_triggers_come_back_with_their_events(name):
    events = Events([5, 70, 70, 90], [1, 2, 3, 0], [0, 0, 0, 1], [1, 0, 0, 1], size=(4, 4))
    edges = codecs.Triggers(
        np.array([3, 70, 5000]), np.array([1, 2, 3], np.uint8), np.array([1, 0, 1], np.uint8)
    )
    machine = codecs.encoder(name, size=(4, 4))
    payload = machine.feed(events, triggers=edges) + machine.finish()
    again, found, counts = codecs.decode(name, payload, size=(4, 4))
    assert (again, found) == (events, edges)
    assert counts.time_errors == 0


def test_evt3_takes_the_shorter_way():
    row = Events(
        np.zeros(40, int), np.arange(40), np.zeros(40, int), np.ones(40, int), size=(40, 1)
    )
    assert [w >> 12 for w in np.frombuffer(codecs.encode("evt3", row), "<u2")] == [
        *(8, 6, 0),
        *(3, 4, 4, 5),
        *(3, 4, 4, 5),
    ]
    sparse = row[::10]
    kinds = [w >> 12 for w in np.frombuffer(codecs.encode("evt3", sparse), "<u2")]
    assert kinds == [8, 6, 0, 2, 2, 2, 2]


def test_evt3_gaps_longer_than_its_time_are_bridged():
    events = Events([1 << 30, (1 << 30) + (1 << 26) + 7], [1, 2], [0, 0], [1, 0], size=(4, 4))
    payload = codecs.encode("evt3", events)
    assert codecs.decode("evt3", payload, size=(4, 4))[0] == events
    highs = [w & 4095 for w in np.frombuffer(payload, "<u2") if w >> 12 == 8]
    assert all(b == 0 for a, b in itertools.pairwise(highs) if b < a)
    assert all(a == 4095 for a, b in itertools.pairwise(highs) if b < a)


@pytest.mark.parametrize("name", ["evt2", "evt21", "evt3", "dat"])
def test_small_steps_back_in_time_are_kept(name):
    events = Events([9000, 100, 9500, 8999], [1, 2, 3, 3], [0, 0, 1, 1], [1, 0, 1, 1], size=(4, 4))
    again, _, counts = codecs.decode(name, codecs.encode(name, events), size=(4, 4))
    assert again == events
    assert counts.time_errors == 2


@pytest.mark.parametrize(
    ("name", "times", "message"),
    [
        ("evt2", [-1], "negative"),
        ("evt3", [1 << 24, 0], "event 1 .*earlier"),
        ("es", [5, 4], "event 1 .*earlier"),
        ("es", [0, 1 << 40], "later than the format can say"),
        ("dat", [1 << 32], "later than the format can say"),
        ("dat", [0, 1 << 31, 1 << 32], "later than the format can say"),
    ],
)
def test_times_that_a_format_cannot_say_are_refused(name, times, message):
    zeros = np.zeros(len(times), int)
    events = Events(times, zeros, zeros, zeros, size=(4, 4))
    with pytest.raises(EventError, match=message):
        codecs.encode(name, events)


def test_sensors_and_events_beyond_a_format_are_refused():
    with pytest.raises(EventError, match="reach to 2048x2048, the sensor has 4096x4"):
        codecs.encoder("evt3", size=(4096, 4))
    with pytest.raises(EventError, match="reach to 512x256"):
        codecs.encoder("dat", size=(640, 480), version=1)
    with pytest.raises(EventError, match=r"event 1 .*x lies outside"):
        codecs.encode("evt2", Events([0, 0], [1, 9], [0, 0], [1, 1], size=(10, 1)), size=(9, 1))


def test_dat_version_1_round_trip():
    events = Events([0, 7], [303, 0], [0, 239], [1, 0], size=(304, 240))
    payload = codecs.encode("dat", events, version=1)
    assert codecs.decode("dat", payload, size=(304, 240), version=1)[0] == events


def test_es_colors_travel_with_their_events():
    rng = np.random.default_rng(1)
    n = 3000
    events = Events(
        np.sort(rng.integers(0, 10**6, n)),
        rng.integers(0, 64, n),
        rng.integers(0, 48, n),
        np.ones(n, int),
        size=(64, 48),
    )
    colors = rng.integers(0, 256, (n, 3), np.uint8)
    payload = codecs.encode("es", events, colors=colors, kind="color")
    machine = codecs.decoder("es", size=(64, 48), kind="color")
    parts = [machine.feed(payload[:1001]), machine.feed(payload[1001:])]
    assert Events.concatenate(parts) == events
    assert np.array_equal(machine.colors(), colors)
    with pytest.raises(ValueError, match="3 bytes for each event"):
        codecs.encode("es", events, kind="color")


@relaxed
@given(st.lists(st.tuples(st.integers(0, 5000), st.binary(max_size=300)), max_size=30))
def test_payloads_round_trip(pairs):
    times = np.cumsum([dt for dt, _ in pairs]).tolist()
    pairs = [(t, data) for t, (_, data) in zip(times, pairs, strict=True)]
    machine = codecs.PayloadDecoder()
    again = machine.feed(codecs.encode_payloads(pairs))
    machine.finish()
    assert list(zip(again.t.tolist(), again.data, strict=True)) == pairs
    assert machine.report.truncated_bytes == 0


def test_large_recordings_round_trip():
    rng = np.random.default_rng(3)
    n = 300_000
    t = np.cumsum(rng.integers(0, 3, n))
    events = Events(
        t,
        rng.integers(0, 1280, n),
        rng.integers(0, 720, n),
        rng.integers(0, 2, n),
        size=(1280, 720),
    )
    for name in ROUND_TRIPS:
        assert codecs.decode(name, codecs.encode(name, events), size=events.size)[0] == events


@pytest.mark.parametrize("name", ["evt2", "evt21", "evt3", "dat", "es", "text"])
@settings(deadline=None, max_examples=15)
@given(
    seed=st.integers(0, 1 << 32),
    n=st.sampled_from([64, 65, 67, 68, 69, 130, 1500]),
    width=st.sampled_from([20, 32, 100, 2048]),
)
def test_long_pieces_give_the_bytes_of_single_events(name, seed, n, width):
    events = dense_recording(seed, n, width=width)
    single = codecs.encoder(name, size=events.size)
    one_by_one = b"".join([*(single.feed(one) for one in events.chunks(1)), single.finish()])
    assert codecs.encode(name, events) == one_by_one
    machine = codecs.encoder(name, size=events.size)
    pieces = b"".join([*map(bytes, machine.pieces(events)), machine.finish()])
    assert pieces == one_by_one


@pytest.mark.parametrize("name", ["evt2", "evt21", "evt3", "dat"])
@settings(deadline=None, max_examples=30)
@given(
    seed=st.integers(0, 1 << 32),
    at=st.integers(0, 299),
    damage=st.sampled_from([("x", 1280), ("y", 3), ("t", -1), ("x", 65535), ("y", 65535)]),
)
def test_the_first_event_that_cannot_be_written_is_named(name, seed, at, damage):
    events = dense_recording(seed, 300)
    columns = {column: getattr(events, column).copy() for column in "txyp"}
    column, value = damage
    columns[column][at] = value
    broken = Events(**columns, size=(65536, 65536))
    machine = codecs.encoder(name, size=(1280, 3))
    with pytest.raises(EventError, match=rf"event {at} .*{column}|event {at} .*negative"):
        machine.feed(broken)


def test_a_piece_is_never_larger_than_its_memory():
    n = 400_000
    zeros = np.zeros(n, int)
    alone = Events(np.arange(n) * 5000, zeros, np.arange(n) % 2, zeros, size=(4, 2))
    for name in ("evt2", "evt21", "evt3", "dat", "es", "text"):
        machine = codecs.encoder(name, size=(4, 2))
        sizes = [len(piece) for piece in machine.pieces(alone)]
        assert max(sizes) <= 1 << 21
        assert sum(sizes) + len(machine.finish()) == len(codecs.encode(name, alone))

"""LZ4 frames, ECF chunks and event records against their references."""

import importlib

import numpy as np
import pytest
from codec_support import dense_recording, recordings, rows
from hypothesis import given, settings
from hypothesis import strategies as st

from neuro_kernels import EventError, Events, codecs
from neuro_kernels.reference import storage as reference

relaxed = settings(deadline=None, max_examples=120)


def texts() -> st.SearchStrategy[bytes]:
    """Bytes that repeat themselves at all distances, and bytes that do not."""
    piece = st.binary(max_size=30) | st.builds(
        lambda part, n: part * n, st.binary(min_size=1, max_size=20), st.integers(1, 400)
    )
    return st.lists(piece, max_size=8).map(lambda parts: b"".join([*parts, *parts[::2]]))


@relaxed
@given(texts())
def test_lz4_gives_back_what_was_packed(data):
    packed = codecs.lz4_compress(data)
    assert codecs.lz4_decompress(packed) == data
    assert reference.lz4_decompress(packed) == data
    assert len(packed) <= len(data) + 15


@relaxed
@given(texts(), st.integers(0, 1 << 16), st.integers(0, 255))
def test_damaged_lz4_never_leaves_its_memory(data, at, byte):
    packed = bytearray(codecs.lz4_compress(data))
    packed[at % len(packed)] = byte
    out = np.full(len(data) + 40, 7, np.uint8)
    status, n, _ = codecs.lz4_decompress_into(packed, out[: len(data)])
    assert 0 <= n <= len(data)
    assert (out[len(data) :] == 7).all()
    assert status in ("done", "damaged", "full")


@relaxed
@given(st.binary(max_size=200).map(lambda rest: b"\x04\x22\x4d\x18\x60\x70\x73" + rest))
def test_any_bytes_behind_an_lz4_descriptor_are_bounded(data):
    codecs.lz4_decompress_into(data, np.empty(500, np.uint8))
    codecs.lz4_decompress_into(data[7:], np.empty(500, np.uint8))


@relaxed
@given(texts(), st.integers(0, 1 << 16))
def test_a_cut_lz4_frame_gives_its_beginning(data, cut):
    packed = codecs.lz4_compress(data)
    out = np.empty(len(data) + 1, np.uint8)
    status, n, _ = codecs.lz4_decompress_into(packed[: cut % len(packed)], out)
    assert status == "damaged"
    assert out[:n].tobytes() == data[:n]


@pytest.mark.parametrize("linked", [True, False])
@pytest.mark.parametrize("sums", [True, False])
def test_frames_of_the_lz4_library_are_read_and_ours_are_read_by_it(linked, sums):
    frame = pytest.importorskip("lz4.frame")
    rng = np.random.default_rng(1)
    data = np.cumsum(rng.integers(0, 3, 300_000)).astype("<u4").tobytes() + bytes(100_000)
    packed = frame.compress(
        data, block_linked=linked, block_checksum=sums, content_checksum=sums, store_size=sums
    )
    assert codecs.lz4_decompress(packed) == data
    assert frame.decompress(codecs.lz4_compress(data)) == data
    assert importlib.import_module("lz4").__name__ == "lz4"
    if sums:
        broken = bytearray(packed)
        broken[-3] ^= 1
        with pytest.raises(EventError, match="damaged"):
            codecs.lz4_decompress(bytes(broken))


def test_lz4_larger_than_its_limit_is_refused():
    packed = codecs.lz4_compress(bytes(1 << 20))
    assert len(packed) < 5000
    with pytest.raises(EventError, match="more than 1000 bytes"):
        codecs.lz4_decompress(packed, limit=1000)


SMALL = [(1, 1), (31, 7), (346, 260), (2048, 2048)]


@relaxed
@given(recordings(sizes=SMALL, largest_step=1 << 50), st.booleans())
def test_ecf_gives_back_what_was_encoded(events, reverse):
    if len(events) == 0:
        return
    if reverse:  # time may fall, too
        events = events[::-1]
    chunk = codecs.ecf_encode(events)
    assert codecs.ecf_count(chunk) == len(events)
    assert reference.ecf_decode(chunk) == rows(events)
    buffer = codecs.EventBuffer(len(events))
    buffer.n = codecs.ecf_decode_into(chunk, buffer)
    assert rows(buffer.events(events.size)) == rows(events)


@pytest.mark.parametrize("n", [1, 3, 4, 5, 30, 31, 126, 127, 128, 65535])
@pytest.mark.parametrize("kind", ["scattered", "rows", "one pixel", "lines"])
def test_ecf_finds_the_smallest_of_its_ways(n, kind):
    rng = np.random.default_rng(n)
    p = rng.integers(0, 2, n)
    t = np.cumsum(rng.integers(0, 20, n))
    if kind == "scattered":
        events = Events(t, rng.integers(0, 2048, n), rng.integers(0, 2048, n), p, size=(2048, 2048))
    elif kind == "rows":
        y = np.repeat(rng.integers(0, 720, n), 60)[:n]
        events = Events(t, rng.integers(0, 1280, n), y, p, size=(1280, 720))
    elif kind == "lines":
        x = np.arange(n) % 1280
        events = Events(np.arange(n) // 5000, x, np.arange(n) // 1280, p * 0 + 1, size=(1280, 720))
    else:
        events = Events(t * 0, t * 0, t * 0, p * 0, size=(1280, 720))
    chunk = codecs.ecf_encode(events)
    buffer = codecs.EventBuffer(n)
    buffer.n = codecs.ecf_decode_into(chunk, buffer)
    assert buffer.events(events.size) == events
    assert reference.ecf_decode(chunk) == rows(events)
    if n > 1000:
        least = {"scattered": (2, 4.5), "rows": (1, 3), "one pixel": (1, 1.6), "lines": (0, 0.5)}[
            kind
        ]
        assert chunk[0] & 3 == least[0]
        assert len(chunk) < least[1] * n


@relaxed
@given(
    st.integers(0, 3),
    st.integers(0, 70_000),
    st.binary(max_size=300) | st.lists(st.sampled_from([0, 1, 15, 16, 240, 255])).map(bytes),
)
def test_any_bytes_behind_an_ecf_head_are_bounded(ways, n, rest):
    chunk = (n << 2 | ways).to_bytes(4, "little") + rest
    said = codecs.ecf_count(chunk)
    if said is None:
        assert n > codecs.ECF_MOST or len(chunk) < 12
        return
    buffer = codecs.EventBuffer(said)
    assert 0 <= codecs.ecf_decode_into(chunk, buffer) <= said


def test_a_cut_ecf_chunk_says_how_much_is_whole():
    rng = np.random.default_rng(5)
    n = 1000
    events = Events(
        np.arange(n) * 9,
        rng.integers(0, 99, n),
        rng.integers(0, 99, n),
        np.ones(n, int),
        size=(99, 99),
    )
    chunk = codecs.ecf_encode(events)
    buffer = codecs.EventBuffer(n)
    got = codecs.ecf_decode_into(chunk[:-1500], buffer)
    assert 400 < got < 520
    assert np.array_equal(buffer.x[:got], events.x[:got])
    assert codecs.ecf_decode_into(chunk[:40], buffer) == 0
    with pytest.raises(EventError, match="1 to 65535 events, not 0"):
        codecs.ecf_encode(events[:0])
    with pytest.raises(EventError, match="reach to 2048x2048"):
        codecs.ecf_encode(Events([1], [1], [1], [1], size=(4000, 9)))


LARGE = codecs.EventBuffer(3 << 20)


@relaxed
@given(
    st.lists(
        st.tuples(
            st.integers(-5, 2000), st.integers(-3, 70), st.integers(-3, 70), st.integers(0, 255)
        ),
        max_size=40,
    ),
    st.integers(0, 2500),
    st.sampled_from([None, 0, 1, 70]),
)
def test_records_agree_with_a_plain_loop(found, sound_before, row_of_large_memory):
    kind = np.dtype([("t", "<i8"), ("x", "<i2"), ("y", "<i2"), ("p", "u1"), ("_", "V3")])
    array = np.zeros(sound_before + len(found), kind)
    array["t"][:sound_before] = np.arange(sound_before)
    for row, record in zip(array[sound_before:], found, strict=True):
        row["t"], row["x"], row["y"], row["p"] = record
    expected, back, first, last = [], 0, None, None
    for i, (t, x, y, p, _) in enumerate(array.tolist()):
        inside = 0 <= x < 64 and 0 <= y < 48
        late = inside and last is not None and t < last
        if (late or not inside) and first is None:
            first = 16 * i
        if inside:
            expected.append((t, x, y, int(p != 0)))
            back += late
            last = t
    decoder, buffer = codecs.RecordDecoder((64, 48)), codecs.EventBuffer(len(array))
    at = 0
    if row_of_large_memory is not None:
        buffer, at = LARGE, row_of_large_memory
    buffer.n = at
    data = b"?" + array.tobytes()
    half = len(array) // 2
    decoder.feed_into(data, 1, half, buffer)
    decoder.feed_into(data, 1 + 16 * half, len(array) - half, buffer)
    assert rows(buffer.events((64, 48))[at:]) == expected
    outside = len(array) - len(expected)
    assert decoder.report == codecs.DecodeCounts(
        bytes_read=16 * len(array),
        bytes_skipped=16 * outside,
        events=len(expected),
        out_of_range=outside,
        time_errors=back,
        first_problem_offset=first,
    )


@relaxed
@given(recordings(sizes=[(1, 1), (346, 260), (2048, 2048)]))
def test_records_round_trip(events):
    data = codecs.encode_records(events, head=b"head")
    assert data == b"head" + events.to("dv").tobytes()
    buffer = codecs.EventBuffer(len(events))
    codecs.RecordDecoder().feed_into(data, 4, len(events), buffer)
    assert buffer.events(events.size) == events


def test_records_beyond_the_bytes_or_the_columns_are_refused():
    decoder, buffer = codecs.RecordDecoder(), codecs.EventBuffer(1)
    with pytest.raises(ValueError, match="beyond the bytes"):
        decoder.feed_into(bytes(31), 0, 2, buffer)
    with pytest.raises(ValueError, match="no room"):
        decoder.feed_into(bytes(32), 0, 2, buffer)


@relaxed
@given(recordings(), st.binary(max_size=70), st.booleans())
def test_packed_records_are_those_of_the_events(events, head, lz4):
    packer = codecs.RecordPacker(lz4=lz4, front=3)
    for part in (events, events[: len(events) // 2], events):
        packed = packer.pack(part, head=head)
        data = bytes(packed.data[3:])
        content = reference.lz4_decompress(data) if lz4 else data
        assert content == codecs.encode_records(part, head=head)
        if lz4:
            assert codecs.lz4_decompress(data) == content
            assert len(data) <= len(content) + 15
        if len(part):
            assert (packed.t_first, packed.t_last) == (part.t.min(), part.t.max())
            assert packed.size == (part.x.max() + 1, part.y.max() + 1)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 1 << 32), st.integers(0, 3000), st.binary(max_size=40))
def test_packed_records_are_about_as_small_as_any_bytes(seed, n, head):
    events = dense_recording(seed, n)
    packed = bytes(codecs.RecordPacker(lz4=True).pack(events, head=head).data)
    plain = codecs.encode_records(events, head=head)
    assert codecs.lz4_decompress(packed) == plain
    assert len(packed) <= max(len(codecs.lz4_compress(plain)), 0.6 * len(plain)) + 15


def test_records_without_likeness_are_packed_as_any_bytes():
    rng = np.random.default_rng(5)
    columns = (rng.integers(0, 1 << 62, 500), *rng.integers(0, 1 << 15, (2, 500)))
    events = Events(*columns, rng.integers(0, 2, 500), size=(1 << 15, 1 << 15))
    packed = bytes(codecs.RecordPacker(lz4=True).pack(events).data)
    assert packed == codecs.lz4_compress(codecs.encode_records(events))


def test_records_that_are_all_the_same_are_one_copy():
    same = Events(np.full(5000, 9), *np.full((3, 5000), 1), size=(4, 4))
    packed = bytes(codecs.RecordPacker(lz4=True).pack(same).data)
    assert len(packed) < 400
    assert codecs.lz4_decompress(packed) == codecs.encode_records(same)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 1 << 32), st.integers(0, 3000), st.integers(1, 1280), st.booleans())
def test_records_in_large_memory_are_the_same(seed, n, width, shuffled):
    events = dense_recording(seed, n)
    if shuffled:
        events = events[np.random.default_rng(seed).permutation(n)]
    data = codecs.encode_records(events)
    found = []
    for capacity in (n + 1, (1 << 20) + n + 1):
        buffer, machine = codecs.EventBuffer(capacity), codecs.RecordDecoder((width, 3))
        counts = machine.feed_into(data, 0, n, buffer)
        found.append((rows(buffer.events((width, 3))), counts, machine.report))
    assert found[0] == found[1]


@relaxed
@given(
    st.data(),
    st.booleans(),
    st.sampled_from([1, 7, 300, 4000]),
    st.integers(0, 2000),
)
def test_packets_give_the_events_back_wherever_they_are_cut(data, lz4, each, n):
    events = dense_recording(n, n)
    packer = codecs.RecordPacker(lz4=lz4)
    made = [
        (bytes(p.data), p.table.tolist())
        for p in packer.packets(events, each=each, stream=3, rest=True)
    ]
    whole = b"".join(part for part, _ in made)
    table = [row for _, rows_ in made for row in rows_]
    assert sum(size + 8 for size, *_ in table) == len(whole)
    times = [events.t[i : i + each] for i in range(0, n, each)]
    assert [row[1:] for row in table] == [[len(t), t.min(), t.max()] for t in times]

    cut = data.draw(st.integers(0, len(whole)))
    machine, buffer = codecs.RecordDecoder(events.size), codecs.EventBuffer(n)
    room = np.empty(16 * each + 32, np.uint8)
    run = machine.packets_into(whole[:cut], buffer, stream=3, lz4=lz4, scratch=room)
    assert run.bytes <= cut
    assert (run.out_of_range, run.time_errors) == (0, 0)
    machine.packets_into(whole[run.bytes :], buffer, stream=3, lz4=lz4, scratch=room)
    assert rows(buffer.events(events.size)) == rows(events)
    other = machine.packets_into(whole, codecs.EventBuffer(n), stream=2, lz4=lz4, scratch=room)
    assert other.bytes == 0


@relaxed
@given(st.data(), st.booleans())
def test_damaged_packets_stop_a_run_and_never_more(data, lz4):
    events = dense_recording(3, 500)
    packer = codecs.RecordPacker(lz4=lz4)
    whole = bytearray().join(
        bytes(p.data) for p in packer.packets(events, each=100, stream=0, rest=True)
    )
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    rest = bytes(whole) + data.draw(st.binary(max_size=40))
    buffer = codecs.EventBuffer(data.draw(st.sampled_from([0, 99, 250, 500])))
    room = np.empty(data.draw(st.sampled_from([0, 100, 1632])), np.uint8)
    machine = codecs.RecordDecoder((700, 2))
    run = machine.packets_into(rest, buffer, stream=0, lz4=lz4, scratch=room)
    assert run.bytes <= len(rest)
    assert run.events == buffer.n <= buffer.capacity
    assert machine.report.events == run.events
    assert (machine.report.out_of_range, machine.report.time_errors) == (
        run.out_of_range,
        run.time_errors,
    )

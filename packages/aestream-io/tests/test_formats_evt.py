"""EVT 2.1 in both layouts, and EVT 4."""

import warnings

import numpy as np
import pytest
from format_support import SIZE, mutations, sample

import aestream_io
from aestream_io import EventDataWarning, EventError


@pytest.mark.parametrize("layout", ["little", "legacy"])
@pytest.mark.parametrize("line", ["right", "wrong", "missing"])
def test_evt21_is_read_in_either_layout_whatever_the_header_says(layout, line, tmp_path):
    path = tmp_path / "x.raw"
    aestream_io.write(path, sample(), format="evt21", layout=layout)
    data = path.read_bytes()
    said = f"% endianness {layout}\n".encode()
    other = {"little": b"legacy", "legacy": b"little"}[layout]
    replaced = {"right": said, "wrong": b"% endianness " + other + b"\n", "missing": b""}[line]
    path.write_bytes(data.replace(said, replaced))
    recording = aestream_io.read_recording(path, strict=True)
    assert recording.events == sample()
    assert any("endianness" in note for note in recording.report.notes) == (line == "wrong")


def test_evt21_layout_can_be_forced_and_is_checked(tmp_path):
    path = tmp_path / "x.raw"
    aestream_io.write(path, sample(), format="evt21")
    assert aestream_io.read(path, layout="legacy", strict=True) == sample()
    with pytest.raises(EventError):
        aestream_io.read(path, layout="little", strict=True)
    for call in (aestream_io.read, lambda p, **o: aestream_io.write(p, sample(), **o)):
        with pytest.raises(EventError, match="expected 'little' or 'legacy', got 'big'"):
            call(path, format="evt21", layout="big")


def evt4_words(events: aestream_io.Events) -> bytes:
    """EVT 4 with single events and, for neighbours in a row, vectors."""
    words: list[int] = []
    high, i = -1, 0
    while i < len(events):
        t, x, y, p = (int(c[i]) for c in (events.t, events.x, events.y, events.p))
        if t >> 6 != high:
            high = t >> 6
            words.append(0xE << 28 | high)
        place = (t & 63) << 22 | x << 11 | y
        mask, last = 1, x
        while i + 1 < len(events) and (t, y, p) == tuple(
            int(c[i + 1]) for c in (events.t, events.y, events.p)
        ):
            step = int(events.x[i + 1]) - x
            if not last - x < step < 32:
                break
            mask |= 1 << step
            last, i = x + step, i + 1
        words += [(0xA | p) << 28 | place] if mask == 1 else [(0xC | p) << 28 | place, mask]
        i += 1
    words += [0x9 << 28 | 3 << 8 | 1, 0xFFFFFFFF]
    return np.array(words, "<u4").tobytes()


HEADER = f"% evt 4.0\n% format EVT4;height={SIZE[1]};width={SIZE[0]}\n% end\n".encode()


def test_evt4_is_read_with_its_triggers(tmp_path):
    path = tmp_path / "x.raw"
    path.write_bytes(HEADER + evt4_words(sample()))
    recording = aestream_io.read_recording(path, strict=True)
    assert recording.events == sample()
    assert recording.triggers.id.tolist() == [3]
    assert (recording.info.format, recording.info.version) == ("evt4", "4.0")
    assert recording.info.size == SIZE
    for packet_bytes in (1, 7, 4096):
        with aestream_io.open_reader(path, packet_bytes=packet_bytes) as reader:
            assert aestream_io.Events.concatenate(list(reader)) == sample()
    with pytest.raises(EventError, match="can only be read"):
        aestream_io.write(path, sample(), format="evt4")


def test_damaged_evt4_is_skipped_and_counted(tmp_path):
    path = tmp_path / "x.raw"
    kept, refused = 0, []
    for what, damaged in mutations(HEADER + evt4_words(sample()), len(HEADER)):
        path.write_bytes(damaged)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", EventDataWarning)
            try:
                recording = aestream_io.read_recording(path)
            except EventError as error:
                refused.append(str(error))
                continue
        assert recording.report.ok == (not caught), what
        assert recording.report.bytes_read == len(damaged), what
        assert len(recording.events) <= 8 * len(damaged), what
        kept += 1
    assert kept >= 20
    assert all(str(path) in text for text in refused)

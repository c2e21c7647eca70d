"""Reading the files of other programs: checksums, sizes, facts."""

import hashlib

import pytest

import aestream_io

EDGES = {
    "t": "4d2ed5f41f80df7e4f420afc70380b266b9978d8ce6390f69967924b8e14d622",
    "x": "5cf791cadbdad37ead5f40c5c0a629643a4f046a994f002a7bb98dd5f13df57c",
    "y": "767fe58ea23a7145ae6502d2f5bc3bfea50aac35a2250ae94156d6e162c4faaf",
    "p": "820d65543a82325d1406186d38461a0cbc42c4d264cd633a5fa028a3e36e8fc0",
}
DVS = {
    "t": "a40868f587354c3e09a262eaf7c1eb022f86ab4ffc0f974983f0fe104a1f6e0d",
    "x": "622118e8556d523a9cd5a8cb9642f616ca2168454efd6c86a456ae7ee91b5fc1",
    "y": "1f43f71b424beac69716df387d1ffea7e6fffdb9b0f45ed8e68de2a5d86b4f1c",
    "p": "24c933e5d75f30adce65d04bf8342f901b7d5cc946e7a828478914d6d174b121",
}
FILES = {
    "edges20k_evutils_evt2.raw": "evt2",
    "edges20k_evutils_evt21.raw": "evt21",
    "edges20k_evutils_evt3.raw": "evt3",
    "edges20k_vect12128_evt3.raw": "evt3",
    "edges20k_faery.dat": "dat",
}


def sums(events) -> dict[str, str]:
    return {
        name: hashlib.sha256(getattr(events, name).astype(kind).tobytes()).hexdigest()
        for name, kind in (("t", "<u8"), ("x", "<u2"), ("y", "<u2"), ("p", "u1"))
    }


@pytest.mark.parametrize("file", FILES)
def test_synthetic_files_give_their_checksums(shared_data, file):
    path = shared_data / "events" / "synthetic" / file
    recording = aestream_io.read_recording(path, strict=True)
    assert sums(recording.events) == EDGES
    assert recording.events.size == (1280, 720)
    assert recording.report.ok
    info = recording.info
    assert (info.format, info.n_events, info.n_on) == (FILES[file], 20000, 12302)
    assert (info.t_first, info.t_last, info.size_source) == (16770000, 16772350, "header")
    assert aestream_io.info(path) == info


@pytest.mark.parametrize("file", FILES)
def test_packets_of_any_size_join_to_the_whole(shared_data, file):
    path = shared_data / "events" / "synthetic" / file
    for packet_bytes in (1001, 1 << 16):
        with aestream_io.open_reader(path, packet_bytes=packet_bytes) as reader:
            packets = list(reader)
        assert sums(aestream_io.Events.concatenate(packets)) == EDGES
        assert len(packets) > 1 or packet_bytes > path.stat().st_size


def test_event_stream_rows_are_turned_to_point_down(shared_data):
    events = aestream_io.read(shared_data / "events" / "dvs.es", strict=True)
    assert sums(events) == DVS
    assert events.size == (320, 240)
    assert int(events.y[0]) == 0


def test_event_stream_is_written_as_it_was_read(shared_data, tmp_path):
    path = shared_data / "events" / "dvs.es"
    report = aestream_io.write(tmp_path / "again.es", aestream_io.read(path))
    assert (tmp_path / "again.es").read_bytes() == path.read_bytes()
    assert report.bytes == path.stat().st_size


def test_generic_event_stream_holds_payloads_and_no_events(shared_data, tmp_path):
    path = shared_data / "events" / "generic.es"
    recording = aestream_io.read_recording(path, strict=True)
    assert recording.events is None
    assert len(recording.payloads.data) == 70
    assert int(recording.payloads.t[-1]) == 1207922
    assert hashlib.sha256(b"".join(recording.payloads.data)).hexdigest() == (
        "10a80798787b6c2b336c16c35786d207d40b20a2a5610887673814725dec0d91"
    )
    with pytest.raises(aestream_io.EventError, match="no events; use read_recording"):
        aestream_io.read(path)
    aestream_io.write(tmp_path / "again.es", recording)
    assert (tmp_path / "again.es").read_bytes() == path.read_bytes()

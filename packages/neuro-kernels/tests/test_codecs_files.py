"""Decoders on files of other programs: column checksums and peers' reading agree."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from neuro_kernels import codecs

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


def sums(events) -> dict[str, str]:
    return {
        name: hashlib.sha256(getattr(events, name).astype(kind).tobytes()).hexdigest()
        for name, kind in (("t", "<u8"), ("x", "<u2"), ("y", "<u2"), ("p", "u1"))
    }


def payload(path: Path) -> bytes:
    data, start = path.read_bytes(), 0
    while data[start : start + 1] == b"%":
        start = data.index(b"\n", start) + 1
    return data[start:]


@pytest.mark.parametrize(
    ("name", "file", "skip"),
    [
        ("evt2", "edges20k_evutils_evt2.raw", 0),
        ("evt3", "edges20k_evutils_evt3.raw", 0),
        ("evt3", "edges20k_vect12128_evt3.raw", 0),
        ("dat", "edges20k_faery.dat", 2),
    ],
)
def test_prophesee_files_give_their_checksums(shared_data, name, file, skip):
    data = payload(shared_data / "events" / "synthetic" / file)[skip:]
    events, triggers, counts = codecs.decode(name, data, size=(1280, 720))
    assert sums(events) == EDGES
    assert len(triggers) == 0
    assert counts == codecs.DecodeCounts(bytes_read=len(data), events=20000)
    assert codecs.decode(name, codecs.encode(name, events), size=(1280, 720))[0] == events


def test_evt21_in_the_layout_of_imx636_gives_its_checksums(shared_data):
    data = payload(shared_data / "events" / "synthetic" / "edges20k_evutils_evt21.raw")
    assert codecs.evt21_layout(data) == "legacy"
    events, _, counts = codecs.decode("evt21", data, size=(1280, 720), layout="legacy")
    assert sums(events) == EDGES
    assert counts == codecs.DecodeCounts(bytes_read=len(data), events=20000)
    assert len(codecs.encode("evt21", events)) <= len(data)


def test_evt3_vectors_are_written_as_small_as_a_camera_does(shared_data):
    folder = shared_data / "events" / "synthetic"
    data = payload(folder / "edges20k_vect12128_evt3.raw")
    events = codecs.decode("evt3", data, size=(1280, 720))[0]
    assert len(codecs.encode("evt3", events)) <= len(data)


def test_event_stream_files_give_their_checksums(shared_data):
    data = (shared_data / "events" / "dvs.es").read_bytes()[20:]
    events, _, counts = codecs.decode("es", data, size=(320, 240))
    assert sums(events) == DVS
    assert counts == codecs.DecodeCounts(bytes_read=len(data), events=473225)
    assert codecs.encode("es", events) == data


def test_generic_event_stream_gives_its_payloads(shared_data):
    data = (shared_data / "events" / "generic.es").read_bytes()[16:]
    machine = codecs.PayloadDecoder()
    payloads = machine.feed(data)
    machine.finish()
    assert len(payloads) == 70
    assert (int(payloads.t[0]), payloads.data[0]) == (0, b"Lorem")
    assert hashlib.sha256(payloads.t.astype("<u8").tobytes()).hexdigest() == (
        "8cd83d4dd1404988c80449c3d32bfd5ee2f0bb69c10245c2d7445e8e769dc624"
    )
    assert hashlib.sha256(b"".join(payloads.data)).hexdigest() == (
        "10a80798787b6c2b336c16c35786d207d40b20a2a5610887673814725dec0d91"
    )
    assert codecs.encode_payloads(payloads) == data
    assert np.array_equal(payloads.t, np.sort(payloads.t))

"""A corpus of damaged files: every one ends in a NirError that says where, or is right."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nir_corpus import ACCEPTED, NOTED, REFUSED, base

import nir_core as nc


def content(edit: object = None) -> bytes:
    memory = io.BytesIO()
    with h5py.File(memory, "w") as file:
        base(file)
        if edit is not None:
            edit(file)  # type: ignore[operator]
    return memory.getvalue()


GOOD = content()


def written() -> bytes:
    """The same network as our own writer stores it, with a large weight."""
    graph = nc.NIRGraph.from_list(
        nc.Linear(np.random.default_rng(0).normal(size=(40, 30))),
        nc.LIF(*(np.full(40, v) for v in (0.01, 1.0, 0.0, 1.0))),
    )
    file = io.BytesIO()
    nc.write(file, graph)
    return file.getvalue()


def test_the_corpus_is_large() -> None:
    assert len(REFUSED) + len(BYTES) >= 60


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", REFUSED)
def test_damage_is_refused_with_the_place(name: str) -> None:
    edit, message = REFUSED[name]
    with pytest.raises(nc.NirError) as caught:
        nc.read(content(edit))
    assert message in str(caught.value)


@pytest.mark.parametrize("name", REFUSED)
def test_damage_never_ends_in_another_error_when_checks_are_off(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = content(REFUSED[name][0])
    try:
        graph = nc.read(data, check="off")
    except nc.NirError:
        return
    nc.check(graph)
    nc.draw(graph)


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_is_unusual_but_right_is_read(name: str) -> None:
    graph = nc.read(content(ACCEPTED[name]))
    assert list(graph.nodes) == ["fc", "input", "lif", "output"]
    assert graph.nodes["lif"].v_reset.tolist() == [0, 0]
    assert str(nc.check(graph)) == "no findings"


@pytest.mark.parametrize("name", NOTED)
def test_what_is_odd_is_read_and_noted(name: str) -> None:
    edit, code = NOTED[name]
    assert code in {f.code for f in nc.check(nc.read(content(edit)))}


BYTES = {
    "empty": b"",
    "text": b"NIR graph\n",
    "signature only": GOOD[:8],
    "header only": GOOD[:96],
    "half": GOOD[: len(GOOD) // 2],
    "all but the end": GOOD[:-200],
    "other signature": b"\x88HDF" + GOOD[4:],
    "zeros after the header": GOOD[:512] + bytes(len(GOOD) - 512),
    "zip": b"PK\x03\x04" + bytes(100),
    "pickle": b"\x80\x04\x95" + bytes(100),
}


@pytest.mark.parametrize("name", BYTES)
def test_what_is_no_hdf5_file_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "x.nir").write_bytes(BYTES[name])
    for source in (BYTES[name], tmp_path / "x.nir"):
        with pytest.raises(nc.NirFileError, match=r"given bytes|x\.nir"):
            nc.read(source)


def test_a_flipped_bit_in_a_large_weight_is_noticed_in_our_files() -> None:
    data = bytearray(written())
    weight = nc.read(bytes(data)).nodes["linear"].weight
    at = bytes(data).index(weight[3:5].tobytes())
    data[at + 5] ^= 4
    with pytest.raises(nc.NirFileError, match="/node/nodes/linear/weight"):
        nc.read(bytes(data))


def test_a_flipped_bit_in_a_small_parameter_is_noticed_in_our_files() -> None:
    data = bytearray(written())
    at = bytes(data).index(np.full(40, 0.01).tobytes())
    data[at + 9] ^= 4
    with pytest.raises(nc.NirFileError):
        nc.read(bytes(data))


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (nc.Limits(max_bytes=1000), "max_bytes"),
        (nc.Limits(max_nodes=3), "max_nodes"),
        (nc.Limits(max_edges=2), "max_edges"),
        (nc.Limits(max_depth=1), "max_depth"),
    ],
)
def test_limits_hold(limits: nc.Limits, message: str) -> None:
    data = written() if limits.max_bytes == 1000 else GOOD
    with pytest.raises(nc.NirFileError, match=message):
        nc.read(data, limits=limits)


def test_a_bomb_of_zeros_is_stopped_before_it_is_unpacked() -> None:
    def bomb(file: h5py.File) -> None:
        del file["node/nodes/fc/weight"]
        file.create_dataset("node/nodes/fc/weight", data=np.zeros((1000, 3000)), compression=9)

    data = content(bomb)
    assert len(data) < 300_000
    with pytest.raises(nc.NirFileError, match="max_bytes"):
        nc.read(data, limits=nc.Limits(max_bytes=1 << 20))


def survives(data: bytes) -> None:
    try:
        graph = nc.read(data, check="off", limits=nc.Limits(max_bytes=1 << 24))
    except nc.NirError:
        return
    assert isinstance(graph, nc.NIRGraph)


@given(st.binary(max_size=300))
def test_arbitrary_bytes_never_end_in_another_error(data: bytes) -> None:
    survives(data)
    survives(b"\x89HDF\r\n\x1a\n" + data)


@given(st.integers(0, len(GOOD)))
@settings(max_examples=40)
def test_every_truncation_is_refused(size: int) -> None:
    if size < len(GOOD) - 4096:
        with pytest.raises(nc.NirFileError):
            nc.read(GOOD[:size], check="off")
    else:
        survives(GOOD[:size])


@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(1, 255)), max_size=6))
@settings(max_examples=150)
def test_flipped_bits_never_end_in_another_error(flips: list[tuple[int, int]]) -> None:
    data = bytearray(GOOD)
    for at, change in flips:
        data[at] ^= change
    survives(bytes(data))


def heap_object(data: bytes, index: int) -> int:
    """Offset of the header of an object in the first heap of texts."""
    at = data.index(b"GCOL") + 16
    for _ in range(index):
        at += 16 + -(-int.from_bytes(data[at + 8 : at + 16], "little") // 8) * 8
    return at


@pytest.mark.parametrize(
    ("index", "size"), [(0, 0), (1, 2**64 - 16), (1, 2**64 - 32), (0, 8), (1, 2**40)]
)
def test_a_heap_that_leads_nowhere_is_refused_at_once(index: int, size: int) -> None:
    # libhdf5 2.0 loops for ever over an object of no size.
    data = bytearray(GOOD)
    at = heap_object(GOOD, 1)
    data[at : at + 2] = index.to_bytes(2, "little")
    data[at + 8 : at + 16] = size.to_bytes(8, "little")
    with pytest.raises(nc.NirFileError, match="heap that holds the text is damaged"):
        nc.read(bytes(data), check="off")


def test_files_with_short_addresses_are_refused() -> None:
    data = bytearray(GOOD)
    data[14] = 4
    with pytest.raises(nc.NirFileError, match="8 bytes"):
        nc.read(bytes(data))


def test_a_file_behind_a_user_block_is_read(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.nir", "w", userblock_size=512) as file:
        base(file)
    assert nc.read(tmp_path / "a.nir") == nc.read(GOOD)

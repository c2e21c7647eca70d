"""Small arrays are read from the bytes of a file just as libhdf5 gives them, or left to it."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nir_strategies import graphs

import nir_core as nc
from nir_core.files import _hdf5_headers as headers
from nir_core.files._hdf5_checksum import lookup3


def network(layers: int = 8) -> nc.NIRGraph:
    rng = np.random.default_rng(0)
    nodes: dict[str, nc.NIRNode] = {"input": nc.Input((3,))}
    for i in range(layers):
        weight = rng.normal(size=(3, 3)).astype("f4" if i % 2 else "f8")
        nodes[f"a{i}"] = nc.Affine(weight, rng.normal(size=3))
        nodes[f"l{i}"] = nc.LIF(*(np.full(3, v) for v in (0.01, 1.0, 0.0, 1.0)))
    for i, kind in enumerate(("i1", "u2", "i4", "f4")):
        padding = "same" if i % 2 else 1
        conv = np.ones((1, 1, 2), kind)
        nodes[f"c{i}"] = nc.Conv1d(5, conv, 1, padding, 1, 1, np.zeros(1, kind))
    return nc.NIRGraph({**nodes, "output": nc.Output((3,))}, [], type_check=False)


def stored(graph: nc.NIRGraph) -> bytes:
    file = io.BytesIO()
    nc.write(file, graph, check="off")
    return file.getvalue()


def addresses(data: bytes) -> dict[str, int]:
    found: dict[str, int] = {}
    with h5py.File(io.BytesIO(data)) as file:
        nodes: Any = file["node/nodes"]
        nodes.id.links.iterate(
            lambda name, info: found.__setitem__(name.decode(), info.u), info=True
        )
    return found


def by_libhdf5(data: bytes, monkeypatch: pytest.MonkeyPatch) -> Any:
    with monkeypatch.context() as patch:
        patch.setattr(headers, "_FEWEST", 1 << 60)
        return outcome(data)


def outcome(data: bytes) -> Any:
    try:
        return nc.read(data, check="off")
    except nc.NirError as error:
        return type(error)


def test_every_node_of_a_written_file_is_read_from_its_bytes() -> None:
    data = stored(network())
    places = addresses(data)
    contents = headers.PlainGroups(data, 0).read(list(places.values()))
    with h5py.File(io.BytesIO(data)) as file:
        for name, content in zip(places, contents, strict=True):
            group: Any = file["node/nodes"][name]  # type: ignore[index]
            assert content is not None
            assert set(content) == set(group)
            for field, value in content.items():
                expected = group[field][()]
                if isinstance(expected, bytes):
                    assert value == expected.decode()
                else:
                    np.testing.assert_array_equal(value, expected, strict=True)
                    assert not value.flags.writeable  # type: ignore[union-attr]


def test_a_file_inside_another_is_read_from_its_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    data = bytes(1024) + stored(network())
    read: list[int] = []
    plain = headers.PlainGroups.read

    def counted(self: Any, places: Any) -> Any:
        found = plain(self, places)
        read.append(sum(content is not None for content in found))
        return found

    monkeypatch.setattr(headers.PlainGroups, "read", counted)
    assert nc.read(data, check="off") == network()
    assert read == [len(network().nodes)]


@given(graphs())
@settings(max_examples=25, deadline=None)
def test_both_ways_give_the_same_graph(graph: nc.NIRGraph) -> None:
    data = stored(graph)
    with pytest.MonkeyPatch.context() as patch:
        expected = by_libhdf5(data, patch)
        patch.setattr(headers, "_FEWEST", 1)
        assert outcome(data) == expected


GOOD = stored(network(4))
PLACES = headers.PlainGroups(GOOD, 0)
SPANS = [PLACES._messages(at)[1][0] for at in range(len(GOOD)) if GOOD.startswith(b"OHDR\x02", at)]


def damaged(choose: random.Random) -> bytes:
    """Change some bytes of one header and put its checksum right again."""
    data = bytearray(GOOD)
    begin, end = choose.choice(SPANS)
    for _ in range(choose.randint(1, 3)):
        at = choose.randrange(begin + 4, min(end, begin + 150))
        bit = data[at] ^ 1 << choose.randrange(8)
        data[at] = choose.choice([0, 1, 2, 3, 255, bit, choose.randrange(256)])
    data[end : end + 4] = int(lookup3(bytes(data), [(begin, end)])[0]).to_bytes(4, "little")
    return bytes(data)


@pytest.mark.parametrize("seed", range(10))
def test_nothing_is_accepted_that_libhdf5_refuses(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose = random.Random(seed)
    for _ in range(20):
        data = damaged(choose)
        assert outcome(data) == by_libhdf5(data, monkeypatch)


def test_a_wrong_checksum_is_noticed() -> None:
    begin, _ = next(span for span in SPANS if b"tau" in GOOD[span[0] : span[1]])
    at = GOOD.index(np.float64(0.01).tobytes(), begin)
    data = bytearray(GOOD)
    data[at] ^= 1
    with pytest.raises(nc.NirFileError, match="checksum"):
        nc.read(bytes(data), check="off")


def soft(group: Any) -> None:
    del group["tau"]
    group["tau"] = h5py.SoftLink("/node/nodes/l0/tau")


def external(group: Any) -> None:
    del group["r"]
    group["r"] = h5py.ExternalLink("other.h5", "/r")


def twice(group: Any) -> None:
    group.parent["copy"] = group


def unknown(group: Any) -> None:
    group["extra"] = np.zeros(3)


def texts(group: Any) -> None:
    del group["tau"]
    group.create_dataset("tau", data=b"0.01")


def untyped(group: Any) -> None:
    del group["type"]
    group["type"] = 3.0


def misplaced(group: Any) -> None:
    group["metadata"] = np.zeros(3)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (soft, "/node/nodes/l1/tau: a soft link"),
        (external, "/node/nodes/l1/r: an external link"),
        (twice, "linked from more than one place"),
        (unknown, "NIR070"),
        (texts, "/node/nodes/l1/tau: expected real numbers, got text"),
        (untyped, "/node/nodes/l1/type: expected text, got numbers"),
        (misplaced, "/node/nodes/l1/metadata: expected a group"),
    ],
)
def test_what_is_not_plain_is_told_as_for_any_file(
    edit: Callable[[Any], None], message: str
) -> None:
    memory = io.BytesIO(GOOD)
    with h5py.File(memory, "r+", libver=("v108", "v108")) as file:
        edit(file["node/nodes/l1"])
    with pytest.raises(nc.NirError) as caught:
        nc.read(memory.getvalue())
    assert message in str(caught.value)


def test_the_budget_counts_what_is_read_from_the_bytes() -> None:
    with pytest.raises(nc.NirFileError, match="more than 100 bytes"):
        nc.read(GOOD, check="off", limits=nc.Limits(max_bytes=100))


@given(st.lists(st.binary(min_size=1, max_size=60), min_size=1, max_size=8))
@settings(max_examples=50, deadline=None)
def test_checksums_do_not_depend_on_what_is_summed_beside(pieces: list[bytes]) -> None:
    spans, at = [], 0
    for piece in pieces:
        spans.append((at, at + len(piece)))
        at += len(piece)
    together = lookup3(b"".join(pieces), spans).tolist()
    assert together == [int(lookup3(piece, [(0, len(piece))])[0]) for piece in pieces]

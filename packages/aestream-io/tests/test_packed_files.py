"""Compressed files: everything before damage is read, and damage is always told."""

import gzip
import io
import tracemalloc
import zlib

import pytest
from format_support import sample
from hypothesis import given, settings
from hypothesis import strategies as st

import aestream_io
from aestream_io import EventDataWarning
from aestream_io.formats._gzip_file import GzipFile
from aestream_io.formats._packed_file import CompressionError, PackedFile
from aestream_io.formats._zstd_file import ZstdFile

TEXT = b"".join(b"%d,%d,%d,1\n" % (k, k * 7 % 64, k * 11 % 48) for k in range(3000))


class Drops(io.BytesIO):
    """A pipe that gives a few bytes at a time."""

    def read(self, n: int | None = -1) -> bytes:
        return super().read(min(n or 0, 7))

    def seekable(self) -> bool:
        return False


def packed(kind: str, data: bytes) -> bytes:
    if kind == "gzip":
        return gzip.compress(data, mtime=0)
    zstandard = pytest.importorskip("zstandard")
    return zstandard.ZstdCompressor(write_checksum=True).compress(data)


def opened(kind: str, file) -> PackedFile:
    return GzipFile(file) if kind == "gzip" else ZstdFile(file, name="x")


def contents(kind: str, file) -> tuple[bytes, bool]:
    """What can be read, and whether damage was told."""
    found, parts = opened(kind, file), []
    try:
        while part := found.read(1000):
            parts.append(part)
    except CompressionError:
        return b"".join(parts), True
    return b"".join(parts), False


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
@pytest.mark.parametrize("file", [io.BytesIO, Drops])
def test_members_one_behind_the_other_are_read(kind, file):
    data = packed(kind, TEXT) + packed(kind, b"") + packed(kind, b"end")
    assert contents(kind, file(data)) == (TEXT + b"end", False)
    if kind == "gzip":
        assert contents(kind, file(data + bytes(600))) == (TEXT + b"end", False)


@pytest.mark.parametrize("file", [io.BytesIO, Drops])
def test_heads_of_gzip_may_hold_names_and_more(file):
    body = gzip.compress(TEXT, mtime=0)[10:]
    head = b"\x1f\x8b\x08%c\0\0\0\0\0\xff"
    for flags, more in ((8, b"name\0"), (4, b"\3\0abc"), (31, b"\1\0zname\0note\0xx"), (2, b"xx")):
        assert contents("gzip", file(head % flags + more + body)) == (TEXT, False)


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_what_was_cut_off_is_told_and_the_rest_is_read(kind, data):
    whole = packed(kind, TEXT)
    cut = data.draw(st.integers(1, len(whole) - 1))
    found, told = contents(kind, io.BytesIO(whole[:cut]))
    assert told
    assert TEXT.startswith(found)
    if kind == "gzip":  # Zstandard unpacks blocks, of which this is one
        assert found == zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(whole[:cut])
    assert contents(kind, Drops(whole[:cut])) == (found, True)


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_wrong_bytes_are_told(kind, data):
    whole = bytearray(packed(kind, TEXT))
    at = data.draw(st.integers(10, len(whole) - 1))  # not in the head, which means nothing
    whole[at] ^= 1 << data.draw(st.integers(0, 7))
    found, told = contents(kind, io.BytesIO(bytes(whole)))
    assert told or found == TEXT


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
@settings(deadline=None, max_examples=60)
@given(data=st.binary(max_size=400))
def test_arbitrary_bytes_are_no_harm(kind, data):
    head = b"\x1f\x8b\x08" if kind == "gzip" else b"\x28\xb5\x2f\xfd"
    if kind == "zstd":
        pytest.importorskip("zstandard")
    contents(kind, io.BytesIO(head + data))


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
def test_any_place_can_be_gone_to(kind):
    file = opened(kind, io.BytesIO(packed(kind, TEXT)))
    for place in (100, 20_000, 3, len(TEXT), 0):
        assert file.seek(place) == file.tell() == place
        assert file.read(50) == TEXT[place : place + 50]


@pytest.mark.parametrize(("kind", "size", "most"), [("gzip", 64, 16), ("zstd", 300, 200)])
def test_few_bytes_that_stand_for_very_many_need_no_memory_for_them(kind, size, most):
    file = opened(kind, io.BytesIO(packed(kind, bytes(size << 20))))
    tracemalloc.start()
    try:
        n = sum(len(part) for part in iter(lambda: file.read(1 << 20), b""))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert n == size << 20
    assert peak < most << 20


@pytest.mark.parametrize("ending", [".raw.gz", ".es.gz", ".csv.gz", ".dat.gz"])
def test_a_recording_without_its_last_byte_loses_no_event(ending, tmp_path):
    path = tmp_path / f"x{ending}"
    aestream_io.write(path, sample())
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.warns(EventDataWarning, match="it ends inside a member"):
        assert aestream_io.read(path) == sample()
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 3 // 4])
    with pytest.warns(EventDataWarning, match="it ends inside a member"):
        n = len(events := aestream_io.read(path))
    assert n > 2500
    assert events == sample()[:n]

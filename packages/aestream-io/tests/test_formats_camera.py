"""Raw words of cameras: headers, events however the file is cut, trigger edges, damage."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import aestream_io as aio
from neuro_kernels import Events
from neuro_kernels.stream import encode_message

SIZES = {
    "DAVIS": (346, 260),
    "DVX": (640, 480),
    "DVS128": (128, 128),
    "EDVS": (128, 128),
    "SPIF": (640, 480),
    "SPECK": (128, 128),
}


def header(name, *, extra=""):
    width, height = SIZES[name]
    return f"% format {name};height={height};width={width}{extra}\n% end\n".encode()


def write(path, name, body, **options):
    path.write_bytes(header(name, **options) + body)
    return path


DAVIS = np.array([0x8005, 0x1007, 0x3009, 0x0003, 0x7002, 0x8001, 0x200A, 0x0002], "<u2").tobytes()


def test_a_davis_recording_gives_events_and_edges(tmp_path):
    recording = aio.read_recording(write(tmp_path / "x.raw", "DAVIS", DAVIS))
    expected = Events([5, 0x10001], [9, 10], [7, 7], [1, 0], size=(346, 260))
    assert recording.events == expected
    assert recording.triggers.t.tolist() == [5, 0x10001]
    assert recording.triggers.value.tolist() == [1, 0]
    assert recording.report.ok
    assert recording.report.triggers == 2


def test_exchanged_rows_and_columns_are_put_right(tmp_path):
    path = write(tmp_path / "x.raw", "DAVIS", DAVIS, extra=";inverted=1")
    events = aio.read(path)
    assert (events.x.tolist(), events.y.tolist()) == ([7, 7], [9, 10])


def test_every_kind_of_words_is_read(tmp_path):
    one = Events([100], [5], [3], [1], size=(128, 128))
    bodies = {
        "DAVIS": np.array([0x8064, 0x1003, 0x3005], "<u2").tobytes(),
        "DVX": np.array([0x8064, 0x1005, 0x4000, 0x3008], "<u2").tobytes(),
        "DVS128": np.array([(127 - 3) << 8 | (127 - 5) << 1, 100], "<u2").tobytes(),
        "EDVS": bytes([0x80 | 3, 5, 0, 100]),
        "SPIF": encode_message(one, format="spif"),
        "SPECK": encode_message(one, format="speck"),
    }
    for name, body in bodies.items():
        events = aio.read(write(tmp_path / f"{name}.raw", name, body))
        assert events == Events([100], [5], [3], [1], size=SIZES[name]), name


@given(
    name=st.sampled_from(list(SIZES)),
    body=st.binary(max_size=300),
    packet_bytes=st.integers(1, 64),
)
def test_any_bytes_are_read_and_packets_change_nothing(tmp_path_factory, name, body, packet_bytes):
    path = write(tmp_path_factory.mktemp("camera") / "x.raw", name, body)
    with aio.open_reader(path) as reader:
        whole = reader.read_all()
        report = reader.report
    with aio.open_reader(path, packet_bytes=packet_bytes) as reader:
        parts = [Events.empty(SIZES[name]), *reader]
        cut = reader.report
    assert Events.concatenate(parts) == whole
    assert (cut.events, cut.bytes_skipped) == (report.events, report.bytes_skipped)
    assert report.bytes_read == len(header(name)) + len(body)


def test_damage_is_counted(tmp_path):
    body = np.array([0x3001, 0x8001, 0x1000 | 260, 0x3001, 0x1001, 0x3001], "<u2").tobytes() + b"x"
    path = write(tmp_path / "x.raw", "DAVIS", body)
    with pytest.warns(aio.EventDataWarning):
        recording = aio.read_recording(path)
    kinds = {problem.kind: problem.count for problem in recording.report.problems}
    assert kinds == {"before_time": 1, "out_of_range": 1, "truncated_bytes": 1}
    with pytest.raises(aio.EventError):
        aio.read(path, strict=True)


def test_a_header_without_a_size_asks_for_one(tmp_path):
    path = tmp_path / "x.raw"
    path.write_bytes(b"% format EDVS\n% end\n" + bytes([0x83, 5, 0, 100]))
    with pytest.raises(aio.EventError, match="height=260"):
        aio.read(path)

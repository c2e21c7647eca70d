"""Programs written for AEStream run with their import changed."""

import importlib.util
import socket
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import aestream_io
from aestream_io import Events
from aestream_io.compat import aestream
from aestream_io.compat.aestream import Backend, Event, FileInput, UDPInput

has_torch = importlib.util.find_spec("torch") is not None
has_jax = importlib.util.find_spec("jax") is not None


@pytest.fixture
def events() -> Events:
    rng = np.random.default_rng(3)
    n = 5000
    return Events(
        np.sort(rng.integers(0, 20_000, n)),
        rng.integers(0, 64, n),
        rng.integers(0, 48, n),
        rng.integers(0, 2, n),
        size=(64, 48),
    )


@pytest.fixture
def path(events, tmp_path):
    aestream_io.write(tmp_path / "sample.raw", events)
    return str(tmp_path / "sample.raw")


def counted(events, shape):
    frame = np.zeros(shape, np.float32)
    np.add.at(frame, (events.x, events.y), 1)
    return frame


def test_load_gives_the_rows_that_aestream_gives(events, path):
    rows = FileInput(path, (64, 48)).load()
    assert rows.dtype.names == ("timestamp", "x", "y", "polarity")
    assert rows.dtype.itemsize == 13
    np.testing.assert_array_equal(rows["timestamp"], events.t)
    np.testing.assert_array_equal(rows["x"], events.x)
    np.testing.assert_array_equal(rows["y"], events.y)
    np.testing.assert_array_equal(rows["polarity"], events.p)
    assert rows[0]["polarity"] in (True, False)
    assert FileInput(path, shape=(64, 48)).load_all().nbytes == 13 * len(events)


@pytest.mark.parametrize("ignore_time", [False, True])
def test_the_documented_loop_reads_every_event(events, path, ignore_time):
    total = np.zeros((64, 48), np.float32)
    with FileInput(filename=path, shape=(64, 48), ignore_time=ignore_time) as stream:
        while stream.is_streaming():
            total += stream.read()
    np.testing.assert_array_equal(total, counted(events, (64, 48)))
    assert not stream.is_streaming()


def test_a_loop_that_only_waits_finds_the_events_afterwards(events, path):
    with FileInput(path, (64, 48), ignore_time=True) as stream:
        while stream.is_streaming():
            pass
        assert stream.read().sum() == len(events)


def test_a_file_plays_in_its_own_time(tmp_path):
    late = Events([0, 3_600_000_000], [1, 2], [1, 1], [1, 1], size=(4, 4))
    aestream_io.write(tmp_path / "slow.dat", late)
    with FileInput(str(tmp_path / "slow.dat"), (4, 4)) as stream:
        frame = stream.read()
        while not frame.any():
            frame = stream.read()
        assert frame[1, 1] == 1
        assert stream.is_streaming()
    assert stream.read()[2, 1] == 0  # the second event lies an hour ahead


def test_a_shape_smaller_than_the_sensor_leaves_events_out_and_counts_them(events, path):
    stream = FileInput(path, (10, 20), ignore_time=True)
    with stream:
        total = np.zeros((10, 20), np.float32)
        while stream.is_streaming():
            total += stream.read()
    inside = events[(events.x < 10) & (events.y < 20)]
    np.testing.assert_array_equal(total, counted(inside, (10, 20)))
    assert stream.out_of_range == len(events) - len(inside)


def test_a_third_axis_keeps_the_polarity(events, path):
    frame = FileInput(path, (64, 48, 2)).get_frame()
    assert frame.shape == (64, 48, 2)
    np.testing.assert_array_equal(frame[..., 1], counted(events[events.p == 1], (64, 48)))
    np.testing.assert_array_equal(frame[..., 0], counted(events[events.p == 0], (64, 48)))


@pytest.mark.parametrize("name", ["torch", "Torch", Backend.Torch])
def test_frames_come_as_torch_tensors(events, path, name):
    torch = pytest.importorskip("torch")
    frame = FileInput(path, (64, 48)).get_frame(backend=name)
    assert isinstance(frame, torch.Tensor)
    assert frame.dtype == torch.float32
    assert frame.shape == (64, 48)
    np.testing.assert_array_equal(frame.numpy(), counted(events, (64, 48)))
    assert isinstance(FileInput(path, (64, 48)).read(name), torch.Tensor)


def test_frames_come_as_jax_arrays(events, path):
    jax = pytest.importorskip("jax")
    frame = FileInput(path, (64, 48)).get_frame(backend="jax")
    assert isinstance(frame, jax.Array)
    np.testing.assert_array_equal(np.asarray(frame), counted(events, (64, 48)))


def test_reading_before_the_start_gives_an_empty_frame_and_unknown_backends_are_refused(path):
    assert FileInput(path, shape=(64, 48)).read(Backend.Numpy).sum() == 0
    assert FileInput(path, shape=(64, 48)).read("Numpy").shape == (64, 48)
    with pytest.raises(AttributeError, match="expected one of GeNN, Jax, Numpy, Torch"):
        FileInput(path, shape=(64, 48)).read("NonexistentBackend")
    with pytest.raises(TypeError, match="expected a Backend or its name"):
        FileInput(path, shape=(64, 48)).read(3)


def test_files_and_shapes_that_cannot_be_are_refused_at_once(path):
    with pytest.raises(ValueError, match="no such file"):
        FileInput("nowhere.dat", (64, 48))
    for shape in [(64,), (64, 48, 3), (0, 48)]:
        with pytest.raises(ValueError, match="expected \\(width, height\\)"):
            FileInput(path, shape)


def test_what_breaks_in_the_thread_is_raised_by_read(tmp_path):
    (tmp_path / "broken.raw").write_bytes(b"neither header nor events")
    with pytest.raises(aestream_io.EventError, match="not recognised"):
        FileInput(str(tmp_path / "broken.raw"), (4, 4)).start_stream()


@given(
    st.lists(st.integers(0, 300), min_size=1, max_size=60),
    st.integers(1, 20) | st.none(),
    st.integers(1, 100) | st.none(),
)
@settings(deadline=None, max_examples=30)
def test_iterators_cut_as_the_proposal_says(tmp_path_factory, times, n_events, interval):
    t = np.sort(np.array(times))
    file = tmp_path_factory.mktemp("iterators") / "sample.dat"
    zero = np.zeros(len(t), np.uint16)
    aestream_io.write(file, Events(t, zero, zero, zero, size=(4, 4)))
    stream = FileInput(str(file), (4, 4))
    parts = list(stream.events(n_events=n_events, interval=interval))
    np.testing.assert_array_equal(np.concatenate([part["timestamp"] for part in parts]), t)
    for part in parts:
        assert n_events is None or len(part) <= n_events
        assert interval is None or len(part) == 0 or np.ptp(part["timestamp"]) < interval
    frames = list(stream.frames(n_events=n_events, interval=interval))
    assert [int(frame.sum()) for frame in frames] == [len(part) for part in parts]
    stacked = stream.get_frames(n_events=n_events, interval=interval)
    assert stacked.shape == (len(parts), 4, 4)


def test_an_input_yields_single_events(tmp_path):
    aestream_io.write(tmp_path / "two.csv", Events([5, 9], [1, 2], [3, 4], [1, 0], size=(8, 8)))
    stream = FileInput(tmp_path / "two.csv", (8, 8))
    assert list(stream) == [Event(5, 1, 3, True), Event(9, 2, 4, False)]
    assert list(stream) == list(stream)
    assert stream.get_events()["x"].tolist() == [1, 2]


def receive(stream, n):
    """Read until n events have come."""
    frame = stream.read()
    end = time.monotonic() + 20
    while frame.sum() < n and time.monotonic() < end:
        frame = frame + stream.read()
    return frame


def test_udp_frames_with_and_without_timestamps(events):
    with UDPInput((64, 48), device="cpu", port=0) as stream:
        for option in ("timestamps=yes", "timestamps=no"):
            aestream_io.route(events, f"udp:127.0.0.1:{stream.port}?{option}")
            np.testing.assert_array_equal(receive(stream, len(events)), counted(events, (64, 48)))
        assert stream.is_streaming()
    assert not stream.is_streaming()


def test_an_event_that_announces_a_timestamp_and_brings_none_still_counts():
    with UDPInput((640, 480), port=0) as stream:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"\x0f\x00\xda\x00", ("127.0.0.1", stream.port))
        assert receive(stream, 1)[218, 15] == 1


def test_the_frame_for_genn_is_one_bit_per_pixel(path, tmp_path):
    aestream_io.write(tmp_path / "two.csv", Events([5, 9], [1, 63], [0, 47], [1, 0], size=(64, 48)))
    words = np.zeros(64 * 48 // 32, np.uint32)
    with FileInput(tmp_path / "two.csv", (64, 48), ignore_time=True) as stream:
        while stream.is_streaming():
            pass
        stream.read_genn(words)
    bits = np.unpackbits(words.view(np.uint8), bitorder="little")
    assert np.flatnonzero(bits).tolist() == [1, 47 * 64 + 63]


def test_usb_inputs_open_cameras_by_address_or_say_what_lacks():
    if "emulated" not in aestream_io.sources.schemes():
        with pytest.raises(aestream_io.EventError, match="aestream-io\\[hw\\]"):
            aestream.USBInput((1280, 720)).start_stream()
        return
    camera = "emulated:evk4?rate=1e6&realtime=0&duration=10ms"
    with aestream.USBInput((1280, 720), camera=camera) as stream:
        total = 0
        while stream.is_streaming():
            total += stream.read().sum()
    assert total > 0
    with pytest.raises(aestream_io.EventError, match="USBInput: no camera"):
        aestream.USBInput((1280, 720), camera=aestream.Camera.Prophesee).start_stream()


def test_the_names_of_aestream_are_there():
    names = {"Backend", "Camera", "drivers", "Event", "FileInput", "UDPInput", "USBInput", "genn"}
    assert names | {"SpeckInput"} <= set(aestream.__all__)
    assert aestream.__version__
    with pytest.raises(ImportError, match="PyGeNN"):
        aestream.genn.add_input(None, "input", (4, 4))


def test_a_shape_in_place_of_an_address_is_told():
    with pytest.raises(TypeError, match=r"address: expected a text .* the shape comes behind it"):
        aestream.SpeckInput((128, 128))  # pyright: ignore[reportArgumentType]

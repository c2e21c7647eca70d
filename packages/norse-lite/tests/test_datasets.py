"""Data sets on disk: small ones are written in their format and read back; damage is named."""

import gzip
import pickle
import struct

import h5py
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from norse_lite import NetworkError
from norse_lite.datasets import CIFAR10, MNIST, NMNIST, SHD, SSC, DVSGesture, bin_events
from norse_lite.datasets._images import read_idx
from norse_lite.tasks import TrainOptions, train

rng = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def idx(array):
    return (
        struct.pack(f">3sB{array.ndim}I", b"\0\0\x08", array.ndim, *array.shape) + array.tobytes()
    )


def write_mnist(folder, n=30):
    folder.mkdir(parents=True, exist_ok=True)
    labels = np.arange(n, dtype=np.uint8) % 10
    images = np.zeros((n, 28, 28), np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[2 * label : 2 * label + 8, 4:24] = 255
    for part, pack in (("train", lambda b: b), ("t10k", gzip.compress)):
        end = "" if part == "train" else ".gz"
        (folder / f"{part}-images-idx3-ubyte{end}").write_bytes(pack(idx(images)))
        (folder / f"{part}-labels-idx1-ubyte{end}").write_bytes(pack(idx(labels)))
    return images, labels


def write_nmnist(root, n=4):
    """Each class has its events in its own row."""
    for part in ("Train", "Test"):
        for label in range(10):
            folder = root / part / str(label)
            folder.mkdir(parents=True)
            for k in range(n):
                t = np.sort(rng.integers(0, 300_000, 200))
                x, y, p = rng.integers(0, 34, 200), np.full(200, 3 * label), rng.integers(0, 2, 200)
                rows = np.stack([x, y, (p << 7) | (t >> 16), (t >> 8) & 255, t & 255], 1)
                (folder / f"{k:05}.bin").write_bytes(rows.astype(np.uint8).tobytes())


def write_cochlea(path, n=20, classes=20):
    with h5py.File(path, "w") as file:
        spikes = file.create_group("spikes")
        times = spikes.create_dataset("times", (n,), dtype=h5py.vlen_dtype(np.float16))
        units = spikes.create_dataset("units", (n,), dtype=h5py.vlen_dtype(np.uint16))
        labels = np.arange(n, dtype=np.uint16) % classes
        for i, label in enumerate(labels):
            times[i] = np.sort(rng.random(50)).astype(np.float16)
            units[i] = (rng.integers(0, 30, 50) + 30 * label).astype(np.uint16) % 700
        file["labels"] = labels


def test_mnist_is_read_plain_and_gzipped_and_where_torchvision_puts_it(tmp_path):
    images, labels = write_mnist(tmp_path / "MNIST" / "raw")
    for train_part in (True, False):
        data = MNIST(tmp_path, train=train_part)
        assert torch.equal(data.inputs[:, 0], torch.from_numpy(images))
        assert data.targets.tolist() == labels.tolist()
        x, y = data[7]
        assert x.shape == (1, 28, 28)
        assert y == 7
    assert len(MNIST(tmp_path / "MNIST" / "raw")) == 30


@given(st.binary(max_size=60))
def test_any_bytes_are_an_idx_file_or_refused(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("idx") / "file"
    path.write_bytes(data)
    try:
        array = read_idx(path)
    except NetworkError:
        return
    assert array.numel() <= len(data)


@pytest.mark.parametrize("damage", ["cut", "huge", "kind", "gzip", "count"])
def test_damaged_images_are_named(damage, tmp_path):
    write_mnist(tmp_path)
    path = tmp_path / "train-images-idx3-ubyte"
    good = path.read_bytes()
    if damage == "cut":
        path.write_bytes(good[:-5])
    elif damage == "huge":
        path.write_bytes(struct.pack(">3sB3I", b"\0\0\x08", 3, 2**32 - 1, 2**32 - 1, 2**32 - 1))
    elif damage == "kind":
        path.write_bytes(b"\0\0\x0d" + good[3:])
    elif damage == "gzip":
        path.unlink()
        path.with_name(path.name + ".gz").write_bytes(gzip.compress(good)[:-20])
    else:
        path.write_bytes(idx(np.zeros((3, 28, 28), np.uint8)))
    with pytest.raises(NetworkError, match=r"MNIST|train-images"):
        MNIST(tmp_path)


def cifar_rows(n=6):
    rows = rng.integers(0, 256, (n, 3073), dtype=np.uint8)
    rows[:, 0] %= 10
    return rows


def test_cifar_is_read_from_its_binary_version(tmp_path):
    folder, rows = tmp_path / "cifar-10-batches-bin", cifar_rows()
    folder.mkdir()
    for k in range(1, 6):
        (folder / f"data_batch_{k}.bin").write_bytes(rows.tobytes())
    (folder / "test_batch.bin").write_bytes(rows[:2].tobytes())
    data, test = CIFAR10(tmp_path), CIFAR10(tmp_path, train=False)
    assert (len(data), len(test)) == (30, 2)
    assert data[8][1] == rows[2, 0]
    assert torch.equal(data[8][0], torch.from_numpy(rows[2, 1:].reshape(3, 32, 32)))
    (folder / "test_batch.bin").write_bytes(rows.tobytes()[:-1])
    with pytest.raises(NetworkError, match=r"no rows of 1 \+ 3072"):
        CIFAR10(tmp_path, train=False)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_cifar_is_read_from_the_pickles_that_torchvision_unpacks(protocol, tmp_path):
    folder, rows = tmp_path / "cifar-10-batches-py", cifar_rows()
    folder.mkdir()
    batch = {b"data": rows[:, 1:].copy(), b"labels": rows[:, 0].tolist(), b"batch_label": b"x"}
    (folder / "test_batch").write_bytes(pickle.dumps(batch, protocol))
    data = CIFAR10(tmp_path, train=False)
    assert data.targets.tolist() == rows[:, 0].tolist()
    assert torch.equal(data.inputs.flatten(1), torch.from_numpy(rows[:, 1:]))


class Call:
    def __reduce__(self):
        return print, ("this ran",)


@pytest.mark.parametrize(
    "content", [Call(), {"data": Call()}, [1, 2], {"data": np.zeros((2, 5)), "labels": [0, 1]}]
)
def test_pickles_of_anything_else_are_refused_and_run_no_code(content, tmp_path, capsys):
    (tmp_path / "test_batch").write_bytes(pickle.dumps(content))
    with pytest.raises(NetworkError, match="no batch of CIFAR-10"):
        CIFAR10(tmp_path, train=False)
    assert capsys.readouterr().out == ""


@given(st.binary(max_size=80))
def test_any_bytes_are_a_batch_or_refused(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("cifar")
    (folder / "test_batch").write_bytes(data)
    with pytest.raises(NetworkError):
        CIFAR10(folder, train=False)


def test_events_of_nmnist_land_in_their_bins(tmp_path):
    write_nmnist(tmp_path / "NMNIST")
    data = NMNIST(tmp_path, steps=10)
    assert len(data) == 40
    for number in (0, 17, 39):
        frames, label = data[number]
        assert frames.shape == (10, 2, 34, 34)
        assert frames.sum() == 200
        assert frames.sum((0, 1, 3)).nonzero().flatten().tolist() == [3 * label]
    t, _, _, _ = data.events(data.files[5][0])
    assert (np.diff(t) >= 0).all()
    assert t.max() < 300_000
    path = data.files[0][0]
    path.write_bytes(path.read_bytes() + b"\1\2\3")
    with pytest.warns(UserWarning, match="the last 3 are left out"):
        assert data[0][0].sum() == 200


@given(
    st.lists(st.tuples(*[st.integers(-3, 40)] * 2, st.integers(0, 1), st.integers(0, 1000))),
    st.integers(1, 7),
    st.integers(1, 5),
)
def test_binning_counts_every_event_once_where_it_belongs(events, steps, shrink):
    table = np.array(events, np.int64).reshape(-1, 4)
    x, y, p, t = table.T
    frames = bin_events(t, x, y, p, (30, 36), steps, shrink=shrink).numpy()
    expected = np.zeros_like(frames)
    for a, b, c, d in events:
        if 0 <= a < 36 and 0 <= b < 30:
            step = (d - t.min()) * steps // (t.max() - t.min() + 1)
            expected[step, c, b // shrink, a // shrink] += 1
    np.testing.assert_array_equal(frames, expected)


def test_gestures_are_read_as_rows_or_records_and_without_pickles(tmp_path):
    folder = tmp_path / "DVSGesture" / "ibmGestureTrain" / "user01_led"
    folder.mkdir(parents=True)
    rows = np.array([[0, 1, 1, 10], [127, 127, 0, 400], [5, 6, 1, 999]])
    np.save(folder / "3.npy", rows.astype(np.float64))
    kinds = [("x", "<i2"), ("y", "<i2"), ("p", "?"), ("t", "<i8")]
    np.save(folder / "7.npy", np.array([tuple(row) for row in rows], kinds))
    data = DVSGesture(tmp_path, steps=2, shrink=4)
    (a, first), (b, second) = data[0], data[1]
    assert (first, second) == (3, 7)
    assert torch.equal(a, b)
    assert a[0, 0, 31, 31] == 1
    np.save(folder / "9.npy", np.array([{"x": 1}], dtype=object), allow_pickle=True)
    data = DVSGesture(tmp_path)
    with pytest.raises(NetworkError, match="no array of events"):
        data[2]
    np.save(folder / "9.npy", np.full((3, 4), np.nan))
    with pytest.raises(NetworkError, match="infinite or undefined"):
        data[2]
    (folder / "9.npy").rename(folder / "11.npy")
    with pytest.raises(NetworkError, match="the label 11 is none of the 11 classes"):
        DVSGesture(tmp_path)


@pytest.mark.parametrize("kind", [MNIST, CIFAR10, NMNIST, DVSGesture, SHD, SSC])
def test_a_root_that_is_no_folder_is_named(kind, tmp_path):
    for wrong in (None, 3):
        with pytest.raises(NetworkError, match="must be the path of a folder"):
            kind(wrong)
    with pytest.raises(NetworkError, match="right folder"):
        kind(tmp_path)


def test_damaged_spoken_digits_are_refused(tmp_path):
    def write(times, units, labels):
        with h5py.File(tmp_path / "shd_train.h5", "w") as file:
            for name, rows, kind in (("times", times, "f4"), ("units", units, "i4")):
                shape = (len(rows),)
                data = file.create_dataset(f"spikes/{name}", shape, h5py.vlen_dtype(np.dtype(kind)))
                for number, row in enumerate(rows):
                    data[number] = np.array(row, kind)
            file["labels"] = np.array(labels)

    write([[0.1, np.nan, np.inf, 0.2]], [[1, 2, 3, 4]], [3])
    assert SHD(tmp_path)[0][0].sum() == 2
    write([[0.1, 0.2], [0.3]], [[1], [2]], [3, 4])
    with pytest.raises(NetworkError, match="sample 0 has 2 times and 1 units"):
        SHD(tmp_path)
    write([[0.1]], [[1]], [20])
    with pytest.raises(NetworkError, match="the label 20 is none of the 20 classes"):
        SHD(tmp_path)


def test_labels_outside_the_classes_are_refused(tmp_path):
    pixels = np.array([2051, 1, 2, 2], ">i4").tobytes() + bytes(4)
    (tmp_path / "train-images-idx3-ubyte").write_bytes(pixels)
    labels = np.array([2049, 1], ">i4").tobytes() + b"\xff"
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(labels)
    with pytest.raises(NetworkError, match="the label 255 is none of the 10 classes"):
        MNIST(tmp_path)


def test_spoken_digits_are_binned_in_time_and_channel(tmp_path):
    write_cochlea(tmp_path / "shd_train.h5")
    data = SHD(tmp_path, steps=100)
    assert len(data) == 20
    x, label = data[4]
    assert x.shape == (100, 700)
    assert x.sum() == 50
    assert set(x.sum(0).nonzero().flatten().tolist()) <= set(range(30 * label, 30 * label + 30))
    with h5py.File(tmp_path / "shd_train.h5") as file:
        first = np.asarray(file["spikes/times"][4], np.float64)[0]
    assert int(x.sum(1).nonzero()[0]) == int(first / 1.4 * 100)
    (tmp_path / "ssc_train.h5").write_bytes(b"not a file")
    with pytest.raises(NetworkError, match="no spikes and labels"):
        SSC(tmp_path)
    with pytest.raises(NetworkError, match="right folder"):
        SHD(tmp_path, train=False)


@pytest.mark.parametrize("task", ["mnist", "nmnist", "shd"])
def test_tasks_learn_from_folders_on_disk(task, tmp_path):
    if task == "mnist":
        write_mnist(tmp_path)
    elif task == "nmnist":
        write_nmnist(tmp_path, 2)
    else:
        write_cochlea(tmp_path / "shd_train.h5", 40)
        write_cochlea(tmp_path / "shd_test.h5", 40)
    options = TrainOptions(
        data=tmp_path, epochs=6, batch_size=8, hidden=32, steps=10 if task != "shd" else 30, lr=0.01
    )
    assert train(task, options).best > {"mnist": 0.8, "nmnist": 0.5, "shd": 0.2}[task]

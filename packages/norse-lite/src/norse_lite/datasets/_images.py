"""Images in memory, and MNIST in IDX files.

Format: http://yann.lecun.com/exdb/mnist, big-endian magic 0x0000 08 nd, nd sizes, bytes.
"""

import gzip
import struct
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from norse_lite._errors import NetworkError
from norse_lite.datasets._base import Samples, check_classes, find

__all__ = ["MNIST", "Images", "read_idx"]


def read_idx(path: Path) -> Tensor:
    """Read an IDX file of bytes, plain or gzipped.

    Raises:
        NetworkError: The file is damaged or of another kind.
    """
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, ValueError) as error:
        raise NetworkError(f"{path}: cannot be unpacked ({error})") from error
    except Exception as error:  # zlib.error is not an OSError
        raise NetworkError(f"{path}: cannot be unpacked ({error})") from error
    if len(data) < 4 or data[:3] != b"\0\0\x08":
        raise NetworkError(f"{path}: no IDX file of bytes (starts with {data[:4].hex()})")
    axes = data[3]
    if len(data) < 4 + 4 * axes:
        raise NetworkError(f"{path}: ends in its header")
    shape = struct.unpack(f">{axes}I", data[4 : 4 + 4 * axes])
    body = np.frombuffer(data, np.uint8, offset=4 + 4 * axes)
    # In whole numbers, which do not overflow.
    expected = 1
    for size in shape:
        expected *= size
    if body.size != expected:
        raise NetworkError(f"{path}: {body.size} bytes of data for the shape {shape}")
    return torch.from_numpy(body.reshape(shape).copy())


class Images(Samples):
    """Images in memory, `(n, channels, h, w)` of 0 to 255, and classes.

    Attributes:
        inputs: uint8, `(n, channels, h, w)`.
        targets: int64, `(n,)`.
    """

    inputs: Tensor
    targets: Tensor

    def __len__(self) -> int:
        return len(self.inputs)

    def __getitem__(self, number: int) -> tuple[Tensor, int]:
        return self.inputs[number], int(self.targets[number])

    def read(self, numbers: Tensor) -> tuple[Tensor, Tensor]:
        """Return images and classes of several samples."""
        return self.inputs[numbers], self.targets[numbers]


class MNIST(Images):
    """MNIST, and its twins in the same format (Fashion-MNIST, KMNIST).

    Args:
        root: Folder with `train-images-idx3-ubyte` and its three companions, gzipped or not, or
            with `MNIST/raw` that holds them.
        train: The training images, else the test images.
    """

    def __init__(self, root: str | Path, *, train: bool = True) -> None:
        part = "train" if train else "t10k"

        def read(kind: str) -> Tensor:
            names = [f"{part}-{kind}-ubyte", f"{part}-{kind}-ubyte.gz"]
            folders = ("", "MNIST/raw/", "FashionMNIST/raw/", "KMNIST/raw/", "raw/")
            return read_idx(find("MNIST", root, [f + n for f in folders for n in names]))

        images, classes = read("images-idx3"), read("labels-idx1")
        if images.ndim != 3 or classes.ndim != 1 or len(images) != len(classes):
            raise NetworkError(
                f"MNIST: {tuple(images.shape)} images and {tuple(classes.shape)} classes in {root} "
                "do not belong together"
            )
        self.inputs, self.targets = images.unsqueeze(1), classes.long()
        check_classes(root, self.targets, 10)

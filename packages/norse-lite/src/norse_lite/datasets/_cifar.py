"""CIFAR-10, in its binary version or in the Python version that torchvision unpacks.

https://www.cs.toronto.edu/~kriz/cifar.html: rows of 1 class byte and 3072 pixel bytes; or pickled
dictionaries of `data`, uint8 `(n, 3072)`, and `labels`. Pickles can run code when they are read:
here they may build numpy arrays and nothing else.
"""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import torch

from norse_lite._errors import NetworkError
from norse_lite.datasets._base import find
from norse_lite.datasets._images import Images

__all__ = ["CIFAR10"]

_CLASSES, _PIXELS = 10, 3 * 32 * 32

# What a pickled array of numbers is made with, under its names in numpy 1 and 2.
_ALLOWED = {
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy.core.numeric", "_frombuffer"),
    ("numpy._core.numeric", "_frombuffer"),
    ("_codecs", "encode"),
}


class _Arrays(pickle.Unpickler):
    """Reads pickles of numbers, texts, lists, dictionaries and numpy arrays."""

    def find_class(self, module_name: str, global_name: str) -> Any:
        if (module_name, global_name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"it asks for {module_name}.{global_name}")
        return super().find_class(module_name, global_name)


class CIFAR10(Images):
    """CIFAR-10.

    Args:
        root: Folder with `cifar-10-batches-bin` (`data_batch_1.bin` ...) or `cifar-10-batches-py`
            (`data_batch_1` ...), or one of the two.
        train: The training images, else the test images.
    """

    def __init__(self, root: str | Path, *, train: bool = True) -> None:
        names = [f"data_batch_{k}" for k in range(1, 6)] if train else ["test_batch"]
        parts = []
        for name in names:
            places = [f"{name}.bin", f"cifar-10-batches-bin/{name}.bin"]
            places += [name, f"cifar-10-batches-py/{name}"]
            path = find("CIFAR-10", root, places)
            parts.append(_binary(path) if path.suffix == ".bin" else _pickled(path))
        pixels, classes = (np.concatenate(part) for part in zip(*parts, strict=True))
        self.targets = torch.from_numpy(classes.astype(np.int64))
        if not 0 <= int(self.targets.min()) <= int(self.targets.max()) < _CLASSES:
            raise NetworkError(f"CIFAR-10: there are classes outside 0 to 9 in {root}")
        self.inputs = torch.from_numpy(pixels).reshape(-1, 3, 32, 32)


def _binary(path: Path) -> tuple[np.ndarray, np.ndarray]:
    data = np.fromfile(path, np.uint8)
    if data.size == 0 or data.size % (1 + _PIXELS):
        raise NetworkError(f"{path}: {data.size} bytes are no rows of 1 + {_PIXELS}")
    rows = data.reshape(-1, 1 + _PIXELS)
    return rows[:, 1:], rows[:, 0]


def _pickled(path: Path) -> tuple[np.ndarray, np.ndarray]:
    try:
        with path.open("rb") as file:
            content = _Arrays(file, encoding="bytes").load()
        content = {k.decode() if isinstance(k, bytes) else k: v for k, v in content.items()}
        pixels, classes = np.asarray(content["data"]), np.asarray(content["labels"])
    except Exception as error:  # damaged pickles raise almost anything
        raise NetworkError(f"{path}: no batch of CIFAR-10 ({error})") from error
    fitting = pixels.dtype == np.uint8 and pixels.shape == (len(classes), _PIXELS)
    if not fitting or classes.ndim != 1 or not len(classes) or classes.dtype.kind not in "iu":
        raise NetworkError(
            f"{path}: {pixels.dtype} pixels {pixels.shape} and labels {classes.shape} are no batch "
            f"of CIFAR-10, which has uint8 (n, {_PIXELS}) and (n,)"
        )
    return pixels, classes

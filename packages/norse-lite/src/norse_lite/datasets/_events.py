"""Recordings of event cameras, binned into frames: N-MNIST and DVS-Gesture.

N-MNIST: Orchard et al. 2015, five bytes per event: x, y, then polarity (1 bit) and microseconds (23
bits), big-endian; one folder per class. DVS-Gesture: Amir et al. 2017, as Tonic unpacks it: one
`.npy` of (x, y, p, t) rows per gesture, named by its class.
"""

import warnings
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from norse_lite._errors import NetworkError
from norse_lite.datasets._base import Samples, check_classes, find

__all__ = ["NMNIST", "DVSGesture", "bin_events"]


def bin_events(
    t: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    p: np.ndarray,
    size: tuple[int, int],
    steps: int,
    *,
    shrink: int = 1,
    duration_us: int | None = None,
) -> Tensor:
    """Count events in equal spans of time.

    Args:
        t: Times in microseconds, `(n,)`.
        x: Columns, `(n,)`.
        y: Rows, `(n,)`.
        p: Polarities, 0 or 1, `(n,)`.
        size: Height and width of the sensor; events outside are left out.
        steps: Number of spans T.
        shrink: Pixels per side that are counted as one.
        duration_us: Time that the spans cover from the first event on; None is up to the last.

    Returns:
        Counts, `(T, 2, height / shrink, width / shrink)`, channel 0 OFF and 1 ON, float32.

    Example:
        >>> t, x, y, p = np.array([0, 5, 9]), np.array([1, 1, 0]), np.zeros(3, int), np.ones(3, int)
        >>> bin_events(t, x, y, p, (1, 2), 2)[:, 1, 0].tolist()
        [[0.0, 1.0], [1.0, 1.0]]
    """
    height, width = -(-size[0] // shrink), -(-size[1] // shrink)
    frames = np.zeros((steps, 2, height, width), np.float32)
    if len(t):
        t, x, y = (column.astype(np.int64) for column in (t, x, y))
        t = t - int(t.min())
        span = duration_us or int(t.max()) + 1
        inside = (t < span) & (x >= 0) & (x < size[1]) & (y >= 0) & (y < size[0])
        step = t[inside] * steps // span
        place = (p[inside] > 0).astype(np.int64), y[inside] // shrink, x[inside] // shrink
        np.add.at(frames, (step, *place), 1)
    return torch.from_numpy(frames)


class _Recordings(Samples):
    """Files of events with their classes.

    Attributes:
        size: Height and width of a frame.
        classes: Number of classes.
        files: Paths and classes.
    """

    sensor: tuple[int, int]
    classes: int

    def __init__(
        self, files: list[tuple[Path, int]], root: str | Path, steps: int, shrink: int
    ) -> None:
        if not files:
            raise NetworkError(f"{type(self).__name__}: no recordings under {root}")
        check_classes(root, torch.tensor([label for _, label in files]), self.classes)
        self.files, self.steps, self.shrink = files, steps, shrink
        self.size = -(-self.sensor[0] // shrink), -(-self.sensor[1] // shrink)

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, number: int) -> tuple[Tensor, int]:
        path, label = self.files[number]
        return bin_events(*self.events(path), self.sensor, self.steps, shrink=self.shrink), label

    @staticmethod
    def events(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return times, columns, rows and polarities of a file."""
        raise NetworkError(f"{path}: unknown format")


class NMNIST(_Recordings):
    """N-MNIST, 34x34 pixels, binned into frames `(T, 2, 34, 34)`.

    Args:
        root: Folder with `Train/0/00002.bin` ... and `Test`, or with `NMNIST` that holds them.
        train: The training recordings, else the test recordings.
        steps: Frames per recording.
        shrink: Pixels per side that are counted as one.
    """

    sensor = (34, 34)
    classes = 10

    def __init__(
        self, root: str | Path, *, train: bool = True, steps: int = 20, shrink: int = 1
    ) -> None:
        part = "Train" if train else "Test"
        folder = find("N-MNIST", root, [part, f"NMNIST/{part}", f"N-MNIST/{part}"])
        files = [
            (path, int(path.parent.name))
            for path in sorted(folder.glob("*/*.bin"))
            if path.parent.name.isdigit()
        ]
        super().__init__(files, root, steps, shrink)

    @staticmethod
    def events(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return times, columns, rows and polarities.

        Bytes of an event that is cut off at the end are left out, with a warning.
        """
        data = np.fromfile(path, np.uint8)
        if len(data) % 5:
            warnings.warn(
                f"{path}: {len(data)} bytes are not a whole number of events of 5; the last "
                f"{len(data) % 5} are left out",
                stacklevel=3,
            )
        rows = data[: len(data) // 5 * 5].reshape(-1, 5).astype(np.int64)
        times = ((rows[:, 2] & 127) << 16) | (rows[:, 3] << 8) | rows[:, 4]
        return times, rows[:, 0], rows[:, 1], rows[:, 2] >> 7


class DVSGesture(_Recordings):
    """DVS-Gesture, 128x128 pixels and 11 gestures, binned into frames `(T, 2, h, w)`.

    Args:
        root: Folder with `ibmGestureTrain/user.../0.npy` ... and `ibmGestureTest`, or with
            `DVSGesture` that holds them.
        train: The training recordings, else the test recordings.
        steps: Frames per recording.
        shrink: Pixels per side that are counted as one.
    """

    sensor = (128, 128)
    classes = 11

    def __init__(
        self, root: str | Path, *, train: bool = True, steps: int = 20, shrink: int = 1
    ) -> None:
        part = "ibmGestureTrain" if train else "ibmGestureTest"
        folder = find("DVS-Gesture", root, [part, f"DVSGesture/{part}"])
        files = [
            (path, int(path.stem)) for path in sorted(folder.glob("*/*.npy")) if path.stem.isdigit()
        ]
        super().__init__(files, root, steps, shrink)

    @staticmethod
    def events(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return times, columns, rows and polarities."""
        try:
            table = np.load(path, allow_pickle=False)
        except (ValueError, EOFError, OSError) as error:
            raise NetworkError(f"{path}: no array of events ({error})") from error
        if table.dtype.names is not None:
            missing = {"x", "y", "p", "t"} - set(table.dtype.names)
            if missing:
                raise NetworkError(f"{path}: the events have no {', '.join(sorted(missing))}")
            return table["t"], table["x"], table["y"], table["p"]
        if table.ndim != 2 or table.shape[1] != 4:
            raise NetworkError(f"{path}: expected rows of x, y, p, t, got the shape {table.shape}")
        if not np.isfinite(table).all():
            raise NetworkError(f"{path}: the events have infinite or undefined values")
        return table[:, 3], table[:, 0], table[:, 1], table[:, 2]

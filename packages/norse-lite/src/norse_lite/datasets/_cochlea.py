"""Spikes of a model of the inner ear: the Heidelberg data sets (Cramer et al. 2022).

HDF5 files with the variable-length rows `spikes/times` (seconds) and `spikes/units`, and `labels`.
"""

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from norse_lite._errors import NetworkError
from norse_lite.datasets._base import Samples, check_classes, find

__all__ = ["SHD", "SSC"]


class _Cochlea(Samples):
    """Spike trains of 700 channels, binned into `(T, channels)`.

    Args:
        root: Folder with the HDF5 files, or with a folder of the set's name that holds them.
        train: The training samples, else the test samples.
        steps: Time steps T over `duration`.

    Attributes:
        channels: Number of inputs.
        classes: Number of classes.
        duration: Time that the steps cover, in seconds; later spikes are left out.
    """

    name: ClassVar[str]
    channels: ClassVar[int] = 700
    classes: ClassVar[int]
    duration: ClassVar[float] = 1.4

    def __init__(self, root: str | Path, *, train: bool = True, steps: int = 100) -> None:
        try:
            import h5py
        except ImportError:
            raise NetworkError(f"{self.name} needs h5py: pip install 'norse-lite[tasks]'") from None
        file = f"{self.name.lower()}_{'train' if train else 'test'}.h5"
        path = find(self.name, root, [file, f"{self.name}/{file}", f"{self.name.lower()}/{file}"])
        self.steps = steps
        try:
            with h5py.File(path, "r") as source:
                self._times: list[Any] = list(source["spikes/times"])  # type: ignore[call-overload]
                self._units: list[Any] = list(source["spikes/units"])  # type: ignore[call-overload]
                self.targets = torch.from_numpy(np.asarray(source["labels"]).astype(np.int64))
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise NetworkError(f"{path}: no spikes and labels in HDF5 ({error})") from error
        if not len(self._times) == len(self._units) == len(self.targets) > 0:
            raise NetworkError(
                f"{path}: {len(self._times)} rows of times, {len(self._units)} of units, "
                f"{len(self.targets)} labels"
            )

        check_classes(path, self.targets, self.classes)
        ragged = [
            n
            for n, (times, units) in enumerate(zip(self._times, self._units, strict=True))
            if len(times) != len(units)
        ]
        if ragged:
            raise NetworkError(
                f"{path}: sample {ragged[0]} has {len(self._times[ragged[0]])} times and "
                f"{len(self._units[ragged[0]])} units"
            )

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, number: int) -> tuple[Tensor, int]:
        times = np.asarray(self._times[number], np.float64)
        units = np.asarray(self._units[number], np.int64)
        # An undefined time lies nowhere, as one outside of the duration does.
        times = np.nan_to_num(times, nan=-1.0, posinf=-1.0, neginf=-1.0)
        step = np.floor(times * (self.steps / self.duration)).astype(np.int64)
        inside = (step >= 0) & (step < self.steps) & (units >= 0) & (units < self.channels)
        counts = np.zeros((self.steps, self.channels), np.float32)
        np.add.at(counts, (step[inside], units[inside]), 1)
        return torch.from_numpy(counts), int(self.targets[number])


class SHD(_Cochlea):
    """Spiking Heidelberg Digits: 20 spoken digits, `shd_train.h5` and `shd_test.h5`."""

    name = "SHD"
    classes = 20


class SSC(_Cochlea):
    """Spiking Speech Commands: 35 words, `ssc_train.h5` and `ssc_test.h5`."""

    name = "SSC"
    classes = 35

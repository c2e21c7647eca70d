"""Arrays that stay in an HDF5 file until their numbers are needed."""

from __future__ import annotations

import os
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from nir_core.errors import NirFileError

if TYPE_CHECKING:
    from nir_core.files._limits import Limits

__all__ = ["LazyArray", "is_mapped"]


def is_mapped(array: Any) -> bool:
    """Whether the numbers of an array are still in a file."""
    if isinstance(array, LazyArray):
        return not array.loaded
    base = array
    while isinstance(base, np.ndarray):
        base = base.base
    # numpy keeps what a buffer came from; mmap is imported only where a file was mapped.
    holder = getattr(base, "obj", base)
    return type(holder).__name__ == "mmap"


class LazyArray:
    """Shape and type of a stored array, and its numbers when they are asked for.

    It stands in for a read-only numpy array: `np.asarray(lazy)` and indexing load it once.

    Args:
        file: path of the file.
        dataset: path of the array inside it.
        shape: shape of the array.
        dtype: number type.
        limits: what the file may ask for.
    """

    nir_lazy = True

    def __init__(
        self, file: str, dataset: str, shape: tuple[int, ...], dtype: np.dtype, limits: Limits
    ) -> None:
        self.file, self.dataset, self.shape, self.dtype = file, dataset, shape, dtype
        self.limits = limits
        self._stamp = self._state()
        self._values: np.ndarray | None = None

    def _state(self) -> tuple[int, int]:
        found = os.stat(self.file)
        return found.st_size, found.st_mtime_ns

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes that loading takes."""
        return self.size * self.dtype.itemsize

    @property
    def loaded(self) -> bool:
        """Whether the numbers are in memory."""
        return self._values is not None

    def _load(self) -> np.ndarray:
        if self._values is None:
            from nir_core.files._hdf5_read import read_dataset
            from nir_core.files._limits import Budget

            if self._state() != self._stamp:
                raise NirFileError(
                    f"{self.file}: the file changed since the graph was read from it; read it anew"
                )
            self._values = read_dataset(self.file, self.dataset, Budget(self.limits))
        return self._values

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        values = self._load()
        if dtype is not None and dtype != values.dtype:
            return values.astype(dtype)
        return values.copy() if copy else values

    def __getitem__(self, index: Any) -> Any:
        return self._load()[index]

    def __len__(self) -> int:
        return self.shape[0]

    def __repr__(self) -> str:
        return f"LazyArray({self.dtype}{self.shape}, {self.dataset!r} of {self.file!r})"

    def __deepcopy__(self, memo: object) -> LazyArray:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return (_from_values, (self._load(),))


def _from_values(values: np.ndarray) -> np.ndarray:
    values.flags.writeable = False
    return values

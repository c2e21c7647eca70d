"""Events as four arrays, inside the package: no checks, no copies."""

from dataclasses import dataclass

import numpy as np

__all__ = ["Columns"]


@dataclass(frozen=True)
class Columns:
    """Events in time order as four arrays of one length.

    Args:
        t: int64, microseconds of sensor time.
        x: uint16, column.
        y: uint16, row.
        p: uint8, 1 = ON.
    """

    t: np.ndarray
    x: np.ndarray
    y: np.ndarray
    p: np.ndarray

    def __len__(self) -> int:
        return len(self.t)

    def __getitem__(self, key: np.ndarray | slice) -> "Columns":
        return Columns(self.t[key], self.x[key], self.y[key], self.p[key])

"""Reference definitions of the kernels behind `neuro_kernels.Events`."""

import numpy as np


def is_sorted(t: np.ndarray) -> bool:
    """Whether no time is below the one before it."""
    return bool((t[1:] >= t[:-1]).all())


def records_to_columns(
    records: np.ndarray, fields: dict[str, str]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Copy the fields of records to columns t, x, y, p, bit by bit."""
    bits = {"t": np.int64, "x": np.uint16, "y": np.uint16, "p": np.uint8}
    t, x, y, p = (np.array(records[fields[n]]).view(bits[n]) for n in "txyp")
    return t, x, y, p


def columns_to_records(
    t: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    p: np.ndarray,
    fields: dict[str, str],
    records: np.ndarray,
) -> None:
    """Copy columns into the fields of records, bit by bit; leave what is between them."""
    for name, column in zip("txyp", (t, x, y, p), strict=True):
        records[fields[name]] = column.view(records.dtype[fields[name]])

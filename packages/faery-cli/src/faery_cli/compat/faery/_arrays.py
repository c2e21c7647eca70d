"""Events as structured arrays, and back."""

import numpy as np

from neuro_kernels import Events

__all__ = ["EVENTS_DTYPE", "as_array", "as_packet", "concatenated"]

EVENTS_DTYPE = np.dtype(
    [("t", "<u8"), ("x", "<u2"), ("y", "<u2"), (("p", "on"), "?")]  # pyright: ignore
)


def as_array(events: Events) -> np.ndarray:
    """Give events as a structured array of `EVENTS_DTYPE`."""
    array = np.empty(len(events), EVENTS_DTYPE)
    for name in "txy":
        array[name] = getattr(events, name)
    array["on"] = events.p.view(bool)
    return array


def as_packet(array: np.ndarray, size: tuple[int, int]) -> Events:
    """Give a structured array as events."""
    on = np.ascontiguousarray(array["on"]).view(np.uint8)
    return Events(array["t"].astype(np.int64), array["x"], array["y"], on, size=size)


def concatenated(arrays: list[np.ndarray]) -> np.ndarray:
    """Join arrays of events; none give an empty one."""
    # concatenate() would drop the second name of the field "on".
    out = np.empty(sum(map(len, arrays)), EVENTS_DTYPE)
    at = 0
    for array in arrays:
        out[at : at + len(array)] = array
        at += len(array)
    return out

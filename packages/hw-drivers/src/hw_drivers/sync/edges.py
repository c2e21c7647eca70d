"""Whether cameras share a time base: their trigger edges compared."""

from dataclasses import dataclass

import numpy as np

__all__ = ["CameraSync", "SyncReport", "compare_edges"]


@dataclass(frozen=True)
class CameraSync:
    """How the edges of one camera agree with those of the primary one.

    Args:
        uri: the camera.
        edges: edges that were compared.
        max_offset_us: largest difference of their times.
    """

    uri: str
    edges: int
    max_offset_us: int


@dataclass(frozen=True)
class SyncReport:
    """What the check of time bases found.

    Args:
        primary: URI of the camera that gives the time base.
        verified: whether edges of all cameras were compared, and agreed.
        cameras: one entry each, the primary camera included.
    """

    primary: str
    verified: bool
    cameras: tuple[CameraSync, ...]


def compare_edges(uri: str, primary: np.ndarray, own: np.ndarray) -> CameraSync:
    """Compare the edges of a camera with those of the primary one.

    Each edge is compared with the nearest one of the same direction, as either camera may have
    seen some before the other one was started.

    Args:
        uri: the camera.
        primary: (n, 2) int64, time in microseconds and level of each edge of the primary camera.
        own: (m, 2) int64, those of this camera.

    Example:
        >>> a = np.array([[0, 1], [500, 0], [1000, 1]])
        >>> compare_edges("evk4:2", a, a[1:] + [2, 0])
        CameraSync(uri='evk4:2', edges=2, max_offset_us=2)
    """
    offsets: list[int] = []
    for level in (0, 1):
        times = np.sort(primary[primary[:, 1] == level, 0])
        if not len(times):
            continue
        for t in own[own[:, 1] == level, 0]:
            # Outside what the primary camera saw there is nothing to compare with.
            reach = (times[-1] - times[0]) / max(len(times) - 1, 1) / 2
            if len(times) > 1 and not times[0] - reach <= t <= times[-1] + reach:
                continue
            offsets.append(int(np.abs(times - t).min()))
    return CameraSync(uri, len(offsets), max(offsets, default=0))

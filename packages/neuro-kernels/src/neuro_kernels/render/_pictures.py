"""Operations on index images."""

import numpy as np

from neuro_kernels import _kernels


def enlarge(index: np.ndarray, factor: int) -> np.ndarray:
    """Repeat every pixel `factor` times in both directions (nearest neighbour).

    Args:
        index: uint8 (height, width), C-contiguous.
        factor: 1 to 256.

    Returns:
        uint8 (height * factor, width * factor).

    Example:
        >>> enlarge(np.array([[1, 2]], np.uint8), 2)
        array([[1, 1, 2, 2],
               [1, 1, 2, 2]], dtype=uint8)
    """
    return _kernels.enlarge(index, factor)


# ITU-R BT.709: weights of red and blue in luma. Limited range: Y from 16 to 235, U and V from 16 to
# 240, which players assume of video.
_RED, _BLUE = 0.2126, 0.0722


def yuv_table(palette: np.ndarray) -> np.ndarray:
    """Give the video colours of a palette (ITU-R BT.709, limited range).

    Args:
        palette: uint8 (n, 3) sRGB, n at most 256.

    Returns:
        uint8 (256, 3): Y, U, V; unused entries are those of black.

    Example:
        >>> yuv_table(np.array([[0, 0, 0], [255, 255, 255]], np.uint8))[:2]
        array([[ 16, 128, 128],
               [235, 128, 128]], dtype=uint8)
    """
    rgb = np.zeros((256, 3))
    rgb[: len(palette)] = check_palette(palette) / 255
    luma = _RED * rgb[:, 0] + (1 - _RED - _BLUE) * rgb[:, 1] + _BLUE * rgb[:, 2]
    u = (rgb[:, 2] - luma) / (2 * (1 - _BLUE))
    v = (rgb[:, 0] - luma) / (2 * (1 - _RED))
    table = np.stack([16 + 219 * luma, 128 + 224 * u, 128 + 224 * v], axis=1)
    return np.floor(table + 0.5).astype(np.uint8)


def yuv420(
    index: np.ndarray, table: np.ndarray, y: np.ndarray, u: np.ndarray, v: np.ndarray
) -> None:
    """Convert an index image to the planes of 4:2:0 video.

    Args:
        index: uint8 (height, width), both even, C-contiguous.
        table: from `yuv_table`.
        y: uint8 with at least (height, width), written to; rows may be longer.
        u: uint8 with at least (height / 2, width / 2): means of four pixels.
        v: the same.

    Example:
        >>> planes = [np.zeros((2, 2), np.uint8) for _ in range(3)]
        >>> white = np.ones((2, 2), np.uint8)
        >>> yuv420(white, yuv_table(np.array([[0] * 3, [255] * 3], np.uint8)), *planes)
        >>> planes[0].tolist(), int(planes[1][0, 0])
        ([[235, 235], [235, 235]], 128)
    """
    _kernels.yuv420(index, table, y, u, v)


def check_palette(palette: np.ndarray, limit: int = 256) -> np.ndarray:
    """Return `palette` as contiguous uint8 (n, 3) with 1 <= n <= limit, or raise ValueError."""
    palette = np.ascontiguousarray(palette)
    if palette.ndim != 2 or palette.shape[1] != 3 or palette.dtype != np.uint8:
        raise ValueError(f"palette: expected uint8 (n, 3), got {palette.dtype} {palette.shape}")
    if not 1 <= len(palette) <= limit:
        raise ValueError(f"palette: expected 1 to {limit} colours, got {len(palette)}")
    return palette


def check_index(index: np.ndarray, size: tuple[int, int], colours: int) -> np.ndarray:
    """Return `index` as contiguous uint8 of that size within the palette, or raise ValueError."""
    index = np.ascontiguousarray(index)
    if index.dtype != np.uint8 or index.shape != (size[1], size[0]):
        raise ValueError(
            f"index image: expected uint8 {(size[1], size[0])}, got {index.dtype} {index.shape}"
        )
    if index.size and int(index.max()) >= colours:
        raise ValueError(
            f"index image: expected indices below {colours}, the palette's length, "
            f"got {int(index.max())}"
        )
    return index

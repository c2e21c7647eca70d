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

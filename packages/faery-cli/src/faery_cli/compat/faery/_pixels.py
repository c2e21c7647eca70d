"""Pictures as arrays of red, green, blue and opacity: files, enlarging, text, overlays."""

import os
import pathlib
from typing import Any

import numpy as np

from faery_cli.compat.faery.color import Color, color_to_floats
from faery_cli.pictures.write import png_rgb

__all__ = ["blend", "draw_text", "resized", "scaled_size", "to_bytes", "write_png"]

# zlib's effort by the name of the compression level: the fastest one that compresses at all.
_LEVELS = {"fast": 1, "default": 6, "best": 9}


def to_bytes(values: np.ndarray) -> np.ndarray:
    """Round 0 to 1 to uint8."""
    return np.floor(np.clip(values, 0, 1) * 255 + 0.5).astype(np.uint8)


def write_png(path: pathlib.Path | str, pixels: np.ndarray, level: str = "fast") -> None:
    """Write a PNG, which appears when it is complete.

    Args:
        path: the file; its folder is made if need be.
        pixels: uint8 (height, width, 4).
        level: "fast", "default" or "best".
    """
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    opaque = bool((pixels[..., 3] == 255).all())
    data = png_rgb(pixels[..., :3] if opaque else pixels, _LEVELS[level])
    part = path.with_name(path.name + f".{os.getpid()}.part")
    try:
        part.write_bytes(data)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def scaled_size(size: tuple[int, int], wish: Any) -> tuple[int, int]:
    """Give the size of an enlarged picture.

    Args:
        size: (width, height).
        wish: a factor, or the (width, height) to reach, by the smallest whole factor that does.
    """
    width, height = size
    if isinstance(wish, tuple | list):
        factor = max(1, -(-int(wish[0]) // width), -(-int(wish[1]) // height))
    else:
        factor = float(wish)
        if not factor > 0:
            raise ValueError(f"scale: expected a factor above zero, got {wish}")
    return max(1, round(width * factor)), max(1, round(height * factor))


def _cubic(x: np.ndarray) -> np.ndarray:
    # Catmull-Rom spline: cubic convolution with a = -1/2 (R. Keys, IEEE TASSP 29, 1981).
    near, far = x < 1, (x >= 1) & (x < 2)
    return near * (1.5 * x**3 - 2.5 * x**2 + 1) + far * (-0.5 * x**3 + 2.5 * x**2 - 4 * x + 2)


def _lanczos(x: np.ndarray) -> np.ndarray:
    return np.where(x < 3, np.sinc(x) * np.sinc(x / 3), 0)


# Name -> (half width in source pixels, weight by distance).
_KERNELS: dict[str, tuple[float, Any]] = {
    "triangle": (1.0, lambda x: np.maximum(0, 1 - x)),
    "catmull_rom": (2.0, _cubic),
    "gaussian": (3.0, lambda x: np.exp(-2 * x**2)),
    "lanczos3": (3.0, _lanczos),
}


def _weights(old: int, new: int, name: str) -> np.ndarray:
    half, kernel = _KERNELS[name]
    ratio = max(1.0, old / new)  # a smaller picture averages over more source pixels
    centers = (np.arange(new) + 0.5) * old / new - 0.5
    distance = np.abs(np.arange(old)[None, :] - centers[:, None]) / ratio
    weights = np.where(distance < half, kernel(distance), 0.0)
    return weights / weights.sum(1, keepdims=True)


def resized(pixels: np.ndarray, size: tuple[int, int], filter: str = "nearest") -> np.ndarray:
    """Give a picture in another size.

    Args:
        pixels: (height, width, channels), uint8 or floats.
        size: (width, height) of the result.
        filter: "nearest", "triangle", "catmull_rom", "gaussian" or "lanczos3".
    """
    height, width = pixels.shape[:2]
    if (width, height) == tuple(size):
        return pixels
    if filter == "nearest":
        rows = np.arange(size[1]) * height // size[1]
        columns = np.arange(size[0]) * width // size[0]
        return np.ascontiguousarray(pixels[rows[:, None], columns[None, :]])
    down, across = _weights(height, size[1], filter), _weights(width, size[0], filter)
    out = np.einsum("ab,bcd->acd", down, pixels.astype(np.float64))
    out = np.einsum("ab,cbd->cad", across, out)
    if pixels.dtype == np.uint8:
        return np.floor(np.clip(out, 0, 255) + 0.5).astype(np.uint8)
    return out


def blend(pixels: np.ndarray, overlay: np.ndarray, x: int, y: int) -> None:
    """Lay a picture over another, in place; what lies outside is left out.

    Args:
        pixels: uint8 (height, width, 4).
        overlay: uint8 (rows, columns, 3 or 4).
        x: column of its left edge.
        y: row of its upper edge.
    """
    height, width = pixels.shape[:2]
    top, left = max(0, -y), max(0, -x)
    part = overlay[top : max(top, height - y), left : max(left, width - x)]
    if not part.size:
        return
    target = pixels[y + top : y + top + part.shape[0], x + left : x + left + part.shape[1]]
    opacity = part[..., 3:].astype(np.float64) / 255 if part.shape[2] == 4 else 1.0
    target[..., :3] = part[..., :3] * opacity + target[..., :3] * (1 - opacity) + 0.5
    target[..., 3:] = np.maximum(target[..., 3:], np.floor(255 * np.asarray(opacity) + 0.5))


def draw_text(pixels: np.ndarray, text: str, x: int, y: int, size: int, color: Color) -> None:
    """Write one line of text, in place.

    Args:
        pixels: uint8 (height, width, 4).
        text: what is written.
        x: column of its left edge.
        y: row of its upper edge.
        size: height in pixels, rounded to whole multiples of the font's 9 rows.
        color: of the letters.
    """
    from faery_cli.pictures import font

    scale = max(1, round(size / font.ROWS))
    width, height = font.text_size(text, scale)
    mask = np.zeros((height, max(width, 1)), np.uint8)
    font.draw_text(mask, text, 0, 0, scale=scale, color=1)
    red, green, blue, opacity = color_to_floats(color)
    letters = np.zeros((*mask.shape, 4), np.uint8)
    letters[..., :3] = to_bytes(np.array([red, green, blue]))
    letters[..., 3] = mask * to_bytes(np.array(opacity))
    blend(pixels, letters, x, y)

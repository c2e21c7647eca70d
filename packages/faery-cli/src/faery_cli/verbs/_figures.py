"""Writing diagrams and pictures to files."""

from typing import Any

from faery_cli.errors import UsageError
from faery_cli.pictures.chart import LIGHT, NIGHT
from faery_cli.suggest import unknown

__all__ = ["ENDINGS", "THEMES", "ending", "figure_bytes", "picture_bytes"]

ENDINGS = (".svg", ".png")
THEMES = {"light": LIGHT, "night": NIGHT}


def ending(path: str, known: tuple[str, ...], format: str | None = None) -> str:
    """Give a file name's ending without the dot, or the format that was asked for instead.

    Raises:
        UsageError: it is none of `known`.
    """
    from faery_cli.outputs._find import ending_of

    if format is not None:
        names = [name[1:] for name in known]
        if format.lower() not in names:
            raise UsageError(unknown("format", format, names))
        return format.lower()
    found = ending_of(path)
    if found not in known and path == "-":
        raise UsageError(f"-: say --format, one of {', '.join(name[1:] for name in known)}")
    if found not in known:
        raise UsageError(f"{path}: expected a name that ends in {', '.join(known)}")
    return found[1:]


def picture_bytes(pixels: Any) -> bytes:
    """Give uint8 (height, width, 3) as a PNG, with a palette where 256 colours suffice."""
    import numpy as np

    from faery_cli.pictures.write import png_rgb
    from neuro_kernels.render import png

    packed = pixels.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
    colors, index = np.unique(packed, return_inverse=True)
    if len(colors) > 256:
        return png_rgb(pixels)
    table = np.stack([colors >> 16 & 255, colors >> 8 & 255, colors & 255], axis=1)
    return png(index.reshape(packed.shape).astype(np.uint8), table.astype(np.uint8))


def figure_bytes(drawing: Any, kind: str) -> bytes:
    """Give a drawing as "svg" or "png"."""
    return drawing.svg().encode() if kind == "svg" else picture_bytes(drawing.pixels())

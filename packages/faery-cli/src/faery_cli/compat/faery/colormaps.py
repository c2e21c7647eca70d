"""The colour maps, each under its name: `colormaps.batlow`."""

from faery_cli.compat.faery.color import Colormap, load
from faery_cli.pictures.colormaps import colormap_names

__all__ = ["colormaps_list", "name_to_colormaps"]


def __getattr__(name: str) -> Colormap:
    if name not in colormap_names():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = load(name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *colormap_names()})


def colormaps_list() -> list[Colormap]:
    """Give all colour maps."""
    return [load(name) for name in colormap_names()]


def name_to_colormaps() -> dict[str, Colormap]:
    """Give all colour maps by name."""
    return {name: load(name) for name in colormap_names()}

"""`fae colormaps`: all colour maps in one picture, also as colour-blind eyes see them."""

from typing import Any

from faery_cli.context import Context
from faery_cli.outputs._files import check_target, complete_file
from faery_cli.pictures.colormaps import colormap, colormap_names, simulate
from faery_cli.registry import Parameter
from faery_cli.units import TEXT
from faery_cli.verbs._registry import Line, Verb

BLINDNESS = ("protanopia", "deuteranopia", "tritanopia")
ROW, LEFT, GAP, STRIP = 26, 110, 10, 256


def sheet(names: tuple[str, ...]) -> Any:
    """Draw one row for each map: as it is, and as three kinds of colour-blind eyes see it.

    Args:
        names: of colour maps or styles.

    Returns:
        uint8 (height, width, 3).
    """
    import numpy as np

    from faery_cli.pictures.drawing import Drawing
    from faery_cli.pictures.styles import STYLES, make_palette, to_bytes

    columns = ("normal", *BLINDNESS)
    width = LEFT + len(columns) * (STRIP + GAP)
    drawing = Drawing(width, ROW * (len(names) + 1), "#ffffff")
    for k, title in enumerate(columns):
        drawing.text(LEFT + k * (STRIP + GAP), ROW / 2, title, "#1a1a1a")
    for k, name in enumerate(names, 1):
        drawing.text(6, ROW * k + ROW / 2, name, "#1a1a1a")
    picture = drawing.pixels()
    for k, name in enumerate(names, 1):
        if name in STYLES:
            palette = make_palette(STYLES[name], 60)
            levels, shade = palette.shading.levels, palette.shading
            on = palette.colors[shade.on : shade.on + levels]
            off = palette.colors[shade.off : shade.off + levels][::-1]
            rgb = np.concatenate([off, palette.colors[:1], on]) / 255
        else:
            rgb = colormap(name).rgb
        strip = rgb[np.arange(STRIP) * len(rgb) // STRIP]
        for column, blindness in enumerate(columns):
            seen = strip if blindness == "normal" else simulate(strip, blindness)
            x = LEFT + column * (STRIP + GAP)
            picture[ROW * k + 3 : ROW * (k + 1) - 3, x : x + STRIP] = to_bytes(seen)
    return picture


def run(context: Context, line: Line) -> int:
    from faery_cli.pictures.styles import style_names

    names = (*style_names(), *colormap_names())
    path = line["output"]
    if path is None:
        for name in colormap_names():
            kind = colormap(name).kind
            if context.json:
                context.data({"name": name, "kind": kind})
            else:
                print(f"{name:14} {kind}")
        return 0
    from faery_cli.verbs._figures import ending, picture_bytes

    ending(path, (".png",))
    check_target(path, overwrite=context.may_overwrite)
    if context.dry_run or context.json:
        context.data({"path": path, "maps": list(names)})
    if context.dry_run:
        return 0
    data = picture_bytes(sheet(names))
    with complete_file(path, overwrite=context.may_overwrite) as file:
        file.write(data)
    context.say(f"{path}: {len(names)} styles and colour maps")
    return 0


VERB = Verb(
    "colormaps",
    "List the colour maps, or draw all of them, also as colour-blind eyes see them.",
    run,
    (Parameter("output", TEXT, "a .png file", None),),
    details="An expression may stand wherever a colour map does: batlow_r (backward), roma_o*3 "
    "(repeated), vik@0.25 (shifted), '#000000,#ff8000,#ffffff' (own colours), "
    "'diverging:#0000ff,#000000,#ff8000'.",
    examples=("fae colormaps maps.png", "fae colormaps --json"),
)

"""The directive `house`: our packages as boxes, and who asks for whom, from their own metadata.

A package stands above all that it needs. Full arrows are needed, dashed ones belong to extras; an
arrow that follows from others is left out.
"""

from collections.abc import Mapping
from typing import Any

from devtools.packages import load_packages, split_requirement
from docutils import nodes
from docutils.parsers.rst import Directive

_WIDTH, _HEIGHT, _GAP, _RISE = 150, 44, 50, 96
# From left to right, where packages stand side by side.
ORDER = ("nir-core", "norse-lite", "neuro-kernels", "faery-cli", "aestream-io", "hw-drivers")


def arrows() -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Who needs whom, and who can use whom, as pairs."""
    packages = load_packages()

    def asked(texts: tuple[str, ...]) -> set[str]:
        return {name for text in texts if (name := split_requirement(text)[0]) in packages}

    needs = {(name, other) for name, one in packages.items() for other in asked(one.requires)}
    can = {
        (name, other)
        for name, one in packages.items()
        for texts in one.extras.values()
        for other in asked(texts)
    }
    return needs, can - needs


def floors(needs: set[tuple[str, str]]) -> dict[str, int]:
    """How many packages stand below each, at most."""
    level = dict.fromkeys(load_packages(), 0)
    for _ in level:
        for upper, lower in needs:
            level[upper] = max(level[upper], level[lower] + 1)
    return level


def _places(level: Mapping[str, int]) -> dict[str, tuple[float, float]]:
    rows: dict[int, list[str]] = {}
    for name in sorted(level, key=ORDER.index):
        rows.setdefault(level[name], []).append(name)
    columns = max(len(row) for row in rows.values())
    places = {}
    for floor, row in rows.items():
        step = columns / len(row)
        for number, name in enumerate(row):
            x = (step * (number + 0.5) - 0.5) * (_WIDTH + _GAP)
            places[name] = x, (max(rows) - floor) * _RISE
    return places


def drawing() -> str:
    """The picture as an SVG element in the colours of the text around it."""
    needs, can = arrows()
    direct = {
        (a, b) for a, b in needs if not any((a, c) in needs and (c, b) in needs for _, c in needs)
    }
    places = _places(floors(needs))
    right = max(x for x, _ in places.values()) + _WIDTH
    bottom = max(y for _, y in places.values()) + _HEIGHT
    out = [
        (
            f'<svg class="house" viewBox="-4 -4 {right + 8:g} {bottom + 8:g}" role="img" '
            'fill="none" stroke="currentColor" font-size="15"><defs><marker id="tip" '
            'viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
            'orient="auto"><path d="M0 0 8 4 0 8" stroke-width="1.2"/></marker></defs>'
        )
    ]
    for pair in sorted(direct | can):
        (x1, y1), (x2, y2) = (places[name] for name in pair)
        dash = "" if pair in direct else ' stroke-dasharray="5 4"'
        if y1 == y2:
            side = _WIDTH if x2 > x1 else 0
            ends = (x1 + side, y1 + _HEIGHT / 2, x2 + _WIDTH - side, y2 + _HEIGHT / 2)
        else:
            down = _HEIGHT if y2 > y1 else 0
            ends = (x1 + _WIDTH / 2, y1 + down, x2 + _WIDTH / 2, y2 + _HEIGHT - down)
        a, b, c, d = ends
        out.append(f'<path d="M{a:g} {b:g} {c:g} {d:g}"{dash} marker-end="url(#tip)"/>')
    for name, (x, y) in places.items():
        out.append(
            f'<rect x="{x:g}" y="{y:g}" width="{_WIDTH}" height="{_HEIGHT}" rx="6" '
            f'fill="currentColor" fill-opacity="0.08"/><text x="{x + _WIDTH / 2:g}" '
            f'y="{y + _HEIGHT / 2 + 5:g}" text-anchor="middle" fill="currentColor" '
            f'stroke="none">{name}</text>'
        )
    out.append("<title>Which package asks for which</title></svg>")
    return "".join(out)


class House(Directive):
    """Draws the packages."""

    def run(self) -> list[nodes.Node]:
        """Give the drawing's node."""
        return [nodes.raw("", f'<div class="house">{drawing()}</div>', format="html")]


def setup(app: Any) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_directive("house", House)
    return {"parallel_read_safe": True}

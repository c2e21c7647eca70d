"""One HTML page that needs nothing else, built section by section."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

__all__ = ["Markup", "Page", "Verdict", "embed_picture"]

_STYLE = """
:root { color-scheme: light dark; --ink: #1b2430; --soft: #5a6675; --line: #d9dee5;
  --panel: #f5f7fa; --page: #fff; --good: #00714f; --bad: #b34700; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --soft: #9aa7b6; --line: #323b47;
  --panel: #1c232c; --page: #12171d; --good: #4cc79b; --bad: #ff9857; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .3rem; }
h2 { font-size: 1.25rem; margin: 2.6rem 0 .4rem; }
p { margin: .4rem 0 .9rem; max-width: 46rem; }
.lead, figcaption { color: var(--soft); }
.numbers { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr));
  gap: .75rem; margin: 1.4rem 0; }
.number { background: var(--panel); border: 1px solid var(--line); border-radius: .5rem;
  padding: .7rem .9rem; }
.number b { display: block; font-size: 1.45rem; font-variant-numeric: tabular-nums; }
.number span { color: var(--soft); font-size: .85rem; }
.pair { display: grid; gap: 1.25rem; align-items: start;
  grid-template-columns: repeat(auto-fit, minmax(min(19rem, 100%), 1fr)); }
figure { margin: 1rem 0; background: var(--panel); border: 1px solid var(--line);
  border-radius: .5rem; padding: .8rem; overflow-x: auto; }
figure img { display: block; width: 100%; max-width: 34rem; image-rendering: pixelated;
  border-radius: .3rem; margin: 0 auto; }
figure svg { display: block; width: 100%; height: auto; }
figure svg text { font: 12px system-ui, sans-serif; }
figure svg text:not([fill]) { fill: currentColor; }
figure .wide { min-width: 54rem; background: #fff; color: #1b2430; border-radius: .3rem;
  padding: .6rem; }
figcaption { font-size: .88rem; margin-top: .5rem; }
svg .grid { stroke: var(--line); } svg .panel { fill: var(--page); stroke: var(--line); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .4rem 1rem .4rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; }
th { font-size: .85rem; color: var(--soft); font-weight: 600; }
td.n, th.n { text-align: right; }
.good { color: var(--good); } .bad { color: var(--bad); }
.gallery { display: grid; gap: .75rem;
  grid-template-columns: repeat(auto-fill, minmax(6.5rem, 1fr)); }
.gallery figure { margin: 0; padding: .5rem; } .gallery figcaption { text-align: center; }
.confusion { width: auto; } .confusion caption { caption-side: bottom;
  text-align: left; color: var(--soft); font-size: .88rem; padding-top: .5rem; }
.confusion th, .confusion td { text-align: center; padding: .3rem .55rem; border: 0;
  min-width: 2.1rem; white-space: nowrap; }
.confusion tbody th { text-align: right; }
.confusion td.hit { background:
  color-mix(in srgb, var(--good) calc(var(--share) * 55%), transparent); }
.confusion td.miss { background:
  color-mix(in srgb, var(--bad) calc(var(--share) * 75%), transparent); }
.bar { display: inline-block; width: 4rem; height: .55rem; background: var(--line);
  border-radius: .3rem; overflow: hidden; vertical-align: .05rem; }
.bar i { display: block; height: 100%; background: var(--good); }
td { white-space: nowrap; }
td.text { white-space: normal; overflow-wrap: anywhere; min-width: 15rem; }
@media (prefers-color-scheme: dark) { figure > svg, .gallery img { filter: brightness(1.4); } }
details { margin: .5rem 0; } summary { cursor: pointer; color: var(--soft); }
@media (max-width: 34rem) { main { padding: 1.25rem .9rem 3rem; }
  th, td { padding-right: .7rem; } table { font-size: .9rem; }
  .numbers { grid-template-columns: repeat(2, 1fr); } }
code { font: .9em ui-monospace, SFMono-Regular, Menlo, monospace; }
"""


@dataclass
class Page:
    """Sections in the order in which they were added."""

    title: str
    lead: str
    _parts: list[str] = field(default_factory=list)

    def numbers(self, figures: dict[str, str]) -> None:
        """Add a row of headline figures, each a text -> value."""
        cells = "".join(
            f'<div class="number"><b>{escape(value)}</b><span>{escape(name)}</span></div>'
            for name, value in figures.items()
        )
        self._parts.append(f'<div class="numbers">{cells}</div>')

    def section(self, title: str, text: str) -> None:
        """Begin a section with a paragraph of plain text."""
        self._parts.append(f"<h2>{escape(title)}</h2><p>{escape(text)}</p>")

    def wide_figure(self, picture: str, caption: str) -> None:
        """Add a picture that is scrolled where the page is narrower than it."""
        self.figures((f'<div class="wide">{picture}</div>', caption))

    def figures(self, *pictures: tuple[str, str]) -> None:
        """Add pictures side by side, each an `<svg>` or `<img>` element and its caption."""
        cells = "".join(
            f"<figure>{picture}<figcaption>{escape(caption)}</figcaption></figure>"
            for picture, caption in pictures
        )
        self._parts.append(f'<div class="pair">{cells}</div>' if len(pictures) > 1 else cells)

    def table(self, header: list[str], rows: list[list[object]]) -> None:
        """Add a table; numbers are set right, `Verdict` values coloured."""

        def cell(value: object) -> str:
            if isinstance(value, Markup):
                return f"<td>{value.text}</td>"
            if isinstance(value, Verdict):
                return f'<td class="{"good" if value.good else "bad"}">{escape(value.text)}</td>'
            if isinstance(value, int | float):
                return f'<td class="n">{value:,}</td>'
            kind = ' class="text"' if len(str(value)) > 24 else ""
            return f"<td{kind}>{escape(str(value))}</td>"

        numeric = [
            bool(rows) and all(isinstance(row[k], int | float) for row in rows)
            for k in range(len(header))
        ]
        head = "".join(
            f'<th class="n">{escape(h)}</th>' if right else f"<th>{escape(h)}</th>"
            for h, right in zip(header, numeric, strict=True)
        )
        body = "".join("<tr>" + "".join(cell(v) for v in row) + "</tr>" for row in rows)
        self._parts.append(
            f'<div class="scroll"><table><thead><tr>{head}</tr></thead>'
            f"<tbody>{body}</tbody></table></div>"
        )

    def note(self, text: str) -> None:
        """Add a paragraph of plain text."""
        self._parts.append(f"<p>{escape(text)}</p>")

    def verdict(self, value: Verdict) -> None:
        """Add a sentence that says whether something went well."""
        kind = "good" if value.good else "bad"
        self._parts.append(f'<p class="{kind}"><strong>{escape(value.text)}</strong></p>')

    def details(self, title: str, header: list[str], rows: list[list[object]]) -> None:
        """Add a table that a reader has to open."""
        self._parts.append(f"<details><summary>{escape(title)}</summary>")
        self.table(header, rows)
        self._parts.append("</details>")

    def raw(self, text: str) -> None:
        """Add HTML as it is."""
        self._parts.append(text)

    def html(self) -> str:
        """Give the page."""
        return (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{escape(self.title)}</title><style>{_STYLE}</style></head><body><main>"
            f'<h1>{escape(self.title)}</h1><p class="lead">{escape(self.lead)}</p>'
            + "".join(self._parts)
            + "</main></body></html>\n"
        )


@dataclass(frozen=True)
class Verdict:
    """A table cell that says whether something went well."""

    good: bool
    text: str


@dataclass(frozen=True)
class Markup:
    """A table cell that is HTML already."""

    text: str


def embed_picture(path: Path, *, alt: str) -> str:
    """Return an `<img>` element that holds a GIF or PNG file's bytes."""
    data = base64.b64encode(path.read_bytes()).decode()
    kind = path.suffix.removeprefix(".").lower()
    return f'<img src="data:image/{kind};base64,{data}" alt="{escape(alt)}">'

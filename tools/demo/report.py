"""The demo's report: one HTML file that needs nothing else."""

from __future__ import annotations

import base64
import os
import tempfile
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

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
code { font: .9em ui-monospace, SFMono-Regular, Menlo, monospace; }
"""


@dataclass
class Report:
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
            if isinstance(value, Verdict):
                return f'<td class="{"good" if value.good else "bad"}">{escape(value.text)}</td>'
            if isinstance(value, int | float):
                return f'<td class="n">{value:,}</td>'
            return f"<td>{escape(str(value))}</td>"

        numeric = [bool(rows) and isinstance(rows[0][k], int | float) for k in range(len(header))]
        head = "".join(
            f'<th class="n">{escape(h)}</th>' if right else f"<th>{escape(h)}</th>"
            for h, right in zip(header, numeric, strict=True)
        )
        body = "".join("<tr>" + "".join(cell(v) for v in row) + "</tr>" for row in rows)
        self._parts.append(
            f'<div class="scroll"><table><thead><tr>{head}</tr></thead>'
            f"<tbody>{body}</tbody></table></div>"
        )

    def write(self, path: Path) -> None:
        """Write the page; a reader never sees half of it."""
        page = (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{escape(self.title)}</title><style>{_STYLE}</style></head><body><main>"
            f'<h1>{escape(self.title)}</h1><p class="lead">{escape(self.lead)}</p>'
            + "".join(self._parts)
            + "</main></body></html>\n"
        )
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".html")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(page)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)


@dataclass(frozen=True)
class Verdict:
    """A table cell that says whether something went well."""

    good: bool
    text: str


def embed_picture(path: Path, *, alt: str) -> str:
    """Return an `<img>` element that holds a GIF or PNG file's bytes."""
    data = base64.b64encode(path.read_bytes()).decode()
    kind = path.suffix.removeprefix(".").lower()
    return f'<img src="data:image/{kind};base64,{data}" alt="{escape(alt)}">'

"""The published results as one HTML page, with a script for every failure; needs no package."""

import html
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from conformance.reproduce import export_reproducer, reproducer

_VERDICTS = ("pass", "wrong", "refuses", "crashes", "accepted")
_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { margin: 2rem auto; max-width: 70rem; padding: 0 1rem }
table { border-collapse: collapse; display: block; overflow-x: auto }
td, th { padding: .25rem .6rem; border-bottom: 1px solid #8884; text-align: right }
td:first-child, th:first-child { text-align: left }
.wrong { color: #d33 } .crashes { color: #c60 } .refuses { color: #888 }
pre { overflow-x: auto; padding: .6rem; border: 1px solid #8884 }
summary { cursor: pointer; overflow-wrap: anywhere }
"""


def page(results: Path) -> str:
    """Make the page.

    Args:
        results: the published results.json.

    Returns:
        HTML that needs no other file.
    """
    data = json.loads(results.read_text("utf-8"))
    cases = {one["name"]: one for one in data["cases"]}
    head = ["framework", "version", "score", *_VERDICTS, "as the equations", "exports right"]
    head.append("voltages right")
    cells = "".join(f"<th>{html.escape(word)}</th>" for word in head)
    rows = "".join(_row(one) for one in data["frameworks"])
    sections = "".join(_section(one, cases) for one in data["frameworks"])
    return (
        "<!doctype html><html lang='en'><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width'>"
        f"<title>NIR conformance</title><style>{_STYLE}</style>"
        f"<h1>NIR conformance</h1><p>{len(cases)} cases. A case passes where the outputs are "
        "those of the rules that the framework is known to follow; <em>as the equations</em> "
        "counts those that are also the solution of NIR's equations. A wrong result costs a "
        "point, because nobody notices it; a crash costs half a point; a refusal in clear words "
        "costs nothing. Every failure has a script; it runs in the folder that "
        "<code>python -m conformance suite</code> writes.</p>"
        f"<table><tr>{cells}</tr>{rows}</table>{sections}</html>\n"
    )


def _row(framework: Mapping[str, Any]) -> str:
    right, tried = framework["exports"]
    voltages, shown = framework.get("voltages", (0, 0))
    words = [
        framework["name"],
        framework["versions"].get(framework["name"], ""),
        f"{framework['points']:+.2f}",
        *(str(framework["verdicts"].get(one, 0)) for one in _VERDICTS),
        str(framework["exact"]),
        f"{right} of {tried}" if tried else "-",
        f"{voltages} of {shown}" if shown else "-",
    ]
    return "<tr>" + "".join(f"<td>{html.escape(word)}</td>" for word in words) + "</tr>"


def _section(framework: Mapping[str, Any], cases: Mapping[str, Mapping[str, Any]]) -> str:
    name, profile = framework["name"], framework["profile"]
    versions = ", ".join(f"{key} {value}" for key, value in framework["versions"].items())
    parts = [f"<h2>{html.escape(name)}</h2><p>{html.escape(versions)}; compared with the profile "]
    parts.append(f"<code>{html.escape(profile)}</code></p>")
    if framework.get("voltages_differ"):
        names = ", ".join(framework["voltages_differ"])
        parts.append(
            "<details class='voltages'><summary>potentials that are not the profile's, whatever "
            f"the spikes</summary><p>{html.escape(names)}</p></details>"
        )
    parts += [_export(name, one, cases) for one in framework.get("exports_differ", ())]
    for one in framework["failures"]:
        if one["verdict"] == "accepted":
            continue
        case = cases[one["case"]]
        script = reproducer(name, profile, one["case"], one["verdict"], case["dt"], case["steps"])
        parts.append(
            f"<details><summary><b class='{one['verdict']}'>{one['verdict']}</b> "
            f"{html.escape(one['case'])}: {html.escape(one['detail'])}</summary>"
            f"<pre>{html.escape(script)}</pre></details>"
        )
    return "".join(parts)


def _export(name: str, group: Mapping[str, Any], cases: Mapping[str, Mapping[str, Any]]) -> str:
    """Exports that went wrong in the same words, with a script for the first of them."""
    first = cases[group["cases"][0]]
    script = export_reproducer(name, first["name"], first["dt"], first["steps"])
    return (
        f"<details class='exports'><summary>export <b class='{group['verdict']}'>"
        f"{group['verdict']}</b> in {len(group['cases'])} cases: {html.escape(group['detail'])}"
        f"</summary><p>{html.escape(', '.join(group['cases']))}</p>"
        f"<pre>{html.escape(script)}</pre></details>"
    )

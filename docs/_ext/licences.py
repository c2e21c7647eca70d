"""The directive `licences`: what our packages ask for, and under which licence that comes."""

import tomllib
from pathlib import Path
from typing import Any

from devtools.packages import load_packages, split_requirement
from docutils import nodes
from docutils.parsers.rst import Directive
from tables import table

KNOWN = Path(__file__).resolve().parents[1] / "licences.toml"


def rows() -> list[list[str]]:
    """Name, licence, and who needs it, for every requirement from elsewhere; headings first.

    Raises:
        KeyError: a requirement whose licence nobody wrote down.
    """
    packages = load_packages()
    known = tomllib.loads(KNOWN.read_text("utf-8"))
    users: dict[str, dict[str, None]] = {}
    for name, package in packages.items():
        asked = [(text, name) for text in package.requires]
        for extra, texts in package.extras.items():
            asked += [(text, f"{name}[{extra}]") for text in texts]
        for text, user in asked:
            wanted = split_requirement(text)[0]
            if wanted not in packages:
                users.setdefault(wanted, {})[user] = None
    missing = sorted(set(users) - set(known))
    if missing:
        raise KeyError(f"write the licence of {', '.join(missing)} into {KNOWN.name}")
    listed = [
        [
            name,
            "; ".join(filter(None, (known[name]["licence"], known[name].get("note")))),
            ", ".join(users[name]),
        ]
        for name in sorted(users)
    ]
    return [["package", "licence", "asked for by"], *listed]


class Licences(Directive):
    """Writes the table."""

    def run(self) -> list[nodes.Node]:
        """Give the table's node."""
        return [table(rows())]


def setup(app: Any) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_directive("licences", Licences)
    return {"parallel_read_safe": True}

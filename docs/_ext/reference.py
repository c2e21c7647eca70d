"""Writes a page for every public module before Sphinx reads the pages.

What is public is what the packages say: a name is documented once, under the shortest path that
`__all__` of a package or module gives it. A page is added by a line in `MODULES`; names of a
package's own `__all__` that belong to none of its pages are gathered on a page by where they are
defined, so none can be forgotten.
"""

import functools
import importlib
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, get_origin

from docstrings import readable

# Package -> its public modules beside itself, in the order of the table of contents.
MODULES: dict[str, tuple[str, ...]] = {
    "nir_core": ("passes", "targets", "torch", "compat.nir", "compat.nirtorch"),
    "norse_lite": (
        "functional",
        "surrogate",
        "encode",
        "decode",
        "loss",
        "regularization",
        "learning",
        "plasticity",
        "receptive_fields",
        "sparse",
        "models",
        "convert",
        "quantize",
        "diagnose",
        "plot",
        "monitor",
        "datasets",
        "tasks",
        "nir",
        "forms",
        "neurons",
    ),
    "aestream_io": ("formats", "frames", "windows", "sources", "sinks", "gesture"),
    "faery_cli": ("registry", "operation", "batch", "viewer"),
    "hw_drivers": ("errors",),
    "neuro_kernels": (
        "codecs",
        "filters",
        "represent",
        "render",
        "dynamics",
        "sparse",
        "inference",
        "stream",
        "usb",
    ),
}
# What each package's command prints about itself.
COMMANDS: dict[str, tuple[str, ...]] = {
    "nir_core": ("nir-core",),
    "norse_lite": ("python -m norse_lite",),
    "aestream_io": ("aestream-io",),
    "faery_cli": ("fae",),
    "hw_drivers": ("hw-drivers",),
}


@dataclass(frozen=True)
class Entry:
    """A public name: the path to import it by, and the object."""

    path: str
    value: Any

    @property
    def home(self) -> str:
        """The module where it is defined, as far as it is public."""
        parts = str(getattr(self.value, "__module__", "")).split(".")
        public = [part for part in parts if not part.startswith("_")]
        return ".".join(public)

    @property
    def owner(self) -> str:
        """The package that documents it; others that offer it too refer to it."""
        package = self.home.partition(".")[0]
        return package if package in MODULES else self.path.partition(".")[0]


def public_names(module: ModuleType) -> list[str]:
    """The names of `__all__` that are documented: no versions."""
    return [name for name in module.__all__ if not name.startswith("__")]


def entries(package: str) -> dict[str, list[Entry]]:
    """What each page of a package documents.

    Args:
        package: import name.

    Returns:
        Module name -> entries; the module is the package itself for what no page of `MODULES` has.
    """
    top = importlib.import_module(package)
    short = {
        id(value): f"{package}.{name}"
        for name in public_names(top)
        if not inspect.ismodule(value := getattr(top, name))
    }
    pages: dict[str, list[Entry]] = {package: []}
    placed: set[int] = set()
    for name in MODULES[package]:
        module = importlib.import_module(f"{package}.{name}")
        page = pages[module.__name__] = []
        for word in public_names(module):
            value = getattr(module, word)
            if inspect.ismodule(value) or id(value) in placed:
                continue
            placed.add(id(value))
            page.append(Entry(short.get(id(value), f"{module.__name__}.{word}"), value))
    rest = (Entry(f"{package}.{name}", getattr(top, name)) for name in public_names(top))
    pages[package] += [
        one for one in rest if not inspect.ismodule(one.value) and id(one.value) not in placed
    ]
    return pages


@functools.cache
def _shown(package: str) -> frozenset[int]:
    """The classes that have an entry of their own, by identity."""
    return frozenset(id(one.value) for page in entries(package).values() for one in page)


def _inherited(value: type, package: str) -> Iterator[str]:
    """The option that documents what comes from bases without an entry of their own."""
    others = [
        base.__name__
        for base in value.__mro__[1:]
        if base.__module__.partition(".")[0] != package or id(base) in _shown(package)
    ]
    if len(others) < len(value.__mro__) - 1:
        yield f"   :inherited-members: {', '.join(others)}"


def directive(entry: Entry) -> Iterator[str]:
    """The lines that make autodoc document one entry."""
    value = entry.value
    if entry.owner != entry.path.partition(".")[0]:
        name = entry.path.rpartition(".")[2]
        yield f"``{name}``: the same as :py:obj:`{entry.owner}.{name}`."
    elif get_origin(value) is not None:
        yield f".. py:type:: {entry.path}"
        yield f"   :canonical: {inspect.formatannotation(value)}"
    elif inspect.isclass(value):
        kind = "exception" if issubclass(value, BaseException) else "class"
        yield f".. auto{kind}:: {entry.path}"
        if kind == "class":
            yield "   :members:"
            yield from _inherited(value, entry.owner)
    elif callable(value):
        yield f".. autofunction:: {entry.path}"
    else:
        yield f".. autodata:: {entry.path}"
        yield "   :no-value:"
    yield ""


def title_of(module: ModuleType) -> str:
    """The first sentence of a module's docstring."""
    return (inspect.getdoc(module) or module.__name__).strip().splitlines()[0]


def page(name: str, listed: list[Entry], *, split: bool) -> str:
    """The text of a module's page.

    Args:
        name: of the module.
        listed: what it documents.
        split: whether sections follow the modules where things are defined.
    """
    module = importlib.import_module(name)
    package = name.partition(".")[0]
    about = readable((inspect.getdoc(module) or "").splitlines())
    lines = [name, "=" * len(name), "", *about, ""]
    groups: dict[str, list[Entry]] = {}
    for entry in sorted(listed, key=lambda one: one.path.lower()):
        groups.setdefault(entry.home if split else "", []).append(entry)
    for home, members in sorted(groups.items()):
        if len(groups) > 1:
            heading = home.partition(".")[2] or home
            lines += [heading, "-" * len(heading), ""]
            lines += [title_of(importlib.import_module(home)), ""] if home.count(".") else []
        if len(members) > 3:
            lines += [".. autosummary::", "   :nosignatures:", ""]
            own = (one for one in members if one.owner == package and callable(one.value))
            lines += [f"   {one.path}" for one in own] + [""]
        for one in members:
            lines += directive(one)
    return "\n".join(lines) + "\n"


def contents(package: str, pages: dict[str, list[Entry]]) -> str:
    """The page of a package: its modules and its commands."""
    module = importlib.import_module(package)
    title = package.replace("_", "-")
    lines = [title, "=" * len(title), "", title_of(module), ""]
    lines += [".. toctree::", "   :maxdepth: 1", ""]
    lines += [f"   {name}" for name, listed in pages.items() if listed] + [""]
    for command in COMMANDS.get(package, ()):
        lines += [f"The command ``{command}``", "-" * (len(command) + 16), ""]
        lines += [f".. program-output:: {command} --help", ""]
    return "\n".join(lines) + "\n"


def write_pages(folder: Path) -> None:
    """Write all pages; a page that says the same already is left alone, and others are removed."""
    wanted: dict[Path, str] = {}
    for package in MODULES:
        pages = entries(package)
        wanted[folder / package / "index.rst"] = contents(package, pages)
        for name, listed in pages.items():
            if listed:
                text = page(name, listed, split=name == package)
                wanted[folder / package / f"{name}.rst"] = text
    for old in set(folder.rglob("*.rst")) - set(wanted):
        old.unlink()
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")


def setup(app: Any) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("builder-inited", lambda app: write_pages(Path(app.srcdir) / "reference" / "api"))
    return {"parallel_read_safe": True}

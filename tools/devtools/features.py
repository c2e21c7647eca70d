"""What one package uses of its siblings, and whether the versions it allows have that.

`python -m devtools.features` compares every use of a sibling with the oldest release of it that the
package's own requirement allows, taken from its tag; where that release is the one still being
prepared, with the sources at hand. It reads sources only and imports nothing.
"""

import ast
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from devtools.messages import DevError, say
from devtools.packages import ROOT, Package, load_packages, split_requirement
from devtools.versions import floor_of, read_version, released, same_release, unpack


@dataclass(frozen=True, order=True)
class Use:
    """A place where a package names something of a sibling.

    Attributes:
        file: file, relative to the package's folder.
        line: line in it.
        name: full dotted name, for example "neuro_kernels.codecs.decode".
    """

    file: str
    line: int
    name: str


@dataclass(frozen=True)
class Missing:
    """A use that the oldest allowed sibling does not have."""

    package: str
    use: Use
    sibling: str
    floor: str

    def __str__(self) -> str:
        return (
            f"packages/{self.package}/{self.use.file}:{self.use.line}: {self.use.name} is not in "
            f"{self.sibling} {self.floor}, the oldest that {self.package} allows: "
            f"raise the floor in packages/{self.package}/pyproject.toml."
        )


def uses(package: Package, sibling: str) -> list[Use]:
    """List what the sources of `package` name of the module `sibling`.

    Args:
        package: the user.
        sibling: import name, for example "neuro_kernels".

    Returns:
        Every imported name and every attribute taken from an imported module, in order.
    """
    found: set[Use] = set()
    for file in sorted((package.path / "src").rglob("*.py")):
        tree = ast.parse(file.read_text("utf-8"), str(file))
        where = file.relative_to(package.path).as_posix()
        found.update(Use(where, line, name) for line, name in _names(tree, sibling))
    return sorted(found)


def _names(tree: ast.Module, sibling: str) -> Iterator[tuple[int, str]]:
    bound: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.partition(".")[0] == sibling:
                    bound[alias.asname or sibling] = alias.name if alias.asname else sibling
                    yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == sibling:
            for alias in node.names:
                full = str(node.module) if alias.name == "*" else f"{node.module}.{alias.name}"
                bound[alias.asname or alias.name] = full
                yield node.lineno, full
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            chain = _chain(node)
            if chain and chain[0] in bound:
                yield node.lineno, ".".join((bound[chain[0]], *chain[1:]))


def _chain(node: ast.expr) -> tuple[str, ...]:
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Attribute):
        head = _chain(node.value)
        return (*head, node.attr) if head else ()
    return ()


class Surface:
    """The names that a package's sources define, looked up without importing them."""

    def __init__(self, source: Path) -> None:
        """Read lazily from `source`, the folder that holds the import package."""
        self._source = source
        self._modules: dict[str, dict[str, str | None] | None] = {}

    def has(self, name: str) -> bool:
        """Whether a dotted name exists, as far as modules and their top level tell."""
        parts = name.split(".")
        for length in range(len(parts), 0, -1):
            module = ".".join(parts[:length])
            names = self._names_of(module)
            if names is None:
                continue
            if length == len(parts):
                return True
            return self._defined(module, names, parts[length], parts[length + 1 :])
        return False

    def _defined(
        self, module: str, names: Mapping[str, str | None], first: str, rest: Sequence[str]
    ) -> bool:
        if first in names:
            target = names[first]
            # A name that was imported from elsewhere in the package is followed there.
            inside = target is not None and target.partition(".")[0] == module.partition(".")[0]
            return self.has(".".join((target, *rest))) if inside and target else True
        # A module that loads lazily says in __all__ what its __getattr__ answers.
        return "__getattr__" in names and first in (names.get("__all__") or "").split()

    def _names_of(self, module: str) -> dict[str, str | None] | None:
        if module not in self._modules:
            self._modules[module] = self._read(module)
        return self._modules[module]

    def _read(self, module: str) -> dict[str, str | None] | None:
        base = self._source.joinpath(*module.split("."))
        candidates = [base / "__init__.py", base.with_suffix(".py"), base.with_suffix(".pyi")]
        file = next((one for one in candidates if one.is_file()), None)
        if file is None:
            return None
        names: dict[str, str | None] = {}
        _collect(ast.parse(file.read_text("utf-8"), str(file)).body, names, self._names_of)
        return names


_Read = Callable[[str], dict[str, str | None] | None]


def _collect(body: Sequence[ast.stmt], names: dict[str, str | None], read: _Read) -> None:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names[node.name] = None
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                for part in ast.walk(target):
                    if isinstance(part, ast.Name):
                        names[part.id] = None
            if any(isinstance(one, ast.Name) and one.id == "__all__" for one in node.targets):
                names["__all__"] = " ".join(_strings(node.value))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names[node.target.id] = None
        elif isinstance(node, ast.Import):
            for alias in node.names:
                names[alias.asname or alias.name.partition(".")[0]] = None
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                if alias.name == "*":
                    names.update(dict.fromkeys(read(node.module) or ()))
                else:
                    names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        else:
            for part in ("body", "orelse", "finalbody"):
                _collect(getattr(node, part, []), names, read)
            for handler in getattr(node, "handlers", []):
                _collect(handler.body, names, read)


def _strings(node: ast.AST) -> list[str]:
    return [
        one.value
        for one in ast.walk(node)
        if isinstance(one, ast.Constant) and isinstance(one.value, str)
    ]


def missing(root: Path = ROOT) -> list[Missing]:
    """Compare every use of a sibling with the oldest version of it that is allowed.

    Args:
        root: the repository.

    Returns:
        The uses that are newer than the floor of the requirement; empty where all is well.

    Raises:
        DevError: if a requirement on a sibling has no floor, or one that was never released.
    """
    packages = load_packages(root)
    problems: list[Missing] = []
    for package in packages.values():
        floors: dict[str, str] = {}
        extras = (text for needs in package.extras.values() for text in needs)
        for text in (*package.requires, *extras):
            name, _, specifier = split_requirement(text)
            if name in packages and name != package.name:
                floors[name] = floor_of(text, specifier)
        for name, floor in floors.items():
            problems += _compare(package, packages[name], floor, root)
    return problems


def _compare(package: Package, sibling: Package, floor: str, root: Path) -> list[Missing]:
    wanted = uses(package, sibling.import_name)
    with tempfile.TemporaryDirectory() as folder:
        tag = released(sibling.name, floor, root=root)
        if tag is not None:
            source = unpack(sibling.path.relative_to(root), tag, Path(folder), root=root) / "src"
        elif same_release(read_version(sibling.path), floor):
            source = sibling.path / "src"
        else:
            raise DevError(
                f"{package.name} allows {sibling.name} {floor}, which was never released: the "
                f"sources are {read_version(sibling.path)}, and there is no tag for {floor}."
            )
        surface = Surface(source)
        return [
            Missing(package.name, use, sibling.name, floor)
            for use in wanted
            if not surface.has(use.name)
        ]


def main() -> int:
    """Print what is missing; the exit status is 1 if anything is."""
    found = missing()
    for problem in found:
        say(str(problem))
    if not found:
        say("Every feature of a sibling that a package uses is in the oldest version it allows.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

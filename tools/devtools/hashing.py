"""Keys by content: the same files give the same key, a changed byte gives another."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

# None of these end up in a wheel.
_SKIPPED_FOLDERS = frozenset({"__pycache__", "build", "dist", "tests", "fuzz", "node_modules"})
_SKIPPED_SUFFIXES = frozenset({".pyc", ".so", ".pyd", ".dylib"})


def package_files(folder: Path) -> Iterator[Path]:
    """Yield the files below `folder` that can change its wheel, in a fixed order."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name.endswith(".egg-info"):
            continue
        if path.is_dir():
            if path.name not in _SKIPPED_FOLDERS:
                yield from package_files(path)
        elif path.suffix not in _SKIPPED_SUFFIXES:
            yield path


def folder_key(folder: Path) -> str:
    """Hash the names and contents of the files that can change the wheel of `folder`."""
    digest = hashlib.sha256()
    for path in package_files(folder):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def text_key(parts: Iterable[str]) -> str:
    """Hash a sequence of strings.

    Example:
        >>> text_key(["ab", "c"]) == text_key(["a", "bc"])
        False
    """
    digest = hashlib.sha256()
    for part in parts:
        content = part.encode()
        digest.update(f"{len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]

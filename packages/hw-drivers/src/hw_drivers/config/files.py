"""Configurations in JSON and TOML files."""

import json
import os
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hw_drivers.errors import ConfigError

__all__ = ["NONE_WORD", "read_values", "to_toml", "write_values"]

NONE_WORD = "none"  # TOML has no null


def read_values(path: Path) -> Any:
    """Read what a JSON or TOML file holds.

    Args:
        path: a file whose name ends with .json or .toml.

    Raises:
        ConfigError: another ending, no such file, or not what the ending says.
    """
    kind = _kind(path)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"is not {kind}: {error}") from None
    try:
        return json.loads(text) if kind == "JSON" else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"is not {kind}: {error}") from None


def write_values(path: Path, values: Mapping[str, Any]) -> None:
    """Write values to a JSON or TOML file; it appears whole or not at all.

    Raises:
        ConfigError: another ending, or the file cannot be written.
    """
    text = json.dumps(values, indent=2) + "\n" if _kind(path) == "JSON" else to_toml(values)
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from None


def to_toml(values: Mapping[str, Any], prefix: str = "") -> str:
    """Return values as TOML: groups become tables, None becomes "none".

    Args:
        values: dicts, lists, numbers, text and None.
        prefix: name of the table they stand in.

    Example:
        >>> print(to_toml({"rate_limit": None, "bias": {"fo": -3}}), end="")
        rate_limit = "none"
        <BLANKLINE>
        [bias]
        fo = -3
    """
    groups = {k: v for k, v in values.items() if isinstance(v, Mapping)}
    lines = [f"{k} = {_toml_value(v)}\n" for k, v in values.items() if k not in groups]
    for name, group in groups.items():
        inner = f"{prefix}{name}"
        body = to_toml(group, f"{inner}.")
        lines.append(("\n" if lines else "") + f"[{inner}]\n" + body)
    return "".join(lines)


def _toml_value(value: Any) -> str:
    if value is None:
        return json.dumps(NONE_WORD)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k} = {_toml_value(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml_value, value)) + "]"
    return json.dumps(value)  # numbers, switches and text are written alike


def _kind(path: Path) -> str:
    kinds = {".json": "JSON", ".toml": "TOML"}
    try:
        return kinds[path.suffix.lower()]
    except KeyError:
        raise ConfigError(
            f"expected a name that ends with .json or .toml, got {path.name!r}"
        ) from None

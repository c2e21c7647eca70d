"""Configurations described: as JSON schema, and as rows of a table."""

import dataclasses
import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

__all__ = ["FieldRow", "field_rows", "is_union", "schema", "to_plain", "without_none"]

_WORDS = {bool: "boolean", int: "integer", float: "number", str: "string"}
_EXTRA = (
    ("unit", "x-unit"),
    ("recommended", "x-recommended"),
    ("factory", "x-factory"),
    ("source", "x-source"),
)


@dataclass(frozen=True)
class FieldRow:
    """One field of a configuration, for tables and help.

    Args:
        path: as `--set` takes it.
        kind: "boolean", "integer", "number", "text", "list" or "group or none".
        default: its default.
        unit: unit of the value, or None.
        allowed: inclusive limits, or None.
        recommended: inclusive limits of the maker's advice, or None.
        factory: value that the device holds when it leaves the factory, or None.
        choices: the words it may be, or None.
        doc: one sentence.
        source: where the limits come from, or None.
    """

    path: str
    kind: str
    default: Any
    unit: str | None
    allowed: tuple[float, float] | None
    recommended: tuple[float, float] | None
    factory: float | None
    choices: tuple[str, ...] | None
    doc: str
    source: str | None


def schema(config: Any) -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of a configuration.

    Units, recommended limits, factory values and sources are told as `x-unit`, `x-recommended`,
    `x-factory` and `x-source`.

    Args:
        config: a configuration class or one of its instances.

    Example:
        >>> from hw_drivers import Evk4Config
        >>> bias = schema(Evk4Config)["properties"]["bias"]["properties"]["diff_on"]
        >>> bias["minimum"], bias["maximum"], bias["x-recommended"]
        (-150, 200, [-85, 140])
    """
    cls = config if isinstance(config, type) else type(config)
    head: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": cls.__name__,
    }
    return head | _schema_of(cls)


def field_rows(config: Any, prefix: str = "") -> Iterator[FieldRow]:
    """Yield every field of a configuration class, groups opened.

    Args:
        config: a configuration class.
        prefix: path of the group it stands in, with its last dot.
    """
    hints = typing.get_type_hints(config)
    for f in fields(config):
        hint = without_none(hints[f.name])
        if isinstance(hint, type) and is_dataclass(hint) and not is_union(hints[f.name]):
            yield from field_rows(hint, f"{prefix}{f.name}.")
            continue
        metadata = f.metadata
        yield FieldRow(
            path=f"{prefix}{f.name}",
            kind=_kind(hint),
            default=to_plain(f.default),
            unit=metadata.get("unit"),
            allowed=metadata.get("allowed"),
            recommended=metadata.get("recommended"),
            factory=metadata.get("factory"),
            choices=metadata.get("choices"),
            doc=metadata.get("doc", ""),
            source=metadata.get("source"),
        )


def to_plain(value: Any) -> Any:
    """Return a value as JSON knows it: groups as dicts, tuples as lists."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, tuple):
        return [to_plain(v) for v in value]
    return value


def is_union(hint: Any) -> bool:
    """Whether a type hint is "this or None"."""
    return typing.get_origin(hint) in (typing.Union, types.UnionType)


def without_none(hint: Any) -> Any:
    """Return the type of a hint "this or None", and any other hint as it is."""
    if not is_union(hint):
        return hint
    return next(arg for arg in typing.get_args(hint) if arg is not type(None))


def _kind(hint: Any) -> str:
    if isinstance(hint, type) and is_dataclass(hint):
        return "group or none"
    if typing.get_origin(hint) is tuple:
        return "list"
    return _WORDS[hint].replace("string", "text")


def _schema_of(hint: Any) -> dict[str, Any]:
    if is_union(hint):
        return {"anyOf": [_schema_of(without_none(hint)), {"type": "null"}]}
    if isinstance(hint, type) and is_dataclass(hint):
        hints = typing.get_type_hints(hint)
        properties = {f.name: _field_schema(f, hints[f.name]) for f in fields(hint)}
        return {"type": "object", "properties": properties, "additionalProperties": False}
    if typing.get_origin(hint) is tuple:
        arguments = typing.get_args(hint)
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return {"type": "array", "items": _schema_of(arguments[0])}
        items = [_schema_of(arg) for arg in arguments]
        return {"type": "array", "prefixItems": items, "minItems": len(items), "items": False}
    return {"type": _WORDS[hint]}


def _field_schema(f: dataclasses.Field[Any], hint: Any) -> dict[str, Any]:
    described = _schema_of(hint)
    metadata = f.metadata
    if metadata.get("doc"):
        described["description"] = metadata["doc"]
    if f.default is not dataclasses.MISSING:
        described["default"] = to_plain(f.default)
    if metadata.get("allowed"):
        low, high = metadata["allowed"]
        target = described["anyOf"][0] if "anyOf" in described else described
        target = target["items"] if target.get("type") == "array" else target
        target |= {"minimum": low, "maximum": high}
    if metadata.get("choices"):
        described["enum"] = list(metadata["choices"])
    for key, name in _EXTRA:
        if metadata.get(key) is not None:
            value = metadata[key]
            described[name] = list(value) if isinstance(value, tuple) else value
    return described

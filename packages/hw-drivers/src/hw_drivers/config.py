"""Configuration dataclasses: validated, JSON-able, settable by a dotted path."""

import dataclasses
import difflib
import json
import math
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Self

from hw_drivers.errors import ConfigError

__all__ = ["Config", "parameter"]


def parameter(
    default: Any,
    doc: str,
    *,
    unit: str | None = None,
    allowed: tuple[float, float] | None = None,
    recommended: tuple[float, float] | None = None,
    choices: tuple[str, ...] | None = None,
    source: str | None = None,
) -> Any:
    """Declare one field of a `Config`.

    Args:
        default: value when nothing is set.
        doc: one sentence.
        unit: unit of the value, None for counts and switches.
        allowed: inclusive limits; values outside raise `ConfigError`.
        recommended: inclusive limits inside which the maker advises to stay.
        choices: the words a text value may be.
        source: where the limits come from.
    """
    metadata = {
        "doc": doc,
        "unit": unit,
        "allowed": allowed,
        "recommended": recommended,
        "choices": choices,
        "source": source,
    }
    return dataclasses.field(default=default, metadata=metadata)


@dataclass(frozen=True, kw_only=True)
class Config:
    """Base of every device configuration: frozen, and checked when it is made."""

    def __post_init__(self) -> None:
        hints = typing.get_type_hints(type(self))
        for f in fields(self):
            value = _coerced(
                f"{type(self).__name__}.{f.name}", getattr(self, f.name), hints[f.name]
            )
            object.__setattr__(self, f.name, value)
            _check_limits(f"{type(self).__name__}.{f.name}", value, f.metadata)
        self._check()

    def _check(self) -> None:
        """Check what involves several fields; called after each field was checked alone."""

    def replace(self, **changes: Any) -> Self:
        """Return a copy with some fields changed."""
        return dataclasses.replace(self, **changes)

    def with_value(self, path: str, text: str) -> Self:
        """Return a copy with the field at a dotted path set from text.

        Args:
            path: for example "bias.diff_on".
            text: the value as JSON, or a bare word; "+20" is 20.

        Raises:
            ConfigError: no such field, or a value it does not take.
        """
        head, _, rest = path.partition(".")
        names = [f.name for f in fields(self)]
        if head not in names:
            near = difflib.get_close_matches(head, names, n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise ConfigError(
                f"{type(self).__name__} has no field {head!r}; {hint}it has: {', '.join(names)}"
            )
        value = getattr(self, head)
        if rest:
            if not isinstance(value, Config):
                raise ConfigError(f"{type(self).__name__}.{head} has no field {rest!r}")
            return self.replace(**{head: value.with_value(rest, text)})
        if isinstance(value, Config):
            inner = ", ".join(f"{head}.{f.name}" for f in fields(value))
            raise ConfigError(f"{head} is a group of fields; set one of: {inner}")
        return self.replace(**{head: _from_text(text)})

    def to_dict(self) -> dict[str, Any]:
        """Return the configuration as JSON-able dicts, lists, numbers, text and None."""
        return {f.name: _to_plain(getattr(self, f.name)) for f in fields(self)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Make a configuration of what `to_dict` gave.

        Raises:
            ConfigError: an unknown field or a value it does not take.
        """
        if not isinstance(values, Mapping):
            raise ConfigError(f"{cls.__name__}: expected a JSON object, got {values!r}")
        names = {f.name for f in fields(cls)}
        for name in values:
            if name not in names:
                raise ConfigError(
                    f"{cls.__name__} has no field {name!r}; it has: {', '.join(sorted(names))}"
                )
        return cls(**values)

    @classmethod
    def schema(cls) -> dict[str, Any]:
        """Return the JSON schema (draft 2020-12) of the configuration."""
        schema: dict[str, Any] = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
        return schema | _schema_of(cls)


def _from_text(text: str) -> Any:
    stripped = text.strip()
    if stripped.startswith("+"):
        stripped = stripped[1:]
    try:
        return json.loads(stripped)
    except json.JSONDecodeError:
        pass
    try:
        return float(stripped)  # 20e6 is JSON, but .5 and 1_000 are not
    except ValueError:
        return {"none": None, "on": True, "off": False}.get(stripped.lower(), stripped)


def _to_plain(value: Any) -> Any:
    if isinstance(value, Config):
        return value.to_dict()
    if isinstance(value, tuple):
        return [_to_plain(v) for v in value]
    return value


def _is_union(hint: Any) -> bool:
    return typing.get_origin(hint) in (typing.Union, types.UnionType)


def _coerced(where: str, value: Any, hint: Any) -> Any:
    """Return `value` as the type `hint` says, or raise ConfigError."""
    if _is_union(hint):
        if value is None:
            return None
        hint = next(arg for arg in typing.get_args(hint) if arg is not type(None))
    if isinstance(hint, type) and is_dataclass(hint):
        if isinstance(value, hint):
            return value
        if isinstance(value, Mapping):
            return typing.cast(type[Config], hint).from_dict(value)
        raise ConfigError(f"{where}: expected {hint.__name__}, got {value!r}")
    if typing.get_origin(hint) is tuple:
        return _coerced_tuple(where, value, typing.get_args(hint))
    if hint is bool:
        if isinstance(value, bool):
            return value
    elif hint is int:
        if isinstance(value, int | float) and not isinstance(value, bool) and value % 1 == 0:
            return int(value)
    elif hint is float:
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            return float(value)
    elif isinstance(value, hint):
        return value
    kind = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}[hint]
    raise ConfigError(f"{where}: expected {kind}, got {value!r}")


def _coerced_tuple(where: str, value: Any, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple | range | set | frozenset):
        raise ConfigError(f"{where}: expected a list, got {value!r}")
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return tuple(_coerced(f"{where}[{i}]", v, arguments[0]) for i, v in enumerate(value))
    if len(value) != len(arguments):
        raise ConfigError(f"{where}: expected {len(arguments)} values, got {value!r}")
    pairs = zip(value, arguments, strict=True)
    return tuple(_coerced(f"{where}[{i}]", v, hint) for i, (v, hint) in enumerate(pairs))


def _check_limits(where: str, value: Any, metadata: Mapping[str, Any]) -> None:
    if value is None:
        return
    unit = f" {metadata['unit']}" if metadata.get("unit") else ""
    limits = metadata.get("allowed")
    for number in value if isinstance(value, tuple) else (value,):
        if limits is not None and isinstance(number, int | float):
            low, high = limits
            if not low <= number <= high:
                raise ConfigError(
                    f"{where}: expected {low:g} to {high:g}{unit}, got {number:g}; "
                    "choose a value inside these limits"
                )
    choices = metadata.get("choices")
    if choices is not None and value not in choices:
        raise ConfigError(f"{where}: expected one of {', '.join(choices)}, got {value!r}")


def _schema_of(hint: Any) -> dict[str, Any]:
    if _is_union(hint):
        inner = [arg for arg in typing.get_args(hint) if arg is not type(None)]
        return {"anyOf": [_schema_of(arg) for arg in inner] + [{"type": "null"}]}
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
    return {"type": {bool: "boolean", int: "integer", float: "number", str: "string"}[hint]}


def _field_schema(f: dataclasses.Field[Any], hint: Any) -> dict[str, Any]:
    schema = _schema_of(hint)
    metadata = f.metadata
    if metadata.get("doc"):
        schema["description"] = metadata["doc"]
    if f.default is not dataclasses.MISSING:
        schema["default"] = _to_plain(f.default)
    if metadata.get("allowed"):
        low, high = metadata["allowed"]
        target = schema.get("items", schema) if schema.get("type") == "array" else schema
        target = target["anyOf"][0] if "anyOf" in target else target
        target |= {"minimum": low, "maximum": high}
    if metadata.get("choices"):
        schema["enum"] = list(metadata["choices"])
    for key, name in (("unit", "x-unit"), ("recommended", "x-recommended"), ("source", "x-source")):
        if metadata.get(key):
            value = metadata[key]
            schema[name] = list(value) if isinstance(value, tuple) else value
    return schema

"""Configuration dataclasses: validated, JSON-able, settable by a path, kept in files."""

import dataclasses
import difflib
import math
import typing
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, Self

from hw_drivers.config.files import NONE_WORD, read_values, write_values
from hw_drivers.config.schema import is_union, schema, to_plain, without_none
from hw_drivers.config.text import list_of, split_path, value_of
from hw_drivers.errors import ConfigError

__all__ = ["Config", "parameter"]


def parameter(
    default: Any,
    doc: str,
    *,
    unit: str | None = None,
    allowed: tuple[float, float] | None = None,
    recommended: tuple[float, float] | None = None,
    factory: float | None = None,
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
        factory: what the device holds when it leaves the factory, where that is not the default.
        choices: the words a text value may be.
        source: where the limits come from.
    """
    metadata = {
        "doc": doc,
        "unit": unit,
        "allowed": allowed,
        "recommended": recommended,
        "factory": factory,
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
        """Return a copy with the field at a path set from text.

        Args:
            path: for example "bias.diff_on"; entries of lists are "roi.pixels[0]", or
                "roi.pixels[+]" for a new one. A group that is None is made with its defaults.
            text: the value as JSON, or a bare word; "+20" is 20, "1, 2, 3" is a list.

        Raises:
            ConfigError: no such field, or a value it does not take.

        Example:
            >>> from hw_drivers import Evk4Config
            >>> Evk4Config().with_value("roi.window.width", "640").roi.window.width
            640
        """
        return self._with(split_path(path), text)

    def with_values(self, values: Iterable[tuple[str, str]]) -> Self:
        """Return a copy with several fields set from text, whose order does not matter.

        Args:
            values: (path, text) pairs, each as `with_value` takes them.

        Raises:
            ConfigError: one that cannot be set, whatever was set before it.

        Example:
            >>> from hw_drivers import Evk4Config
            >>> values = [("roi.window.x", "320"), ("roi.window.width", "640")]
            >>> Evk4Config().with_values(values).roi.window.x
            320
        """
        config, waiting = self, list(values)
        while waiting:
            refused: list[tuple[str, str]] = []
            first: ConfigError | None = None
            for path, text in waiting:
                try:
                    config = config.with_value(path, text)
                except ConfigError as error:  # it may fit once the others are set
                    first = first or error
                    refused.append((path, text))
            if first is not None and len(refused) == len(waiting):
                raise first
            waiting = refused
        return config

    def _with(self, steps: Sequence[str], text: str) -> Self:
        head = steps[0]
        names = [f.name for f in fields(self)]
        if head not in names:
            raise ConfigError(f"{type(self).__name__} has no field {head!r}; {_names(head, names)}")
        hint = typing.get_type_hints(type(self))[head]
        where = f"{type(self).__name__}.{head}"
        value = _changed(where, getattr(self, head), hint, steps[1:], text)
        return self.replace(**{head: value})

    def to_dict(self) -> dict[str, Any]:
        """Return the configuration as JSON-able dicts, lists, numbers, text and None."""
        return {f.name: to_plain(getattr(self, f.name)) for f in fields(self)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Make a configuration of what `to_dict` gave.

        Raises:
            ConfigError: an unknown field or a value it does not take.
        """
        if not isinstance(values, Mapping):
            raise ConfigError(f"{cls.__name__}: expected a JSON object, got {values!r}")
        names = [f.name for f in fields(cls)]
        for name in values:
            if name not in names:
                raise ConfigError(f"{cls.__name__} has no field {name!r}; {_names(name, names)}")
        return cls(**values)

    @classmethod
    def schema(cls) -> dict[str, Any]:
        """Return the JSON schema (draft 2020-12) of the configuration."""
        return schema(cls)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a configuration from a JSON or TOML file; fields that are absent keep their default.

        Args:
            path: a file whose name ends with .json or .toml.

        Raises:
            ConfigError: the file cannot be read, or holds what the device does not take.
        """
        try:
            return cls.from_dict(read_values(Path(path)))
        except ConfigError as error:
            raise ConfigError(f"{path}: {error}") from None

    def save(self, path: str | Path) -> None:
        """Write the configuration to a JSON or TOML file.

        Args:
            path: the file; its name ends with .json or .toml.

        Raises:
            ConfigError: another ending, or the file cannot be written.
        """
        write_values(Path(path), self.to_dict())


def _names(wrong: str, names: Sequence[str]) -> str:
    near = difflib.get_close_matches(wrong, names, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"{hint}it has: {', '.join(names)}"


def _changed(where: str, value: Any, hint: Any, steps: Sequence[str], text: str) -> Any:
    """Return what a field holds after the place at `steps` inside it was set from text."""
    hint = without_none(hint)
    is_group = isinstance(hint, type) and is_dataclass(hint)
    if not steps:
        new = value_of(text)
        if is_group and not isinstance(new, Mapping | list) and new is not None:
            inner = ", ".join(f"{where.rpartition('.')[2]}.{f.name}" for f in fields(hint))
            raise ConfigError(f"{where} is a group of fields; set one of: {inner}")
        if typing.get_origin(hint) is tuple and not isinstance(new, list):
            return list_of(text)
        return new
    if is_group:
        group = typing.cast(Config, hint() if value is None else value)
        return group._with(steps, text)
    if typing.get_origin(hint) is not tuple:
        raise ConfigError(f"{where} is one value and has no field {steps[0]!r}; set {where}")
    entries, arguments = list(value or ()), typing.get_args(hint)
    open_ended = len(arguments) == 2 and arguments[1] is Ellipsis
    place = len(entries) if steps[0] == "+" else int(steps[0]) if steps[0].isdecimal() else -1
    if not 0 <= place < len(entries) + open_ended:
        raise ConfigError(
            f"{where} has {len(entries)} entries: expected an index below that"
            + (", or [+] for a new one" if open_ended else "")
            + f", got [{steps[0]}]"
        )
    before = entries[place] if place < len(entries) else None
    inner = arguments[0] if open_ended else arguments[place]
    entries[place:] = [
        _changed(f"{where}[{place}]", before, inner, steps[1:], text),
        *entries[place + 1 :],
    ]
    return entries


def _coerced(where: str, value: Any, hint: Any) -> Any:
    """Return `value` as the type `hint` says, or raise ConfigError."""
    if is_union(hint):
        if value is None or value == NONE_WORD:
            return None
        hint = without_none(hint)
    if isinstance(hint, type) and is_dataclass(hint):
        if isinstance(value, hint):
            return value
        if isinstance(value, Mapping):
            return typing.cast(type[Config], hint).from_dict(value)
        names = [f.name for f in fields(hint)]
        if isinstance(value, list | tuple) and len(value) == len(names):
            return hint(**dict(zip(names, value, strict=True)))
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

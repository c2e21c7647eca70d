"""The one table of stages: each is declared once, and everything else is derived from it.

A declaration gives the command-line stage, the method of `Stream`, the help text, completion and
the key of a job file. Nothing here imports numpy: help and errors must come at once.
"""

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from faery_cli.errors import UsageError
from faery_cli.suggest import unknown
from faery_cli.units import Kind

if TYPE_CHECKING:
    from faery_cli.operation import Operation

__all__ = [
    "FLAG",
    "REQUIRED",
    "Parameter",
    "Stage",
    "bind_values",
    "by_name",
    "stage",
    "stages",
]


class _Required:
    def __repr__(self) -> str:
        return "REQUIRED"


REQUIRED: Any = _Required()
FLAG = Kind("switch", "", bool, hint="bool")


@dataclass(frozen=True)
class Parameter:
    """A parameter of a stage or verb.

    Args:
        name: its name in Python; `--name` with hyphens on the command line.
        kind: how its value is read and shown; `FLAG` for a switch.
        help: one clause for the help text.
        default: the value when it is not given; REQUIRED if it must be.
        named: never taken by position, only as `--name VALUE`.
        span: one word `A:B` may give this parameter and the next.
        many: takes all remaining words of the line; the value is a tuple.
        short: one letter, for `-x`.
    """

    name: str
    kind: Kind
    help: str
    default: Any = REQUIRED
    named: bool = False
    span: bool = False
    many: bool = False
    short: str = ""

    @property
    def option(self) -> str:
        """The spelling with two hyphens."""
        return "--" + self.name.replace("_", "-")

    @property
    def required(self) -> bool:
        """True when there is no default."""
        return self.default is REQUIRED

    @property
    def by_position(self) -> bool:
        """True when a word without a name may give it."""
        return not self.named and self.kind is not FLAG

    def read(self, value: Any) -> Any:
        """Turn a word or a Python value into the parameter's value; ValueError if it is none."""
        if value is None and self.default is None:
            return None
        return self.kind.read(value)


@dataclass(frozen=True)
class Stage:
    """One kind of step in a chain.

    Args:
        name: the word on the command line.
        build: `build(shape, **values)` makes the running operation.
        summary: one sentence that begins with a verb.
        parameters: in the order in which words give them.
        takes: "events" or "frames".
        gives: "events" or "frames".
        aliases: other words for it.
        details: further help: equation, source, limits.
        example: a chain that uses it.
    """

    name: str
    build: "Callable[..., Operation]"
    summary: str
    parameters: tuple[Parameter, ...] = ()
    takes: str = "events"
    gives: str = "events"
    aliases: tuple[str, ...] = ()
    details: str = ""
    example: str = ""
    module: str = field(default="", compare=False)

    @property
    def method(self) -> str:
        """The name of the method of `Stream`."""
        return self.name.replace("-", "_")


_STAGES: dict[str, Stage] = {}
_NAMES: dict[str, str] = {}
_loaded = False


def stage(
    name: str,
    summary: str,
    *parameters: Parameter,
    takes: str = "events",
    gives: str = "events",
    aliases: tuple[str, ...] = (),
    details: str = "",
    example: str = "",
) -> "Callable[[Callable[..., Operation]], Callable[..., Operation]]":
    """Declare a stage; decorates the function that builds its operation. See `Stage`."""

    def declare(build: "Callable[..., Operation]") -> "Callable[..., Operation]":
        entry = Stage(
            name,
            build,
            summary,
            parameters,
            takes,
            gives,
            aliases,
            details,
            example,
            build.__module__,
        )
        for word in (name, *aliases):
            if word in _NAMES:
                raise ValueError(f"stage {word!r} is declared twice")
            _NAMES[word] = name
        _STAGES[name] = entry
        return build

    return declare


def _load() -> None:
    global _loaded
    if _loaded:
        return
    _loaded = True
    package = importlib.import_module("faery_cli.stages")
    for module in sorted(m.name for m in pkgutil.iter_modules(package.__path__)):
        importlib.import_module(f"faery_cli.stages.{module}")


def stages() -> tuple[Stage, ...]:
    """Give all stages, by name.

    Example:
        >>> "crop" in [stage.name for stage in stages()]
        True
    """
    _load()
    return tuple(_STAGES[name] for name in sorted(_STAGES))


def by_name(name: str) -> Stage:
    """Give the stage called so; underscores may stand for hyphens.

    Raises:
        UsageError: there is none; names the nearest.

    Example:
        >>> by_name("hot_pixels").name
        'hot-pixels'
    """
    _load()
    wanted = _NAMES.get(name.lower().replace("_", "-"))
    if wanted is None:
        raise UsageError(unknown("stage", name, _NAMES) + " (fae filters lists them)")
    return _STAGES[wanted]


def bind_values(
    name: str, parameters: Sequence[Parameter], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> dict[str, Any]:
    """Bind the values of a Python call to parameters.

    Args:
        name: of the stage or output, for messages.
        parameters: what it takes.
        args: values by position.
        kwargs: values by name.

    Returns:
        A value for each parameter.

    Raises:
        UsageError: too many, unknown, missing or wrong values.

    Example:
        >>> crop = by_name("crop")
        >>> bind_values("crop", crop.parameters, (1, 5), {"top": 0, "bottom": 4})["right"]
        5
    """
    places = [p for p in parameters if p.by_position]
    names = {p.name: p for p in parameters}
    if len(args) > len(places):
        raise UsageError(
            f"{name}: expected at most {len(places)} values "
            f"({', '.join(p.name for p in places)}), got {len(args)}"
        )
    given = {p.name: value for p, value in zip(places, args, strict=False)}
    for key, value in kwargs.items():
        if key not in names:
            raise UsageError(f"{name}: {unknown('parameter', key, names)}")
        if key in given:
            raise UsageError(f"{name}: {key} is given twice")
        given[key] = value
    values: dict[str, Any] = {}
    for parameter in parameters:
        if parameter.name not in given:
            if parameter.required:
                raise UsageError(f"{name}: {parameter.name} is missing: {parameter.help}")
            values[parameter.name] = parameter.default
            continue
        try:
            values[parameter.name] = parameter.read(given[parameter.name])
        except ValueError as error:
            raise UsageError(f"{name}: {parameter.name}: {error}") from None
    return values

"""Writes `methods.pyi`, the types of the stages as methods: `python -m faery_cli._stub`."""

from pathlib import Path

from faery_cli.registry import FLAG, Parameter, Stage, stages

__all__ = ["text"]

HEAD = """\
# Written by `python -m faery_cli._stub` from the registry of stages; do not edit.
from typing import Any

from faery_cli.stream import Stream

class StageMethods:
    def then(self, name: str, *args: Any, **values: Any) -> Any: ...
"""


def _argument(parameter: Parameter) -> str:
    hint = parameter.kind.hint
    if parameter.required:
        return f"{parameter.name}: {hint}"
    if parameter.default is None and "None" not in hint:
        hint += " | None"
    return f"{parameter.name}: {hint} = ..."


def _method(entry: Stage) -> str:
    by_position = [p for p in entry.parameters if p.by_position]
    by_name = [p for p in entry.parameters if not p.by_position or p.kind is FLAG]
    arguments = ["self", *map(_argument, by_position)]
    if by_name:
        arguments += ["*", *map(_argument, by_name)]
    line = f"    def {entry.method}({', '.join(arguments)}) -> Stream: ..."
    if len(line) <= 100:
        return line
    return "\n".join(
        [f"    def {entry.method}(", *(f"        {a}," for a in arguments), "    ) -> Stream: ..."]
    )


def text() -> str:
    """Give the stub's text."""
    return HEAD + "".join(_method(entry) + "\n" for entry in stages())


if __name__ == "__main__":
    Path(__file__).with_name("methods.pyi").write_text(text(), encoding="utf-8")

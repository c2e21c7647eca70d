"""Help text, made from the declarations of stages and verbs."""

import textwrap
from collections.abc import Iterable, Sequence

from faery_cli.registry import FLAG, Parameter, Stage

__all__ = ["method_help", "parameter_lines", "stage_help", "table"]

WIDTH = 88


def _default(parameter: Parameter) -> str:
    if parameter.required or parameter.kind is FLAG or parameter.default in (None, ()):
        return ""
    return f" (default {parameter.kind.show(parameter.default)})"


def table(rows: Iterable[tuple[str, str]], indent: int = 2) -> list[str]:
    """Lay out words and their explanations in two columns, wrapped."""
    rows = list(rows)
    column = min(26, max((len(left) for left, _ in rows), default=0)) + indent + 2
    lines = []
    for left, right in rows:
        wrapped = textwrap.wrap(right, WIDTH - column) or [""]
        head = " " * indent + left
        if len(head) + 2 > column:
            lines.append(head)
            head = ""
        lines.append(f"{head:{column}}{wrapped[0]}".rstrip())
        lines.extend(" " * column + line for line in wrapped[1:])
    return lines


def parameter_lines(parameters: Sequence[Parameter]) -> list[str]:
    """Explain parameters: what is given by position under its name, the rest under its option."""
    rows = []
    for parameter in parameters:
        left = (
            parameter.name.upper().replace("_", "-") if parameter.by_position else parameter.option
        )
        if parameter.short:
            left = f"-{parameter.short}, {left}"
        if not parameter.by_position and parameter.kind.metavar:
            left += " " + parameter.kind.metavar
        text = parameter.help + _default(parameter)
        if parameter.kind.choices is not None and "|" not in parameter.kind.metavar:
            text += ": " + ", ".join(parameter.kind.choices())
        rows.append((left, text))
    return table(rows)


def stage_help(entry: Stage) -> str:
    """Explain a stage for the command line."""
    from faery_cli.grammar.words import usage

    lines = [usage(entry.name, entry.parameters), "", *textwrap.wrap(entry.summary, WIDTH)]
    if entry.parameters:
        lines += ["", *parameter_lines(entry.parameters)]
    if entry.details:
        lines += ["", *textwrap.wrap(entry.details, WIDTH)]
    if entry.aliases:
        lines += ["", "also called: " + ", ".join(entry.aliases)]
    kinds = f"{entry.takes} -> {entry.gives}"
    lines += ["", f"takes and gives: {kinds}"]
    if entry.example:
        lines += ["example: " + entry.example]
    return "\n".join(lines)


def method_help(entry: Stage) -> str:
    """Explain a stage as a method of `Stream`."""
    lines = [entry.summary, ""]
    if entry.parameters:
        lines.append("Args:")
        for parameter in entry.parameters:
            text = (
                f"{parameter.name}: {parameter.help} ({parameter.kind.name}){_default(parameter)}."
            )
            lines += textwrap.wrap(text, WIDTH, initial_indent="    ", subsequent_indent=" " * 8)
        lines.append("")
    if entry.details:
        lines += [*textwrap.wrap(entry.details, WIDTH), ""]
    lines += ["Returns:", f"    A stream of {entry.gives}."]
    return "\n".join(lines)

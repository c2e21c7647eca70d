"""A whole command line: a verb, or a chain."""

from collections.abc import Sequence

from faery_cli.errors import UsageError
from faery_cli.grammar.words import Word, bind_words, words
from faery_cli.registry import FLAG, Parameter
from faery_cli.suggest import nearest

__all__ = ["run_line"]


def run_line(argv: list[str]) -> int:
    """Run a command line; return its exit code.

    Raises:
        FaeError: see `faery_cli.errors`.
    """
    from faery_cli.context import COMMON, Context
    from faery_cli.verbs._registry import Line, by_name, is_verb, names

    line = _verb_first(words(argv), COMMON)
    if not line or line[0].text in ("--help", "-h"):
        by_name("help").run(Context({}), Line({"topic": None}, line))
        return 0 if line else UsageError.exit_code
    first = line[0].text
    from faery_cli.grammar.faery import is_faery

    if is_faery(line):
        from faery_cli.grammar._faery_common import take_common
        from faery_cli.grammar.faery import run_faery

        rest, values = take_common(line)
        return run_faery(rest, Context(values))
    if is_verb(first) and not _is_chain_source(line):
        verb = by_name(first)
        if any(word.text in ("--help", "-h") for word in line[1:]):
            return by_name("help").run(Context({}), Line({"topic": first}, line))
        extras: list[tuple[Word, Word | None]] = []
        known = tuple(p.option for p in (*COMMON, *verb.parameters) if not p.by_position)
        values = bind_words(
            verb.name,
            verb.parameters,
            line[1:],
            common=COMMON,
            at=0,
            extras=extras if verb.open_options else None,
        )
        return verb.run(Context(values), Line(values, line[1:], extras, known))
    from faery_cli.grammar.chain import is_chain, parse_chain

    if is_chain(line):
        if any(word.text in ("--help", "-h") for word in line):
            return by_name("help").run(Context({}), Line({"topic": None}, line))
        stream, target, shared = parse_chain(line, COMMON)
        return Context(shared).write(stream, target.path, target.format, target.options)
    raise _neither(line, names())


def _verb_first(line: "list[Word]", common: "Sequence[Parameter]") -> "list[Word]":
    """Put options that all commands share, where they come first, to the end."""
    taking = {p.option: p.kind is not FLAG for p in common}
    taking |= {"-" + p.short: False for p in common if p.short}
    at = 0
    while at < len(line) and line[at].text.partition("=")[0] in taking:
        at += 1 + (taking.get(line[at].text, False))
    if at == 0 or at >= len(line) or line[0].text in ("--help", "-h"):
        return line
    return [*line[at:], *line[:at]]


def _is_chain_source(line: Sequence[Word]) -> bool:
    return len(line) > 1 and line[1].text == ":"


def _neither(line: Sequence[Word], verbs: Sequence[str]) -> UsageError:
    import os

    from faery_cli.registry import stages

    first = line[0].text
    guess = nearest(first, verbs)
    if any(first in (entry.name, entry.method, *entry.aliases) for entry in stages()):
        text = f"{first!r} is a stage, which stands in a chain: fae SOURCE : {first} … : OUTPUT"
    elif os.path.exists(first):
        text = f"{first} is a file: try 'fae info {first}', or a chain 'fae {first} : … : OUTPUT'"
    elif first.startswith("-"):
        text = f"a command line begins with a verb or a source, not with {first!r}"
    elif guess is not None:
        text = f"unknown verb {first!r}: did you mean {guess!r}?"
    else:
        text = (
            f"unknown verb {first!r}: expected one of {', '.join(verbs)}, or a chain "
            "SOURCE : STAGE … : OUTPUT"
        )
    return UsageError(text, word=0)

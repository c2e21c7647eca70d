"""`fae help`: everything about a verb or stage."""

import textwrap

from faery_cli.context import COMMON, Context
from faery_cli.errors import UsageError
from faery_cli.grammar.words import usage
from faery_cli.help import WIDTH, parameter_lines, stage_help, table
from faery_cli.registry import Parameter, stages
from faery_cli.suggest import unknown
from faery_cli.units import TEXT
from faery_cli.verbs._registry import Line, Verb, by_name, names, verbs

INTRODUCTION = """\
fae: inspect, convert, filter and draw event recordings.

  fae VERB …                              a daily job
  fae SOURCE : STAGE … : STAGE … : OUTPUT a chain; the colons stand alone

Times have units (100ms, 1.5s, 00:00:01.5), a plain number is in seconds. A source is a file,
- for the standard input, or an address (udp:0.0.0.0:3333?size=640x480, synth:edges?duration=1s)."""

EXIT_CODES = (
    "exit codes: 0 done, 1 a check found something, 2 wrong words, 3 input unreadable or damaged, "
    "4 output, 5 an extra or a device is missing, 130 interrupted"
)


def overview() -> str:
    """Give what `fae --help` prints."""
    lines = [INTRODUCTION, "", "verbs:", *table((v.name, v.summary) for v in verbs())]
    lines += ["", "stages (fae help STAGE):"]
    lines += textwrap.wrap(
        ", ".join(e.name for e in stages()),
        WIDTH,
        initial_indent="  ",
        subsequent_indent="  ",
        break_on_hyphens=False,
    )
    lines += ["", "common options:", *parameter_lines(COMMON)]
    lines += [
        "",
        "exit codes: 0 done, 1 a check found something, 2 wrong words, 3 input, 4 output,",
    ]
    lines += ["5 an extra or a device is missing, 130 interrupted"]
    return "\n".join(lines)


def verb_help(verb: Verb) -> str:
    """Explain a verb."""
    places = [p for p in verb.parameters if p.by_position]
    options = [p for p in verb.parameters if not p.by_position]
    lines = ["fae " + usage(verb.name, places) + (" [options]" if options else ""), ""]
    lines += textwrap.wrap(verb.summary, WIDTH)
    if verb.parameters:
        lines += ["", *parameter_lines([*places, *options])]
    if verb.details:
        lines += ["", *textwrap.wrap(verb.details, WIDTH)]
    if verb.examples:
        lines += ["", "examples:", *("  " + example for example in verb.examples)]
    lines += ["", "fae help lists the options that all commands share."]
    return "\n".join(lines)


def run(context: Context, line: Line) -> int:
    name = line["topic"]
    if name is None:
        print(overview())
    elif name in names():
        print(verb_help(by_name(name)))
    else:
        entry = next((e for e in stages() if name in (e.name, e.method, *e.aliases)), None)
        if entry is None:
            known = [*names(), *(e.name for e in stages())]
            raise UsageError(unknown("topic", name, known), word=line.word(name).index)
        print(stage_help(entry))
    return 0


VERB = Verb(
    "help",
    "Explain a verb or a stage.",
    run,
    (Parameter("topic", TEXT, "verb or stage", None),),
    examples=("fae help video", "fae help crop"),
)

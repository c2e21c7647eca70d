"""`python -m bench TABLE... [--rounds N] [--quick]`: measure and write the tables."""

import argparse
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from devtools.messages import say, warn

from bench import goals
from bench.harness import BenchError, measure
from bench.machine import describe
from bench.report import TABLES as FOLDER
from bench.report import table, write

NETWORKS = ("lif", "training", "conv", "sparse", "recurrent", "memory", "digits", "start")
EVENT_FILES = ("decode", "containers", "encode")
TABLES = (*NETWORKS, *EVENT_FILES, "nir", "frames", "stream", "hw", "faery", "viewer")


GOALS_PAGE = FOLDER.parent / "goals.md"


def main(arguments: Sequence[str]) -> int:
    """Measure the named tables and write their pages."""
    parser = argparse.ArgumentParser(prog="bench", description="Time our code beside its peers.")
    parser.add_argument("tables", nargs="*", metavar="TABLE", help=f"of: {', '.join(TABLES)}")
    parser.add_argument("--rounds", type=int, default=7, help="measurements per candidate")
    parser.add_argument("--quick", action="store_true", help="less work, and write no page")
    parser.add_argument("--out", type=Path, help="write the pages into this folder")
    chosen = parser.parse_args(arguments)
    names = chosen.tables or TABLES
    unknown = [name for name in names if name not in (*TABLES, "goals")]
    if unknown:
        warn(f"bench: there is no table {unknown[0]!r}; choose from: {', '.join(TABLES)}.")
        return 2
    for name in names:
        if name == "goals":
            continue
        module = importlib.import_module(f"bench.tables.{name}")
        outcomes = []
        try:
            for case in module.cases(chosen.quick):
                say(f"== {case.title}")
                outcomes.append(measure(case, rounds=chosen.rounds))
                say(table(outcomes[-1]))
        except BenchError as error:
            warn(f"bench: {error}")
            return 1
        if chosen.quick and chosen.out is None:
            continue
        page = write(
            name,
            module.TITLE,
            module.TEXT,
            outcomes,
            facts=describe(module.VERSIONS),
            command=f"nox -s bench -- {name} --rounds {chosen.rounds}",
            **({"folder": chosen.out} if chosen.out else {}),
        )
        say(f"wrote {page}")
    if not chosen.quick and chosen.out is None:
        GOALS_PAGE.write_text(goals.page(goals.read_goals()), "utf-8")
        say(f"wrote {GOALS_PAGE}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

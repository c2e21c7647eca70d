"""Write the suite, run frameworks on it, and report: `python -m conformance -h`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from devtools.messages import DevError, say, step, warn

from conformance.drive import run_framework


def main(arguments: Sequence[str]) -> int:
    """Write the suite, run frameworks on it, or write the report."""
    parser = argparse.ArgumentParser(prog="conformance", description=main.__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    suite = commands.add_parser("suite", help="write the cases as plain files")
    suite.add_argument("folder", type=Path)
    suite.add_argument("--every", type=int, default=1, metavar="N", help="only each Nth case")
    run = commands.add_parser("run", help="run frameworks, each with its own interpreter")
    run.add_argument("suite", type=Path)
    run.add_argument("out", type=Path)
    run.add_argument("frameworks", nargs="+", metavar="ADAPTER=PYTHON")
    report = commands.add_parser("report", help="write table.md and results.json")
    report.add_argument("suite", type=Path)
    report.add_argument("out", type=Path)
    report.add_argument("folder", type=Path)
    verify = commands.add_parser("verify", help="compare results with a published results.json")
    verify.add_argument("suite", type=Path)
    verify.add_argument("out", type=Path)
    verify.add_argument("published", type=Path)
    chosen = parser.parse_args(arguments)
    if chosen.command == "suite":
        from conformance.suite import cases, write_suite

        names = [case.name for case in cases()][:: chosen.every]
        written = write_suite(chosen.folder, names=names)
        say(f"{len(written)} cases in {chosen.folder}")
    elif chosen.command == "run":
        for pair in chosen.frameworks:
            adapter, _, python = pair.partition("=")
            with step(f"Run {adapter}"):
                run_framework(Path(python), adapter, chosen.suite, chosen.out / adapter)
    elif chosen.command == "verify":
        from conformance.verify import changes

        found = changes(chosen.suite, chosen.out, chosen.published)
        for line in found:
            say(line)
        return 1 if found else 0
    else:
        from conformance.report import write_report
        from conformance.score import score

        found = [score(chosen.suite, one.parent) for one in chosen.out.glob("*/about.json")]
        write_report(found, chosen.suite, chosen.folder)
        for one in sorted(found, key=lambda one: -one.points()):
            say(f"{one.name} {one.points():+.2f} {dict(one.count())}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except DevError as error:
        warn(f"conformance: {error}")
        sys.exit(1)

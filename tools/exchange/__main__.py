"""`python -m exchange [--write]`: exchange networks and compare the outcomes with the record."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from exchange import report
from exchange.matrix import rows


def main(arguments: Sequence[str]) -> int:
    """Run the matrix; 1 where an outcome is not the one on record."""
    parser = argparse.ArgumentParser(prog="exchange", description="Exchange NIR networks.")
    parser.add_argument("--write", action="store_true", help="put the outcomes on record")
    chosen = parser.parse_args(arguments)
    known = report.load(report.FOLDER / "exchange.json")
    found = rows()
    print(report.table(found))
    if chosen.write:
        report.write(report.merged(known, found))
        return 0
    told = report.changes(known, found)
    for line in told:
        print(f"exchange: {line}", file=sys.stderr)
    if told:
        print("exchange: `-- --write` puts this on record", file=sys.stderr)
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

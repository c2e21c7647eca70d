#!/usr/bin/env python3
"""Set up, try and test this repository: `python3 tools/dev.py demo`, or `test`, or `install`."""

# Everything before the version check must be understood by any Python, so that each can say this.
import os
import sys

if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit(
        "This needs Python 3.11 or newer, and {} is {}.{}: run it with a newer one, "
        "for example `python3.12 tools/dev.py ...`.".format(sys.executable, *sys.version_info[:2])
    )

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from devtools.commands import main
from devtools.messages import DevError, warn

if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except DevError as error:
        warn("dev.py: " + str(error))
        sys.exit(1)
    except KeyboardInterrupt:
        warn("dev.py: interrupted; run the same command again to go on.")
        sys.exit(130)

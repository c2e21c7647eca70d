"""`python -m norse_lite`: see `norse_lite.tasks` and `norse_lite.pipeline`."""

import sys

from norse_lite.tasks._cli import main

if __name__ == "__main__":
    sys.exit(main())

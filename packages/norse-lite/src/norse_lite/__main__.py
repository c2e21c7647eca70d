"""`python -m norse_lite`: see `norse_lite.tasks`."""

import sys

from norse_lite.tasks._cli import main

if __name__ == "__main__":
    sys.exit(main())

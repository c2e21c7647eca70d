"""`python -m norse_lite`: see `norse_lite.tasks` and `norse_lite.pipeline`."""

import os
import sys

from norse_lite.tasks._cli import main

if __name__ == "__main__":
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        # Who reads has enough, as `head` does; Python would complain again at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code)

"""`python -m aestream_io` is the command `aestream-io`."""

import sys

from aestream_io.cli import main

if __name__ == "__main__":
    sys.exit(main())

"""`python -m nir_core` is the command `nir-core`."""

import sys

from nir_core.cli import main

if __name__ == "__main__":
    sys.exit(main())

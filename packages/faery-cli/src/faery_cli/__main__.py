"""`python -m faery_cli`: the command `fae`."""

import sys

from faery_cli.cli import main

sys.exit(main())

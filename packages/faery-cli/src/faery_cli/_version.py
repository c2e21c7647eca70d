"""The package's version, as in pyproject.toml (a test compares them).

Reading it from the installed metadata would take longer than everything else `fae --version` does.
"""

VERSION = "0.1.0"

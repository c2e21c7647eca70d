"""Build, verify and tag releases of single packages: `python3 tools/dev.py release`."""
